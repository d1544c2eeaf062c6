import { KobleError } from '../errors/errors.ts'
import { CircuitBreaker, type CircuitBreakerOptions, CircuitBreakerPresets } from '../resilience/circuit-breaker.ts'
import { checkHealth, type HealthStatus, type IntegrationAdapter } from './integration-adapter.ts'

/** What an `IntegrationManager` puts around its integrations. */
export interface IntegrationManagerOptions {
  /** Of every integration, each with a breaker of its own; `CircuitBreakerPresets.standard` unless said otherwise. */
  circuitBreaker?: Omit<CircuitBreakerOptions, 'name'>
}

/** Whether an integration could be connected. */
export type ConnectOutcome = { connected: true } | { connected: false; error: unknown }

// biome-ignore lint/suspicious/noExplicitAny: the adapters of one manager have nothing in common but the interface.
type AnyAdapter = IntegrationAdapter<any, any>

/** Keeps the adapters of a program: connects them, runs operations behind a breaker for each, asks for their health. */
export class IntegrationManager {
  readonly #options: IntegrationManagerOptions
  readonly #integrations = new Map<string, { adapter: AnyAdapter; breaker: CircuitBreaker }>()

  constructor(options: IntegrationManagerOptions = {}) {
    this.#options = options
  }

  /** Adds an adapter, configured already. Throws `KobleError('conflict')` when the name is taken. */
  register(name: string, adapter: AnyAdapter): void {
    if (this.#integrations.has(name)) {
      throw new KobleError('conflict', `There is an integration “${name}” already.`, { status: 409 })
    }
    const breaker = new CircuitBreaker({ ...CircuitBreakerPresets.standard, ...this.#options.circuitBreaker, name })
    this.#integrations.set(name, { adapter, breaker })
  }

  /** Connects all at once. One that fails keeps nobody else from it; the answer says how each fared. */
  async initialize(): Promise<Record<string, ConnectOutcome>> {
    return this.#onEach(async ({ adapter }): Promise<ConnectOutcome> => {
      try {
        await adapter.connect()
        return { connected: true }
      } catch (error) {
        return { connected: false, error }
      }
    })
  }

  /**
   * Runs an operation on the client of an integration, behind its breaker. Throws what the operation throws,
   * `KobleError('circuit_open')` while the breaker is open, and `KobleError('not_found')` for an unknown name.
   */
  async execute<Result, Client = unknown>(
    integration: string,
    operation: (client: Client) => Result | Promise<Result>,
  ): Promise<Result> {
    const found = this.#integrations.get(integration)
    if (found === undefined) {
      throw new KobleError('not_found', `There is no integration “${integration}”.`, { status: 404 })
    }
    return found.breaker.execute(() => operation(found.adapter.getClient()))
  }

  /** Asks all at once; one that cannot even be asked is unhealthy. */
  async healthCheck(): Promise<Record<string, HealthStatus>> {
    return this.#onEach(async ({ adapter }) => {
      let answer: HealthStatus | undefined
      const asked = await checkHealth(async () => {
        answer = await adapter.healthCheck()
      })
      return answer ?? asked
    })
  }

  /** Disconnects all, whatever any of them says, and throws the first failure afterwards. */
  async shutdown(): Promise<void> {
    const outcomes = await Promise.allSettled(
      [...this.#integrations.values()].map(async ({ adapter }) => adapter.disconnect()),
    )
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #onEach<Outcome>(
    ask: (integration: { adapter: AnyAdapter }) => Promise<Outcome>,
  ): Promise<Record<string, Outcome>> {
    const entries = [...this.#integrations].map(async ([name, integration]) => [name, await ask(integration)] as const)
    return Object.fromEntries(await Promise.all(entries))
  }
}
