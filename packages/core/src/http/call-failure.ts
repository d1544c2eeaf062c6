import { KobleError } from '../errors/errors.ts'

/** The failures below HTTP that may be gone a moment later. A bad certificate or an unknown name is not among them. */
const transient = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])

const timeouts = new Set(['ETIMEDOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'])

const unsendable = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

/** The code under a failed call (`ECONNRESET`, `UND_ERR_SOCKET`, …), `unknown` when it has none. */
export function failureReason(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : 'unknown'
}

/** Whether the same call may get through a moment later. */
export function isTransientFailure(error: unknown): boolean {
  return !(error instanceof KobleError) && transient.has(failureReason(error))
}

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

/** The provider let the time pass. */
export function timeoutFailure(cause?: unknown): KobleError {
  return new KobleError('provider_timeout', 'The provider did not answer in time.', {
    status: 504,
    retryable: true,
    details: { reason: cause === undefined ? 'deadline' : failureReason(cause) },
    cause,
  })
}

/** The caller went away before its answer came. */
export function clientClosedFailure(cause?: unknown): KobleError {
  return new KobleError('client_closed', 'The caller went away before the answer was complete.', { status: 499, cause })
}
