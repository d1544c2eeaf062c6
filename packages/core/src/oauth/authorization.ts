import { timingSafeEqual } from 'node:crypto'
import { AuthorizationResponseError, type AuthorizationServer, type Client, validateAuthResponse } from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'
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

/** Begins an authorization: code flow, PKCE with S256 unless switched off, a nonce with OpenID Connect. */
export async function createAuthorizationRequest(settings: OAuthSettings): Promise<AuthorizationRequest> {
  const { quirks } = settings
  const url = new URL(settings.authorizationUrl)
  const set = (name: string, value: string) => url.searchParams.set(name, value)
  for (const [name, value] of Object.entries(settings.authorizationParams ?? {})) set(name, value)

  const state = generateRandomString(43)
  set('response_type', 'code')
  set('client_id', settings.clientId)
  set('redirect_uri', settings.redirectUri)
  set('state', state)

  const separator = quirks?.scopeSeparator ?? ' '
  const { own, user } = splitScopes(settings)
  if (own.length > 0) set('scope', own.join(separator))
  if (quirks?.userToken?.scopeParam && user.length > 0) set(quirks.userToken.scopeParam, user.join(separator))

  let codeVerifier: string | null = null
  if (settings.pkce === 'S256') {
    const pkce = generatePKCE()
    codeVerifier = pkce.codeVerifier
    set('code_challenge', pkce.codeChallenge)
    set('code_challenge_method', pkce.codeChallengeMethod)
  }
  const nonce = settings.oidc === undefined ? null : generateRandomString(43)
  if (nonce !== null) set('nonce', nonce)
  return { url: url.href, state, codeVerifier, nonce }
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
