/**
 * The one error class of Koble. `code` is stable and meant for programs, `message` for people (never a secret, never
 * the raw words of a third party); what lies beneath is in `cause` and `details`.
 */
export class KobleError extends Error {
  readonly code: string
  /** The HTTP status an API answer carries for it. */
  readonly status: number
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: string,
    message: string,
    options: { status?: number; retryable?: boolean; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'KobleError'
    this.code = code
    this.status = options.status ?? 500
    this.retryable = options.retryable ?? false
    this.details = options.details ?? {}
  }
}

/** A call to a third party fails in exactly these ways. */
export type ProviderFailure = 'unreachable' | 'rejected' | 'malformed' | 'throttled'
