import { KobleError } from '@koble/core/errors'

/**
 * What follows from one attempt. `unknown`: the third party may have done what it was asked, or not, and a repetition
 * could do it twice.
 */
export type Verdict = 'succeeded' | 'again' | 'failed' | 'unknown'

/** Refusals of our own, before anything was sent. */
const notSentCodes = new Set([
  'circuit_open',
  'bulkhead_full',
  'rate_limited',
  'connection_not_usable',
  'shutting_down',
  'database_unavailable',
])
/** Below HTTP, before there was a connection. */
const notConnected = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
])
const uncertainCodes = new Set(['provider_unreachable', 'provider_timeout', 'provider_unavailable', 'internal_error'])
/** With these the third party says that it has not even tried. */
const notDoneStatuses = new Set([408, 425, 429, 503])
/** They speak of the request, not of the hour. */
const finalStatuses = new Set([501, 505])

/** Judges an answer; `repeatable` when sending the request twice does no harm (RFC 9110, section 9.2.2). */
export function verdictOfStatus(status: number, repeatable: boolean): Verdict {
  if (status < 400) return 'succeeded'
  if (notDoneStatuses.has(status)) return 'again'
  if (status < 500 || finalStatuses.has(status)) return 'failed'
  return repeatable ? 'again' : 'unknown'
}

/** Judges a call without an answer. */
export function verdictOfError(error: unknown, repeatable: boolean): Verdict {
  if (!(error instanceof KobleError)) return repeatable ? 'again' : 'unknown'
  if (notSentCodes.has(error.code) || error.code === 'provider_throttled') return 'again'
  if (!uncertainCodes.has(error.code)) return 'failed'
  return repeatable || notConnected.has(String(error.details['reason'])) ? 'again' : 'unknown'
}
