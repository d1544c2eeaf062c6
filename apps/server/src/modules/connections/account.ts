import { KobleError } from '@koble/core/errors'
import type { ClientCertificate } from '@koble/core/http'
import { valuesAt } from '@koble/core/signatures'
import { fillTemplate } from '@koble/providers/fill-template'
import { readAccount } from '@koble/providers/read-source'
import type { ResolvedAccount } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'
import type { OpenIntegration } from '../integrations/service.ts'
import { apiOf } from './account-api.ts'
import { addBodyFields } from './add-body-fields.ts'
import { type Authorize, noteNonce } from './authorize.ts'
import type { Credentials } from './credentials.ts'

export interface AccountFacts {
  id: string | null
  label: string | null
  /** The status of the call that told. */
  status: number | null
}

/** How calls of our own are made as an account. */
export interface AccountCaller {
  authorize: Authorize
  /** A `fetch` whose connections present the certificate. */
  fetchWith(certificate?: ClientCertificate): typeof fetch
}

/**
 * Asks the provider whose account the credentials belong to, which also shows that they work. Throws
 * `credentials_rejected` when the provider says no, and `provider_*` when it gives no usable answer.
 */
export async function fetchAccount(
  integration: OpenIntegration,
  credentials: Credentials,
  caller: AccountCaller,
): Promise<AccountFacts> {
  const provider = integration.resolved
  // To its people a generic provider is what the organization calls it.
  const name = integration.provider.generic ? integration.name : provider.name
  const { account } = provider
  const { baseUrl } = apiOf(integration, credentials)
  const below = (url: string) =>
    url.startsWith(`${provider.api.baseUrl}/`) ? baseUrl + url.slice(provider.api.baseUrl.length) : url
  const call = (url: string, method: ResolvedAccount['method']) =>
    request(below(withFields(url, credentials)), method, integration, credentials, caller)
  if (!account) {
    // What can be found out without asking anybody: whether a key can be read, and nothing needed is missing.
    const url = new URL(provider.api.baseUrl)
    const authorization = await caller.authorize(
      integration,
      { credentials },
      { method: 'GET', url, headers: {}, body: null },
    )
    caller.fetchWith(authorization.clientCertificate)
    return { id: null, label: null, status: null }
  }
  const response = await call(account.url, account.method)
  if (account.fallback?.statuses.includes(response.status)) {
    await response.body?.cancel()
    if (account.fallback.url === undefined) {
      return { id: null, label: account.fallback.label, status: response.status }
    }
    const fallback = await call(account.fallback.url, 'GET')
    const { id, label, answer } = account.fallback
    if (!fallback.ok || !answer) await fallback.body?.cancel()
    demandSuccess(name, fallback.status)
    const told = answer && readAccount(answer, await readJson(name, fallback))
    const named = id === undefined ? null : fillTemplate(id, credentials.fields)
    return { id: told?.id ?? named, label: told?.label ?? label, status: fallback.status }
  }
  if (!response.ok) await response.body?.cancel()
  demandSuccess(name, response.status)
  const answer = account.format === 'jwt' ? await readJwt(name, response) : await readJson(name, response)
  if (account.okField && !valuesAt(answer, account.okField).includes(true)) {
    throw apiError('credentials_rejected', `${name} did not accept the credentials.`)
  }
  const { id, label } = readAccount(account, answer)
  const entered = (account.idField !== undefined && credentials.fields[account.idField]) || null
  return { id: id ?? entered, label: label ?? entered, status: response.status }
}

/** A value from the connection is one segment, whatever it holds. */
function withFields(url: string, credentials: Credentials): string {
  if (!url.includes('{')) return url
  const fields = Object.entries(credentials.fields).map(([key, value]) => [key, encodeURIComponent(value)])
  return fillTemplate(url, Object.fromEntries(fields))
}

async function request(
  target: string,
  method: ResolvedAccount['method'],
  integration: OpenIntegration,
  credentials: Credentials,
  { authorize, fetchWith }: AccountCaller,
): Promise<Response> {
  const url = new URL(target)
  const headers: Record<string, string> = { accept: 'application/json' }
  for (const [name, value] of Object.entries(integration.resolved.api.headers)) headers[name.toLowerCase()] = value
  const authorization = await authorize(integration, { credentials }, { method, url, headers, body: null })
  for (const [name, value] of Object.entries(authorization.query)) url.searchParams.set(name, value)
  Object.assign(headers, authorization.headers)
  let body: Buffer<ArrayBuffer> | null = null
  let verb: string = method
  if (authorization.bodyFields) {
    // A GET carries no body.
    verb = 'POST'
    const filled = addBodyFields(null, undefined, authorization.bodyFields)
    body = filled.body
    headers['content-type'] = filled.contentType
  }
  const call = fetchWith(authorization.clientCertificate)
  const send = () => call(url, { method: verb, headers, body, signal: AbortSignal.timeout(15_000) })
  const response = await send()
  if (!(await noteNonce(integration, url, response.status, Object.fromEntries(response.headers)))) return response
  await response.body?.cancel()
  Object.assign(headers, (await authorize(integration, { credentials }, { method, url, headers, body: null })).headers)
  return await send()
}

function demandSuccess(name: string, status: number): void {
  if (status >= 200 && status < 300) return
  const details = { status }
  if (status === 401 || status === 403) {
    throw apiError('credentials_rejected', `${name} did not accept the credentials (${status}).`, details)
  }
  if (status === 429) throw apiError('provider_throttled', `${name} asks us to slow down.`, details)
  if (status >= 500) throw apiError('provider_unavailable', `${name} is having trouble (${status}).`, details)
  throw apiError('provider_rejected', `${name} answered ${status}.`, details)
}

/** The connection vouches for it, as for any other answer: the claims say whose account it is, and admit nobody. */
async function readJwt(name: string, response: Response): Promise<unknown> {
  try {
    const [, claims = ''] = (await response.text()).split('.')
    return JSON.parse(Buffer.from(claims, 'base64url').toString())
  } catch (cause) {
    const message = `${name} answered something that is no signed token.`
    throw new KobleError('provider_malformed', message, { status: 502, cause })
  }
}

async function readJson(name: string, response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (cause) {
    const message = `${name} answered something that is no JSON.`
    throw new KobleError('provider_malformed', message, { status: 502, cause })
  }
}
