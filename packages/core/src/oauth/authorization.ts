import { timingSafeEqual } from 'node:crypto'
import {
  AuthorizationResponseError,
  type AuthorizationServer,
  type Client,
  pushedAuthorizationRequest,
  validateAuthResponse,
} from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'
import { callEndpoint } from './endpoint-request.ts'
import { matchesIssuer } from './id-token.ts'
import { generatePKCE, generateRandomString } from './pkce.ts'
import type { OAuthSettings } from './settings.ts'
import { errorCodeOf } from './token-answer.ts'

/** Where to send the browser, and what to keep until it comes back. */
export interface AuthorizationRequest {
  url: string
  /** 256 random bits; to be accepted once, from the same browser, within ten minutes. */
  state: string
  codeVerifier: string | null
  /** With OpenID Connect only. */
  nonce: string | null
}

/**
 * Begins an authorization: code flow, PKCE with S256 unless switched off, a nonce with OpenID Connect. With
 * `pushedAuthorizationUrl` the parameters go there first, and only then can this fail: it throws what `exchangeCode`
 * does of an endpoint.
 */
export async function createAuthorizationRequest(settings: OAuthSettings): Promise<AuthorizationRequest> {
  const state = generateRandomString(43)
  const pkce = settings.pkce === 'S256' ? await generatePKCE() : null
  const nonce = settings.oidc === undefined ? null : generateRandomString(43)
  const separator = settings.quirks?.scopeSeparator ?? ' '
  const { own, user } = splitScopes(settings)
  const userScopeParam = settings.quirks?.userToken?.scopeParam
  const parameters: Record<string, string> = {
    ...settings.authorizationParams,
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.redirectUri,
    state,
    ...(own.length > 0 && { scope: own.join(separator) }),
    ...(userScopeParam !== undefined && user.length > 0 && { [userScopeParam]: user.join(separator) }),
    ...(pkce && { code_challenge: pkce.codeChallenge, code_challenge_method: pkce.codeChallengeMethod }),
    ...(nonce !== null && { nonce }),
    // Binds the code to the key as well (RFC 9449, section 10).
    ...(settings.dpop && { dpop_jkt: settings.dpop.thumbprint }),
  }
  const shown =
    settings.pushedAuthorizationUrl === undefined
      ? parameters
      : { client_id: settings.clientId, request_uri: await pushParameters(settings, parameters) }
  const url = new URL(settings.authorizationUrl)
  for (const [name, value] of Object.entries(shown)) url.searchParams.set(name, value)
  return { url: url.href, state, codeVerifier: pkce?.codeVerifier ?? null, nonce }
}

/** Hands the parameters over, and gets a reference to them. https://www.rfc-editor.org/rfc/rfc9126#section-2 */
async function pushParameters(settings: OAuthSettings, parameters: Record<string, string>): Promise<string> {
  const answer = await callEndpoint(settings, (as, client, authentication, options) =>
    pushedAuthorizationRequest(as, client, authentication, parameters, options),
  )
  const reference = answer['request_uri']
  if (typeof reference === 'string' && reference !== '') return reference
  throw new KobleError('provider_malformed', 'The provider took the parameters but gave no reference to them.', {
    status: 502,
    details: { reason: 'request_uri_missing' },
  })
}

const userPrefix = 'user:'

/** The scopes of the client's own token and those of the user's, where the provider tells them apart. */
export function splitScopes(settings: OAuthSettings): { own: string[]; user: string[] } {
  if (settings.quirks?.userToken?.scopeParam === undefined) return { own: settings.scopes, user: [] }
  const own = settings.scopes.filter((scope) => !scope.startsWith(userPrefix))
  const user = settings.scopes.filter((scope) => scope.startsWith(userPrefix))
  return { own, user: user.map((scope) => scope.slice(userPrefix.length)) }
}

/**
 * Judges the query with which the browser came back and returns the code. With OpenID Connect the `iss` parameter, if
 * there is one, must name the provider (RFC 9207). Throws `KobleError`: `consent_denied`, `token_rejected` (another
 * error, its code in `details.error`), `provider_unavailable`, `state_missing`, `state_unknown`, `provider_malformed`.
 */
export function readCallback(settings: OAuthSettings, callback: URLSearchParams, state: string): string {
  const parameters = new URLSearchParams(callback)
  const given = Buffer.from(parameters.get('state') ?? '')
  const wanted = Buffer.from(state)
  if (given.length === 0) throw new KobleError('state_missing', 'The sign-in carried no state.', { status: 400 })
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new KobleError('state_unknown', 'The sign-in does not belong to this request.', { status: 400 })
  }
  const issuer = checkIssuer(settings, parameters)
  let validated: URLSearchParams
  try {
    validated = validateAuthResponse(issuer, { client_id: settings.clientId } satisfies Client, parameters, state)
  } catch (error) {
    if (error instanceof AuthorizationResponseError) throw callbackFailure(errorCodeOf(error.error))
    throw malformedCallback('parameters_invalid')
  }
  const [code, second] = validated.getAll('code')
  if (!code) throw malformedCallback('code_missing')
  if (second !== undefined) throw malformedCallback('code_repeated')
  return code
}

function checkIssuer(settings: OAuthSettings, parameters: URLSearchParams): AuthorizationServer {
  const iss = parameters.get('iss')
  if (iss === null && settings.oidc?.issuerInCallback) throw malformedCallback('issuer_missing')
  if (settings.oidc === undefined || iss === null) {
    // Without OpenID Connect there is no issuer to compare with.
    parameters.delete('iss')
    return { issuer: settings.oidc?.issuer ?? new URL(settings.authorizationUrl).origin }
  }
  if (!matchesIssuer(settings.oidc.issuer, iss)) throw malformedCallback('issuer_mismatch')
  return { issuer: iss }
}

function callbackFailure(error: string): KobleError {
  if (error === 'access_denied') {
    return new KobleError('consent_denied', 'The consent was declined at the provider.', { status: 400 })
  }
  if (error === 'server_error' || error === 'temporarily_unavailable') {
    return new KobleError('provider_unavailable', 'The provider is having trouble.', {
      status: 503,
      retryable: true,
      details: { error },
    })
  }
  return new KobleError('token_rejected', 'The provider refused the authorization.', {
    status: 422,
    details: { error },
  })
}

function malformedCallback(reason: string): KobleError {
  return new KobleError(
    'provider_malformed',
    'The provider sent the browser back with an answer that cannot be used.',
    {
      status: 502,
      details: { reason },
    },
  )
}
