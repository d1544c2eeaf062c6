import { KobleError } from '../errors/errors.ts'
import { type Clock, systemClock } from './clock.ts'
import {
  createLimiterRecord,
  type LearnedBucket,
  type LearnedLimit,
  type LimiterRecord,
  type LimiterRule,
  type LimitRemaining,
  learn,
  learnBucket,
  memoryMs,
  remaining,
  take,
} from './limiter-state.ts'
import { readRateLimit } from './rate-limit-headers.ts'
import { createMemoryStore, type StateStore, withLocalFallback } from './state-store.ts'
import { WaitQueue } from './wait-queue.ts'

/** The limits of a `RateLimiter`, how long callers may wait and where the state is kept. */
export interface RateLimiterOptions extends LimiterRule {
  /** So many callers may wait; 1,000 unless said otherwise. */
  maxQueue?: number
  /** Nobody waits longer than this, in milliseconds; 60,000 unless said otherwise. */
  maxWaitMs?: number
  /** Whose limit it is: it names the state in a shared store, and the limiter in its errors. */
  name?: string
  clock?: Clock
  /** In memory unless given; nodes that are given the same one share the limit. */
  store?: StateStore
}

/**
 * Holds calls back so that a third party's limit is never reached: a token bucket (`requestsPerSecond`, `burstSize`),
 * sliding windows, and what the third party itself says of its limit, all at once. Whoever has to wait is served in the
 * order of arrival. A limiter without any rule of its own lets everything pass until it has learned one.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions
  readonly #name: string
  readonly #clock: Clock
  readonly #store: StateStore
  readonly #queue: WaitQueue
  readonly #memoryMs: number
  /** Put together once: it is looked up with each call. */
  readonly #key: string
  readonly #create: () => LimiterRecord
  /** An update of a remote store is under way, or the time of the next one is set. */
  #cancelTimer: (() => void) | undefined
  #taking = false
  /** Some call did not weigh 1: from then on those who wait are let in one by one. */
  #weighs = false

  constructor(options: RateLimiterOptions) {
    for (const limit of [
      options.requestsPerSecond,
      options.burstSize,
      ...(options.windows ?? []).map((w) => w.requests),
    ]) {
      if (limit !== undefined && !(limit > 0)) {
        throw new KobleError('invalid_request', 'A rate limit must be larger than nothing.', { status: 400 })
      }
    }
    // A bucket that holds less than one call would never let one pass.
    this.#options =
      options.burstSize === undefined ? options : { ...options, burstSize: Math.max(1, options.burstSize) }
    this.#name = options.name ?? 'rate-limiter'
    this.#clock = options.clock ?? systemClock
    this.#memoryMs = memoryMs(options)
    // Counts of a window mean nothing for one of another length: whoever changes that begins a new count.
    const windows = (options.windows ?? []).map(({ windowMs }) => windowMs)
    this.#key = `limit:${[this.#name, ...windows].join(' ')}`
    this.#create = () => createLimiterRecord(this.#options, this.#clock.now())
    this.#store = options.store
      ? withLocalFallback(options.store, this.#clock)
      : createMemoryStore({ clock: this.#clock })
    this.#queue = new WaitQueue({
      maxQueue: options.maxQueue ?? 1_000,
      maxWaitMs: options.maxWaitMs ?? 60_000,
      clock: this.#clock,
      refuse: (reason) => this.#refusal(reason, {}),
    })
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#queue.size
  }

  /**
   * Resolves when one call may go. Rejects with `KobleError('rate_limited')` at once when the queue is full or the wait
   * is known to be too long (`details.retryAfterMs` says how long), with it later when the wait has become too long, and
   * with the signal's reason when that aborts; none of these takes anything from the limit. Callers that name a `lane`
   * take turns with those of other lanes. `weight` is what the call takes from every limit, 1 unless said otherwise: with
   * it a limiter counts points. `maxWaitMs` shortens the wait that is known to be too long.
   */
  acquire(options: { signal?: AbortSignal; lane?: string; weight?: number; maxWaitMs?: number } = {}): Promise<void> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    const { weight = 1, maxWaitMs = Number.POSITIVE_INFINITY } = options
    if (weight !== 1) this.#weighs = true
    if (this.#queue.size === 0 && !this.#taking) {
      const taken = this.#take(1, weight)
      if (taken instanceof Promise) {
        const turn = this.#queue.wait(options.signal, options.lane, weight, maxWaitMs)
        this.#taking = true
        taken.then((late) => this.#serve(late))
        return turn
      }
      if (taken.granted === 1) return Promise.resolve()
      if (taken.waitMs > Math.min(maxWaitMs, this.#options.maxWaitMs ?? 60_000)) {
        return Promise.reject(this.#refusal('waited_too_long', { retryAfterMs: taken.waitMs }))
      }
      const turn = this.#queue.wait(options.signal, options.lane, weight, maxWaitMs)
      this.#wakeIn(taken.waitMs)
      return turn
    }
    return this.#queue.wait(options.signal, options.lane, weight, maxWaitMs)
  }

  /**
   * Takes the permission for one call if that may go now, at no cost beside. Never does while others wait, or with a
   * store across the network, which takes its time to say.
   */
  tryAcquire(): boolean {
    if (this.#queue.size > 0 || this.#taking || this.#options.store !== undefined) return false
    const taken = this.#take(1)
    return !(taken instanceof Promise) && taken.granted === 1
  }

  /**
   * Takes note of what an answer says about the third party's limit (`X-RateLimit-*`, `RateLimit`, `Retry-After`).
   * Header names are in lower case. It only ever makes the limiter stricter, until the named time.
   */
  observe(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    const notice = readRateLimit(status, headers, this.#clock.now())
    if (notice === undefined) return
    this.learn(notice)
  }

  /**
   * The same for what is said elsewhere than in headers. `bucket` replaces what was known of it, so what is under way has
   * to be taken off it; of limits the stricter word counts.
   */
  learn(notice: {
    limits?: Record<string, LearnedLimit>
    bucket?: LearnedBucket
    /** In milliseconds since 1970. */
    pausedUntilMs?: number
  }): void {
    const { limits = {}, bucket, pausedUntilMs = 0 } = notice
    // Nobody waits for it: a node that learns a moment later loses nothing but that moment.
    void this.#update((limiter) => {
      for (const policy in limits) {
        const limit = limits[policy]
        if (limit !== undefined) learn(limiter, policy, { ...limit })
      }
      if (bucket !== undefined) learnBucket(limiter, bucket, this.#clock.now())
      limiter.pausedUntilMs = Math.max(limiter.pausedUntilMs, pausedUntilMs)
    })
    // A bucket may hold more than was thought.
    if (bucket !== undefined && this.#queue.size > 0) this.#wakeIn(0)
  }

  /** What is left of each limit, its own and those it learned, for people to see; nothing is taken. */
  remaining(): LimitRemaining[] | Promise<LimitRemaining[]> {
    const nowMs = this.#clock.now()
    return this.#update((limiter) => remaining(limiter, this.#options, nowMs))
  }

  #update<Result>(change: (limiter: LimiterRecord) => Result): Result | Promise<Result> {
    return this.#store.update(this.#key, this.#create, change, this.#memoryMs)
  }

  #take(wanted: number, weight = 1): ReturnType<typeof take> | Promise<ReturnType<typeof take>> {
    const nowMs = this.#clock.now()
    return this.#update((limiter) => take(limiter, this.#options, wanted, nowMs, weight))
  }

  /** Lets in as many as may go now and sets the time for the next. */
  #serve({ granted, waitMs }: { granted: number; waitMs: number }): void {
    this.#taking = false
    this.#queue.admit(granted)
    // Whoever had to ask across the network stood in the queue before the wait was known.
    if (this.#options.store) {
      this.#queue.refuseBeyond(waitMs, () => this.#refusal('waited_too_long', { retryAfterMs: waitMs }))
    }
    if (this.#queue.size === 0) return
    if (waitMs > 0) this.#wakeIn(waitMs)
    else this.#drain()
  }

  #drain(): void {
    // Whoever gave up while the time was set wants nothing any more.
    if (this.#queue.size === 0 || this.#taking) return
    const taken = this.#weighs ? this.#take(1, this.#queue.nextWeight) : this.#take(this.#queue.size)
    if (taken instanceof Promise) {
      this.#taking = true
      taken.then((late) => this.#serve(late))
    } else {
      this.#serve(taken)
    }
  }

  #wakeIn(delayMs: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined
      this.#drain()
    })
  }

  #refusal(reason: string, details: Record<string, unknown>): KobleError {
    return new KobleError('rate_limited', `Too many calls wait for the rate limit “${this.#name}”.`, {
      status: 429,
      retryable: true,
      details: { name: this.#name, reason, ...details },
    })
  }
}
