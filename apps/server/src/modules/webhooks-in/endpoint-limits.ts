import type { EndpointRateLimit } from '@koble/contract/webhooks'
import { RateLimiter, type StateStore } from '@koble/core/resilience'

export interface EndpointLimits {
  /** Takes one delivery from what an endpoint may get; rejects with `rate_limited` when that is used up. */
  take(endpointId: string, limit: EndpointRateLimit): Promise<void>
}

/** So many endpoints are kept in mind; those that came first are forgotten first. */
const keptMax = 10_000

/**
 * How many deliveries endpoints take. Nodes count together where they share a store; without one, each of so many nodes
 * takes its share.
 */
export function createEndpointLimits(options: { nodes: number; store?: StateStore }): EndpointLimits {
  const limiters = new Map<string, { limit: string; limiter: RateLimiter }>()

  function limiterOf(endpointId: string, { requests, perSeconds }: EndpointRateLimit): RateLimiter {
    const limit = `${requests}/${perSeconds}`
    const known = limiters.get(endpointId)
    if (known?.limit === limit) return known.limiter
    const share = options.store ? requests : Math.max(1, Math.floor(requests / options.nodes))
    const limiter = new RateLimiter({
      name: `endpoint ${endpointId}`,
      windows: [{ requests: share, windowMs: perSeconds * 1000 }],
      ...(options.store && { store: options.store }),
    })
    if (limiters.size >= keptMax) limiters.delete(limiters.keys().next().value ?? '')
    limiters.set(endpointId, { limit, limiter })
    return limiter
  }

  return {
    take: (endpointId, limit) => limiterOf(endpointId, limit).acquire({ maxWaitMs: 0 }),
  }
}
