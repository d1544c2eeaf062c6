import { KobleError } from '../errors/errors.ts'
import {
  type BreakerRecord,
  type BreakerRule,
  type CallOutcome,
  type CircuitState,
  createBreakerRecord,
  enter,
  settle,
} from './breaker-state.ts'
import { type Clock, systemClock } from './clock.ts'
import { isAbort } from './failure.ts'
import { createMemoryStore, type StateStore, withLocalFallback } from './state-store.ts'

/** The rule of a `CircuitBreaker`, where it keeps its state and whom it tells. */
export interface CircuitBreakerOptions extends BreakerRule {
  /** Whose breaker it is: it names the state in a shared store, and the breaker in its errors. */
  name?: string
  /**
   * Called after each change, also one that another node made and this one has come to see. Of all nodes that share a
   * breaker, `byThisNode` is true on the one that made the change.
   */
  onStateChange?(state: CircuitState, change: { name: string; previous: CircuitState; byThisNode: boolean }): void
  /**
   * How an error counts. Unless said otherwise an abort is ignored, an error that says of itself that it is not
   * `retryable` is an answer (the third party is there), and every other one is a failure.
   */
  judge?(error: unknown): CallOutcome
  clock?: Clock
  /** In memory unless given; nodes that are given the same one share the breaker. */
  store?: StateStore
}

/** How many failures, and how long a rest (milliseconds): spread one of these into the options. */
export const CircuitBreakerPresets = {
  standard: { threshold: 5, timeout: 60_000 },
  /** For a call that has a substitute: opens early, tries again early. */
  aggressive: { threshold: 3, timeout: 30_000 },
  /** For a third party whose failures are part of its days. */
  tolerant: { threshold: 10, timeout: 120_000 },
} as const satisfies Record<string, BreakerRule>

/** A breaker nobody has used for so long begins anew. */
const forgottenAfterMs = 3_600_000

/**
 * Keeps calls away from a third party that fails, for its sake and the caller's. After so many failures it opens and
 * rejects at once with `KobleError('circuit_open')`, `details.retryAfterMs` being the time until it lets one call
 * through as a probe; that one's outcome closes it or opens it anew. Calls that were let in before a change of the state
 * have no say in the new one.
 */
export class CircuitBreaker {
  readonly name: string
  readonly #options: CircuitBreakerOptions
  readonly #clock: Clock
  readonly #store: StateStore
  /** Put together once: it is looked up twice with each call. */
  readonly #key: string
  readonly #ttlMs: number
  #state: CircuitState = 'CLOSED'

  constructor(options: CircuitBreakerOptions) {
    this.name = options.name ?? 'circuit-breaker'
    this.#options = options
    this.#key = `circuit:${this.name}`
    this.#ttlMs = Math.max(forgottenAfterMs, options.timeout * 2)
    this.#clock = options.clock ?? systemClock
    this.#store = options.store
      ? withLocalFallback(options.store, this.#clock)
      : createMemoryStore({ clock: this.#clock })
  }

  /**
   * Runs `task` and returns or throws what it does. While the breaker is open the task is not run: `fallback` answers
   * in its place, or, without one, `KobleError('circuit_open')` is thrown.
   */
  async execute<Result>(
    task: () => Result | PromiseLike<Result>,
    fallback?: (error: KobleError) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    let permit: number | Promise<number>
    try {
      permit = this.enter()
      if (permit instanceof Promise) permit = await permit
    } catch (error) {
      if (fallback !== undefined && error instanceof KobleError) return fallback(error)
      throw error
    }
    let result: Result
    try {
      result = await task()
    } catch (error) {
      const settled = this.settle(permit, (this.#options.judge ?? judgeError)(error))
      if (settled !== undefined) await settled
      throw error
    }
    const settled = this.settle(permit, 'success')
    if (settled !== undefined) await settled
    return result
  }

  /** The state this node saw last; a breaker whose rest is over stays `OPEN` until a call comes. */
  getState(): CircuitState {
    return this.#state
  }

  /**
   * For calls whose failure is not an exception: lets one in, or throws `KobleError('circuit_open')`. What it returns
   * must be handed to `settle`.
   */
  enter(): number | Promise<number> {
    const nowMs = this.#clock.now()
    const seen = this.#update((breaker) => {
      const before = this.#before(breaker)
      const generation = enter(breaker, this.#options, nowMs)
      return { before, state: breaker.state, generation, untilMs: breaker.untilMs }
    })
    return seen instanceof Promise ? seen.then((late) => this.#admit(late, nowMs)) : this.#admit(seen, nowMs)
  }

  /** Says how a call ended that `enter` let in. Returns a promise only when the store is a remote one. */
  settle(permit: number, outcome: CallOutcome): Promise<void> | undefined {
    const seen = this.#update((breaker) => {
      const before = this.#before(breaker)
      settle(breaker, this.#options, permit, outcome, this.#clock.now())
      return { before, state: breaker.state }
    })
    if (seen instanceof Promise) return seen.then((late) => this.#see(late))
    this.#see(seen)
    return undefined
  }

  #update<Result>(change: (breaker: BreakerRecord) => Result): Result | Promise<Result> {
    return this.#store.update(this.#key, createBreakerRecord, change, this.#ttlMs)
  }

  /** The state before a change. A record that was forgotten begins anew: the one who finds that is who changes it. */
  #before({ generation, state }: BreakerRecord): CircuitState {
    return generation === 0 ? this.#state : state
  }

  #admit(seen: Seen & { generation: number; untilMs: number }, nowMs: number): number {
    this.#see(seen)
    if (seen.generation >= 0) return seen.generation
    throw new KobleError('circuit_open', `The circuit breaker “${this.name}” is open.`, {
      status: 503,
      retryable: true,
      details: { name: this.name, retryAfterMs: Math.max(0, seen.untilMs - nowMs) },
    })
  }

  #see({ before, state }: Seen): void {
    const byThisNode = before !== state
    if (!byThisNode && state === this.#state) return
    const previous = byThisNode ? before : this.#state
    this.#state = state
    this.#options.onStateChange?.(state, { name: this.name, previous, byThisNode })
  }
}

/** What an update did to the state, and what it left. */
interface Seen {
  before: CircuitState
  state: CircuitState
}

function judgeError(error: unknown): CallOutcome {
  if (isAbort(error)) return 'ignored'
  return (error as { retryable?: unknown } | null | undefined)?.retryable === false ? 'success' : 'failure'
}
