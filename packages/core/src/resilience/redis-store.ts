import { createHash } from 'node:crypto'
import { KobleError } from '../errors/errors.ts'
import { systemClock, waitFor } from './clock.ts'
import type { StateStore } from './state-store.ts'
import { withTimeout } from './with-timeout.ts'

/** As much of a client as the store needs: the one of `redis` (node-redis) has it. */
export interface RedisClient {
  /** Sends one command, its name first, and resolves to what Redis replies; rejects with what Redis says is wrong. */
  sendCommand(args: string[]): Promise<unknown>
}

/** How `createRedisStore` names its keys, and how long it bears with Redis. */
export interface RedisStoreOptions {
  /** In front of each key; `koble:` unless said otherwise. */
  prefix?: string
  /** Redis has so long for each reply, in milliseconds; 500 unless said otherwise. */
  timeoutMs?: number
  /** After a failure Redis is left alone for so many milliseconds; 1,000 unless said otherwise. */
  restMs?: number
  /** So often a change is tried when others are faster each time; 64 unless said otherwise. */
  attemptsMax?: number
}

/** Answers with what is there when that is not what was expected; an empty text stands for nothing. */
const compareAndSet = `local current = redis.call('GET', KEYS[1]) or ''
if current ~= ARGV[1] then return current end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`
const scriptHash = createHash('sha1').update(compareAndSet).digest('hex')

/** One call of `update` that waits for its turn. */
interface Update {
  create(): unknown
  change(state: never): unknown
  ttlMs: number
  resolve(result: unknown): void
  reject(error: unknown): void
}

/**
 * A store that nodes share through Redis 2.6.12 or newer, Valkey and their like, by a compare-and-set in a script. What
 * one node wants of a key at the same time becomes one change. Give it a client of your own, connected and with a
 * listener for its errors; breakers and limiters go on alone while Redis is gone.
 *
 * An update rejects with `KobleError`: `state_store_unavailable` when Redis fails, is silent for `timeoutMs` or did so
 * less than `restMs` ago; `state_contended` when others were faster `attemptsMax` times.
 */
export function createRedisStore(client: RedisClient, options: RedisStoreOptions = {}): StateStore {
  const { prefix = 'koble:', timeoutMs = 500, restMs = 1_000, attemptsMax = 64 } = options
  const waiting = new Map<string, Update[]>()
  let restUntilMs = 0

  async function send(args: string[]): Promise<unknown> {
    // Not the clock of a test: it is about this connection, not about the state.
    if (performance.now() < restUntilMs) throw unavailable()
    try {
      return await withTimeout(() => client.sendCommand(args), { timeoutMs })
    } catch (error) {
      if (isScriptMissing(error)) throw error
      restUntilMs = performance.now() + restMs
      throw unavailable(error)
    }
  }

  /** Null when it was set, else what is there instead. */
  async function set(key: string, expected: string, next: string, ttlMs: number): Promise<string | null> {
    const args = ['1', prefix + key, expected, next, String(Math.max(1, Math.ceil(ttlMs)))]
    const reply = await send(['EVALSHA', scriptHash, ...args]).catch((error) => {
      if (!isScriptMissing(error)) throw error
      return send(['EVAL', compareAndSet, ...args])
    })
    return reply === 1 ? null : String(reply)
  }

  async function apply(key: string, updates: Update[]): Promise<void> {
    let current = ''
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const { state, results } = run(updates, current)
      if (results.length === 0) return
      const ttlMs = Math.max(...updates.map((update) => update.ttlMs))
      const found = await set(key, current, JSON.stringify(state), ttlMs)
      if (found === null) {
        updates.forEach((update, index) => {
          update.resolve(results[index])
        })
        return
      }
      // The first attempt only guesses that nothing is there.
      if (attempt > 2) await waitFor(systemClock, Math.random() * Math.min(32, 2 ** (attempt - 2)))
      current = found
    }
    throw new KobleError('state_contended', 'Too many change the same state at once.', { status: 503, retryable: true })
  }

  async function drain(key: string, queue: Update[]): Promise<void> {
    while (queue.length > 0) {
      const updates = queue.splice(0)
      try {
        await apply(key, updates)
      } catch (error) {
        for (const update of updates) update.reject(error)
      }
    }
    waiting.delete(key)
  }

  return {
    update<State, Result>(key: string, create: () => State, change: (state: State) => Result, ttlMs: number) {
      return new Promise<Result>((resolve, reject) => {
        const update = { create, change, ttlMs, resolve, reject } as Update
        const queue = waiting.get(key)
        if (queue !== undefined) {
          queue.push(update)
          return
        }
        const fresh = [update]
        waiting.set(key, fresh)
        void drain(key, fresh)
      })
    },
  }
}

/** Runs the changes one after the other. One that throws is told so, taken out, and leaves no trace. */
function run(updates: Update[], current: string): { state: unknown; results: unknown[] } {
  for (;;) {
    const state = current === '' ? updates[0]?.create() : JSON.parse(current)
    const results: unknown[] = []
    try {
      for (const update of updates) results.push(update.change(state as never))
      return { state, results }
    } catch (error) {
      updates.splice(results.length, 1)[0]?.reject(error)
    }
  }
}

function isScriptMissing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

function unavailable(cause?: unknown): KobleError {
  return new KobleError('state_store_unavailable', 'Redis, where the state is kept, does not answer.', {
    status: 503,
    retryable: true,
    cause,
  })
}
