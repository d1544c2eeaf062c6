import type { Clock } from '../../resilience/clock.ts'
import type { RateLimiter } from '../../resilience/rate-limiter.ts'
import type { Step } from '../http-call.ts'

/** Holds each attempt back until the limit of its origin allows it, and learns from what the answer says of that. */
export function limiterStep(limiterOf: (origin: string) => RateLimiter, clock: Clock): Step {
  return async (call, next) => {
    const limiter = limiterOf(call.origin)
    if (!limiter.tryAcquire()) {
      const cameAtMs = clock.now()
      await limiter.acquire({ signal: call.scope.signal })
      const waitedMs = clock.now() - cameAtMs
      if (waitedMs > 0) call.log.report?.({ type: 'throttled', waitedMs })
    }
    const answer = await next(call)
    limiter.observe(answer.status, answer.headers)
    return answer
  }
}
