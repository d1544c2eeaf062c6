import { setTimeout as sleep } from 'node:timers/promises'
import { KobleError } from '@koble/core/errors'
import { createRedisStore, type RedisClient, type StateStore } from '@koble/core/resilience'
import type { Logger } from 'pino'

/** What nodes share through Redis: the state of limits and breakers. */
export interface SharedState {
  /** For limiters and breakers, which go on alone while it fails. */
  store: StateStore
  /** Begins to connect, and waits a moment for that; never fails, for Redis may come later. */
  start(): Promise<void>
  /** Closes the connection. */
  stop(): Promise<void>
}

/** As much of the client of `redis` as is used here. */
interface Client extends RedisClient {
  readonly isReady: boolean
  once(event: 'ready' | 'error', listener: () => void): unknown
  destroy(): void
}

const startWithinMs = 2_000
const warnEveryMs = 60_000
/** So long nothing may be answered before another connection is tried: the other end may be gone without a word. */
const silentForMs = 3_000
/** Firewalls forget connections that are idle for a few minutes. */
const pingEveryMs = 60_000

/** Connects to the Redis at a `redis://` or `rediss://` URL, and connects again whenever the connection is lost. */
export function createSharedState(url: string, log: Logger): SharedState {
  let connect: () => Client
  let client: Client | null = null
  let stopped = false
  let warnedAtMs = Number.NEGATIVE_INFINITY
  let toldOfTrouble = false
  let silentSinceMs: number | null = null

  function warn(error: unknown): void {
    if (stopped || performance.now() - warnedAtMs < warnEveryMs) return
    warnedAtMs = performance.now()
    toldOfTrouble = true
    log.warn({ reason: reasonOf(error) }, 'Redis does not answer; limits and breakers are those of this node meanwhile')
  }

  function ready(): void {
    if (toldOfTrouble) log.info('Redis is connected; limits and breakers are shared again')
    toldOfTrouble = false
  }

  function failed(error: unknown): void {
    if (!(error instanceof KobleError) || error.code !== 'state_store_unavailable' || !error.cause) return
    warn(error.cause)
    if ((error.cause as { code?: unknown }).code !== 'provider_timeout') return
    silentSinceMs ??= performance.now()
    if (stopped || performance.now() - silentSinceMs < silentForMs) return
    silentSinceMs = null
    log.debug('Redis stays silent; the connection is given up for another')
    client?.destroy()
    client = connect()
  }

  const redis = createRedisStore({
    async sendCommand(args) {
      if (!client) throw new Error('Not connected')
      const reply = await client.sendCommand(args)
      silentSinceMs = null
      return reply
    },
  })

  return {
    store: {
      update(key, create, change, ttlMs) {
        // Nobody waits for a connection that is known to be lost, and the first call after it is back uses it.
        if (!client?.isReady)
          throw new KobleError('state_store_unavailable', 'Redis is not connected.', { status: 503 })
        return Promise.resolve(redis.update(key, create, change, ttlMs)).catch((error) => {
          failed(error)
          throw error
        })
      },
    },
    async start() {
      // Takes a quarter of a second to load, which only those pay who use it.
      const { createClient } = await import('redis')
      connect = () => {
        const created = createClient({ url, disableOfflineQueue: true, pingInterval: pingEveryMs })
        created.on('error', warn)
        created.on('ready', ready)
        // It tries again by itself; what went wrong was an `error` already.
        created.connect().catch(() => {})
        return created
      }
      if (stopped) return
      const first = connect()
      client = first
      const tried = new Promise<void>((resolve) => {
        first.once('ready', resolve)
        first.once('error', () => resolve())
      })
      await Promise.race([tried, sleep(startWithinMs, undefined, { ref: false })])
    },
    async stop() {
      stopped = true
      client?.destroy()
    },
  }
}

/** Never more than that: Redis quotes the commands it refuses, and one of them holds the password. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message?.split(/['"`]/, 1)[0] ?? 'unknown'
}
