import { KobleError } from '@koble/core/errors'
import { readAnswer } from '@koble/providers/read-source'
import type {
  RegistrationErrorMeaning,
  RegistrationTarget,
  WebhookRegistration,
} from '@koble/providers/webhook-registration'

/** An answer of the provider's, read to its end. */
export interface ReadAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  /** Parsed where it is JSON. */
  body: unknown
}

/** What is to be made of a failure: `again` passes by itself, perhaps; the others do not. */
export type FailureMeaning = 'exists' | 'gone' | 'again' | 'final'

const messageCharsMax = 300
const codes: Record<RegistrationErrorMeaning, string> = {
  exists: 'already_registered',
  gone: 'target_unknown',
  forbidden: 'forbidden_at_provider',
  throttled: 'provider_throttled',
  refused: 'provider_rejected',
}

/**
 * Throws what an answer means unless it is a success: a KobleError with the meaning in `details.meaning`. The provider's
 * words are kept, but none of `secrets`.
 */
export function judgeAnswer(
  answer: ReadAnswer,
  target: RegistrationTarget,
  registration: WebhookRegistration,
  options: { okField: string | undefined; secrets: readonly string[] },
): void {
  const { status } = answer
  const saysNo = options.okField !== undefined && readAnswer({ field: options.okField }, answer) === 'false'
  if (status >= 200 && status < 300 && !saysNo) return
  const known = target.errors?.find((error) => error.status === status && saysSo(error.says, answer))
  const meaning = known?.means ?? meaningOf(answer)
  const code = status >= 500 ? 'provider_unavailable' : codes[meaning]
  const words = registration.errorMessage && readAnswer(registration.errorMessage, answer)
  const message = known?.message ?? (words === undefined ? `The provider answered ${status}.` : clean(words, options))
  throw registrationFailure(code, message, meaningFor(meaning), { status, retryAfterMs: retryAfterMs(answer) })
}

/** A failure of a registration in a form that the work on it understands. */
export function registrationFailure(
  code: string,
  message: string,
  meaning: FailureMeaning,
  details: Record<string, unknown> = {},
): KobleError {
  return new KobleError(code, message, { retryable: meaning === 'again', details: { ...details, meaning } })
}

/** What an error that a call ended with means for the registration. */
export function meaningOfError(error: unknown): FailureMeaning {
  if (!(error instanceof KobleError)) return 'again'
  const { meaning } = error.details
  if (typeof meaning === 'string') return meaning as FailureMeaning
  return passing.test(error.code) || error.retryable ? 'again' : 'final'
}

/** Codes of the gateway that say nothing about the registration itself. */
const passing =
  /^(provider_(unreachable|timeout|unavailable|throttled|malformed)|circuit_open|bulkhead_full|rate_limited|client_closed|internal_error|database_unavailable|shutting_down)$/

function saysSo(says: { at: Parameters<typeof readAnswer>[0]; oneOf: string[] } | undefined, answer: ReadAnswer) {
  if (says === undefined) return true
  const text = readAnswer(says.at, answer)?.toLowerCase()
  return text !== undefined && says.oneOf.some((word) => text.includes(word.toLowerCase()))
}

function meaningOf({ status, headers }: ReadAnswer): RegistrationErrorMeaning {
  const isLimited = headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0'
  if (status >= 500 || status === 429 || status === 408 || (status === 403 && isLimited)) return 'throttled'
  if (status === 404 || status === 410) return 'gone'
  return status === 401 || status === 403 ? 'forbidden' : 'refused'
}

function meaningFor(meaning: RegistrationErrorMeaning): FailureMeaning {
  if (meaning === 'throttled') return 'again'
  return meaning === 'exists' || meaning === 'gone' ? meaning : 'final'
}

function retryAfterMs({ headers }: ReadAnswer): number | undefined {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}

/** A provider may repeat what it was sent. */
function clean(words: string, { secrets }: { secrets: readonly string[] }): string {
  let text = words
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '…')
  return text.length > messageCharsMax ? `${text.slice(0, messageCharsMax)}…` : text
}
