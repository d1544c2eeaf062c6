import { KobleError } from '../errors/errors.ts'

/**
 * What went wrong between us and a third party, and in which operation. `code` and `details` are those of the error
 * beneath, which is in `cause`.
 */
export class IntegrationError extends KobleError {
  /** The name of the client or adapter. */
  readonly integration: string
  /** What was asked of it: `GET /users`. */
  readonly operation: string
  /** The HTTP status of the third party's answer, where there was one. */
  readonly statusCode: number | undefined
  /** The body of that answer, JSON parsed. It is the third party's and may hold anything: not for logs. */
  readonly response: unknown

  constructor(integration: string, operation: string, cause: unknown) {
    const beneath = cause instanceof KobleError ? cause : undefined
    super(beneath?.code ?? 'internal_error', `${integration}: ${operation}: ${beneath?.message ?? 'failed.'}`, {
      status: beneath?.status,
      retryable: beneath?.retryable,
      details: { ...beneath?.details },
      cause,
    })
    this.name = 'IntegrationError'
    this.integration = integration
    this.operation = operation
    const { status, response } = this.details
    this.statusCode = typeof status === 'number' ? status : undefined
    this.response = response
  }
}
