import type { RequestListener } from 'node:http'
import { KobleError } from '../errors/errors.ts'
import { withTimeout } from '../resilience/with-timeout.ts'
import { startLocalServer } from './local-server.ts'
import { replay } from './replay.ts'

/** One thing that an integration must do. It fails by throwing. */
export interface TestScenario<Client> {
  name: string
  test(client: Client): unknown
}

/** How the scenarios fared. */
export interface TestResults {
  passed: number
  failed: number
  /** In the order of the scenarios; `error` is the message, `cause` what was thrown. */
  errors: { scenario: string; error: string; cause: unknown }[]
}

/** What stands for a third party: a real server of its own, and how a client is made for it. */
export type IntegrationStandIn<Client> = (
  | {
      /** Answers as the third party would. */
      serve: RequestListener
    }
  | {
      /** A file that `createRecorder` wrote, whose answers are given again. */
      recording: string
    }
) & {
  /** Makes the client that the scenarios are given; `origin` is the server's, without a trailing slash. */
  connect(origin: string): Client | Promise<Client>
  /** Lets go of what the client holds. */
  disconnect?(client: Client): unknown
}

/** How `IntegrationTestHelper` runs its scenarios. */
export interface IntegrationTestOptions {
  /** What one scenario may take, in milliseconds. Default 10 s. */
  scenarioTimeoutMs?: number
}

/**
 * Runs scenarios against integrations, each with a server of this machine in the third party's place. It depends on no
 * test runner: what it returns is for an assertion of yours.
 */
export class IntegrationTestHelper {
  readonly #scenarioTimeoutMs: number
  readonly #mocks = new Map<string, unknown>()

  constructor(options: IntegrationTestOptions = {}) {
    this.#scenarioTimeoutMs = options.scenarioTimeoutMs ?? 10_000
  }

  /**
   * Says what stands for the integration `name`, in place of what stood for it before: a stand-in, whose server runs
   * for the length of each `testIntegration`, or an object that is handed to the scenarios as it is.
   */
  mockIntegration<Client>(name: string, mock: IntegrationStandIn<Client>): void
  mockIntegration(name: string, mock: object): void
  mockIntegration(name: string, mock: object): void {
    this.#mocks.set(name, mock)
  }

  /**
   * Runs the scenarios in order, also after one has failed. Throws `KobleError('not_found')` for a name that nothing
   * stands for, and whatever `connect` throws, since no scenario has been tried then.
   */
  async testIntegration<Client = unknown>(
    name: string,
    scenarios: readonly TestScenario<Client>[],
  ): Promise<TestResults> {
    const mock = this.#mocks.get(name)
    if (mock === undefined) {
      throw new KobleError('not_found', `Nothing stands for the integration “${name}”.`, { status: 404 })
    }
    if (!isStandIn<Client>(mock)) return this.#run(mock as Client, scenarios)
    const server = 'serve' in mock ? await startLocalServer(mock.serve) : await replay(mock.recording)
    try {
      const client = await mock.connect(server.origin)
      try {
        return await this.#run(client, scenarios)
      } finally {
        await mock.disconnect?.(client)
      }
    } finally {
      await server.close()
    }
  }

  async #run<Client>(client: Client, scenarios: readonly TestScenario<Client>[]): Promise<TestResults> {
    const results: TestResults = { passed: 0, failed: 0, errors: [] }
    for (const scenario of scenarios) {
      try {
        await withTimeout(async () => scenario.test(client), { timeoutMs: this.#scenarioTimeoutMs })
        results.passed += 1
      } catch (cause) {
        results.failed += 1
        results.errors.push({
          scenario: scenario.name,
          error: cause instanceof Error ? cause.message : String(cause),
          cause,
        })
      }
    }
    return results
  }
}

function isStandIn<Client>(mock: unknown): mock is IntegrationStandIn<Client> {
  const fields = mock as Partial<{ serve: unknown; recording: unknown; connect: unknown }>
  return (
    typeof fields.connect === 'function' && (typeof fields.serve === 'function' || typeof fields.recording === 'string')
  )
}
