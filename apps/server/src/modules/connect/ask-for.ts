import type { OAuthSettings } from '@koble/core/oauth'
import { apiError } from '../../http/problems.ts'
import type { OpenIntegration } from '../integrations/service.ts'

/**
 * The settings with the scopes to ask for: what the session says exactly, or what it allows of the integration's. Throws
 * `forbidden` when it allows none of them.
 */
export function askFor(
  settings: OAuthSettings,
  integration: OpenIntegration,
  session: { scopes: string[] | null; asks: string[] | null; incremental: boolean } | undefined,
): OAuthSettings {
  const { auth } = integration.resolved
  if (session?.asks) {
    const more = session.incremental && auth.type === 'oauth2' ? auth.incrementalParams : undefined
    const authorizationParams = { ...settings.authorizationParams, ...more }
    return { ...settings, scopes: session.asks, authorizationParams }
  }
  const limit = session?.scopes
  if (!limit || settings.scopes.length === 0) return settings
  const scopes = settings.scopes.filter((scope) => limit.includes(scope))
  if (scopes.length === 0) throw apiError('forbidden', 'The session allows none of the scopes of this integration.')
  return { ...settings, scopes }
}
