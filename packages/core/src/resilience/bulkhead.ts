import { KobleError } from '../errors/errors.ts'
import type { Clock } from './clock.ts'
import { WaitQueue } from './wait-queue.ts'

/** How many calls a `Bulkhead` lets go at once. */
export interface BulkheadOptions {
  /** So many calls run at once. */
  maxConcurrent: number
  /** So many more may wait; 0 unless said otherwise. */
  maxQueue?: number
  /** Nobody waits longer than this, in milliseconds; 30,000 unless said otherwise. */
  maxWaitMs?: number
  /** Names it in its errors. */
  name?: string
  clock?: Clock
}

/**
 * Keeps a slow third party from taking all there is: so many calls at once, a bounded queue behind them, first come
 * first served. Whoever finds the queue full, or waits for too long, gets `KobleError('bulkhead_full')`.
 */
export class Bulkhead {
  readonly #maxConcurrent: number
  readonly #queue: WaitQueue
  #running = 0

  constructor(options: BulkheadOptions) {
    const name = options.name ?? 'bulkhead'
    this.#maxConcurrent = options.maxConcurrent
    this.#queue = new WaitQueue({
      maxQueue: options.maxQueue ?? 0,
      maxWaitMs: options.maxWaitMs ?? 30_000,
      clock: options.clock,
      refuse: (reason) =>
        new KobleError('bulkhead_full', `Too many calls run or wait in “${name}” already.`, {
          status: 503,
          retryable: true,
          details: { name, reason },
        }),
    })
  }

  /** How many calls run now. */
  get running(): number {
    return this.#running
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Runs `task` when there is room; an abort ends the waiting, not the task. */
  async execute<Result>(
    task: () => Result | PromiseLike<Result>,
    options: { signal?: AbortSignal; lane?: string } = {},
  ): Promise<Result> {
    if (!this.tryEnter()) await this.enter(options)
    try {
      return await task()
    } finally {
      this.leave()
    }
  }

  /** For calls that end elsewhere: takes a place if one is free, to be given back by `leave`. */
  tryEnter(): boolean {
    // A place that is given up goes to the queue, so nobody who comes now may overtake it.
    if (this.#running >= this.#maxConcurrent) return false
    this.#running += 1
    return true
  }

  /** Waits for a place, to be given back by `leave`. Callers that name a `lane` take turns with those of other lanes. */
  enter(options: { signal?: AbortSignal; lane?: string } = {}): Promise<void> {
    return this.tryEnter() ? Promise.resolve() : this.#queue.wait(options.signal, options.lane)
  }

  /** Gives a place back, once for each that was taken. */
  leave(): void {
    if (this.#queue.admit(1) === 0) this.#running -= 1
  }
}
