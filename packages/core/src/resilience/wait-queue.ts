import type { KobleError } from '../errors/errors.ts'
import { type Clock, systemClock } from './clock.ts'

export interface WaitQueueOptions {
  /** So many may wait; whoever comes then is refused. */
  maxQueue: number
  /** Nobody waits longer than this, in milliseconds. */
  maxWaitMs: number
  /** Makes the error of whoever is refused, or has waited for too long. */
  refuse(reason: 'queue_full' | 'waited_too_long'): KobleError
  clock?: Clock
}

interface Waiter {
  readonly weight: number
  readonly maxWaitMs: number
  resolve(): void
  reject(error: unknown): void
}

/**
 * First come, first served, with an end to the queue and to the waiting. Waiters that name a lane take turns with those
 * of other lanes, so that whoever sends a thousand calls at once does not hold up the one call of somebody else.
 */
export class WaitQueue {
  readonly #options: WaitQueueOptions
  readonly #clock: Clock
  /**
   * The lane whose turn it is comes first. A Set keeps the order of arrival, and whoever gives up leaves it in no time.
   */
  readonly #lanes = new Map<string, Set<Waiter>>()
  #size = 0

  constructor(options: WaitQueueOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  get size(): number {
    return this.#size
  }

  /**
   * Resolves when it is the caller's turn; rejects with the signal's reason or a refusal, and then takes no turn.
   * `maxWaitMs` is what `refuseBeyond` goes by.
   */
  wait(signal?: AbortSignal, lane = '', weight = 1, maxWaitMs = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const waiters = this.#lanes.get(lane) ?? new Set()
      if (this.#size >= this.#options.maxQueue && !this.#makeRoom(waiters.size)) {
        return reject(this.#options.refuse('queue_full'))
      }
      this.#lanes.set(lane, waiters)
      const leave = (settle: () => void) => {
        if (waiters.delete(waiter)) this.#size -= 1
        if (waiters.size === 0 && this.#lanes.get(lane) === waiters) this.#lanes.delete(lane)
        cancelTimer()
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const waiter: Waiter = {
        weight,
        maxWaitMs: Math.min(maxWaitMs, this.#options.maxWaitMs),
        resolve: () => leave(resolve),
        reject: (error) => leave(() => reject(error)),
      }
      const onAbort = () => waiter.reject(signal?.reason)
      const cancelTimer = this.#clock.after(this.#options.maxWaitMs, () =>
        waiter.reject(this.#options.refuse('waited_too_long')),
      )
      signal?.addEventListener('abort', onAbort, { once: true })
      waiters.add(waiter)
      this.#size += 1
    })
  }

  /** What the one whose turn it is asks for. */
  get nextWeight(): number {
    for (const waiters of this.#lanes.values()) for (const { weight } of waiters) return weight
    return 1
  }

  /** Rejects those who would not wait so long; nobody's turn comes sooner. */
  refuseBeyond(waitMs: number, refusal: () => KobleError): void {
    const waiters = [...this.#lanes.values()].flatMap((lane) => [...lane])
    for (const waiter of waiters) if (waitMs > waiter.maxWaitMs) waiter.reject(refusal())
  }

  /** Refuses whoever came last in the longest lane, unless the newcomer's own would be as long. */
  #makeRoom(ownLength: number): boolean {
    let longest: Set<Waiter> | undefined
    for (const waiters of this.#lanes.values()) {
      if (waiters.size > (longest?.size ?? ownLength + 1)) longest = waiters
    }
    let last: Waiter | undefined
    for (const waiter of longest ?? []) last = waiter
    last?.reject(this.#options.refuse('queue_full'))
    return last !== undefined
  }

  /** Gives their turn to so many, the lanes in turn and in each the one that has waited longest; returns how many. */
  admit(count: number): number {
    let admitted = 0
    while (admitted < count) {
      const [turn] = this.#lanes
      if (turn === undefined) break
      const [lane, waiters] = turn
      const [first] = waiters
      first?.resolve()
      admitted += 1
      if (waiters.size === 0) continue
      this.#lanes.delete(lane)
      this.#lanes.set(lane, waiters)
    }
    return admitted
  }
}
