import type { OAuthSettings } from '@koble/core/oauth'
import { fillTemplates } from '@koble/providers/fill-template'
import { apiError } from '../../http/problems.ts'
import type { OpenIntegration } from './service.ts'
import { deviceSettings } from './sign-in-settings.ts'

/** What the provider declares, with the integration's client in place. */
export function oauthSettingsOf(
  integration: OpenIntegration,
  { redirectUri, fetch }: Pick<OAuthSettings, 'redirectUri' | 'fetch'>,
): OAuthSettings {
  const { provider, clientId, secrets, values, scopes, dpop } = integration
  const { auth } = integration.resolved
  if (auth.type === 'device') return deviceSettings(auth, integration, fetch)
  if (auth.type !== 'oauth2') throw apiError('invalid_request', `${provider.name} is not connected by OAuth.`)
  const { scopes: _known, type: _type, refresh: _refresh, headers: _headers, query: _query, ...declared } = auth
  const { dpop: _bound, clientCertificate: _tls, clientKey, requestHeaders, ...settings } = declared
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
