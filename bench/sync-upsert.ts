/**
 * A page of a sync from what an operation gave to records in the table, against the bare
 * `INSERT … ON CONFLICT DO UPDATE` from `unnest` of the same rows into a table of the same shape, both in a transaction:
 * `node bench/sync-upsert.ts`. On a PostgreSQL of its own, in turns.
 *
 * Koble reads the ids, hashes each item with its keys in order, and writes what differs; the floor has ids, hashes and
 * payloads ready, and writes all of it. Pages of new items, of changed ones and of the same as before.
 */
import { randomUUID } from 'node:crypto'
import { openDatabase } from '../apps/server/src/database/client.ts'
import { startEmbeddedDatabase } from '../apps/server/src/database/embedded.ts'
import { migrate } from '../apps/server/src/database/migrate.ts'
import { readPage } from '../apps/server/src/modules/syncs/read-page.ts'
import { createRecordStore } from '../apps/server/src/modules/syncs/records/store.ts'
import { temporaryFolder } from './measure/child.ts'
import { median, medianRatio } from './measure/median.ts'
import { type Comparison, printTable } from './measure/report.ts'

const rounds = 15
const pagesPerRound = 10
const itemsPerPage = 200
const source = { items: 'records', recordId: 'id' }
const cases = ['new', 'changed', 'same'] as const

export async function benchSyncUpsert(): Promise<Comparison[]> {
  const folder = temporaryFolder('sync')
  const embedded = await startEmbeddedDatabase(folder.path)
  const database = openDatabase(embedded.url, () => {})
  try {
    await migrate(database.ownerPool)
    const organizationId = randomUUID()
    const syncs = { koble: randomUUID(), floor: randomUUID() }
    await prepare(database.ownerPool, organizationId, Object.values(syncs))
    const records = createRecordStore(database)
    const contenders = {
      koble: (pages: object[]) =>
        inTurn(pages, async (page) => {
          const { records: read } = readPage(page, source)
          await database.tenant(organizationId, (query) => records.upsert(organizationId, syncs.koble, read, query))
        }),
      floor(pages: object[]) {
        const ready = pages.map((page) => readPage(page, source).records)
        const ids = ready.map((page) => page.map(() => randomUUID()))
        return inTurn(ready, async (page) => {
          const client = await database.ownerPool.connect()
          try {
            await client.query('BEGIN')
            await client.query(bareStatement, [
              ids[ready.indexOf(page)],
              page.map(({ externalId }) => externalId),
              page.map(({ payload }) => payload),
              page.map(({ hash }) => Buffer.from(hash, 'hex')),
              organizationId,
              syncs.floor,
            ])
            await client.query('COMMIT')
          } finally {
            client.release()
          }
        })
      },
    }
    const rates = { koble: collected(), floor: collected() }
    for (let round = 0; round <= rounds; round += 1) {
      for (const kind of cases) {
        const pages = pagesOf(round, kind)
        for (const name of round % 2 === 0 ? (['floor', 'koble'] as const) : (['koble', 'floor'] as const)) {
          const rate = await contenders[name](pages)
          // The first round only warms up.
          if (round > 0) rates[name][kind].push(rate)
        }
      }
    }
    return cases.map((kind) => ({
      bench: `sync upsert, ${kind} records`,
      measure: `records/s in pages of ${itemsPerPage}`,
      floor: median(rates.floor[kind]),
      koble: median(rates.koble[kind]),
      judged: { name: 'ratio', value: medianRatio(rates.koble[kind], rates.floor[kind]) },
      budget: { least: 0.6 },
    }))
  } finally {
    await database.close()
    await embedded.stop()
    folder.remove()
  }
}

const collected = () => ({ new: [] as number[], changed: [] as number[], same: [] as number[] })

/** Records in a second. */
async function inTurn<Page>(pages: Page[], write: (page: Page) => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  for (const page of pages) await write(page)
  return (pages.length * itemsPerPage * 1000) / (performance.now() - startedAt)
}

/** What an operation gives: contacts of some 700 bytes, other ones in each round. */
function pagesOf(round: number, kind: (typeof cases)[number]): object[] {
  const state = kind === 'new' ? 'lead' : 'customer'
  return Array.from({ length: pagesPerRound }, (_, page) => ({
    nextCursor: String(page + 1),
    records: Array.from({ length: itemsPerPage }, (_, item) => ({
      id: `${round}-${page}-${item}`,
      properties: {
        ...{ email: `contact-${item}@example.com`, firstname: 'Kari', lastname: 'Nordmann', lifecyclestage: state },
        ...{ company: 'Fjord "Bikes" AS', city: 'Bergen', phone: '+47 55 00 00 00', website: 'https://example.com' },
        notes: 'Asked for twelve city bikes with bells, lights and baskets. '.repeat(6),
      },
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-02T00:00:00.000Z',
      isArchived: false,
    })),
  }))
}

const bareStatement = `INSERT INTO bare_records (id, external_id, payload, hash, organization_id, sync_id)
  SELECT id, external_id, payload, hash, $5, $6
  FROM unnest($1::uuid[], $2::text[], $3::json[], $4::bytea[]) AS t (id, external_id, payload, hash)
  ON CONFLICT (sync_id, external_id) DO UPDATE SET payload = excluded.payload, hash = excluded.hash, updated_at = now()`

/** Two syncs, and a table of the same shape without anybody's rules. */
async function prepare(
  pool: ReturnType<typeof openDatabase>['ownerPool'],
  organizationId: string,
  syncIds: string[],
): Promise<void> {
  const [integrationId, connectionId] = [randomUUID(), randomUUID()]
  await pool.query(`INSERT INTO organizations (id, name, slug) VALUES ($1, 'Bench', 'bench')`, [organizationId])
  await pool.query(
    `INSERT INTO integrations (id, organization_id, provider_id, provider_name, name, auth_method)
     VALUES ($1, $2, 'bench', 'Bench', 'Bench', 'api_key')`,
    [integrationId, organizationId],
  )
  await pool.query(
    `INSERT INTO connections (id, organization_id, integration_id, provider_id, external_user_id, status)
     VALUES ($1, $2, $3, 'bench', 'bench', 'connected')`,
    [connectionId, organizationId, integrationId],
  )
  for (const id of syncIds) {
    await pool.query(
      `INSERT INTO syncs (id, organization_id, integration_id, connection_id, provider_id, name, operation, input, items,
         record_id, deletes, actor)
       VALUES ($1, $2, $3, $4, 'bench', 'Bench', 'listContacts', '{}', 'records', 'id', 'mark', '{}')`,
      [id, organizationId, integrationId, connectionId],
    )
  }
  await pool.query('CREATE TABLE bare_records (LIKE sync_records INCLUDING ALL)')
  await pool.query('ALTER TABLE bare_records ADD FOREIGN KEY (sync_id) REFERENCES syncs ON DELETE CASCADE')
}

if (import.meta.main) printTable(await benchSyncUpsert())
