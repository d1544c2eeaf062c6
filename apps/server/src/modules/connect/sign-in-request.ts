import type { TokenSet } from '@koble/core/oauth'
import {
  createAuthorizationRequest,
  exchangeCode,
  exchangeOAuth1Verifier,
  generateRandomString,
  requestOAuth1Token,
} from '@koble/core/oauth'
import { apiError } from '../../http/problems.ts'
import type { Credentials } from '../connections/service.ts'
import { callbackUrlOf, type IntegrationService, type OpenIntegration } from '../integrations/service.ts'
import { askFor } from './ask-for.ts'

/** A sign-in that is under way: where the browser goes, and what is kept until it comes back. */
export interface SignInRequest {
  url: string
  state: string
  /** What is asked for; empty where that is not said in the request. */
  scopes: string[]
  /** Secret, and only understood by `finishSignIn`. */
  kept: Record<string, string | null>
}

/**
 * Begins a sign-in at the provider, by OAuth 2.0 or 1.0a as the integration has it, for what the session lets be asked for.
 * Throws `invalid_request` for others.
 */
export async function beginSignIn(
  integrations: IntegrationService,
  integration: OpenIntegration,
  session: Parameters<typeof askFor>[2],
  publicUrl: string,
): Promise<SignInRequest> {
  const { type } = integration.resolved.auth
  if (type === 'device')
    throw apiError('invalid_request', `${integration.provider.name} is connected by a device code.`)
  if (type !== 'oauth1') {
    const settings = askFor(integrations.oauthSettings(integration), integration, session)
    const { url, state, codeVerifier, nonce } = await createAuthorizationRequest(settings)
    return { url, state, scopes: settings.scopes, kept: { state, codeVerifier, nonce } }
  }
  // OAuth 1.0a has no state of its own: it travels in the address to which the browser comes back.
  const state = generateRandomString(43)
  const callbackUrl = new URL(callbackUrlOf(publicUrl, integration.provider.id))
  callbackUrl.searchParams.set('state', state)
  const { url, request } = await requestOAuth1Token(integrations.oauth1Settings(integration), callbackUrl.href)
  return { url, state, scopes: [], kept: { token: request.token, tokenSecret: request.tokenSecret } }
}

/** Judges the provider's callback, and gets the tokens. */
export async function finishSignIn(
  integrations: IntegrationService,
  integration: OpenIntegration,
  { kept, scopes }: Pick<SignInRequest, 'kept' | 'scopes'>,
  callback: URLSearchParams,
): Promise<TokenSet | Credentials> {
  if (integration.resolved.auth.type !== 'oauth1') {
    const { state, codeVerifier, nonce } = kept
    const request = { state: state ?? '', codeVerifier: codeVerifier ?? null, nonce: nonce ?? null }
    return await exchangeCode({ ...integrations.oauthSettings(integration), scopes }, { callback, ...request })
  }
  const request = { token: kept['token'] ?? '', tokenSecret: kept['tokenSecret'] ?? '' }
  const granted = await exchangeOAuth1Verifier(integrations.oauth1Settings(integration), request, callback)
  const slot = { accessToken: granted.token, tokenSecret: granted.tokenSecret, scopes: [], tokenType: 'oauth1' }
  return { type: 'oauth1', slots: { default: slot }, fields: {} }
}
