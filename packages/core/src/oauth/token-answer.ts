import { decodeJwt } from 'jose'
import { KobleError } from '../errors/errors.ts'
import { parseRetryAfterMs } from '../resilience/backoff.ts'
import type { OAuthSettings, Token, TokenSet } from './settings.ts'

/** A token answer that was not refused, its quirks evened out. */
export interface TokenAnswer extends Pick<TokenSet, 'slots' | 'fields' | 'raw'> {
  idToken: string | undefined
}

/** What providers say instead of the codes of RFC 6749, section 5.2. */
const standardCodes: Record<string, string> = {
  bad_verification_code: 'invalid_grant',
  bad_refresh_token: 'invalid_grant',
  code_already_used: 'invalid_grant',
  invalid_code: 'invalid_grant',
  invalid_refresh_token: 'invalid_grant',
  token_expired: 'invalid_grant',
  token_revoked: 'invalid_grant',
  bad_client_secret: 'invalid_client',
  incorrect_client_credentials: 'invalid_client',
  invalid_client_id: 'invalid_client',
}

const outages = new Set([
  'server_error',
  'temporarily_unavailable',
  'internal_error',
  'fatal_error',
  'service_unavailable',
])
const throttles = new Set(['slow_down', 'ratelimited', 'rate_limited'])

/**
 * Reads the answer of a token or revocation endpoint. Throws `KobleError`: `token_rejected` with the error code in
 * `details.error` (an RFC 6749 code where the provider's own means the same; that one is then in
 * `details.providerError`), `provider_throttled`, `provider_unavailable`, `provider_malformed`. The provider's words
 * are not passed on, since some repeat the code or the token. With `bodyOptional` the status alone tells of success, as
 * at a revocation endpoint (RFC 7009, section 2.2).
 */
export async function readAnswer(
  settings: Pick<OAuthSettings, 'quirks' | 'now'>,
  response: Response,
  { bodyOptional }: { bodyOptional: boolean },
): Promise<Record<string, unknown>> {
  const { status } = response
  const retryAfterMs = parseRetryAfterMs(
    response.headers.get('retry-after'),
    (settings.now?.() ?? new Date()).getTime(),
  )
  const waiting = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status === 429) throw throttled({ status, ...waiting })
  if (status >= 500) throw unavailable({ status, ...waiting })

  const text = await response.text()
  const body = parseBody(text, response.headers.get('content-type') ?? '')
  const succeeded = status >= 200 && status < 300
  if (body === undefined) {
    // A refusal needs no words: a bare 401 says that the client is not known (RFC 6749, section 5.2).
    if (status === 401) throw rejected('invalid_client', { status })
    if (succeeded && bodyOptional) return {}
    throw malformed('not_json', { status })
  }
  const { okField, errorsWithStatus200 } = settings.quirks ?? {}
  const failed =
    !succeeded ||
    (okField !== undefined && body[okField] !== true) ||
    (hasError(body) && (errorsWithStatus200 || typeof body.access_token !== 'string'))
  if (!failed) return body

  if (!hasError(body) && !succeeded && status !== 400 && status !== 401)
    throw malformed('status_unexpected', { status })
  const error = errorCodeOf(body.error)
  if (throttles.has(error)) throw throttled({ status, error, ...waiting })
  if (outages.has(error)) throw unavailable({ status, error, ...waiting })
  const standard = standardCodes[error]
  throw standard === undefined ? rejected(error, { status }) : rejected(standard, { status, providerError: error })
}

/** Judges a successful token answer. `scopes` stand where it names none. Throws `KobleError('provider_malformed')`. */
export function readTokens(
  settings: OAuthSettings,
  body: Record<string, unknown>,
  scopes: { own: string[]; user: string[] },
): TokenAnswer {
  const slots: Record<string, Token> = {}
  const own = readToken(settings, body, scopes.own)
  if (own !== undefined) slots.default = own
  const nested = settings.quirks?.userToken === undefined ? undefined : body[settings.quirks.userToken.path]
  const user = isObject(nested) ? readToken(settings, nested, scopes.user) : undefined
  if (user !== undefined) slots.user = user
  if (own === undefined && user === undefined) throw malformed('access_token_missing', {})
  return { slots, ...kept(settings, body), idToken: nonEmpty(body.id_token), raw: body }
}

function kept(settings: OAuthSettings, body: Record<string, unknown>): { fields?: Record<string, unknown> } {
  const names = settings.quirks?.keepFields
  if (names === undefined) return {}
  return {
    fields: Object.fromEntries(names.filter((name) => Object.hasOwn(body, name)).map((name) => [name, body[name]])),
  }
}

/** The provider's own names, back in the words of RFC 6749. */
function standardFields(settings: OAuthSettings, answer: Record<string, unknown>): Record<string, unknown> {
  const names = settings.quirks?.answerFields
  if (names === undefined) return answer
  const standard = {
    access_token: names.accessToken,
    refresh_token: names.refreshToken,
    token_type: names.tokenType,
    expires_in: names.expiresIn,
    expires_at: names.expiresAt,
    scope: names.scope,
  }
  const renamed = Object.entries(standard).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { ...answer, ...Object.fromEntries(renamed.map(([name, theirs]) => [name, answer[theirs]])) }
}

function readToken(settings: OAuthSettings, answer: Record<string, unknown>, askedFor: string[]): Token | undefined {
  const fields = standardFields(settings, answer)
  const accessToken = nonEmpty(fields.access_token)
  if (accessToken === undefined) return undefined
  const written = nonEmpty(fields.token_type) ?? 'bearer'
  const tokenType = written.toLowerCase() === 'bearer' ? 'bearer' : written
  checkBinding(settings, tokenType)
  const refreshToken = nonEmpty(fields.refresh_token)
  const expiresAt = expiry(settings, fields, accessToken)
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    scopes: grantedScopes(fields.scope, settings.quirks?.grantedScopeSeparator ?? ' ') ?? askedFor,
    tokenType,
  }
}

/**
 * Such tokens ask for more than to be sent along, so a gateway that only does that would fail on every call. And whoever
 * has a key to bind tokens to must not be left with one that anybody may use.
 */
function checkBinding(settings: OAuthSettings, tokenType: string): void {
  const bound = /^dpop$/i.test(tokenType)
  if (/^(mac|pop)$/i.test(tokenType) || (bound && settings.dpop === undefined))
    throw malformed('token_type_unsupported', {})
  if (settings.dpop !== undefined && !bound && tokenType !== 'N_A') throw malformed('token_not_bound', {})
}

function expiry(settings: OAuthSettings, fields: Record<string, unknown>, accessToken: string): Date | undefined {
  const { expires_in: expiresIn } = fields
  const named = typeof expiresIn === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(expiresIn) ? Number(expiresIn) : expiresIn
  const nowMs = (settings.now?.() ?? new Date()).getTime()
  const after = (seconds: number) => dateOf(nowMs + seconds * 1000)
  if (typeof named === 'number' && Number.isFinite(named) && named > 0) return after(named)
  const at = settings.quirks?.answerFields?.expiresAt === undefined ? undefined : timeOf(fields.expires_at)
  if (at !== undefined) return at
  const exp = jwtExpiry(accessToken)
  if (exp !== undefined) return dateOf(exp * 1000)
  return settings.defaultExpiresInSeconds === undefined ? undefined : after(settings.defaultExpiresInSeconds)
}

/** A time as providers write it: ISO 8601, or seconds since 1970. */
function timeOf(value: unknown): Date | undefined {
  if (typeof value === 'number') return dateOf(value * 1000)
  if (typeof value !== 'string') return undefined
  return dateOf(/^\d{1,12}$/.test(value) ? Number(value) * 1000 : Date.parse(value))
}

/** None for what lies outside of the 270,000 years that a date can hold: such a token does not expire. */
function dateOf(ms: number): Date | undefined {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** An access token is opaque to its client; but where it is a JWT, `exp` is the best word on its end there is. */
function jwtExpiry(accessToken: string): number | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(accessToken)) return undefined
  try {
    const { exp } = decodeJwt(accessToken)
    return typeof exp === 'number' && Number.isFinite(exp) ? exp : undefined
  } catch {
    return undefined
  }
}

function grantedScopes(scope: unknown, separator: string): string[] | undefined {
  const list = typeof scope === 'string' ? scope.split(separator) : scope
  if (!Array.isArray(list)) return undefined
  return list
    .filter((entry): entry is string => typeof entry === 'string')
    .map((entry) => entry.trim())
    .filter(Boolean)
}

function parseBody(text: string, contentType: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // Some providers answer form-encoded whatever one accepts.
    return /^application\/x-www-form-urlencoded\b/i.test(contentType)
      ? Object.fromEntries(new URLSearchParams(text))
      : undefined
  }
}

function hasError(body: Record<string, unknown>): boolean {
  return body.error !== undefined && body.error !== null && body.error !== '' && body.error !== false
}

/** An error code that may be shown: what does not look like one is `unknown`, for it could hold anything. */
export function errorCodeOf(error: unknown): string {
  return typeof error === 'string' && /^[\w.-]{1,64}$/.test(error) ? error : 'unknown'
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function rejected(error: string, details: Record<string, unknown>): KobleError {
  return new KobleError('token_rejected', 'The provider refused the request for a token.', {
    status: 422,
    details: { error, ...details },
  })
}

function throttled(details: Record<string, unknown>): KobleError {
  return new KobleError('provider_throttled', 'The provider asks us to slow down.', {
    status: 503,
    retryable: true,
    details,
  })
}

function unavailable(details: Record<string, unknown>): KobleError {
  return new KobleError('provider_unavailable', 'The provider is having trouble.', {
    status: 503,
    retryable: true,
    details,
  })
}

function malformed(reason: string, details: Record<string, unknown>): KobleError {
  return new KobleError('provider_malformed', 'The provider answered something that is no token answer.', {
    status: 502,
    details: { reason, ...details },
  })
}
