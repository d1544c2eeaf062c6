import { KobleError } from '../../errors/errors.ts'
import type { CallOutcome } from '../../resilience/breaker-state.ts'
import type { CircuitBreaker } from '../../resilience/circuit-breaker.ts'
import type { Step } from '../http-call.ts'

/** The ways of failing that are the third party's; all others are the caller's or our own. */
const failures = new Set(['provider_unreachable', 'provider_timeout', 'provider_malformed'])

/**
 * Keeps calls away from an origin that fails: broken connections, timeouts and answers that say that the third party is
 * unwell. That it wants fewer calls (429) or other ones (4xx) is a sign of health.
 */
export function breakerStep(breakerOf: (origin: string) => CircuitBreaker): Step {
  return async (call, next) => {
    const breaker = breakerOf(call.origin)
    const entering = breaker.enter()
    const sentBefore = call.log.attempts
    const permit = typeof entering === 'number' ? entering : await entering
    try {
      const answer = await next(call)
      // A remote store takes note of it meanwhile.
      void breaker.settle(permit, isUnwell(answer.status) ? 'failure' : 'success')
      return answer
    } catch (error) {
      // The time may run out before anything is sent, in a queue of our own: nothing is known of the third party then.
      void breaker.settle(permit, call.log.attempts === sentBefore ? 'ignored' : judge(error))
      throw error
    }
  }
}

/** 501 and 505 speak of the request. */
function isUnwell(status: number): boolean {
  return status >= 500 && status !== 501 && status !== 505
}

function judge(error: unknown): CallOutcome {
  return error instanceof KobleError && failures.has(error.code) ? 'failure' : 'ignored'
}
