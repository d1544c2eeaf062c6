import { type ClientAuth, genericTokenEndpointRequest, revocationRequest } from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'
import { signAssertion } from './assertion.ts'
import { readCallback, splitScopes } from './authorization.ts'
import { assertionAudience, optionalClientAuthentication } from './client-authentication.ts'
import { callEndpoint, requireEndpoint } from './endpoint-request.ts'
import { verifyIdToken } from './id-token.ts'
import type { OAuthSettings, TokenSet } from './settings.ts'
import { readTokens } from './token-answer.ts'

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
  const parameters = {
    code,
    redirect_uri: settings.redirectUri,
    ...(exchange.codeVerifier === null ? {} : { code_verifier: exchange.codeVerifier }),
  }
  return requestTokens(settings, 'authorization_code', parameters, { nonce: exchange.nonce, fresh: true })
}

/**
 * Gets a new access token. A slot without a new refresh token keeps the one that was used, so the set can be stored as
 * it is. Where the provider hands out several tokens (Slack), each is refreshed by itself and comes as `default`.
 * Throws what `exchangeCode` does; `token_rejected` with `invalid_grant` means that the refresh token is dead.
 */
export async function refreshToken(settings: OAuthSettings, token: string): Promise<TokenSet> {
  const set = await requestTokens(settings, 'refresh_token', { refresh_token: token })
  const { default: refreshed } = set.slots
  if (refreshed !== undefined) refreshed.refreshToken ??= token
  return set
}

/**
 * Gets a token for the client itself. Throws what `exchangeCode` does.
 *
 * @param parameters What the provider asks for beyond the standard (Auth0's `audience`, Box's `box_subject_id`).
 */
export async function clientCredentials(
  settings: OAuthSettings,
  parameters: Record<string, string> = {},
): Promise<TokenSet> {
  return requestTokens(settings, 'client_credentials', { ...scopeOf(settings), ...parameters })
}

/** What a signed assertion says, and where the scopes go. */
export interface JwtGrant {
  /** Beside `iss` (the client id unless given here), `aud`, `iat`, `exp` and `jti`: `sub`, `resource`, `consumer_org` … */
  claims?: Record<string, unknown>
  /** 60 unless said otherwise. */
  lifetimeSeconds?: number
  /** `claims` puts them into the assertion (Maskinporten, Google); `request` is what the RFC says and the default. */
  scopesIn?: 'request' | 'claims'
  /** Signed elsewhere, instead of all the above. */
  assertion?: string
}

/**
 * Gets a token for what an assertion says, which `settings.clientKey` signs anew for each call (RFC 7523, section 2.1).
 * The client is not named beside it unless it has a secret or another proof of its own. Throws what `exchangeCode` does,
 * and `client_key_invalid`.
 */
export async function jwtBearer(settings: OAuthSettings, grant: JwtGrant = {}): Promise<TokenSet> {
  const inClaims = grant.scopesIn === 'claims'
  const assertion =
    grant.assertion ?? (await signGrant(settings, { ...(inClaims && scopeOf(settings)), ...grant.claims }, grant))
  const parameters = { assertion, ...(inClaims ? {} : scopeOf(settings)) }
  return requestTokens(settings, 'urn:ietf:params:oauth:grant-type:jwt-bearer', parameters, {
    authentication: optionalClientAuthentication(settings),
  })
}

async function signGrant(settings: OAuthSettings, claims: Record<string, unknown>, grant: JwtGrant): Promise<string> {
  const { clientKey } = settings
  if (clientKey === undefined) {
    throw new KobleError('client_key_invalid', 'The grant needs a signature, but the client has no key.')
  }
  return signAssertion(
    clientKey,
    { iss: settings.clientId, aud: assertionAudience(settings), ...claims },
    { now: settings.now?.() ?? new Date(), lifetimeSeconds: grant.lifetimeSeconds },
  )
}

/** The token that is given away and the one that is wanted; types are short names or URIs of section 3. */
export interface TokenExchange {
  subjectToken: string
  /** `access_token` unless said otherwise. */
  subjectTokenType?: TokenTypeName | (string & {})
  /** Who acts for the subject. */
  actorToken?: string
  actorTokenType?: TokenTypeName | (string & {})
  requestedTokenType?: TokenTypeName | (string & {})
  /** The services that the new token is for, by their names at the provider and by their addresses. */
  audience?: string
  resource?: string
}

/**
 * Kinds of tokens that can be exchanged: the last parts of the URNs of https://www.rfc-editor.org/rfc/rfc8693#section-3
 */
export type TokenTypeName = 'access_token' | 'refresh_token' | 'id_token' | 'saml1' | 'saml2' | 'jwt'

/**
 * Exchanges a token for another one (RFC 8693): narrower, for another service, or on behalf of somebody. What kind came
 * is in `raw.issued_token_type`; one that is no access token has the type `N_A`. Throws what `exchangeCode` does.
 */
export async function exchangeToken(settings: OAuthSettings, exchange: TokenExchange): Promise<TokenSet> {
  const { actorToken, requestedTokenType, audience, resource } = exchange
  return requestTokens(settings, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: exchange.subjectToken,
    subject_token_type: tokenType(exchange.subjectTokenType ?? 'access_token'),
    ...(actorToken !== undefined && {
      actor_token: actorToken,
      actor_token_type: tokenType(exchange.actorTokenType ?? 'access_token'),
    }),
    ...(requestedTokenType !== undefined && { requested_token_type: tokenType(requestedTokenType) }),
    ...(audience !== undefined && { audience }),
    ...(resource !== undefined && { resource }),
    ...scopeOf(settings),
  })
}

function tokenType(type: string): string {
  return type.includes(':') ? type : `urn:ietf:params:oauth:token-type:${type}`
}

/**
 * Ends a token at the provider (RFC 7009); a token that is dead already is no failure. Throws what `exchangeCode` does,
 * and `invalid_request` when the provider has no revocation endpoint.
 */
export async function revokeToken(settings: OAuthSettings, token: string): Promise<void> {
  requireEndpoint(settings.revocationUrl, 'revoke a token')
  try {
    await callEndpoint(
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

/** Asks the token endpoint, and judges what it says: tokens, and the id token where there is one. */
export async function requestTokens(
  settings: OAuthSettings,
  grantType: string,
  parameters: Record<string, string>,
  {
    nonce = null,
    fresh = false,
    authentication,
  }: { nonce?: string | null; fresh?: boolean; authentication?: ClientAuth } = {},
): Promise<TokenSet> {
  const body = await callEndpoint(
    settings,
    (as, client, proof, options) => genericTokenEndpointRequest(as, client, proof, grantType, parameters, options),
    { authentication },
  )
  const { idToken, ...set } = readTokens(settings, body, splitScopes(settings))
  const { oidc } = settings
  if (oidc === undefined) return set
  if (idToken === undefined) {
    if (!fresh || !settings.scopes.includes('openid')) return set
    throw new KobleError('id_token_invalid', 'The provider sent no id token.', {
      status: 502,
      details: { reason: 'missing' },
    })
  }
  const accessToken = set.slots.default?.accessToken
  const idTokenClaims = await verifyIdToken({ ...settings, oidc }, idToken, { nonce, fresh, accessToken })
  return { ...set, idTokenClaims }
}

function scopeOf(settings: OAuthSettings): { scope?: string } {
  const scope = splitScopes(settings).own.join(settings.quirks?.scopeSeparator ?? ' ')
  return scope === '' ? {} : { scope }
}
