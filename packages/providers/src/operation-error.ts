import { KobleError, type ProviderFailure } from '@koble/core/errors'
import { valuesAt } from '@koble/core/signatures'
import type { OperationAnswer } from './define-operation.ts'
import type { ErrorFormat, ErrorRule } from './define-provider.ts'

const failures = {
  unreachable: { code: 'provider_unavailable', message: 'The provider is in trouble.' },
  rejected: { code: 'provider_rejected', message: 'The provider refused the request.' },
  malformed: { code: 'provider_malformed', message: 'The provider answered something we cannot read.' },
  throttled: { code: 'provider_throttled', message: 'The provider asks us to slow down.' },
} as const satisfies Record<ProviderFailure, { code: string; message: string }>

/** What the provider itself said of a failure; its words may hold anything, and are for the caller alone. */
export interface ProviderWords {
  /** The HTTP status of its answer. */
  status: number
  code?: string
  /** At most 500 characters. */
  message?: string
}

/**
 * An operation failed at the provider, in one of the four ways. `code` is `provider_unavailable`, `provider_rejected`,
 * `provider_malformed` or `provider_throttled`; what the provider said is in `details.provider`.
 */
export class OperationError extends KobleError {
  readonly failure: ProviderFailure

  constructor(failure: ProviderFailure, provider: ProviderWords, retryAfterMs?: number) {
    super(failures[failure].code, failures[failure].message, {
      retryable: failure === 'unreachable' || failure === 'throttled',
      details: { provider, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    })
    this.name = 'OperationError'
    this.failure = failure
  }
}

/** The failure that an answer tells of, or null when it tells of none; by its status where there is no format. */
export function failureOf(
  answer: OperationAnswer,
  format: ErrorFormat = {},
  accepted: readonly number[] = [],
): { failure: ProviderFailure; provider: ProviderWords } | null {
  const { status, body } = answer
  const isFine = (status >= 200 && status < 300) || accepted.includes(status)
  const denies = format.okField !== undefined && valuesAt(body, format.okField)[0] === false
  const complains = format.errorField !== undefined && valuesAt(body, format.errorField).some(isSomething)
  if (isFine && !denies && !complains) return null
  const code = firstText(body, format.code)
  const message = firstText(body, format.message)?.slice(0, 500)
  const failure =
    (code !== undefined && format.failures?.[code]) ||
    format.rules?.find((rule) => fits(rule, answer))?.means ||
    format.statuses?.[status] ||
    failureOfStatus(status)
  return {
    failure,
    provider: { status, ...(code !== undefined && { code }), ...(message !== undefined && { message }) },
  }
}

function fits({ status, header, says }: ErrorRule, { headers, body, ...answer }: OperationAnswer): boolean {
  if (status !== answer.status) return false
  const value = header && headers[header.name]
  if (header && (value === undefined || (header.equals !== undefined && String(value) !== header.equals))) return false
  if (!says) return true
  const texts = valuesAt(body, says.at).map((text) => String(text).toLowerCase())
  return says.oneOf.some((word) => texts.some((text) => text.includes(word.toLowerCase())))
}

function failureOfStatus(status: number): ProviderFailure {
  if (status === 429) return 'throttled'
  return status >= 500 ? 'unreachable' : 'rejected'
}

function firstText(body: unknown, paths: readonly string[] = []): string | undefined {
  for (const path of paths) {
    for (const value of valuesAt(body, path)) {
      if (typeof value === 'string' && value !== '') return value
      if (typeof value === 'number') return String(value)
    }
  }
  return undefined
}

function isSomething(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
}
