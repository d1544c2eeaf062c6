import type { CircuitBreaker } from '../../resilience/circuit-breaker.ts'
import { outcomeOfError, outcomeOfStatus } from '../call-outcome.ts'
import type { Step } from '../http-call.ts'

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
      void breaker.settle(permit, outcomeOfStatus(answer.status))
      return answer
    } catch (error) {
      // The time may run out before anything is sent, in a queue of our own: nothing is known of the third party then.
      void breaker.settle(permit, call.log.attempts === sentBefore ? 'ignored' : outcomeOfError(error))
      throw error
    }
  }
}
