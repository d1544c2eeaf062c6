import type { ScopeReport } from '@koble/contract/connections'
import { missingScopes } from '@koble/providers/covered-scopes'
import type { OpenIntegration } from '../integrations/service.ts'
import type { ConnectionState } from './store.ts'

/**
 * Compares what was granted with what the integration needs, as far as the connect session let it be asked for. A scope
 * that contains another stands for it, and what the provider never names is taken as granted.
 */
export function reportScopes(
  integration: OpenIntegration,
  granted: readonly string[],
  limit: readonly string[] | null,
): ScopeReport {
  const { auth } = integration.resolved
  const isAsked = auth.type === 'oauth2' || auth.type === 'device'
  const needed = isAsked ? integration.scopes.filter((scope) => !limit || limit.includes(scope)) : []
  // The user's own scopes are asked for with a prefix that the answer leaves out.
  const prefix = auth.type === 'oauth2' && auth.quirks?.userToken?.scopeParam ? 'user:' : ''
  const bare = (scope: string) => (prefix && scope.startsWith(prefix) ? scope.slice(prefix.length) : scope)
  const missing = needed.filter((scope) => missingScopes(auth.scopes, granted, [bare(scope)]).length > 0)
  const wanted = new Set(needed.map(bare))
  return { granted: [...granted], needed, missing, extra: granted.filter((scope) => !wanted.has(scope)) }
}

/** How a connection fares that nothing else is wrong with. */
export function stateOfScopes({ missing }: Pick<ScopeReport, 'missing'>): ConnectionState {
  if (missing.length === 0) return { status: 'connected', errorCode: null, errorMessage: null }
  const message = `What is needed was not granted: ${missing.join(', ')}`
  return { status: 'warning', errorCode: 'scope_missing', errorMessage: message }
}
