import { generateMasterKey } from '@koble/core/crypto'
import { pino } from 'pino'
import { type Database, openDatabase } from '../../apps/server/src/database/client.ts'
import { startEmbeddedDatabase } from '../../apps/server/src/database/embedded.ts'
import { migrate } from '../../apps/server/src/database/migrate.ts'
import { timedId } from '../../apps/server/src/database/uuid-time.ts'
import { openInstanceKeys } from '../../apps/server/src/modules/encryption/instance-keys.ts'
import { createEncryptionStore } from '../../apps/server/src/modules/encryption/store.ts'
import { noSandbox } from '../../apps/server/src/modules/sandbox/service.ts'
import type { NewMessage } from '../../apps/server/src/modules/webhooks-out/service.ts'
import { createServices, type Services } from '../../apps/server/src/services.ts'
import { temporaryFolder } from './child.ts'

/** What sends messages, in this process, on a database of its own. */
export interface Outbound {
  database: Database
  organizationId: string
  /** Another node; whoever starts it stops it. */
  start(): Promise<Services>
  /** A destination that takes this type alone. */
  addDestination(url: string, eventType: string, concurrency: number): Promise<string>
  message(eventType: string, body: Buffer): NewMessage
  /** Publishes in one transaction, and sends what was leased if that node sends. */
  publish(node: Services, messages: NewMessage[]): Promise<void>
  /** Whether something waits for its end, at one destination or at any. */
  isOpen(destinationId?: string): Promise<boolean>
  stop(): Promise<void>
}

/** `name` is that of the folder in which the database lives meanwhile. */
export async function openOutbound(name: string): Promise<Outbound> {
  const folder = temporaryFolder(name)
  const embedded = await startEmbeddedDatabase(folder.path)
  const database = openDatabase(embedded.url, () => {})
  const stop = async () => {
    await database.close()
    await embedded.stop()
    folder.remove()
  }
  try {
    await migrate(database.ownerPool)
    const masterKey = { active: { type: 'local' as const, masterKey: generateMasterKey() }, previous: [] }
    const keys = await openInstanceKeys(createEncryptionStore(database), masterKey)
    const start = async () => {
      const services = createServices({
        config: {
          mode: 'development',
          publicUrl: 'http://koble.invalid',
          allowedPrivateNetworks: ['127.0.0.1/32'],
          databaseUrl: embedded.url,
          nodes: 1,
          redisUrl: null,
        },
        database,
        keys,
        sandbox: noSandbox,
        log: pino({ level: 'silent' }),
      })
      await services.changes.start()
      return services
    }
    const services = await start()
    const { organization } = await services.organizations.bootstrap()
    const organizationId = organization.id
    return {
      database,
      organizationId,
      start,
      async addDestination(url, eventType, concurrency) {
        const { id } = timedId()
        const place = { organizationId, id, column: 'signing_secret' as const }
        const secret = await services.outbound.seal(place, 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=')
        await database.systemPool.query(
          `INSERT INTO destinations (id, organization_id, name, type, config, signing_secret, event_types, concurrency)
           VALUES ($1, $2, 'bench', 'https', $3, $4, $5, $6)`,
          [id, organizationId, { url }, secret, [eventType], concurrency],
        )
        services.outbound.forgetDestination(organizationId, id)
        return id
      },
      message: (eventType, body) => ({
        organizationId,
        eventType,
        externalUserId: null,
        orderingKey: null,
        externalId: null,
        source: 'api',
        contentType: 'application/json',
        body,
      }),
      async publish({ outbound }, messages) {
        const published = await database.tenant(organizationId, (query) => outbound.publish(messages, query))
        outbound.offer(published.flatMap(({ leased }) => leased))
      },
      async isOpen(destinationId) {
        const { rows } = await database.systemPool.query(
          `SELECT 1 FROM deliveries WHERE status IN ('pending', 'retrying') AND ($1::uuid IS NULL OR destination_id = $1)
           LIMIT 1`,
          [destinationId ?? null],
        )
        return rows.length > 0
      },
      async stop() {
        await services.stop()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
