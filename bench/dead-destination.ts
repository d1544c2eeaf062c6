/**
 * One destination of a hundred whose receiver takes requests and never answers: how much longer the others wait for
 * their messages than when it answers, `node bench/dead-destination.ts`. Messages are published at a steady pace, to each
 * destination as many; rounds with and without take turns.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild, stopChildren } from './measure/child.ts'
import { median, medianRatio } from './measure/median.ts'
import { type Outbound, openOutbound } from './measure/outbound.ts'
import { type Comparison, printTable } from './measure/report.ts'

const destinations = 100
const rounds = 5
const pace = { perSecond: 500, seconds: 5, everyMs: 20 }
const data = Buffer.from(JSON.stringify({ id: 'in_1', amount: 12_000, lines: 'x'.repeat(400) }))

export async function benchDeadDestination(): Promise<Comparison[]> {
  const receiver = await startChild(join(import.meta.dirname, 'floors', 'receiver.ts'))
  const dead = await openDeadReceiver()
  try {
    const outbound = await openOutbound('dead-destination')
    try {
      const types = Array.from({ length: destinations }, (_, index) => `bench.number_${index}`)
      const deadId = await outbound.addDestination(dead.url, types[0] as string, 10)
      for (const type of types.slice(1)) await outbound.addDestination(`${receiver.origin}/hook`, type, 10)
      const without: number[] = []
      const withIt: number[] = []
      await p99Lag(outbound, types, deadId)
      for (let round = 0; round < rounds; round += 1) {
        without.push(await p99Lag(outbound, types, deadId))
        dead.fallSilent()
        withIt.push(await p99Lag(outbound, types, deadId, dead.answerAll))
      }
      return [
        {
          bench: 'dead destination',
          measure: `p99 lag of ${destinations - 1} others at ${pace.perSecond} messages/s, ms`,
          floor: median(without),
          koble: median(withIt),
          judged: { name: 'ratio', value: medianRatio(withIt, without) },
          budget: { most: 2 },
        },
      ]
    } finally {
      await outbound.stop()
    }
  } finally {
    dead.close()
    await stopChildren()
  }
}

/** A receiver that answers at once, or not at all. */
async function openDeadReceiver() {
  const waiting = new Set<ServerResponse>()
  let silent = false
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      if (silent) waiting.add(response)
      else response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    fallSilent() {
      silent = true
    },
    answerAll() {
      silent = false
      for (const response of waiting) response.end()
      waiting.clear()
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Milliseconds from a message's beginning to the end of its first attempt, of the slowest hundredth at the others. */
async function p99Lag(
  outbound: Outbound,
  types: readonly string[],
  deadId: string,
  onPublished: () => void = () => {},
): Promise<number> {
  const node = await outbound.start()
  await node.outbound.start()
  const since = new Date()
  const each = (pace.perSecond * pace.everyMs) / 1000
  const batches = (pace.seconds * 1000) / pace.everyMs
  const startedAt = performance.now()
  const underWay: Promise<void>[] = []
  let sent = 0
  for (let batch = 0; batch < batches; batch += 1) {
    const earlyMs = startedAt + batch * pace.everyMs - performance.now()
    if (earlyMs > 0) await sleep(earlyMs)
    const some = Array.from({ length: each }, () => outbound.message(types[sent++ % types.length] as string, data))
    underWay.push(outbound.publish(node, some))
  }
  await Promise.all(underWay)
  await waitForOthers(outbound, deadId)
  onPublished()
  while (await outbound.isOpen()) await sleep(20)
  await node.outbound.stop()
  await node.stop().catch(() => {})
  const { rows } = await outbound.database.systemPool.query<{ p99: number }>(
    `SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM a.at - m.created_at)::float8 * 1000) AS p99
     FROM attempts AS a JOIN messages AS m ON m.id = a.message_id
     WHERE a.destination_id <> $1 AND a.number = 1 AND m.created_at >= $2`,
    [deadId, since],
  )
  return rows[0]?.p99 ?? Number.NaN
}

async function waitForOthers({ database }: Outbound, deadId: string): Promise<void> {
  const open = "SELECT 1 FROM deliveries WHERE status IN ('pending', 'retrying') AND destination_id <> $1 LIMIT 1"
  while ((await database.systemPool.query(open, [deadId])).rows.length > 0) await sleep(20)
}

if (import.meta.main) printTable(await benchDeadDestination())
