import type { Activity } from '@koble/contract/activity'
import type { Page } from '@koble/contract/paging'
import type { ChangeFeed } from '../../database/changes.ts'
import type { Query } from '../../database/client.ts'
import { createLiveRows } from '../../database/live-rows.ts'
import { timedId } from '../../database/uuid-time.ts'
import { toPage } from '../../http/paging.ts'
import type { ActivityFilter, ActivityRow, ActivityStore, NewActivity, NewRequest } from './store.ts'

export { percentile } from './duration-histogram.ts'
export { allIntegrations, errorClassOf } from './request-stats.ts'

export type Line = Omit<NewActivity, 'id' | 'at' | 'details' | 'durationMs'> &
  Partial<Pick<NewActivity, 'details' | 'durationMs'>>

/** A gateway call to be logged. */
export interface NotedRequest extends Omit<NewRequest, 'id' | 'at' | 'exchange'> {
  /** What was kept of request and answer; made ready when the log is written. */
  bodies?: { readonly bytes: number; finish(): Promise<string | null> }
}

/** Hears of each call that is noted, and of what could not be kept. */
interface Observer {
  countCall(call: NotedRequest): void
  requestsDropped: number
  bodiesDropped: number
}

export interface ActivityService {
  /** Writes a line at once and tells the live streams. */
  record(line: Line): Promise<void>
  /** The same for many lines, within a transaction. */
  recordAll(lines: Line[], query: Query): Promise<void>
  /** Tells the live streams of these organizations, on all nodes, that there is something new. */
  announce(organizationIds: string[]): Promise<void>
  /** Notes a gateway call; it is written with others, off the path of the call. */
  noteRequest(request: NotedRequest): void
  list(organizationId: string, filter: ActivityFilter): Promise<Page<Activity>>
  /**
   * Lines as they are written, from `lastEventId` on when given. A line may come twice after a resumption; its id
   * tells. Ends when `signal` fires or the node stops.
   */
  stream(
    organizationId: string,
    filter: Omit<ActivityFilter, 'limit'>,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Activity[]>
  /** How many calls wait to be written. */
  waiting(): number
  /** Ends the live streams, whose readers then turn to another node: a stop would wait for them forever. */
  endStreams(): void
  /** Writes what was noted. */
  flush(): Promise<void>
  stop(): Promise<void>
}

const flushEveryMs = 200
/** So many calls are written at once: kept any longer, they would outlive the collector's young generation. */
const flushAt = 250
const batchMax = 1000
const bufferMax = 50_000
/** Of bodies, so much may wait in memory: while the database is away, calls are logged without them. */
const bodyBytesWaitingMax = 16 * 1024 * 1024
const dropNotedEveryMs = 60_000

export function createActivityService(
  store: ActivityStore,
  changes: ChangeFeed,
  log: { warn(details: object, message: string): void },
  observer: Observer,
): ActivityService {
  const noted: { request: NotedRequest; atMs: number }[] = []
  let bodyBytesWaiting = 0
  /** Calls that are in no log, by organization, until a line has told of them. */
  const dropped = new Map<string, number>()
  let dropsNotedAt = Number.NEGATIVE_INFINITY
  /** The batch being written. It keeps its ids when it has to be sent again, so no call is logged twice. */
  let batch: NewRequest[] = []
  let timer: NodeJS.Timeout | null = null
  let flushing: Promise<void> = Promise.resolve()
  const live = createLiveRows(changes)

  /**
   * Writes the first `least` calls, and then whole batches while there are any. What came in while the last one was
   * written waits for the next time: to go on with it would write a busy node's log in batches as small as the database
   * is quick, each as costly as a large one.
   */
  async function write(least: number): Promise<void> {
    let left = least
    while (batch.length > 0 || (noted.length > 0 && left > 0) || noted.length >= flushAt) {
      if (batch.length === 0) batch = await nextBatch()
      try {
        await store.insertRequests(batch)
      } catch (error) {
        const waiting = batch.length + noted.length
        log.warn(
          { err: error, waiting, dropped: observer.requestsDropped },
          'the request log cannot be written at the moment',
        )
        schedule(2000)
        return
      }
      const organizations = new Set(batch.map((row) => row.organizationId))
      left -= batch.length
      batch = []
      await tellOfDrops()
      await store.notify([...organizations]).catch(() => {})
    }
    if (noted.length > 0) schedule(flushEveryMs)
  }

  async function nextBatch(): Promise<NewRequest[]> {
    const next: NewRequest[] = []
    for (const { request, atMs } of noted.splice(0, batchMax)) {
      const { bodies, ...row } = request
      let exchange: string | null = null
      if (bodies !== undefined) {
        bodyBytesWaiting -= bodies.bytes
        exchange = await bodies.finish().catch((error) => {
          log.warn({ err: error }, 'a body could not be made ready for the log')
          return null
        })
      }
      next.push({ ...row, exchange, ...timedId(atMs) })
    }
    return next
  }

  /** A line for whoever wonders where their calls are. */
  async function tellOfDrops(): Promise<void> {
    if (dropped.size === 0 || Date.now() - dropsNotedAt < dropNotedEveryMs) return
    const told = [...dropped]
    const lines = told.map(([organizationId, count]) => ({
      ...timedId(),
      organizationId,
      integrationId: null,
      connectionId: null,
      provider: null,
      type: 'system' as const,
      action: 'request_log.dropped',
      status: 'failure' as const,
      summary: `${count} ${count === 1 ? 'call is' : 'calls are'} missing in the log: it could not be written fast enough`,
      details: { count },
      durationMs: null,
    }))
    try {
      await store.insert(lines)
      dropsNotedAt = Date.now()
      // More may have been dropped meanwhile; those are for the next line.
      for (const [organizationId, count] of told) {
        const left = (dropped.get(organizationId) ?? 0) - count
        if (left > 0) dropped.set(organizationId, left)
        else dropped.delete(organizationId)
      }
    } catch (error) {
      log.warn({ err: error }, 'the loss of log entries could not be noted')
    }
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = null
    flushing = flushing.then(() => write(noted.length))
    return flushing
  }

  function schedule(delayMs: number): void {
    if (timer) return
    timer = setTimeout(() => void flush(), delayMs)
  }

  function withinRoom(request: NotedRequest): NotedRequest {
    const bytes = request.bodies?.bytes ?? 0
    if (bodyBytesWaiting + bytes > bodyBytesWaitingMax) {
      observer.bodiesDropped += 1
      return { ...request, bodies: undefined }
    }
    bodyBytesWaiting += bytes
    return request
  }

  return {
    waiting: () => noted.length + batch.length,
    async record(line) {
      await store.insert([{ ...timedId(), details: {}, durationMs: null, ...line }])
      await store.notify([line.organizationId])
    },
    async recordAll(lines, query) {
      if (lines.length === 0) return
      await store.insert(
        lines.map((line) => ({ ...timedId(), details: {}, durationMs: null, ...line })),
        query,
      )
    },
    announce: (organizationIds) => store.notify(organizationIds),
    noteRequest(request) {
      observer.countCall(request)
      if (noted.length >= bufferMax) {
        observer.requestsDropped += 1
        dropped.set(request.organizationId, (dropped.get(request.organizationId) ?? 0) + 1)
        return
      }
      noted.push({ request: request.bodies ? withinRoom(request) : request, atMs: Date.now() })
      if (noted.length === flushAt) flushing = flushing.then(() => write(0))
      else schedule(flushEveryMs)
    },
    async list(organizationId, filter) {
      const rows = await store.list(organizationId, { ...filter, limit: filter.limit + 1 })
      return toPage(rows, filter.limit, toActivity)
    },

    stream: (organizationId, filter, lastEventId, signal) =>
      live.follow(
        organizationId,
        async (after, limit) => (await store.list(organizationId, { ...filter, after, limit })).map(toActivity),
        lastEventId,
        signal,
      ),

    endStreams: () => live.end(),
    flush,
    async stop() {
      await flush()
      // What came in meanwhile has no next time to wait for.
      await write(Number.POSITIVE_INFINITY)
      if (timer) clearTimeout(timer)
    },
  }
}

function toActivity(row: ActivityRow): Activity {
  return {
    id: row.id,
    type: row.type,
    action: row.action,
    status: row.status,
    summary: row.summary,
    connectionId: row.connection_id,
    integrationId: row.integration_id,
    provider: row.provider_id,
    details: row.details,
    durationMs: row.duration_ms,
    at: row.at.toISOString(),
  }
}
