import { KobleError } from '../errors/errors.ts'

/** The failures below HTTP that may be gone a moment later. A bad certificate or an unknown name is not among them. */
const transientCodes = new Set([
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

/** Answers with these say "not now"; any other 4xx says "not like this". */
const transientClientStatuses = new Set([408, 425, 429])

/** A defect in the program stays one, however often it runs. */
const defects = [TypeError, ReferenceError, SyntaxError, RangeError, EvalError, URIError]

/** The code under a failed call (`ECONNRESET`, `UND_ERR_SOCKET`, …), `unknown` when it has none. */
export function failureReason(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : 'unknown'
}

/** Whether a failure below HTTP may be gone a moment later. */
export function isTransientFailure(error: unknown): boolean {
  return !(error instanceof KobleError) && transientCodes.has(failureReason(error))
}

/**
 * Whether the same call may succeed later, as far as its error tells. An error that says so itself (`retryable`) is
 * believed; then the code beneath counts (`fetch` hides it in `cause`), then an HTTP status in `status` or
 * `statusCode`. A defect of the program and an abort are final. Of an error that says nothing the best is hoped.
 */
export function isRetryable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true
  const { retryable, cause, status, statusCode } = error as Record<string, unknown>
  if (typeof retryable === 'boolean') return retryable
  if (isAbort(error)) return false
  if (isTransientFailure(error) || isTransientFailure(cause)) return true
  if (failureReason(error) !== 'unknown' || failureReason(cause) !== 'unknown') return false
  const answered = typeof statusCode === 'number' ? statusCode : status
  if (typeof answered === 'number' && answered >= 400 && answered < 500) return transientClientStatuses.has(answered)
  return !defects.some((defect) => error instanceof defect)
}

/** Whether the caller, not the callee, ended the call. */
export function isAbort(error: unknown): boolean {
  if (error instanceof KobleError) return error.code === 'client_closed'
  return error instanceof Error && error.name === 'AbortError'
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
