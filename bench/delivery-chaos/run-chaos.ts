import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startCrashableDatabase } from '../../apps/server/src/testing/crashable-database.ts'
import { type Account, account, countOpen } from './account.ts'
import { type Fault, type Pace, startFaults } from './faults.ts'
import { startLoad } from './load.ts'
import { type Nodes, type Role, startNodes } from './nodes.ts'
import { createRandom } from './random.ts'
import { createReceivers } from './receivers.ts'
import { setScene } from './scene.ts'

export interface ChaosOptions {
  seed: number
  /** Deliveries that come in and messages that go out, together. */
  perSecond: number
  /** How long it is sent at least. */
  seconds: number
  pace: Pace
  /** With `most` faults of each thing it goes on until they are over. */
  untilFaultsAreOver: boolean
  drainWithinMs: number
  tell(text: string): void
}

export interface ChaosReport extends Account {
  faults: Fault[]
  sent: number
  /** Answers other than success by status, to requests that were sent again. */
  refused: Record<string, number>
  drainedAfterMs: number
}

const roles: Role[] = ['api', 'all', 'worker']
const acknowledgedWithinMs = 60_000

/**
 * Sends signed deliveries and messages to three processes of Koble on one PostgreSQL, while these, the database and the
 * receivers fail; then lets everything come to its end and says what became of it. Ends whatever it started, and nothing
 * else, also when `signal` ends it early.
 */
export async function runChaos(options: ChaosOptions, signal?: AbortSignal): Promise<ChaosReport> {
  const random = createRandom(options.seed)
  const undo: (() => Promise<unknown>)[] = []
  try {
    const database = await startCrashableDatabase()
    undo.push(() => database.remove())
    const receivers = createReceivers()
    undo.push(() => receivers.close())
    const nodes = await startNodes(roles, { databaseUrl: database.url, trustedCertificates: receivers.certificateFile })
    undo.push(() => Promise.all(nodes.all.map((node) => node.kill())))
    const scene = await setScene(nodes, receivers)
    const pool = new pg.Pool({ connectionString: database.url, max: 2 })
    pool.on('error', () => {})
    undo.push(() => pool.end())

    const serving = nodes.all.filter(({ role }) => role !== 'worker')
    const load = startLoad({
      perSecond: options.perSecond,
      kinds: scene.kinds,
      origin: () => serving[Math.floor(Math.random() * serving.length)]?.url ?? '',
      random: random.fork('load'),
    })
    undo.push(() => load.stop(0))
    const { pace, tell } = options
    const faults = startFaults({ nodes: nodes.all, database, receivers: scene.flapping, pace, random, tell })
    undo.push(() => faults.stop())
    const expected = pace.most * (nodes.all.length + 1 + scene.flapping.length)
    const endsAt = performance.now() + options.seconds * 1000
    while (performance.now() < endsAt || (options.untilFaultsAreOver && faults.list.length < expected)) {
      await sleep(50, undefined, { signal })
    }
    await faults.stop()
    await load.stop(acknowledgedWithinMs)
    tell(`${load.sent.length} were sent; no more faults`)

    const drainedAfterMs = await drain(pool, options, signal)
    const result = await account(pool, { scene, sent: load.sent, faults: faults.list, refused: load.refused })
    if (drainedAfterMs === null) result.violations.push(`${await countOpen(pool)} were open when time had run out`)
    result.violations.push(...(await stopAll(nodes)))
    return {
      ...result,
      faults: faults.list,
      sent: load.sent.length,
      refused: Object.fromEntries(load.refused),
      drainedAfterMs: drainedAfterMs ?? options.drainWithinMs,
    }
  } finally {
    for (const step of undo.reverse()) await step().catch((error) => options.tell(String(error)))
  }
}

/** Waits until nothing is open; null when that takes too long. */
async function drain(pool: pg.Pool, options: ChaosOptions, signal?: AbortSignal): Promise<number | null> {
  const startedAt = performance.now()
  let told = Number.NaN
  for (;;) {
    const open = await countOpen(pool)
    const afterMs = performance.now() - startedAt
    if (open === 0) return afterMs
    if (afterMs > options.drainWithinMs) return null
    if (Math.floor(afterMs / 5_000) !== told) {
      told = Math.floor(afterMs / 5_000)
      options.tell(`${open} are open`)
    }
    await sleep(250, undefined, { signal })
  }
}

/** A stop is a graceful one, whatever happened before. */
async function stopAll(nodes: Nodes): Promise<string[]> {
  const stopped = await Promise.all(nodes.all.map(async (node) => ({ node, well: await node.stop() })))
  return stopped.filter(({ well }) => !well).map(({ node }) => `node ${node.role} did not stop:\n${node.output()}`)
}
