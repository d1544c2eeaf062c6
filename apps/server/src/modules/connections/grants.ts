import type { ClientCertificate } from '@koble/core/http'
import { clientCredentials, jwtBearer, type OAuthSettings, refreshToken, type TokenSet } from '@koble/core/oauth'
import { fillClaims, fillTemplate, fillTemplates } from '@koble/providers/fill-template'
import type { ResolvedAuth } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'
import { clientCertificateOf, type IntegrationService, type OpenIntegration } from '../integrations/service.ts'
import { signingKeyOf } from './authorize.ts'
import type { Credentials } from './credentials.ts'
import { exchangedToken } from './exchanged-token.ts'
import { twoStepToken } from './two-step.ts'

/** Tokens, and the answer that brought them. */
export type Granted = Pick<TokenSet, 'slots' | 'raw'>

export interface Grants {
  /**
   * A token by the credentials alone, for methods that `grantsTokens`. Throws what the functions of the OAuth library
   * do: `token_rejected` when the provider refuses, `provider_*` when it gives no usable answer.
   */
  obtain(integration: OpenIntegration, credentials: Credentials): Promise<Granted>
  /**
   * A new token for a slot: by its refresh token where it has one, else as `obtain` does. Of the provider's default
   * lifetime nothing is said here: what is known of the connection comes before it.
   */
  renew(integration: OpenIntegration, credentials: Credentials, slot: string, timeoutMs: number): Promise<Granted>
}

export function createGrants(parts: {
  integrations: IntegrationService
  fetchWith(certificate?: ClientCertificate): typeof fetch
}): Grants {
  async function obtain(integration: OpenIntegration, credentials: Credentials, timeoutMs = 20_000): Promise<Granted> {
    const { auth } = integration.resolved
    const values = { ...integration.values, ...credentials.fields }
    const fetch = parts.fetchWith(clientCertificateOf(auth, values))
    if (auth.type !== credentials.type) throw apiError('connection_not_usable', 'The integration changed its kind.')
    switch (auth.type) {
      case 'client_credentials': {
        const settings = {
          ...settingsOf(auth, integration, values, timeoutMs),
          ...(auth.clientKey
            ? { clientKey: signingKeyOf(auth.clientKey.algorithm, values) }
            : { clientSecret: values['clientSecret'] }),
          fetch,
        }
        return await clientCredentials(settings, fillTemplates(auth.parameters, values))
      }
      case 'jwt_bearer': {
        const settings = settingsOf(auth, integration, values, timeoutMs)
        const clientKey = signingKeyOf(auth.algorithm, values)
        const { scopesIn, lifetimeSeconds } = auth
        const claims = fillClaims(auth.claims, values)
        const granted = await jwtBearer({ ...settings, clientKey, fetch }, { claims, scopesIn, lifetimeSeconds })
        if (!auth.exchange) return granted
        return await exchangedToken(
          `${integration.resolved.api.baseUrl}${auth.exchange.path}`,
          granted,
          fetch,
          timeoutMs,
        )
      }
      case 'two_step':
        return await twoStepToken(auth, values, fetch, timeoutMs)
      default:
        throw apiError('connection_not_usable', 'There is no way to get a token for this connection.')
    }
  }

  return {
    obtain: (integration, credentials) => obtain(integration, credentials),
    async renew(integration, credentials, slot, timeoutMs) {
      const token = credentials.slots[slot]
      if (token?.refreshToken === undefined) return await obtain(integration, credentials, timeoutMs)
      const values = { ...integration.values, ...credentials.fields }
      const settings = {
        ...parts.integrations.oauthSettings(integration),
        scopes: token.scopes,
        fetch: parts.fetchWith(clientCertificateOf(integration.resolved.auth, values)),
        timeoutMs,
        defaultExpiresInSeconds: undefined,
      }
      return await refreshToken(settings, token.refreshToken)
    },
  }
}

type TokenEndpoint = Extract<ResolvedAuth, { type: 'client_credentials' | 'jwt_bearer' }>

function settingsOf(
  auth: TokenEndpoint,
  integration: OpenIntegration,
  values: Record<string, string | null | undefined>,
  timeoutMs: number,
): Omit<OAuthSettings, 'fetch'> {
  const { quirks } = auth
  return {
    tokenUrl: tokenUrlOf(auth, values),
    quirks,
    clientAuthentication: auth.type === 'client_credentials' ? auth.clientAuthentication : 'basic',
    requestHeaders: fillTemplates(auth.requestHeaders, values),
    clientId: fillTemplate('{clientId}', values),
    scopes: integration.scopes,
    // Nobody is sent anywhere.
    authorizationUrl: '',
    redirectUri: '',
    pkce: 'none',
    timeoutMs,
  }
}

/** A value that the connection brings is one segment of the path, whatever it holds. */
function tokenUrlOf({ tokenUrl }: TokenEndpoint, values: Record<string, string | null | undefined>): string {
  if (!tokenUrl.includes('{')) return tokenUrl
  // Dots alone would be resolved away, and lead to another address; they count as nothing.
  const segments = Object.entries(values).map(([key, value]) => [
    key,
    value && !/^\.{1,2}$/.test(value) ? encodeURIComponent(value) : undefined,
  ])
  return fillTemplate(tokenUrl, Object.fromEntries(segments))
}
