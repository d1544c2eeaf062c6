import type { CacheRule, ForwardCache, ForwardedResponse, ForwardNetwork, HeaderFields } from '@koble/core/http'
import { apiError } from '../../http/problems.ts'
import type { OpenConnection } from '../connections/service.ts'
import type { OpenIntegration } from '../integrations/service.ts'
import type { GatewayCall, ReceivedAnswer } from './service.ts'

/** What a call asks of the cache, by its header or its integration; null for nothing. */
export type CacheWish = 'on' | 'refresh' | null

/** Whether and how a call uses the cache. Throws `invalid_request`. */
export function cacheWishOf(integration: OpenIntegration, headers: GatewayCall['headers']): CacheWish {
  const asked = headers['koble-cache']
  if (asked === undefined) return integration.gateway?.cache?.enabled ? 'on' : null
  if (asked === 'on' || asked === 'refresh') return asked
  if (asked === 'off') return null
  throw apiError('invalid_request', 'Koble-Cache: "on", "off" or "refresh" is what it can say.')
}

/** Only reading leaves everything as it was: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1 */
export const isUnsafe = (method: string) => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'

/**
 * Whose answers a call may share: those of its connection, since the account was last connected. A renewed token is the
 * same account's; to connect again may bring another one.
 */
export function cacheRuleOf(integration: OpenIntegration, connection: OpenConnection, covers: string[]): CacheRule {
  const { defaultTtlSeconds, maxEntries } = integration.gateway?.cache ?? {}
  return {
    group: integration.id,
    partition: `${connection.organizationId} ${connection.id} ${connection.connectedAt}`,
    covers,
    ...(defaultTtlSeconds !== undefined && { defaultTtlMs: defaultTtlSeconds * 1_000 }),
    ...(maxEntries !== undefined && { maxEntries }),
  }
}

/** One request on its way to the cache. */
export interface CachedCall {
  url: URL
  method: string
  headers: HeaderFields
  body: GatewayCall['body']
  timeoutMs: number
  signal: GatewayCall['signal']
  onEnd(): void
}

type Network = (request: Parameters<ForwardNetwork>[0], onEnd: () => void) => Promise<ForwardedResponse>

/** Answers a call out of the memory, or passes it on; what it changed is forgotten. */
export async function throughCache(
  cache: ForwardCache,
  call: CachedCall,
  rule: CacheRule,
  wish: CacheWish,
  network: Network,
): Promise<ReceivedAnswer & { cache?: 'hit' | 'miss' | 'revalidated' | 'coalesced' }> {
  const { url, method, onEnd } = call
  if (wish !== null && (method === 'GET' || method === 'HEAD') && call.body === null) {
    const wanted = { ...rule, refresh: wish === 'refresh' }
    return await cache.fetch(call, wanted, (sent) => network(sent, () => {}))
  }
  const answer = await network(call, onEnd)
  if (isUnsafe(method)) cache.invalidate(rule, url, answer)
  return answer
}
