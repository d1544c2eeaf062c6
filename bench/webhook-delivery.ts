/**
 * Deliveries to a receiver on this machine, against a bare loop of undici POSTs with the same bodies and concurrency:
 * `node bench/webhook-delivery.ts`. A backlog that is stored already is sent: claimed, read, signed, sent, and its
 * attempts written. Over https, as receivers are reached, and for comparison over plain http. Then messages are published at a steady pace, and the time from their beginning to the end of their
 * first attempt is looked at.
 */
import { join } from 'node:path'
import { setDefaultCACertificates } from 'node:tls'
import { generateMasterKey } from '@koble/core/crypto'
import { pino } from 'pino'
import { Agent, request } from 'undici'
import { type Database, openDatabase } from '../apps/server/src/database/client.ts'
import { startEmbeddedDatabase } from '../apps/server/src/database/embedded.ts'
import { migrate } from '../apps/server/src/database/migrate.ts'
import { timedId } from '../apps/server/src/database/uuid-time.ts'
import { openInstanceKeys } from '../apps/server/src/modules/encryption/instance-keys.ts'
import { createEncryptionStore } from '../apps/server/src/modules/encryption/store.ts'
import { noSandbox } from '../apps/server/src/modules/sandbox/service.ts'
import { createServices, type Services } from '../apps/server/src/services.ts'
import { createCertificateAuthority } from '../apps/server/src/testing/certificate-authority.ts'
import { startChild, stopChildren, temporaryFolder } from './measure/child.ts'
import { median, medianRatio } from './measure/median.ts'
import { type Comparison, printTable } from './measure/report.ts'

const concurrencies = [16, 64]
const rounds = 5
const perRound = 12_000
/** Of each round so many go before the clock runs, so that connections are there. */
const unmeasured = 2_000
const pace = { perSecond: 1_000, seconds: 6, everyMs: 10 }
const data = Buffer.from(JSON.stringify({ id: 'in_1', amount: 12_000, lines: 'x'.repeat(900) }))

export async function benchWebhookDelivery(): Promise<Comparison[]> {
  const folder = temporaryFolder('delivery')
  const authority = createCertificateAuthority('The bench')
  const { certificate, privateKey } = authority.issue('localhost')
  setDefaultCACertificates([authority.certificate])
  const file = join(import.meta.dirname, 'floors', 'receiver.ts')
  const plain = await startChild(file)
  const secure = await startChild(file, { env: { RECEIVER_CERTIFICATE: certificate, RECEIVER_KEY: privateKey } })
  const embedded = await startEmbeddedDatabase(folder.path)
  const database = openDatabase(embedded.url, () => {})
  try {
    await migrate(database.ownerPool)
    const bench = await createBench(database, embedded.url)
    try {
      const comparisons: Comparison[] = []
      for (const { origin } of [plain, secure]) {
        await bench.deliver(origin, 64)
        await bench.post(origin, 64)
      }
      for (const [scheme, { origin }, budget] of [
        ['https', secure, { least: 0.6 }],
        ['plain http', plain, null],
      ] as const) {
        for (const concurrency of concurrencies) {
          const floors: number[] = []
          const ours: number[] = []
          for (let round = 0; round < rounds; round += 1) {
            floors.push(await bench.post(origin, concurrency))
            ours.push(await bench.deliver(origin, concurrency))
          }
          comparisons.push({
            bench: 'webhook delivery',
            measure: `deliveries/s at ${concurrency}, ${scheme}`,
            floor: median(floors),
            koble: median(ours),
            judged: { name: 'ratio', value: medianRatio(ours, floors) },
            budget,
          })
        }
      }
      for (const [name, milliseconds] of Object.entries(await bench.lag(secure.origin))) {
        comparisons.push({
          bench: 'webhook delivery',
          measure: `lag at ${pace.perSecond} messages/s, ${name} ms`,
          floor: null,
          koble: milliseconds,
          judged: { name: 'ms', value: milliseconds },
          budget: name === 'p99' ? { most: 1_000 } : null,
        })
      }
      return comparisons
    } finally {
      await bench.stop()
    }
  } finally {
    await database.close()
    await embedded.stop()
    await stopChildren()
    folder.remove()
  }
}

async function createBench(database: Database, databaseUrl: string) {
  const masterKey = { active: { type: 'local' as const, masterKey: generateMasterKey() }, previous: [] }
  const keys = await openInstanceKeys(createEncryptionStore(database), masterKey)
  const start = async () => {
    const services = createServices({
      config: {
        mode: 'development',
        publicUrl: 'http://koble.invalid',
        allowedPrivateNetworks: ['127.0.0.1/32'],
        databaseUrl,
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
  const agent = new Agent({ connections: 128 })
  const sender = services.outbound

  async function addDestination(origin: string, eventType: string, concurrency: number): Promise<string> {
    const { id } = timedId()
    const place = { organizationId: organization.id, id, column: 'signing_secret' as const }
    const secret = await sender.seal(place, 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=')
    await database.systemPool.query(
      `INSERT INTO destinations (id, organization_id, name, type, config, signing_secret, event_types, concurrency)
       VALUES ($1, $2, 'bench', 'https', $3, $4, $5, $6)`,
      [id, organization.id, { url: `${origin}/hook` }, secret, [eventType], concurrency],
    )
    sender.forgetDestination(organization.id, id)
    return id
  }
  const messages = (eventType: string, count: number) =>
    Array.from({ length: count }, () => ({
      organizationId: organization.id,
      eventType,
      externalUserId: null,
      orderingKey: null,
      externalId: null,
      source: 'api' as const,
      contentType: 'application/json',
      body: data,
    }))
  const open = async (destinationId: string) => {
    const { rows } = await database.systemPool.query(
      "SELECT 1 FROM deliveries WHERE destination_id = $1 AND status IN ('pending', 'retrying') LIMIT 1",
      [destinationId],
    )
    return rows.length > 0
  }
  /** How many the receiver has; asked for in place of the database, which has work to do. */
  const received = async (origin: string) => {
    const answer = await request(`${origin}/`, { dispatcher: agent })
    return Number(await answer.body.text())
  }
  let sending: Services | null = null
  let types = 0

  return {
    /** A bare loop; requests a second. */
    async post(origin: string, concurrency: number): Promise<number> {
      const url = new URL(`${origin}/hook`)
      const body = Buffer.concat([
        Buffer.from('{"type":"bench","timestamp":"2026-01-01T00:00:00.000Z","data":'),
        data,
        Buffer.from('}'),
      ])
      const headers = { 'content-type': 'application/json' }
      let left = perRound
      let startedAt = 0
      const loop = async () => {
        while (left-- > 0) {
          if (left === perRound - unmeasured) startedAt = performance.now()
          const answer = await request(url, { dispatcher: agent, method: 'POST', headers, body })
          await answer.body.dump()
        }
      }
      await Promise.all(Array.from({ length: concurrency }, loop))
      return (perRound - unmeasured) / ((performance.now() - startedAt) / 1000)
    },
    /** Sends a backlog; deliveries a second, until the last is written down. */
    async deliver(origin: string, concurrency: number): Promise<number> {
      const eventType = `bench.number_${++types}`
      const destinationId = await addDestination(origin, eventType, concurrency)
      for (let sent = 0; sent < perRound; sent += 500) {
        await database.tenant(organization.id, (query) => sender.publish(messages(eventType, 500), query))
      }
      const node = await start()
      const before = await received(origin)
      await node.outbound.start()
      const sent = async (least: number) => {
        for (;;) {
          const count = (await received(origin)) - before
          if (count >= least) return count
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
      }
      const first = await sent(unmeasured)
      const startedAt = performance.now()
      await sent(perRound)
      while (await open(destinationId)) await new Promise((resolve) => setTimeout(resolve, 10))
      const perSecond = (perRound - first) / ((performance.now() - startedAt) / 1000)
      await node.outbound.stop()
      await node.stop().catch(() => {})
      return perSecond
    },
    /** Publishes at a steady pace; milliseconds from a message's beginning to the end of its first attempt. */
    async lag(origin: string): Promise<{ p50: number; p99: number }> {
      const eventType = `bench.number_${++types}`
      const destinationId = await addDestination(origin, eventType, 32)
      sending = await start()
      await sending.outbound.start()
      const { outbound } = sending
      const each = (pace.perSecond * pace.everyMs) / 1000
      const batches = (pace.seconds * 1000) / pace.everyMs
      const startedAt = performance.now()
      const underWay: Promise<void>[] = []
      for (let batch = 0; batch < batches; batch += 1) {
        const dueMs = startedAt + batch * pace.everyMs - performance.now()
        if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs))
        underWay.push(
          database
            .tenant(organization.id, (query) => outbound.publish(messages(eventType, each), query))
            .then((published) => outbound.offer(published.flatMap(({ leased }) => leased))),
        )
      }
      await Promise.all(underWay)
      while (await open(destinationId)) await new Promise((resolve) => setTimeout(resolve, 10))
      const { rows } = await database.systemPool.query<{ p50: number; p99: number }>(
        `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) AS p50,
           percentile_cont(0.99) WITHIN GROUP (ORDER BY lag) AS p99
         FROM (SELECT extract(epoch FROM a.at - m.created_at)::float8 * 1000 AS lag FROM attempts AS a
           JOIN messages AS m ON m.id = a.message_id WHERE a.destination_id = $1) AS lags`,
        [destinationId],
      )
      return rows[0] as { p50: number; p99: number }
    },
    async stop() {
      await sending?.outbound.stop()
      await sending?.stop().catch(() => {})
      await services.stop()
      await agent.close()
    },
  }
}

if (import.meta.main) printTable(await benchWebhookDelivery())
