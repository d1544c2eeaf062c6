import { KobleError } from '@koble/core/errors'
import type { DPoP } from '@koble/core/oauth'
import { valuesAt } from '@koble/core/signatures'
import { readAccount } from '@koble/providers/read-source'
import { placeKey, type ResolvedAccount, type ResolvedProvider } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'
import { type Credentials, mainSlot } from './credentials.ts'

export interface AccountFacts {
  id: string | null
  label: string | null
  /** The status of the call that told. */
  status: number | null
}

/** What a call needs in order to be made as the account. */
export interface Authorization {
  headers: Record<string, string>
  query: Record<string, string>
}

/** The header or query parameter that carries a connection's credentials. */
export function authorizationOf(provider: ResolvedProvider, credentials: Credentials): Authorization {
  if (credentials.type === 'api_key') {
    if (provider.auth.type !== 'api_key') throw apiError('connection_not_usable', 'The integration changed its kind.')
    const key = placeKey(provider.auth.placement, credentials.fields)
    const carried = { [key.name.toLowerCase()]: key.value }
    return key.in === 'header' ? { headers: carried, query: {} } : { headers: {}, query: { [key.name]: key.value } }
  }
  const token = mainSlot(credentials)?.token
  if (!token) throw apiError('connection_not_usable', 'There is no token for this connection.')
  return { headers: { authorization: `Bearer ${token.accessToken}` }, query: {} }
}

/**
 * Asks the provider whose account the credentials belong to, which also shows that they work. Throws
 * `credentials_rejected` when the provider says no, and `provider_*` when it gives no usable answer.
 *
 * @param dpop To which the token is bound, if it is.
 */
export async function fetchAccount(
  provider: ResolvedProvider,
  credentials: Credentials,
  plainCall: typeof fetch,
  dpop?: DPoP,
): Promise<AccountFacts> {
  const { account } = provider
  if (!account) return { id: null, label: null, status: null }
  const token = mainSlot(credentials)?.token.accessToken
  const call: typeof fetch =
    dpop && token !== undefined
      ? (url, init) => dpop.request(token, url instanceof Request ? url.url : url, init, plainCall)
      : plainCall
  const authorization = authorizationOf(provider, credentials)
  const response = await request(account.url, account.method, provider, authorization, call)
  if (account.fallback?.statuses.includes(response.status)) {
    await response.body?.cancel()
    const fallback = await request(account.fallback.url, 'GET', provider, authorization, call)
    await fallback.body?.cancel()
    demandSuccess(provider, fallback.status)
    return { id: null, label: account.fallback.label, status: fallback.status }
  }
  if (!response.ok) await response.body?.cancel()
  demandSuccess(provider, response.status)
  const answer = await readJson(provider, response)
  if (account.okField && !valuesAt(answer, account.okField).includes(true)) {
    throw apiError('credentials_rejected', `${provider.name} did not accept the credentials.`)
  }
  return { ...readAccount(account, answer), status: response.status }
}

async function request(
  url: string,
  method: ResolvedAccount['method'],
  provider: ResolvedProvider,
  authorization: Authorization,
  call: typeof fetch,
): Promise<Response> {
  const target = new URL(url)
  for (const [name, value] of Object.entries(authorization.query)) target.searchParams.set(name, value)
  const headers = { accept: 'application/json', ...provider.api.headers, ...authorization.headers }
  return await call(target, { method, headers, signal: AbortSignal.timeout(15_000) })
}

function demandSuccess(provider: ResolvedProvider, status: number): void {
  if (status >= 200 && status < 300) return
  const details = { status }
  if (status === 401 || status === 403) {
    throw apiError('credentials_rejected', `${provider.name} did not accept the credentials (${status}).`, details)
  }
  if (status === 429) throw apiError('provider_throttled', `${provider.name} asks us to slow down.`, details)
  if (status >= 500) throw apiError('provider_unavailable', `${provider.name} is having trouble (${status}).`, details)
  throw apiError('provider_rejected', `${provider.name} answered ${status}.`, details)
}

async function readJson(provider: ResolvedProvider, response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (cause) {
    const message = `${provider.name} answered something that is no JSON.`
    throw new KobleError('provider_malformed', message, { status: 502, cause })
  }
}
