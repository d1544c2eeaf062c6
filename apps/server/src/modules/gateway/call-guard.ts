import type { KobleError } from '@koble/core/errors'
import { type CallGate, outcomeOfError, outcomeOfStatus } from '@koble/core/http'
import type { CircuitBreaker, RateLimiter } from '@koble/core/resilience'

/** What one call has to pass with each of its attempts: the breaker of its host, then its limits. */
export class CallGuard implements CallGate {
  /** How many attempts were let in. */
  attempts = 0
  readonly #breaker: CircuitBreaker
  /** The connection's first: it is the one that learns from answers. */
  readonly #limiters: readonly RateLimiter[]
  /** Those who wait take turns by it. */
  readonly #lane: string
  #permit = -1

  constructor(breaker: CircuitBreaker, limiters: readonly RateLimiter[], lane: string) {
    this.#breaker = breaker
    this.#limiters = limiters
    this.#lane = lane
  }

  enter(waiting: () => AbortSignal): Promise<void> | undefined {
    const permit = this.#breaker.enter()
    if (typeof permit !== 'number') return this.#enterLater(permit, waiting)
    this.#permit = permit
    for (let index = 0; index < this.#limiters.length; index += 1) {
      if (!this.#limiters[index]?.tryAcquire()) return this.#wait(index, waiting)
    }
    this.attempts += 1
    return undefined
  }

  answered(status: number, headers: Parameters<RateLimiter['observe']>[1]): void {
    this.#limiters[0]?.observe(status, headers)
    void this.#breaker.settle(this.#permit, outcomeOfStatus(status))
  }

  failed(error: KobleError): void {
    void this.#breaker.settle(this.#permit, outcomeOfError(error))
  }

  async #enterLater(permit: Promise<number>, waiting: () => AbortSignal): Promise<void> {
    this.#permit = await permit
    await this.#wait(0, waiting)
  }

  async #wait(from: number, waiting: () => AbortSignal): Promise<void> {
    const options = { signal: waiting(), lane: this.#lane }
    try {
      for (const limiter of this.#limiters.slice(from)) await limiter.acquire(options)
    } catch (error) {
      // Nothing was sent: of the third party nothing is known, and somebody else may be the probe.
      void this.#breaker.settle(this.#permit, 'ignored')
      throw error
    }
    this.attempts += 1
  }
}
