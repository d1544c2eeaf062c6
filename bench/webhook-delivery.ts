/**
 * Deliveries to a receiver on this machine, against two loops of undici POSTs with the same bodies and concurrency, a
 * bare one and one that keeps the same rows: `node bench/webhook-delivery.ts`. A backlog that is stored already is sent:
 * claimed, read, signed, sent, and its attempts written. Over https, as receivers are reached, and for comparison over
 * plain http. Then messages are published at a steady pace, and the time from their beginning to the end of their first
 * attempt is looked at.
 */
import { join } from 'node:path'
import { setDefaultCACertificates } from 'node:tls'
import { Agent, request } from 'undici'
import { createCertificateAuthority } from '../apps/server/src/testing/certificate-authority.ts'
import { postDurably } from './floors/durable-post-loop.ts'
import { startChild, stopChildren } from './measure/child.ts'
import { median, medianRatio } from './measure/median.ts'
import { type Outbound, openOutbound } from './measure/outbound.ts'
import { type Comparison, printTable } from './measure/report.ts'

const concurrencies = [16, 64]
const rounds = 5
const perRound = 12_000
/** Of each round so many go before the clock runs, so that connections are there. */
const unmeasured = 2_000
const pace = { perSecond: 1_000, seconds: 6, everyMs: 10 }
const data = Buffer.from(JSON.stringify({ id: 'in_1', amount: 12_000, lines: 'x'.repeat(900) }))

export async function benchWebhookDelivery(): Promise<Comparison[]> {
  const authority = createCertificateAuthority('The bench')
  const { certificate, privateKey } = authority.issue('localhost')
  setDefaultCACertificates([authority.certificate])
  const file = join(import.meta.dirname, 'floors', 'receiver.ts')
  try {
    const plain = await startChild(file)
    const secure = await startChild(file, { env: { RECEIVER_CERTIFICATE: certificate, RECEIVER_KEY: privateKey } })
    const outbound = await openOutbound('delivery')
    const bench = createBench(outbound)
    try {
      const comparisons: Comparison[] = []
      for (const { origin } of [plain, secure]) {
        await bench.deliver(origin, 64)
        await bench.postDurably(origin, 64)
        await bench.post(origin, 64)
      }
      for (const [scheme, { origin }, budget] of [
        ['https', secure, { least: 0.6 }],
        ['plain http', plain, null],
      ] as const) {
        for (const concurrency of concurrencies) {
          const bare: number[] = []
          const durable: number[] = []
          const ours: number[] = []
          for (let round = 0; round < rounds; round += 1) {
            bare.push(await bench.post(origin, concurrency))
            durable.push(await bench.postDurably(origin, concurrency))
            ours.push(await bench.deliver(origin, concurrency))
          }
          const against = (floor: string, floors: number[], least: Comparison['budget']): Comparison => ({
            bench: 'webhook delivery',
            measure: `deliveries/s at ${concurrency}, ${scheme}, against ${floor}`,
            floor: median(floors),
            koble: median(ours),
            judged: { name: 'ratio', value: medianRatio(ours, floors) },
            budget: least,
          })
          comparisons.push(against('a loop with the same rows', durable, budget), against('a bare loop', bare, null))
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
      await outbound.stop()
    }
  } finally {
    await stopChildren()
  }
}

function createBench(outbound: Outbound) {
  const { database, isOpen } = outbound
  const agent = new Agent({ connections: 128 })
  const messages = (eventType: string, count: number) =>
    Array.from({ length: count }, () => outbound.message(eventType, data))
  /** How many the receiver has; asked for in place of the database, which has work to do. */
  const received = async (origin: string) => {
    const answer = await request(`${origin}/`, { dispatcher: agent })
    return Number(await answer.body.text())
  }
  let types = 0

  /** Messages that wait for their delivery, published by a node that does not send. */
  async function backlog(origin: string, concurrency: number) {
    const eventType = `bench.number_${++types}`
    const destinationId = await outbound.addDestination(`${origin}/hook`, eventType, concurrency)
    const node = await outbound.start()
    for (let sent = 0; sent < perRound; sent += 500) await outbound.publish(node, messages(eventType, 500))
    return { destinationId, node }
  }

  /** Deliveries a second of whoever begins to send a backlog. */
  async function timed(origin: string, destinationId: string, begin: () => Promise<void>): Promise<number> {
    const before = await received(origin)
    await begin()
    const reached = async (least: number) => {
      for (;;) {
        const count = (await received(origin)) - before
        if (count >= least) return count
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    const first = await reached(unmeasured)
    const startedAt = performance.now()
    await reached(perRound)
    while (await isOpen(destinationId)) await new Promise((resolve) => setTimeout(resolve, 10))
    return (perRound - first) / ((performance.now() - startedAt) / 1000)
  }

  return {
    /** A bare loop; requests a second. */
    async post(origin: string, concurrency: number): Promise<number> {
      const target = new URL(`${origin}/hook`)
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
          const answer = await request(target, { dispatcher: agent, method: 'POST', headers, body })
          await answer.body.dump()
        }
      }
      await Promise.all(Array.from({ length: concurrency }, loop))
      return (perRound - unmeasured) / ((performance.now() - startedAt) / 1000)
    },
    /** Sends a backlog; deliveries a second, until the last is written down. */
    async deliver(origin: string, concurrency: number): Promise<number> {
      const { destinationId, node } = await backlog(origin, concurrency)
      const perSecond = await timed(origin, destinationId, async () => await node.outbound.start())
      await node.outbound.stop()
      await node.stop().catch(() => {})
      return perSecond
    },
    /** The same by the floor that keeps the same rows. */
    async postDurably(origin: string, concurrency: number): Promise<number> {
      const { destinationId, node } = await backlog(origin, concurrency)
      await node.stop().catch(() => {})
      const url = new URL(`${origin}/hook`)
      return await timed(origin, destinationId, async () => {
        void postDurably(database, { destinationId, url, dispatcher: agent, concurrency })
      })
    },
    /** Publishes at a steady pace; milliseconds from a message's beginning to the end of its first attempt. */
    async lag(origin: string): Promise<{ p50: number; p99: number }> {
      const eventType = `bench.number_${++types}`
      const destinationId = await outbound.addDestination(`${origin}/hook`, eventType, 32)
      const node = await outbound.start()
      await node.outbound.start()
      const each = (pace.perSecond * pace.everyMs) / 1000
      const batches = (pace.seconds * 1000) / pace.everyMs
      const startedAt = performance.now()
      const underWay: Promise<void>[] = []
      for (let batch = 0; batch < batches; batch += 1) {
        const dueMs = startedAt + batch * pace.everyMs - performance.now()
        if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs))
        underWay.push(outbound.publish(node, messages(eventType, each)))
      }
      await Promise.all(underWay)
      while (await isOpen(destinationId)) await new Promise((resolve) => setTimeout(resolve, 10))
      await node.outbound.stop()
      await node.stop().catch(() => {})
      const { rows } = await database.systemPool.query<{ p50: number; p99: number }>(
        `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) AS p50,
           percentile_cont(0.99) WITHIN GROUP (ORDER BY lag) AS p99
         FROM (SELECT extract(epoch FROM a.at - m.created_at)::float8 * 1000 AS lag FROM attempts AS a
           JOIN messages AS m ON m.id = a.message_id WHERE a.destination_id = $1) AS lags`,
        [destinationId],
      )
      return rows[0] as { p50: number; p99: number }
    },
    stop: () => agent.close(),
  }
}

if (import.meta.main) printTable(await benchWebhookDelivery())
