import { KobleError } from '../../errors/errors.ts'
import { parseRetryAfterMs, type RetryPolicy } from '../../resilience/backoff.ts'
import type { Clock } from '../../resilience/clock.ts'
import { failureReason, isTransientFailure } from '../../resilience/failure.ts'
import { type AttemptOutcome, repeat } from '../../resilience/with-retry.ts'
import type { HttpAnswer, Step } from '../http-call.ts'
import { isRepeatable, isTransientStatus } from '../repeatable.ts'

/**
 * Tries again on 429, 502, 503, 504 and on connections that break before an answer, if that can do no harm: the method
 * is idempotent or the request carries an idempotency key, and the body can be sent a second time.
 */
export function retryStep(policy: RetryPolicy, idempotencyHeader: string | undefined, clock: Clock): Step {
  return async (call, next) => {
    const replayable = call.body === null || Buffer.isBuffer(call.body)
    if (!replayable || !isRepeatable(call.method, call.headers, idempotencyHeader)) return next(call)
    // Most calls succeed at once and have no use for all that follows.
    let first: AttemptOutcome<HttpAnswer>
    try {
      const answer = await next(call)
      if (!isTransientStatus(answer.status)) return answer
      first = { result: answer }
    } catch (error) {
      first = { error }
    }
    const { scope } = call
    const options: Parameters<typeof repeat<HttpAnswer, string>>[1] = {
      policy,
      clock,
      get signal() {
        return scope.signal
      },
      leftMs: () => scope.leftMs,
      judge: (outcome) => judge(outcome, clock),
      onRetry(attempt, reason, delayMs, outcome) {
        if ('result' in outcome) outcome.result.body.discard()
        call.log.report?.({ type: 'retry', attempt, reason, delayMs })
      },
    }
    return repeat(() => next(call), options, first)
  }
}

function judge(
  outcome: AttemptOutcome<HttpAnswer>,
  clock: Clock,
): { askedMs: number | undefined; reason: string } | undefined {
  if ('result' in outcome) {
    const { status, headers } = outcome.result
    if (!isTransientStatus(status)) return undefined
    return { askedMs: parseRetryAfterMs(headers['retry-after'], clock.now()), reason: `status ${status}` }
  }
  const beneath = outcome.error instanceof KobleError ? outcome.error.cause : undefined
  return isTransientFailure(beneath) ? { askedMs: undefined, reason: failureReason(beneath) } : undefined
}
