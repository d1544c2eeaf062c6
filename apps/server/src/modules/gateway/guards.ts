import type { RateLimits } from '@koble/contract/integrations'
import {
  Bulkhead,
  CircuitBreaker,
  type CircuitState,
  type LimitRemaining,
  RateLimiter,
  type StateStore,
} from '@koble/core/resilience'
import type { OpenIntegration } from '../integrations/service.ts'
import { CallGuard } from './call-guard.ts'
import { pathPattern } from './path-pattern.ts'

/** A host whose breaker opened or closed because of a call that this node made. */
export interface CircuitChange {
  organizationId: string
  integrationId: string
  provider: string
  host: string
  state: CircuitState
}

export interface GuardsOptions {
  /** Where nodes share limits and breakers; without one each node keeps its own. */
  store?: StateStore
  /** Without a shared store, each of so many nodes takes its share of every limit. */
  nodes: number
  onCircuitChange(change: CircuitChange): void
}

export interface CallToGuard {
  integration: OpenIntegration
  connectionId: string
  method: string
  /** With a leading slash, without the query. */
  path: string
  host: string
}

export interface Guards {
  /** What a call has to pass: a place among those under way to its host, and a guard for each of its attempts. */
  of(call: CallToGuard): { bulkhead: Bulkhead; guard: CallGuard }
  /**
   * What is left of an integration's limits as this node knows it, each where it is the tightest: of many connections
   * the one with the least left. Empty where nothing was called since the start.
   */
  quotaOf(integrationId: string): Promise<Quota[]>
  /** How many breakers are in each state, and how many calls are under way or wait, over all integrations. */
  counts(): GuardCounts
}

/** What is left of a limit. */
export interface Quota extends LimitRemaining {
  scope: 'integration' | 'connection' | 'endpoint'
}

export interface GuardCounts {
  breakers: Record<CircuitState, number>
  running: number
  waiting: number
}

type Windows = NonNullable<RateLimits['connection']>

/**
 * A single bad endpoint must not close the whole host, so the breaker asks for a share of failures, not for a row: half
 * of all calls within half a minute, and at least ten.
 */
const breakerRule = { threshold: 10, timeout: 30_000, sampling: { windowMs: 30_000, failureRate: 0.5 } }
const defaults = { maxConcurrent: 128, maxWaitSeconds: 10 }
/** So many waiting calls are kept for one host, and for one limit. */
const maxQueue = 1_000
/** So many integrations, and connections of each, are kept in mind; those that came first are forgotten first. */
const keptMax = 10_000

/** Breakers, limits and places of all integrations, kept in memory; their state may be in a shared store. */
export function createGuards(options: GuardsOptions): Guards {
  const byIntegration = new Map<string, IntegrationGuards>()
  return {
    of(call) {
      const { integration } = call
      let guards = byIntegration.get(integration.id)
      // Identity is enough to see most calls through: an integration is opened anew only when its row has changed.
      if (guards?.integration !== integration) {
        if (guards?.accepts(integration)) guards.integration = integration
        else guards = remember(byIntegration, integration.id, new IntegrationGuards(integration, options))
      }
      return guards.of(call)
    },
    quotaOf: async (integrationId) => (await byIntegration.get(integrationId)?.quota()) ?? [],
    counts() {
      const counts: GuardCounts = { breakers: { CLOSED: 0, OPEN: 0, HALF_OPEN: 0 }, running: 0, waiting: 0 }
      for (const guards of byIntegration.values()) guards.addTo(counts)
      return counts
    },
  }
}

class IntegrationGuards {
  integration: OpenIntegration
  readonly #options: GuardsOptions
  readonly #limits: RateLimits
  readonly #text: string
  readonly #hosts = new Map<string, { breaker: CircuitBreaker; bulkhead: Bulkhead }>()
  readonly #connections = new Map<string, RateLimiter>()
  readonly #all: RateLimiter | null
  readonly #endpoints: EndpointLimit[]

  constructor(integration: OpenIntegration, options: GuardsOptions) {
    this.integration = integration
    this.#options = options
    this.#limits = integration.rateLimits
    this.#text = JSON.stringify(integration.rateLimits)
    this.#all = this.#limits.integration ? this.#limiter('all', this.#limits.integration) : null
    this.#endpoints = (this.#limits.endpoints ?? []).map((endpoint, index) => ({
      method: endpoint.method,
      matches: pathPattern(endpoint.path),
      ofConnection: endpoint.per === 'connection',
      // The path, too: in a shared store the state outlives a change of the list.
      create: (whose) => {
        const name = `endpoint ${index} ${endpoint.method ?? 'any'} ${endpoint.path} ${whose}`
        return this.#limiter(name, endpoint.limits)
      },
      limiters: new Map(),
    }))
  }

  /** Whether its limits are still the same, so that what was learned is kept. */
  accepts(integration: OpenIntegration): boolean {
    return JSON.stringify(integration.rateLimits) === this.#text
  }

  of({ connectionId, method, path, host }: CallToGuard): { bulkhead: Bulkhead; guard: CallGuard } {
    const { breaker, bulkhead } = this.#hosts.get(host) ?? this.#host(host)
    const ofConnection =
      this.#connections.get(connectionId) ??
      remember(this.#connections, connectionId, this.#limiter(connectionId, this.#limits.connection))
    const limiters = [ofConnection]
    for (const endpoint of this.#endpoints) {
      if (endpoint.method !== undefined && endpoint.method !== method) continue
      if (!endpoint.matches(path)) continue
      const whose = endpoint.ofConnection ? connectionId : 'all'
      limiters.push(endpoint.limiters.get(whose) ?? remember(endpoint.limiters, whose, endpoint.create(whose)))
    }
    if (this.#all) limiters.push(this.#all)
    return { bulkhead, guard: new CallGuard(breaker, limiters, connectionId) }
  }

  async quota(): Promise<Quota[]> {
    const tightest = new Map<string, Quota>()
    const look = async (scope: Quota['scope'], name: string, limiter: RateLimiter) => {
      for (const limit of await limiter.remaining()) {
        const key = `${scope} ${name} ${limit.source} ${limit.policy}`
        const known = tightest.get(key)
        if (!known || limit.remaining < known.remaining) tightest.set(key, { ...limit, scope })
      }
    }
    if (this.#all) await look('integration', '', this.#all)
    for (const limiter of this.#connections.values()) await look('connection', '', limiter)
    for (const [index, endpoint] of this.#endpoints.entries()) {
      for (const limiter of endpoint.limiters.values()) await look('endpoint', String(index), limiter)
    }
    return [...tightest.values()]
  }

  addTo(counts: GuardCounts): void {
    for (const { breaker, bulkhead } of this.#hosts.values()) {
      counts.breakers[breaker.getState()] += 1
      counts.running += bulkhead.running
      counts.waiting += bulkhead.waiting
    }
  }

  #limiter(name: string, windows: Windows = []): RateLimiter {
    const { store, nodes } = this.#options
    const share = store ? 1 : nodes
    return new RateLimiter({
      name: `${this.integration.id} ${name}`,
      windows: windows.map(({ requests, perSeconds }) => ({
        requests: Math.max(1, Math.floor(requests / share)),
        windowMs: perSeconds * 1_000,
      })),
      maxQueue,
      maxWaitMs: this.#maxWaitMs(),
      ...(store && { store }),
    })
  }

  #host(host: string): { breaker: CircuitBreaker; bulkhead: Bulkhead } {
    const { id: integrationId, organizationId, provider } = this.integration
    const { store, onCircuitChange } = this.#options
    const breaker = new CircuitBreaker({
      ...breakerRule,
      name: `${integrationId} ${host}`,
      onStateChange(state, { byThisNode }) {
        if (byThisNode) onCircuitChange({ organizationId, integrationId, provider: provider.id, host, state })
      },
      ...(store && { store }),
    })
    const bulkhead = new Bulkhead({
      name: host,
      maxConcurrent: this.#limits.maxConcurrent ?? defaults.maxConcurrent,
      maxQueue,
      maxWaitMs: this.#maxWaitMs(),
    })
    return remember(this.#hosts, host, { breaker, bulkhead })
  }

  #maxWaitMs(): number {
    return (this.#limits.maxWaitSeconds ?? defaults.maxWaitSeconds) * 1_000
  }
}

interface EndpointLimit {
  method: string | undefined
  matches(path: string): boolean
  ofConnection: boolean
  create(whose: string): RateLimiter
  limiters: Map<string, RateLimiter>
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): Value {
  if (map.size >= keptMax) {
    for (const first of map.keys()) {
      map.delete(first)
      break
    }
  }
  map.set(key, value)
  return value
}
