import { type Clock, systemClock } from './clock.ts'

/**
 * Where breakers and limiters keep their state: in the memory of the process, or where several nodes reach it. A
 * shared store has to do one thing, a read, a change and a write that nobody comes between; in Redis that is a
 * compare-and-set, tried again when somebody was faster.
 */
export interface StateStore {
  /**
   * Hands the state under `key` to `change`, or what `create` makes when there is none, keeps what `change` leaves
   * behind and returns what it returns. States are plain JSON. `change` alters the state in place and nothing else, so
   * it may be run again on a newer state; only its last run counts. A state that nobody touches for `ttlMs`
   * milliseconds may be forgotten.
   */
  update<State, Result>(
    key: string,
    create: () => State,
    change: (state: State) => Result,
    ttlMs: number,
  ): Result | Promise<Result>
}

/**
 * A store in the memory of the process; its updates are synchronous. At most `keysMax` states are kept (10,000 unless
 * said otherwise), those touched last.
 */
export function createMemoryStore(options: { clock?: Clock; keysMax?: number } = {}): StateStore {
  const clock = options.clock ?? systemClock
  const keysMax = options.keysMax ?? 10_000
  const entries = new Map<string, { state: unknown; expiresAtMs: number }>()

  /** Drops what is over, or else the tenth that was left alone the longest, so that this is rarely needed. */
  function makeRoom(nowMs: number): void {
    for (const [key, entry] of entries) if (entry.expiresAtMs <= nowMs) entries.delete(key)
    if (entries.size < keysMax) return
    const oldest = [...entries].sort(([, a], [, b]) => a.expiresAtMs - b.expiresAtMs)
    for (const [key] of oldest.slice(0, Math.ceil(keysMax / 10))) entries.delete(key)
  }

  return {
    update<State, Result>(key: string, create: () => State, change: (state: State) => Result, ttlMs: number): Result {
      const nowMs = clock.now()
      let entry = entries.get(key)
      if (entry === undefined || entry.expiresAtMs <= nowMs) {
        if (entries.size >= keysMax) makeRoom(nowMs)
        entry = { state: create(), expiresAtMs: 0 }
        entries.set(key, entry)
      }
      entry.expiresAtMs = nowMs + ttlMs
      return change(entry.state as State)
    },
  }
}

/**
 * A store that goes on in the memory of the process while the shared one fails: a node that cannot reach the others
 * goes by what it sees itself, and no call fails because of it.
 */
export function withLocalFallback(shared: StateStore, clock: Clock): StateStore {
  const local = createMemoryStore({ clock })
  return {
    update(key, create, change, ttlMs) {
      const fallBack = () => local.update(key, create, change, ttlMs)
      try {
        const result = shared.update(key, create, change, ttlMs)
        return result instanceof Promise ? result.catch(fallBack) : result
      } catch {
        return fallBack()
      }
    },
  }
}
