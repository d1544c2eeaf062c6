import { KobleError } from '../errors/errors.ts'
import type { CallOutcome } from '../resilience/breaker-state.ts'

/** The ways of failing that are the third party's; all others are the caller's or our own. */
const failures = new Set(['provider_unreachable', 'provider_timeout', 'provider_malformed'])

/**
 * What an answer says about the third party's health, for a circuit breaker: 5xx is a failure, except 501 and 505, which
 * speak of the request. That it wants fewer calls (429) or other ones (4xx) is a sign of health.
 */
export function outcomeOfStatus(status: number): CallOutcome {
  return status >= 500 && status !== 501 && status !== 505 ? 'failure' : 'success'
}

/** The same for a call without an answer: broken connections, timeouts and nonsense are failures, the rest says nothing. */
export function outcomeOfError(error: unknown): CallOutcome {
  return error instanceof KobleError && failures.has(error.code) ? 'failure' : 'ignored'
}
