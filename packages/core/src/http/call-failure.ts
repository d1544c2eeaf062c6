import { KobleError } from '../errors/errors.ts'
import { failureReason, timeoutFailure } from '../resilience/failure.ts'

const timeouts = new Set(['ETIMEDOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'])

const unsendable = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

/**
 * Puts what the HTTP client or the socket threw into our words: `provider_timeout`, `invalid_request` (a header that
 * cannot be sent) or `provider_unreachable`, with the code beneath in `details.reason`. A `KobleError`, such as the
 * refusal of an address, is returned as it is.
 */
export function describeFailure(error: unknown): KobleError {
  if (error instanceof KobleError) return error
  const reason = failureReason(error)
  if (timeouts.has(reason)) return timeoutFailure(error)
  if (unsendable.has(reason)) {
    return new KobleError('invalid_request', 'The request cannot be sent as it is.', {
      status: 400,
      details: { reason },
      cause: error,
    })
  }
  return new KobleError('provider_unreachable', 'The provider could not be reached.', {
    status: 502,
    retryable: true,
    details: { reason },
    cause: error,
  })
}

/** The caller went away before its answer came. */
export function clientClosedFailure(cause?: unknown): KobleError {
  return new KobleError('client_closed', 'The caller went away before the answer was complete.', { status: 499, cause })
}

/** The provider answered something that is HTTP and yet of no use; `details.reason` says in which way. */
export function malformedFailure(reason: string, cause?: unknown): KobleError {
  return new KobleError('provider_malformed', 'The provider answered in a way that cannot be used.', {
    status: 502,
    details: { reason },
    cause,
  })
}
