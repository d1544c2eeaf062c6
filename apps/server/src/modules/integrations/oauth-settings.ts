import type { OAuthSettings } from '@koble/core/oauth'
import { fillTemplates } from '@koble/providers/fill-template'
import { apiError } from '../../http/problems.ts'
import type { OpenIntegration } from './service.ts'

type Client = Pick<OpenIntegration, 'provider' | 'resolved' | 'clientId' | 'config' | 'secrets' | 'scopes' | 'dpop'>

/** What the provider declares, with the integration's client in place. */
export function oauthSettingsOf(
  { provider, resolved, clientId, config, secrets, scopes, dpop }: Client,
  { redirectUri, fetch }: Pick<OAuthSettings, 'redirectUri' | 'fetch'>,
): OAuthSettings {
  const { auth } = resolved
  if (auth.type !== 'oauth2') throw apiError('invalid_request', `${provider.name} is not connected by OAuth.`)
  const { scopes: _known, type: _type, refresh: _refresh, dpop: _bound, clientKey, requestHeaders, ...settings } = auth
  const values: Record<string, string | null> = { ...config, ...secrets, clientId }
  const { privateKey, keyId, certificate } = values
  return {
    ...settings,
    clientId: clientId ?? '',
    clientSecret: secrets.clientSecret || undefined,
    ...(clientKey &&
      privateKey && {
        clientKey: {
          ...clientKey,
          privateKey,
          keyId: keyId || undefined,
          certificates: clientKey.certificateHeader && certificatesIn(certificate),
        },
      }),
    ...(requestHeaders && { requestHeaders: fillTemplates(requestHeaders, values) }),
    ...(dpop && { dpop }),
    redirectUri,
    scopes,
    fetch,
    timeoutMs: 20_000,
  }
}

function certificatesIn(pem: string | null | undefined): string[] {
  return (pem ?? '').match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
}
