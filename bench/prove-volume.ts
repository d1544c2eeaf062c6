/**
 * How much slower Koble is with ten million events than with a few: `npm run prove:volume -- --rows 10000000`. Taking
 * deliveries in, the pages of lists with the filters of the dashboard, and searches; the slowest hundredth of each on an
 * almost empty instance and on the same one when it is full. Fails where one takes more than half as long again.
 */
import { createHmac } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { CreatedDestination } from '@koble/contract/destinations'
import type { CreatedEndpoint, Event } from '@koble/contract/webhooks'
import pg from 'pg'
import { startEmbeddedDatabase } from '../apps/server/src/database/embedded.ts'
import { stopChildren, temporaryFolder } from './measure/child.ts'
import { type Koble, startKoble } from './measure/koble.ts'
import { type LoadGenerator, startLoadGenerator } from './measure/load.ts'
import { type Comparison, isMet, printTable } from './measure/report.ts'
import { days, fill, type Owners } from './volume/fill.ts'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000000' } } })
const rows = Number(values.rows)
const most = 1.5
/** Below this a difference is the machine's. */
const noiseMs = 5
const few = 3_000
const callsEach = 150
const rounds = 4
const ingest = { concurrency: 16, durationMs: 3_000, rounds: 3 }

const folder = temporaryFolder('volume')
const embedded = await startEmbeddedDatabase(folder.path, ['max_wal_size=4GB', 'shared_buffers=512MB'])
const pool = new pg.Pool({ connectionString: embedded.url, max: 2 })
let isMetByAll = false
try {
  const koble = await startKoble('volume', { env: { DATABASE_URL: embedded.url } })
  const generator = await startLoadGenerator()
  const { owners, endpoint } = await setUp(koble)
  const startedAt = performance.now()
  await fill(pool, owners, few, () => {})
  const before = await measure(koble, generator, owners, endpoint)
  await fill(pool, { ...owners }, rows, (text) => console.log(`${seconds(startedAt)} s: ${text}`))
  const size = await pool.query("SELECT pg_size_pretty(pg_database_size('postgres')) AS size")
  console.log(`${rows} events over ${days} days, ${size.rows[0].size}, after ${seconds(startedAt)} s`)
  const after = await measure(koble, generator, owners, endpoint)
  const comparisons = Object.entries(after).map(([measure, ms]): Comparison => {
    const floor = before[measure] ?? Number.NaN
    return {
      bench: 'volume',
      measure: `${measure}, p99 ms`,
      floor,
      koble: ms,
      judged: { name: 'ratio', value: ms - floor < noiseMs ? Math.min(ms / floor, most) : ms / floor },
      budget: { most },
    }
  })
  printTable(comparisons)
  isMetByAll = comparisons.every(isMet)
} finally {
  await stopChildren()
  await pool.end()
  await embedded.stop()
  folder.remove()
}
console.log(isMetByAll ? 'It is as fast when it is full.' : 'It is slower when it is full.')
process.exit(isMetByAll ? 0 : 1)

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1000)
}

async function setUp(koble: Koble): Promise<{ owners: Owners; endpoint: CreatedEndpoint }> {
  const integration = await koble.api<{ id: string; organizationId: string }>('POST', '/api/integrations', {
    provider: 'api-key',
    config: { apiUrl: 'http://127.0.0.1:1' },
  })
  const open = () =>
    koble.api<CreatedEndpoint>('POST', `/api/integrations/${integration.id}/webhooks`, {
      verification: {
        signature: { type: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-signature' },
        eventType: { field: 'type' },
        eventId: { header: 'x-event-id' },
      },
      handlers: [{ type: 'activity' }],
    })
  const endpoints = [await open(), await open(), await open(), await open()]
  const connectionIds: string[] = []
  for (let index = 0; index < 20; index += 1) {
    const connection = await koble.api<{ id: string }>('POST', '/api/connections', {
      integrationId: integration.id,
      externalUserId: `user-${index}`,
      credentials: { apiKey: 'third-party-key' },
    })
    connectionIds.push(connection.id)
  }
  const destination = await koble.api<CreatedDestination>('POST', '/api/destinations', {
    name: 'Shop',
    type: 'https',
    config: { url: 'https://shop.example.com/hook' },
    secrets: {},
    eventTypes: ['nothing.ever'],
  })
  const { rows: organizations } = await pool.query<{ id: string }>('SELECT id FROM organizations LIMIT 1')
  const owners = {
    organizationId: organizations[0]?.id ?? '',
    endpointIds: endpoints.map(({ id }) => id),
    integrationId: integration.id,
    connectionIds,
    destinationId: destination.id,
  }
  return { owners, endpoint: endpoints[0] as CreatedEndpoint }
}

/** The slowest hundredth of everything, in milliseconds. */
async function measure(
  koble: Koble,
  generator: LoadGenerator,
  owners: Owners,
  endpoint: CreatedEndpoint,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  const body = JSON.stringify({ type: 'order.created', note: 'x'.repeat(300) })
  const signature = createHmac('sha256', endpoint.secret ?? '')
    .update(body)
    .digest('hex')
  const lags: number[] = []
  for (let round = 0; round <= ingest.rounds; round += 1) {
    const { p99Ms } = await generator.run({
      origin: koble.origin,
      path: new URL(endpoint.url).pathname,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-signature': signature },
      variants: [{ headers: {}, body }],
      uniqueHeader: 'x-event-id',
      concurrency: ingest.concurrency,
      perSecond: 300,
      durationMs: ingest.durationMs,
    })
    if (round > 0) lags.push(p99Ms)
  }
  found['delivery taken in, 300/s'] = Math.min(...lags)
  const lists = Object.entries(await pages(koble, owners))
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, path] of lists) {
      const p99 = await p99Of(() => koble.api('GET', path))
      // The first round is that of cold caches; of the others the quietest moment of the machine counts.
      if (round > 0) found[name] = Math.min(p99, found[name] ?? Number.POSITIVE_INFINITY)
    }
  }
  return found
}

/** Of so many calls one after the other; of fewer where they take long. */
async function p99Of(call: () => Promise<unknown>): Promise<number> {
  const durations: number[] = []
  while (durations.length < callsEach && (durations.length < 3 || (durations[0] ?? 0) < 500)) {
    const startedAt = performance.now()
    await call()
    durations.push(performance.now() - startedAt)
  }
  return durations.toSorted((a, b) => a - b)[Math.floor(durations.length * 0.99)] ?? Number.NaN
}

/** The lists of the dashboard, with each of their filters. */
async function pages(koble: Koble, owners: Owners): Promise<Record<string, string>> {
  const list = (query: Record<string, string>) => `/api/events?${new URLSearchParams({ limit: '50', ...query })}`
  const ago = (count: number) => new Date(Date.now() - count * 86_400_000).toISOString()
  const { data, nextCursor } = await koble.api<{ data: Event[]; nextCursor: string }>(
    'GET',
    list({ from: ago(20), to: ago(14) }),
  )
  const old = data.at(-1)?.externalEventId ?? ''
  return {
    events: list({}),
    'events, a page in the middle': list({ cursor: nextCursor }),
    'events of an endpoint': list({ endpointId: owners.endpointIds[1] ?? '' }),
    'events of a connection': list({ connectionId: owners.connectionIds[3] ?? '' }),
    'events of an integration': list({ integrationId: owners.integrationId }),
    'events of a provider': list({ provider: 'api-key' }),
    'events of a type': list({ eventType: 'order.refunded' }),
    'dead letters': list({ status: 'failed,parked' }),
    'events that went well': list({ status: 'completed' }),
    'dead letters of an endpoint': list({ status: 'failed,unroutable', endpointId: owners.endpointIds[1] ?? '' }),
    'events of a week': list({ from: ago(20), to: ago(13) }),
    'event by its id': list({ externalEventId: old }),
    'search for a part of an id': list({ search: old.slice(4) }),
    'search for nothing': list({ search: 'not-to-be-found' }),
    'search in the last day': list({ search: 'not-to-be-found', from: ago(1) }),
    activity: '/api/activity?limit=50',
    messages: '/api/messages?limit=50',
    'deliveries of a destination': `/api/destinations/${owners.destinationId}/deliveries?limit=50`,
  }
}
