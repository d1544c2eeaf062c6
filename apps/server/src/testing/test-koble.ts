import type { LookupFunction } from 'node:net'
import type { Organization, Role } from '@koble/contract/organizations'
import { generateMasterKey } from '@koble/core/crypto'
import type { Clock } from '@koble/core/resilience'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { buildApp } from '../app.ts'
import { type Database, openDatabase } from '../database/client.ts'
import { freePort } from '../free-port.ts'
import type { KeyConfig } from '../key-config.ts'
import { generateApiKey } from '../modules/api-keys/service.ts'
import { openInstanceKeys } from '../modules/encryption/instance-keys.ts'
import { createEncryptionStore } from '../modules/encryption/store.ts'
import { noSandbox, type Sandbox, startSandbox } from '../modules/sandbox/service.ts'
import { createServices, type Services } from '../services.ts'
import { type Answer, type CallOptions, call } from './http-call.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

export interface TestKobleOptions {
  /** Start the local stand-ins for providers. */
  sandbox?: boolean
  /** Another node beside this one: same database, same master key, same organization. */
  beside?: TestKoble
  mode?: 'development' | 'production'
  /** Where wrapping keys are kept; by default a master key of its own, or that of the node beside it. */
  keys?: KeyConfig
  /** Process jobs; on by default. */
  jobs?: boolean
  /** Private networks that calls out may reach; this machine by default. */
  allowedPrivateNetworks?: string[]
  /** Through which it shares limits and breakers. */
  redisUrl?: string
  /** Resolves the names that are called out to, instead of the system's resolver. */
  lookup?: LookupFunction
  /** The time by which deliveries are sent. */
  clock?: Clock
  /** For `/metrics`. */
  metricsToken?: string
}

/** Koble as the program puts it together, listening on a port of its own, on a database of its own. */
export interface TestKoble {
  url: string
  app: FastifyInstance
  services: Services
  database: Database
  testDatabase: TestDatabase
  keys: KeyConfig
  organization: Organization
  /** An API key with the role `owner`. */
  ownerKey: string
  /** What was logged, one JSON object per line. */
  log: string[]
  /** One call to the API, with the owner's key unless the options say otherwise. */
  request<Body = unknown>(method: string, path: string, options?: CallOptions): Promise<Answer<Body>>
  /** A new API key of that role. */
  createKey(role: Role): Promise<string>
  stop(): Promise<void>
}

/** Loopback, which stands for the Internet in tests. */
export const loopback = ['127.0.0.1/32', '::1/128']

/** Starts a Koble; `stop` it in `afterAll`. */
export async function startTestKoble(options: TestKobleOptions = {}): Promise<TestKoble> {
  const { beside, mode = 'development' } = options
  const testDatabase = beside?.testDatabase ?? (await createTestDatabase())
  const ownKeys: KeyConfig = { active: { type: 'local', masterKey: generateMasterKey() }, previous: [] }
  const keys = options.keys ?? beside?.keys ?? ownKeys
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const sandbox: Sandbox = options.sandbox ? await startSandbox(url) : noSandbox
  const database = openDatabase(testDatabase.url, () => {})
  const allowedPrivateNetworks = options.allowedPrivateNetworks ?? loopback
  const redisUrl = options.redisUrl ?? null
  const config = { mode, publicUrl: url, allowedPrivateNetworks, databaseUrl: testDatabase.url, nodes: 1, redisUrl }
  const metricsToken = options.metricsToken ?? null
  const instanceKeys = await openInstanceKeys(createEncryptionStore(database), keys)
  const services = createServices({
    config,
    database,
    keys: instanceKeys,
    sandbox,
    log,
    lookup: options.lookup,
    clock: options.clock,
  })
  await services.changes.start()
  await services.sharedState?.start()
  const { organization } = await services.organizations.bootstrap()
  const ownerKey = beside?.ownerKey ?? generateApiKey()
  if (!beside) await services.apiKeys.bootstrap(organization.id, ownerKey)
  if (options.jobs ?? true) {
    await services.queue.start()
    await services.outbound.start()
  }
  const app = await buildApp({
    services,
    database,
    config: { ...config, metricsToken },
    version: '0.0.0-test',
    sandbox: sandbox !== noSandbox,
    log,
    dashboardDir: null,
  })
  await app.listen({ host: '127.0.0.1', port })

  const request = <Body>(method: string, path: string, { key = ownerKey, ...rest }: CallOptions = {}) =>
    call<Body>(method, url + path, { key, ...rest })
  return {
    url,
    app,
    services,
    database,
    testDatabase,
    keys,
    organization,
    ownerKey,
    log: lines,
    request,
    async createKey(role) {
      const { body } = await request<{ key: string }>('POST', '/api/api-keys', { body: { name: `A ${role}`, role } })
      return body.key
    },
    async stop() {
      await app.close()
      if (options.jobs ?? true) {
        await services.queue.stop()
        await services.outbound.stop()
      }
      await services.stop()
      await database.close()
      await sandbox.stop()
      if (!beside) await testDatabase.drop()
    },
  }
}
