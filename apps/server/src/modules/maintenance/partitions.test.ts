import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { eventIn, openOwnEndpoint, takenIn } from '../../testing/own-endpoint.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { createMaintenanceStore } from './store.ts'

const day = 86_400_000
const patience = { tries: 3, pauseMs: 20 }
const old = new Date(Date.now() - 60 * day)
const before = new Date(Date.now() - 30 * day)
const parents = ['activities', 'attempts', 'deliveries', 'integration_requests', 'messages', 'webhook_events']
const oldNames = parents.map((parent) => `${parent}_${old.toISOString().slice(0, 10).replaceAll('-', '')}`)

let koble: TestKoble
let store: ReturnType<typeof createMaintenanceStore>
beforeAll(async () => {
  koble = await startTestKoble()
  store = createMaintenanceStore(koble.database)
})
afterAll(() => koble.stop())
beforeEach(async () => {
  await koble.testDatabase.query('SELECT make_partitions($1::date, 1)', [old.toISOString().slice(0, 10)])
})

const partitions = async () =>
  (
    await koble.testDatabase.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '_\\d{8}$' ORDER BY relname",
    )
  ).map(({ name }) => name)

/** Somebody who has read in all partitions, and is not done. */
async function beginLongRead(table: string): Promise<pg.Client> {
  const reader = new pg.Client({ connectionString: koble.testDatabase.url })
  await reader.connect()
  onTestFinished(() => reader.end())
  await reader.query('BEGIN')
  await reader.query(`SELECT count(*) FROM ${table}`)
  return reader
}

test('old partitions are dropped, and those of today and the days to come stay', async () => {
  expect(await partitions()).toEqual(expect.arrayContaining(oldNames))
  expect(await store.dropBefore(before, patience)).toEqual([])
  const left = await partitions()
  expect(left.filter((name) => oldNames.includes(name))).toEqual([])
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '')
  expect(left).toEqual(expect.arrayContaining(parents.map((parent) => `${parent}_${today}`)))
})

test('while somebody reads for long, deliveries are taken in and processed, and what cannot be dropped is left for later', async () => {
  const endpoint = await openOwnEndpoint(koble)
  const reader = await beginLongRead('webhook_events')
  let isOver = false
  const dropping = store.dropBefore(before, { tries: 8, pauseMs: 20 }).finally(() => {
    isOver = true
  })
  const ids: string[] = []
  while (!isOver) ids.push(await takenIn(endpoint, { id: `during-${ids.length}` }))
  // It has an end without the reader's, and what nobody reads in is gone.
  const kept = oldNames.filter((name) => name.startsWith('webhook_events'))
  expect(await dropping).toEqual(kept)
  expect((await partitions()).filter((name) => oldNames.includes(name))).toEqual(kept)
  expect(ids.length).toBeGreaterThan(0)
  for (const id of ids) await eventIn(koble, id, 'completed')
  await reader.query('COMMIT')
  expect(await store.dropBefore(before, patience)).toEqual([])
  expect((await partitions()).filter((name) => oldNames.includes(name))).toEqual([])
})

test('a drop that waits for a reader gets its turn when the reader is done', async () => {
  const reader = await beginLongRead('deliveries')
  const dropping = store.dropBefore(before, { tries: 100, pauseMs: 50 })
  await vi.waitFor(async () => {
    const waiting = await koble.testDatabase.query(
      "SELECT FROM pg_locks WHERE relation = 'deliveries'::regclass AND NOT granted",
    )
    expect(waiting).toHaveLength(1)
  }, 20_000)
  await reader.query('COMMIT')
  expect(await dropping).toEqual([])
})

test('partitions of the days to come are made again where they are missing, and not where somebody holds the table', async () => {
  expect(await store.makePartitions(patience)).toEqual([])
  const [name = ''] = (await partitions()).filter((one) => one.startsWith('messages_')).slice(-1)
  await koble.testDatabase.query(`DROP TABLE ${name}`)
  const reader = await beginLongRead('messages')
  expect(await store.makePartitions(patience)).toEqual([name])
  await reader.query('COMMIT')
  expect(await store.makePartitions(patience)).toEqual([])
  expect(await partitions()).toContain(name)
})

test('a partition is stored as those that the migrations made, with free space for leases', async () => {
  const stored = async () =>
    await koble.testDatabase.query<{ name: string; options: string[] | null }>(
      "SELECT relname AS name, reloptions AS options FROM pg_class WHERE relkind = 'r' AND relname ~ '^deliveries_2' ORDER BY relname",
    )
  const before = await stored()
  expect(before.at(-1)?.options).toEqual(['fillfactor=50'])
  await koble.testDatabase.query(`DROP TABLE ${before.at(-1)?.name}`)
  await store.makePartitions(patience)
  expect(await stored()).toEqual(before)
})

test('ids of deliveries are forgotten with the events that they belong to, however many there are', async () => {
  const endpoint = await openOwnEndpoint(koble)
  await koble.testDatabase.query(
    `INSERT INTO webhook_event_keys (endpoint_id, external_event_id, organization_id, event_id, received_at)
     SELECT $1, 'old-' || n, $2, gen_random_uuid(), $3 FROM generate_series(1, 10001) AS n`,
    [endpoint.id, koble.organization.id, old],
  )
  const id = await takenIn(endpoint, { id: 'new' })
  await eventIn(koble, id, 'completed')
  await store.dropBefore(before, patience)
  const keys = await koble.testDatabase.query(
    'SELECT external_event_id AS id FROM webhook_event_keys WHERE endpoint_id = $1',
    [endpoint.id],
  )
  expect(keys).toEqual([{ id: 'new' }])
})
