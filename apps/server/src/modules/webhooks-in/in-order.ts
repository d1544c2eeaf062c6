import { isDatabaseUnavailable, type Query } from '../../database/client.ts'
import { type Lane, lanePage, type QueuedEvent, type QueueStore } from './queue/store.ts'
import { failedAttempt, type Judgement, type Router } from './route-event.ts'
import type { Settle } from './settle.ts'
import type { OpenEvent, WebhookStore } from './store.ts'

export interface InOrder {
  /** Works on the lanes until each is empty, waits, or has been worked on for long enough; then a job goes on. */
  runLanes(lanes: Lane[]): Promise<void>
  /** Works off what waited for an endpoint, in order. False when there is more. */
  drain(endpointId: string): Promise<boolean>
}

/** How much is done at once: all there is, the first event of each alone, or that with the failure it ran into. */
type Extent = { all: true } | { all: false; failure?: unknown }

const drainPage = 100
const drainPagesMax = 20
const open = ['pending', 'processing', 'retrying']

/**
 * Events one after the other: each lane is this transaction's alone, and what its events bring about is written in their
 * order. One that cannot be written is found by trying the first event of each lane by itself.
 */
export function createInOrder(parts: {
  store: WebhookStore
  queue: QueueStore
  settle: Settle
  createRouter(): Router
}): InOrder {
  const { store, queue, settle } = parts

  async function step(
    lanes: Lane[],
    list: (query: Query) => Promise<QueuedEvent[]>,
    extent: Extent,
  ): Promise<{ ended: number; more: boolean }> {
    const router = parts.createRouter()
    let finish = async () => {}
    const result = await store.transaction(async (query) => {
      await queue.lockLanes(lanes, query)
      const rows = await list(query)
      const walk = await walkLanes(rows, router, extent)
      await queue.remove(walk.removed, query)
      for (const { id, until } of walk.delayed) await queue.delay(id, until, query)
      if (walk.judgements.length > 0) finish = await settle.write(walk.judgements, query)
      await queue.addLaneJobs(walk.unfinished, query)
      return { ended: walk.removed.length, more: rows.length > walk.seen }
    })
    await finish()
    return result
  }

  /** Tries all at once, and event by event when that cannot be written. */
  async function run(lanes: Lane[], list: (query: Query) => Promise<QueuedEvent[]>) {
    try {
      return await step(lanes, list, { all: true })
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
    }
    try {
      return await step(lanes, list, { all: false })
    } catch (failure) {
      if (isDatabaseUnavailable(failure)) throw failure
      return await step(lanes, list, { all: false, failure })
    }
  }

  return {
    async runLanes(lanes) {
      try {
        await step(lanes, (query) => queue.listHeads(lanes, query), { all: true })
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error
        for (const lane of lanes) await run([lane], (query) => queue.listHeads([lane], query))
      }
    },
    async drain(endpointId) {
      for (let page = 0; page < drainPagesMax; page += 1) {
        const list = (query: Query) => queue.listHeld(endpointId, drainPage, query)
        const { ended, more } = await run([{ endpointId, key: '' }], list)
        if (!more && ended < drainPage) return true
      }
      return false
    },
  }
}

interface Walk {
  judgements: Judgement[]
  removed: string[]
  delayed: { id: string; until: Date | null }[]
  /** Lanes that a further job has to go on with. */
  unfinished: (Lane & { organizationId: string })[]
  /** How many rows were looked at. */
  seen: number
}

async function walkLanes(rows: QueuedEvent[], router: Router, extent: Extent): Promise<Walk> {
  const walk: Walk = { judgements: [], removed: [], delayed: [], unfinished: [], seen: 0 }
  for (const lane of grouped(rows)) {
    let worked = 0
    let last: OpenEvent | null = null
    let waits = false
    for (const row of lane) {
      if (!extent.all && worked > 0) break
      walk.seen += 1
      if (row.event && (row.parked || row.waits)) {
        waits = true
        break
      }
      if (!row.event || !open.includes(row.event.status)) {
        walk.removed.push(row.id)
        continue
      }
      const judgement = judgedInLine(row, await judge(row.event, router, extent))
      walk.judgements.push(judgement)
      last = row.event
      worked += 1
      waits = row.key !== '' && staysInLine(judgement)
      if (waits) {
        walk.delayed.push({ id: row.id, until: judgement.nextAttemptAt })
        break
      }
      walk.removed.push(row.id)
    }
    const [first] = lane
    // A full page, or a first event that was tried alone: there may be more behind it.
    if (first && last && first.key !== '' && !waits && (!extent.all || lane.length >= lanePage)) {
      walk.unfinished.push({ endpointId: first.endpointId, key: first.key, organizationId: last.organization_id })
    }
  }
  return walk
}

async function judge(event: OpenEvent, router: Router, extent: Extent): Promise<Judgement> {
  const judgement = await router.route(event)
  const failure = extent.all ? undefined : extent.failure
  return failure === undefined ? judgement : failedAttempt(judgement, failure)
}

/** Where order is kept, an event that failed for good is parked. */
function judgedInLine({ key }: QueuedEvent, judgement: Judgement): Judgement {
  return key !== '' && judgement.status === 'failed' ? { ...judgement, status: 'parked' } : judgement
}

function staysInLine({ status, settings }: Judgement): boolean {
  return status === 'retrying' || (status === 'parked' && settings.whenParked === 'wait')
}

function grouped(rows: QueuedEvent[]): QueuedEvent[][] {
  const lanes = new Map<string, QueuedEvent[]>()
  for (const row of rows) {
    const name = `${row.endpointId} ${row.key}`
    lanes.set(name, [...(lanes.get(name) ?? []), row])
  }
  return [...lanes.values()]
}
