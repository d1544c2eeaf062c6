import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  genericTokenEndpointRequest,
  None,
  revocationRequest,
} from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'
import { readCallback, splitScopes } from './authorization.ts'
import { verifyIdToken } from './id-token.ts'
import type { OAuthSettings, TokenSet } from './settings.ts'
import { readAnswer, readTokens } from './token-answer.ts'

/** What was kept when the authorization began, and what the browser brought back. */
export interface CodeExchange {
  callback: URLSearchParams
  state: string
  codeVerifier: string | null
  nonce: string | null
}

/**
 * Judges the callback and exchanges its code for tokens, once: a code must not be sent a second time. With OpenID
 * Connect and the scope `openid`, an id token must come and pass every check.
 *
 * Throws `KobleError`: `consent_denied`, `state_missing`, `state_unknown`, `token_rejected` (`details.error`, such as
 * `invalid_grant`), `id_token_invalid`, `provider_malformed`, `provider_throttled`, `provider_unavailable`,
 * `provider_unreachable`, `provider_timeout`, `private_address`. None of them carries a code, a token or a secret.
 */
export async function exchangeCode(settings: OAuthSettings, exchange: CodeExchange): Promise<TokenSet> {
  const code = readCallback(settings, exchange.callback, exchange.state)
  const body = await requestTokens(settings, 'authorization_code', {
    code,
    redirect_uri: settings.redirectUri,
    ...(exchange.codeVerifier === null ? {} : { code_verifier: exchange.codeVerifier }),
  })
  return judge(settings, body, { nonce: exchange.nonce, fresh: true })
}

/**
 * Gets a new access token. A slot without a new refresh token keeps the one that was used, so the set can be stored as
 * it is. Where the provider hands out several tokens (Slack), each is refreshed by itself and comes as `default`.
 * Throws what `exchangeCode` does; `token_rejected` with `invalid_grant` means that the refresh token is dead.
 */
export async function refreshToken(settings: OAuthSettings, token: string): Promise<TokenSet> {
  const body = await requestTokens(settings, 'refresh_token', { refresh_token: token })
  const set = await judge(settings, body, { nonce: null, fresh: false })
  const { default: refreshed } = set.slots
  if (refreshed !== undefined) refreshed.refreshToken ??= token
  return set
}

/** Gets a token for the client itself. Throws what `exchangeCode` does. */
export async function clientCredentials(settings: OAuthSettings): Promise<TokenSet> {
  const { own } = splitScopes(settings)
  const scope = own.join(settings.quirks?.scopeSeparator ?? ' ')
  const body = await requestTokens(settings, 'client_credentials', scope === '' ? {} : { scope })
  return judge(settings, body, { nonce: null, fresh: false })
}

/**
 * Ends a token at the provider (RFC 7009); a token that is dead already is no failure. Throws what `exchangeCode` does,
 * and `invalid_request` when the provider has no revocation endpoint.
 */
export async function revokeToken(settings: OAuthSettings, token: string): Promise<void> {
  if (settings.revocationUrl === undefined) {
    throw new KobleError('invalid_request', 'The provider has no way to revoke a token.', { status: 400 })
  }
  try {
    await call(
      settings,
      (as, client, authentication, options) => revocationRequest(as, client, authentication, token, options),
      { bodyOptional: true },
    )
  } catch (error) {
    const dead = error instanceof KobleError && deadTokens.has(String(error.details.error))
    if (!dead) throw error
  }
}

const deadTokens = new Set(['invalid_token', 'invalid_grant', 'invalid_auth', 'account_inactive'])

function requestTokens(settings: OAuthSettings, grantType: string, parameters: Record<string, string>) {
  return call(settings, (as, client, authentication, options) =>
    genericTokenEndpointRequest(as, client, authentication, grantType, parameters, options),
  )
}

interface RequestOptions {
  [allowInsecureRequests]: true
  [customFetch]: (url: string, init: RequestInitLike) => Promise<Response>
  signal: AbortSignal
}
interface RequestInitLike {
  body?: unknown
  headers: Record<string, string>
  method: string
  redirect: 'manual'
  signal?: AbortSignal
}

/** The one way to a provider's endpoints: proves the client, sends, and judges what comes back. */
async function call(
  settings: OAuthSettings,
  send: (as: AuthorizationServer, client: Client, auth: ClientAuth, options: RequestOptions) => Promise<Response>,
  answer: { bodyOptional: boolean } = { bodyOptional: false },
): Promise<Record<string, unknown>> {
  const as: AuthorizationServer = {
    issuer: new URL(settings.tokenUrl).origin,
    token_endpoint: settings.tokenUrl,
    ...(settings.revocationUrl === undefined ? {} : { revocation_endpoint: settings.revocationUrl }),
  }
  const signal = AbortSignal.timeout(settings.timeoutMs ?? 20_000)
  try {
    const response = await send(as, { client_id: settings.clientId }, clientAuthentication(settings), {
      [allowInsecureRequests]: true,
      [customFetch]: (url, init) => settings.fetch(url, writeBody(settings, init)),
      signal,
    })
    return await readAnswer(settings, response, answer)
  } catch (error) {
    if (error instanceof KobleError) throw error
    if (signal.aborted) {
      throw new KobleError('provider_timeout', 'The provider did not answer in time.', { status: 504, retryable: true })
    }
    throw new KobleError('provider_unreachable', 'The provider could not be reached.', {
      status: 502,
      retryable: true,
      cause: error,
    })
  }
}

function clientAuthentication({ clientSecret, clientAuthentication: place }: OAuthSettings): ClientAuth {
  if (clientSecret === undefined) return None()
  return place === 'basic' ? ClientSecretBasic(clientSecret) : ClientSecretPost(clientSecret)
}

function writeBody(settings: OAuthSettings, init: RequestInitLike): RequestInit {
  const parameters = new URLSearchParams(String(init.body))
  if (settings.quirks?.tokenRequestFormat !== 'json') return { ...init, body: parameters.toString() }
  return {
    ...init,
    headers: { ...init.headers, 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(parameters)),
  }
}

async function judge(
  settings: OAuthSettings,
  body: Record<string, unknown>,
  expected: { nonce: string | null; fresh: boolean },
): Promise<TokenSet> {
  const { slots, idToken, raw } = readTokens(settings, body, splitScopes(settings))
  const { oidc } = settings
  if (oidc === undefined) return { slots, raw }
  if (idToken === undefined) {
    if (expected.fresh && settings.scopes.includes('openid')) {
      throw new KobleError('id_token_invalid', 'The provider sent no id token.', {
        status: 502,
        details: { reason: 'missing' },
      })
    }
    return { slots, raw }
  }
  const accessToken = slots.default?.accessToken
  const idTokenClaims = await verifyIdToken({ ...settings, oidc }, idToken, { ...expected, accessToken })
  return { slots, idTokenClaims, raw }
}
