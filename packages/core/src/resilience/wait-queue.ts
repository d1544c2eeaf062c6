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
  resolve(): void
  reject(error: unknown): void
}

/** First come, first served, with an end to the queue and to the waiting. */
export class WaitQueue {
  readonly #options: WaitQueueOptions
  readonly #clock: Clock
  /** A Set keeps the order of arrival, and whoever gives up leaves it in no time. */
  readonly #waiters = new Set<Waiter>()

  constructor(options: WaitQueueOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  get size(): number {
    return this.#waiters.size
  }

  /** Resolves when it is the caller's turn; rejects with the signal's reason or a refusal, and then takes no turn. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (this.#waiters.size >= this.#options.maxQueue) return reject(this.#options.refuse('queue_full'))
      const leave = (settle: () => void) => {
        this.#waiters.delete(waiter)
        cancelTimer()
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const waiter: Waiter = {
        resolve: () => leave(resolve),
        reject: (error) => leave(() => reject(error)),
      }
      const onAbort = () => waiter.reject(signal?.reason)
      const cancelTimer = this.#clock.after(this.#options.maxWaitMs, () =>
        waiter.reject(this.#options.refuse('waited_too_long')),
      )
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** Gives their turn to so many, those that have waited the longest; returns how many there were. */
  admit(count: number): number {
    let admitted = 0
    for (const waiter of this.#waiters) {
      if (admitted === count) break
      waiter.resolve()
      admitted += 1
    }
    return admitted
  }
}
