import { introspectionRequest } from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'
import { callEndpoint, requireEndpoint } from './endpoint-request.ts'
import type { OAuthSettings } from './settings.ts'

/** What a provider says of a token; `active` is all that is sure to be there. */
export interface Introspection {
  active: boolean
  [claim: string]: unknown
}

/**
 * Asks the provider about a token (RFC 7662). That a token is unknown or dead is an answer, not a failure. Throws what
 * `exchangeCode` does; `invalid_request` when the provider has no such endpoint.
 */
export async function introspectToken(
  settings: OAuthSettings,
  token: string,
  hint?: 'access_token' | 'refresh_token',
): Promise<Introspection> {
  requireEndpoint(settings.introspectionUrl, 'tell about a token')
  const parameters = hint === undefined ? {} : { additionalParameters: { token_type_hint: hint } }
  const answer = await callEndpoint(settings, (as, client, authentication, options) =>
    introspectionRequest(as, client, authentication, token, { ...options, ...parameters }),
  )
  if (typeof answer['active'] === 'boolean') return { ...answer, active: answer['active'] }
  throw new KobleError('provider_malformed', 'The provider does not say whether the token is active.', {
    status: 502,
    details: { reason: 'active_missing' },
  })
}
