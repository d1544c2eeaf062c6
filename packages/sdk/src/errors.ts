import type { ErrorCode, Problem } from '@koble/contract/errors'

/**
 * `network_error`: no answer came (offline, refused, reset). `unexpected_response`: the answer was no answer of Koble's,
 * a page of a reverse proxy for instance.
 */
export type KobleErrorCode = ErrorCode | 'network_error' | 'unexpected_response'

/** An API call that did not succeed, as RFC 9457 problem details tell it. */
export class KobleApiError extends Error {
  /** Stable and meant for programs. */
  readonly code: KobleErrorCode
  /** The HTTP status; 0 when no answer came. */
  readonly status: number
  /** What this kind of error is called. */
  readonly title: string
  /** What was wrong this time, for people. */
  readonly detail: string | null
  /** The refused fields, each with its dotted path; in a GraphQL document with the place, too. */
  readonly errors: readonly NonNullable<Problem['errors']>[number][]
  /** Where an operation failed at the third party: what that said, in its own words. */
  readonly provider: NonNullable<Problem['provider']> | null
  /** Quote it when asking for help: the server's log has it too. */
  readonly requestId: string | null

  constructor(
    facts: { code: KobleErrorCode; status: number; title: string } & Partial<
      Pick<Problem, 'detail' | 'errors' | 'provider' | 'requestId'>
    >,
    options?: ErrorOptions,
  ) {
    super(facts.detail ?? facts.title, options)
    this.name = 'KobleApiError'
    this.code = facts.code
    this.status = facts.status
    this.title = facts.title
    this.detail = facts.detail ?? null
    this.errors = facts.errors ?? []
    this.provider = facts.provider ?? null
    this.requestId = facts.requestId ?? null
  }
}

/** Reads an unsuccessful answer, whatever it turns out to be. Never rejects. */
export async function readApiError(response: Response): Promise<KobleApiError> {
  const requestId = response.headers.get('x-request-id') ?? undefined
  const body: unknown = await response.json().catch(() => null)
  if (isProblem(body)) return new KobleApiError({ requestId, ...body, status: response.status })
  return new KobleApiError({
    code: 'unexpected_response',
    status: response.status,
    title: 'The answer did not come from Koble',
    detail: `The server answered ${response.status} without saying why.`,
    requestId,
  })
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' && 'title' in body
}
