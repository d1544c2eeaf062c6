import { EventEmitter } from 'node:events'
import { Logger, parseCronItems, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker'
import type pg from 'pg'
import type { Database } from '../database/client.ts'
import { createPatientPool } from './patient-pool.ts'

interface Log {
  debug(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** A task by name. A job whose payload is an array is a batch: it returns one promise per item, and failed items alone are tried again. */
export type Tasks = Record<
  string,
  (payload: unknown) => Promise<unknown> | Promise<unknown>[] | Promise<Promise<unknown>[]>
>

export interface QueueEngine {
  start(): Promise<void>
  /** Lets running jobs finish, gives the rest back. */
  stop(): Promise<void>
}

const watchEveryMs = 10_000
const relaunchAfterMs = 500
/** A node names itself at once: locks of this age under a name that nobody has belong to one that was killed first. */
const namedWithin = '30 seconds'
/**
 * A database that was started again has forgotten all locks, those of nodes that live too. They come back to it within
 * seconds; until then a lock that is free proves nothing, and what a living node has in hand would be done twice.
 */
const locksAreBackWithin = '10 seconds'

/**
 * Runs jobs with graphile-worker, whose local queue and batched completion gave ten times the throughput. A killed
 * node's jobs would stay locked for four hours; so each node holds an advisory lock for as long as it lives, and the
 * others (or itself, started again) give back the jobs of nodes whose lock is free. Jobs that were handed out in an
 * answer that never arrived are locked by a node that lives and knows nothing of them: after a lost connection it
 * starts graphile-worker anew, and gives back whatever is locked under its old name.
 */
export function createQueueEngine(
  database: Database,
  connect: () => pg.Client,
  options: {
    tasks: Tasks
    recurring: { task: string; match: string }[]
    concurrency: number
    log: Log
    /** The number of this node, under which it may hold other leases as well. */
    node: number
    /** Gives back what a node held that is no more. */
    onDeadNode(node: number): Promise<void>
  },
): QueueEngine {
  let runner: Runner | null = null
  let poolId: string | null = null
  let presence: pg.Client | null = null
  let timer: NodeJS.Timeout | null = null
  let tending: Promise<void> | null = null
  let stopping = false
  let lost = false
  const pgPool = createPatientPool(database.queuePool, {
    isStopping: () => stopping,
    onLost() {
      if (!lost && runner) watch(relaunchAfterMs)
      lost = true
    },
  })
  const number = options.node

  async function announce(): Promise<void> {
    const client = presence ?? connect()
    if (client !== presence) {
      client.on('error', (error) => {
        options.log.warn({ err: error }, 'the presence of this node was interrupted')
        if (presence === client) presence = null
        if (!stopping) watch(relaunchAfterMs)
      })
      await client.connect()
      await client.query("SELECT pg_advisory_lock(hashtext('koble-node'), $1)", [number])
    }
    await client.query(
      `INSERT INTO nodes (number, worker_ids) VALUES ($1, $2)
       ON CONFLICT (number) DO UPDATE SET worker_ids = excluded.worker_ids`,
      [number, poolId ? [poolId] : []],
    )
    presence = client
  }

  const unlock = (workerIds: string[]) =>
    database.ownerPool.query('SELECT graphile_worker.force_unlock_workers($1)', [workerIds])

  async function launch(): Promise<void> {
    lost = false
    if (poolId) await unlock([poolId])
    const taskList: TaskList = Object.fromEntries(
      Object.entries(options.tasks).map(([name, task]) => [name, (payload) => task(payload) as Promise<void>]),
    )
    const events: WorkerEvents = new EventEmitter()
    let announced: Promise<void> = Promise.resolve()
    events.once('pool:create', ({ workerPool }) => {
      poolId = workerPool.id
      announced = announce()
      // Awaited below, but perhaps only after it has failed.
      announced.catch(() => {})
    })
    fetchWhatCameInPauses(events)
    const launched = await run({
      pgPool,
      taskList,
      events,
      parsedCronItems: parseCronItems(
        options.recurring.map((item) => ({ task: item.task, match: item.match, options: { backfillPeriod: 0 } })),
      ),
      noHandleSignals: true,
      logger: new Logger(() => (level, message, meta) => {
        if (level === 'error') options.log.error({ ...meta }, message)
        // Its warnings are advice on settings, which are chosen here and measured in bench/.
        else if (level === 'warning') options.log.debug({ ...meta }, message)
      }),
      preset: {
        worker: {
          concurrentJobs: options.concurrency,
          // A fetch that found few jobs is followed by a pause in which more come together: under a steady trickle,
          // fetching each job by itself cost more than processing it. After a rest the first job is fetched at once.
          localQueue: { size: 200, refetchDelay: { durationMs: 20, threshold: 50 } },
          completeJobBatchDelay: 10,
          failJobBatchDelay: 5,
          pollInterval: 2000,
        },
      },
    })
    runner = launched
    const onEnd = () => {
      if (runner !== launched) return
      runner = null
      if (!stopping) watch(relaunchAfterMs)
    }
    launched.promise.then(onEnd, onEnd)
    await announced
  }

  async function giveBackLostJobs(): Promise<void> {
    const { rows } = await database.ownerPool.query<{ locked_by: string }>(
      `SELECT DISTINCT locked_by FROM graphile_worker.jobs
       WHERE locked_by <> ALL (ARRAY(SELECT unnest(worker_ids) FROM nodes))
         AND locked_at < now() - interval '${namedWithin}'`,
    )
    if (rows.length > 0) await unlock(rows.map((row) => row.locked_by))
  }

  async function recover(): Promise<void> {
    const { rows: started } = await database.ownerPool.query<{ lately: boolean }>(
      `SELECT pg_postmaster_start_time() > now() - interval '${locksAreBackWithin}' AS lately`,
    )
    if (started[0]?.lately) return
    const { rows } = await database.systemPool.query<{ number: number; worker_ids: string[] }>(
      'SELECT number, worker_ids FROM nodes WHERE number <> $1',
      [number],
    )
    for (const node of rows) {
      const client = await database.ownerPool.connect()
      try {
        const lock = await client.query<{ free: boolean }>(
          "SELECT pg_try_advisory_lock(hashtext('koble-node'), $1) AS free",
          [node.number],
        )
        if (!lock.rows[0]?.free) continue
        await unlock(node.worker_ids)
        await options.onDeadNode(node.number)
        await database.systemPool.query('DELETE FROM nodes WHERE number = $1', [node.number])
        await client.query("SELECT pg_advisory_unlock(hashtext('koble-node'), $1)", [node.number])
      } finally {
        client.release()
      }
    }
  }

  async function tend(): Promise<void> {
    try {
      // Before all else, which may take a while: others take a node without its lock for dead.
      if (!presence) await announce()
      if (lost && runner) {
        const former = runner
        runner = null
        await former.stop()
      }
      if (!runner && !stopping) await launch()
      await recover()
      await giveBackLostJobs()
    } catch (error) {
      options.log.warn({ err: error }, 'the job engine waits for the database')
    }
  }

  function watch(delayMs: number): void {
    if (timer) clearTimeout(timer)
    timer = setTimeout(async () => {
      if (tending || stopping) return
      tending = tend()
      await tending
      tending = null
      if (!stopping) watch(lost || !runner || !presence ? relaunchAfterMs : watchEveryMs)
    }, delayMs)
  }

  return {
    async start() {
      await recover()
      await launch()
      watch(watchEveryMs)
    },
    async stop() {
      stopping = true
      if (timer) clearTimeout(timer)
      await tending
      await runner?.stop().catch((error) => options.log.error({ err: error }, 'the job engine did not stop cleanly'))
      await database.systemPool.query('DELETE FROM nodes WHERE number = $1', [number]).catch(() => {})
      await presence?.end().catch(() => {})
    },
  }
}

/**
 * In the pause between two fetches graphile-worker hears of new jobs but leaves them to its next poll, seconds later.
 * This has it fetch at the end of the pause when something was announced since the last time.
 */
function fetchWhatCameInPauses(events: WorkerEvents): void {
  let wasAnnounced = false
  events.on('pool:listen:notification', () => {
    wasAnnounced = true
  })
  events.on('localQueue:refetchDelay:expired', ({ localQueue }) => {
    if (wasAnnounced) localQueue.pulse(1)
    wasAnnounced = false
  })
}
