import type { OAuth1Settings, OAuthSettings } from '@koble/core/oauth'
import { fillTemplates } from '@koble/providers/fill-template'
import type { ResolvedAuth } from '@koble/providers/resolve-provider'
import type { OpenIntegration } from './service.ts'

type DeviceAuth = Extract<ResolvedAuth, { type: 'device' }>
type OAuth1Auth = Extract<ResolvedAuth, { type: 'oauth1' }>

/** How the client of an integration signs devices in, and renews their tokens. */
export function deviceSettings(auth: DeviceAuth, integration: OpenIntegration, call: typeof fetch): OAuthSettings {
  const { tokenUrl, deviceAuthorizationUrl, revocationUrl, clientAuthentication, quirks } = auth
  return {
    tokenUrl,
    deviceAuthorizationUrl,
    revocationUrl,
    clientAuthentication,
    quirks,
    defaultExpiresInSeconds: auth.defaultExpiresInSeconds,
    requestHeaders: fillTemplates(auth.requestHeaders, integration.values),
    clientId: integration.clientId ?? '',
    clientSecret: integration.secrets['clientSecret'],
    scopes: integration.scopes,
    // Nobody is sent there by us, nor comes back.
    authorizationUrl: '',
    redirectUri: '',
    pkce: 'none',
    fetch: call,
    timeoutMs: 20_000,
  }
}

/** How the consumer of an integration is set up at a provider of OAuth 1.0a. */
export function oauth1Settings(auth: OAuth1Auth, integration: OpenIntegration, call: typeof fetch): OAuth1Settings {
  const { requestTokenUrl, authorizationUrl, tokenUrl, signatureMethod, realm } = auth
  return {
    requestTokenUrl,
    authorizationUrl,
    tokenUrl,
    signatureMethod,
    realm,
    consumerKey: integration.clientId ?? '',
    consumerSecret: integration.secrets['clientSecret'],
    fetch: call,
    timeoutMs: 20_000,
  }
}
