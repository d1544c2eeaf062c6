import { KobleError } from '../errors/errors.ts'
import { parseRetryAfterMs } from '../resilience/backoff.ts'

/**
 * The error for an answer with an error status: `provider_throttled` (429), `provider_unavailable` (5xx, 408, 425), both
 * retryable, or `provider_rejected`. `details` has `status`, the body as `response`, and `retryAfterMs` where the answer
 * names it; the message repeats nothing of it.
 */
export function rejectedAnswer(status: number, headers: Headers, response: unknown): KobleError {
  const retryAfterMs = parseRetryAfterMs(headers.get('retry-after'), Date.now())
  const details = { status, response, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  if (status === 429) {
    return new KobleError('provider_throttled', 'The provider asks us to slow down.', {
      status: 503,
      retryable: true,
      details,
    })
  }
  if (status >= 500 || status === 408 || status === 425) {
    return new KobleError('provider_unavailable', `The provider is having trouble (HTTP ${status}).`, {
      status: 503,
      retryable: true,
      details,
    })
  }
  return new KobleError('provider_rejected', `The provider refused the request (HTTP ${status}).`, {
    status: 422,
    details,
  })
}
