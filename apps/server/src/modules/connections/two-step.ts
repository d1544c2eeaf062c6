import { KobleError } from '@koble/core/errors'
import { signAssertion, type TokenSet } from '@koble/core/oauth'
import { parseRetryAfterMs } from '@koble/core/resilience'
import { valuesAt } from '@koble/core/signatures'
import { fillTemplate, fillTemplates } from '@koble/providers/fill-template'
import type { ResolvedAuth } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'
import { signingKeyOf } from './authorize.ts'

type TwoStep = Extract<ResolvedAuth, { type: 'two_step' }>

/**
 * Calls a login endpoint as the provider's data says, and reads the token out of its answer. Throws `token_rejected`
 * when the endpoint refuses, and `provider_*` when it gives no usable answer; its words, which may repeat the
 * credentials, are not passed on.
 */
export async function twoStepToken(
  auth: TwoStep,
  values: Record<string, string | null | undefined>,
  call: typeof fetch,
  timeoutMs: number,
): Promise<Pick<TokenSet, 'slots' | 'raw'>> {
  const signed = auth.assertion ? { ...values, assertion: await signedAssertion(auth.assertion, values) } : values
  const response = await call(...requestOf(auth, signed, timeoutMs))
  judge(response, auth.refusals)
  const answer = await response.json().catch((cause: unknown) => {
    throw malformed('The login endpoint answered something that is no JSON.', cause)
  })
  const token = scalarAt(answer, auth.answer.token)
  if (token === undefined || token === '') {
    throw malformed(`The login endpoint's answer has no token at ${auth.answer.token}.`)
  }
  const accessToken = String(token)
  const expiresAt = expiryIn(auth, answer)
  const slot = { accessToken, scopes: [], tokenType: 'bearer', ...(expiresAt && { expiresAt }) }
  return { slots: { default: slot }, raw: {} }
}

function requestOf(
  auth: TwoStep,
  values: Record<string, string | null | undefined>,
  timeoutMs: number,
): [URL, RequestInit] {
  const { request } = auth
  const segments = Object.entries(values).map(([key, value]) => [key, value && encodeURIComponent(value)] as const)
  const url = new URL(fillTemplate(auth.tokenUrl, Object.fromEntries(segments)))
  for (const [name, value] of Object.entries(fillTemplates(request.query, values))) url.searchParams.set(name, value)
  const headers = new Headers({ accept: 'application/json', ...fillTemplates(request.headers, values) })
  if (request.basic) {
    const { username, password } = request.basic
    const basic = `${fillTemplate(username, values)}:${fillTemplate(password, values)}`
    headers.set('authorization', `Basic ${Buffer.from(basic).toString('base64')}`)
  }
  const method = request.method ?? 'POST'
  const signal = AbortSignal.timeout(timeoutMs)
  if (method === 'GET' || request.body === undefined) return [url, { method, headers, signal }]
  const fields = fillTemplates(request.body, values)
  const isJson = request.format === 'json'
  headers.set('content-type', isJson ? 'application/json' : 'application/x-www-form-urlencoded')
  const body = isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString()
  return [url, { method, headers, body, signal }]
}

function signedAssertion(
  { algorithm, claims, lifetimeSeconds = 60, backdateSeconds = 0 }: NonNullable<TwoStep['assertion']>,
  values: Record<string, string | null | undefined>,
): Promise<string> {
  const own = { iss: fillTemplate('{clientId}', values), ...fillTemplates(claims, values) }
  const now = new Date(Date.now() - backdateSeconds * 1000)
  return signAssertion(signingKeyOf(algorithm, values), own, {
    now,
    lifetimeSeconds: lifetimeSeconds + backdateSeconds,
  })
}

const usualRefusals = [400, 401, 403, 422]

function judge(response: Response, further: readonly number[] = []): void {
  const { status, headers } = response
  if (status >= 200 && status < 300) return
  void response.body?.cancel()
  const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), Date.now())
  const details = { status, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  // Some say with 403 that there were too many requests.
  const isLimited = headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0'
  if (status === 429 || (status === 403 && isLimited))
    throw apiError('provider_throttled', 'The provider asks us to slow down.', details)
  if (status >= 500) throw apiError('provider_unavailable', 'The provider is having trouble.', details)
  // Anything else is no verdict on the credentials: an address that moved, say.
  if (![...usualRefusals, ...further].includes(status)) throw malformed(`The login endpoint answered ${status}.`)
  const message = `The login endpoint did not accept the credentials (${status}).`
  throw new KobleError('token_rejected', message, { status: 422, details: { ...details, error: 'login_refused' } })
}

function expiryIn({ answer: paths }: TwoStep, answer: unknown): Date | undefined {
  const at = paths.expiresAt === undefined ? undefined : scalarAt(answer, paths.expiresAt)
  if (at !== undefined) {
    const seconds = Number(at)
    const time = Number.isFinite(seconds) ? new Date(seconds * 1000) : new Date(String(at))
    if (Number.isNaN(time.getTime())) throw malformed("The login endpoint's answer has no time where it should be.")
    return time
  }
  const given = paths.expiresIn === undefined ? undefined : scalarAt(answer, paths.expiresIn)
  if (given === undefined) return undefined
  const seconds = Number(given)
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw malformed("The login endpoint's answer has no lifetime where it should be.")
  }
  return new Date(Date.now() + Math.min(seconds, 10 * 365 * 86_400) * 1000)
}

function scalarAt(answer: unknown, path: string): string | number | undefined {
  return valuesAt(answer, path).find((value) => typeof value === 'string' || typeof value === 'number') as
    | string
    | number
    | undefined
}

function malformed(message: string, cause?: unknown): KobleError {
  return new KobleError('provider_malformed', message, { status: 502, cause })
}
