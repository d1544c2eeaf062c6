import { isDatabaseUnavailable, type Query } from '../../database/client.ts'
import { PluginsBusy } from '../plugins/service.ts'
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

/**
 * How much is done at once: all there is, the first event of each alone, or that with the failure it ran into. Where
 * plugins are run, only what was judged before the transaction, by event: nobody knows how long they take.
 */
type Extent = ({ all: true } | { all: false; failure?: unknown }) & { ahead?: Map<string, Judgement> }

const drainPage = 100
/** With plugins; of a lane only the first is looked at. */
const drainPageAhead = 20
const headsAhead = 3
const pauseMaxMs = 1000
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
  /** Whether an endpoint runs plugins. */
  runsPlugins(endpointId: string): Promise<boolean>
}): InOrder {
  const { store, queue, settle } = parts
  /** Lanes whose plugins run here now, and whether they are to be looked at again. */
  const underWay = new Map<string, boolean>()

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

  /** Judges events before the transaction that ends their attempts; those that plugins have no time for are left out. */
  async function judgeAhead(events: OpenEvent[]): Promise<{ ahead: Map<string, Judgement>; busy: PluginsBusy | null }> {
    const router = parts.createRouter()
    const ahead = new Map<string, Judgement>()
    let busy: PluginsBusy | null = null
    const judge = async (event: OpenEvent) => {
      try {
        ahead.set(event.id, await router.route(event))
      } catch (error) {
        if (!(error instanceof PluginsBusy)) throw error
        busy = error
      }
    }
    await Promise.all(events.map(judge))
    return { ahead, busy }
  }

  /** Writes what was judged ahead, and as a failure what cannot be written. */
  async function stepAhead(
    lane: Lane,
    list: (query: Query) => Promise<QueuedEvent[]>,
    ahead: Map<string, Judgement>,
    all: boolean,
  ) {
    try {
      return await step([lane], list, { all, ahead })
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
    }
    try {
      return await step([lane], list, { all: false, ahead })
    } catch (failure) {
      if (isDatabaseUnavailable(failure)) throw failure
      return await step([lane], list, { all: false, failure, ahead })
    }
  }

  /** The first event of a lane; a job goes on with the next. */
  async function runFirst(lane: Lane): Promise<void> {
    const list = (query: Query) => queue.listHeads([lane], query, headsAhead)
    const rows = await store.transaction(list)
    const first = rows.find(isOpen)
    if (rows.length === 0 || (first && (first.parked || first.waits))) return
    const { ahead, busy } = await judgeAhead(first?.event ? [first.event] : [])
    if (busy && first?.event) {
      const { id: eventId, organization_id: organizationId } = first.event
      await store.lookLater([{ eventId, organizationId, at: new Date(Date.now() + busy.retryAfterMs) }])
      return
    }
    await stepAhead(lane, list, ahead, false)
  }

  /** One at a time here: whoever comes meanwhile has the lane looked at once more. */
  async function runWithPlugins(lane: Lane): Promise<void> {
    const name = `${lane.endpointId} ${lane.key}`
    if (underWay.has(name)) {
      underWay.set(name, true)
      return
    }
    try {
      do {
        underWay.set(name, false)
        await runFirst(lane)
      } while (underWay.get(name))
    } finally {
      underWay.delete(name)
    }
  }

  async function drainWithPlugins(endpointId: string): Promise<boolean> {
    const list = (query: Query) => queue.listHeld(endpointId, drainPageAhead, query)
    for (let page = 0; page < drainPagesMax; page += 1) {
      const rows = await store.transaction(list)
      if (rows.length === 0) return true
      const { ahead, busy } = await judgeAhead(rows.flatMap((row) => (isOpen(row) && row.event ? [row.event] : [])))
      await stepAhead({ endpointId, key: '' }, list, ahead, true)
      if (busy) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(busy.retryAfterMs, pauseMaxMs)))
        return false
      }
    }
    return false
  }

  async function runPlain(lanes: Lane[]): Promise<void> {
    try {
      await step(lanes, (query) => queue.listHeads(lanes, query), { all: true })
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
      for (const lane of lanes) await run([lane], (query) => queue.listHeads([lane], query))
    }
  }

  return {
    async runLanes(lanes) {
      const plain: Lane[] = []
      const slow: Lane[] = []
      for (const lane of lanes) ((await parts.runsPlugins(lane.endpointId)) ? slow : plain).push(lane)
      if (plain.length > 0) await runPlain(plain)
      await Promise.all(slow.map(runWithPlugins))
    },
    async drain(endpointId) {
      if (await parts.runsPlugins(endpointId)) return await drainWithPlugins(endpointId)
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
    const before = walk.removed.length
    for (const row of lane) {
      if (!extent.all && worked > 0) break
      walk.seen += 1
      if (row.event && (row.parked || row.waits)) {
        waits = true
        break
      }
      if (!row.event || !isOpen(row)) {
        walk.removed.push(row.id)
        continue
      }
      const judged = await judge(row.event, router, extent)
      if (judged === null) break
      const judgement = judgedInLine(row, judged)
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
    const isMore = !extent.all || lane.length >= lanePage
    const organizationId = (last ?? lane.find(({ event }) => event !== null)?.event)?.organization_id
    const didSomething = last !== null || (extent.ahead !== undefined && walk.removed.length > before)
    if (first && organizationId !== undefined && didSomething && first.key !== '' && !waits && isMore) {
      walk.unfinished.push({ endpointId: first.endpointId, key: first.key, organizationId })
    }
  }
  return walk
}

/** Null for what was to be judged ahead and was not, or has had another attempt since. */
async function judge(event: OpenEvent, router: Router, extent: Extent): Promise<Judgement | null> {
  const ahead = extent.ahead?.get(event.id)
  const isSame = ahead?.event.attempts === event.attempts && ahead.event.replays === event.replays
  if (extent.ahead && !(ahead && isSame)) return null
  const judgement = ahead ?? (await router.route(event))
  const failure = extent.all ? undefined : extent.failure
  return failure === undefined ? judgement : failedAttempt(judgement, failure)
}

/** Where order is kept, an event that failed for good is parked. */
function judgedInLine({ key }: QueuedEvent, judgement: Judgement): Judgement {
  return key !== '' && judgement.status === 'failed' ? { ...judgement, status: 'parked' } : judgement
}

function isOpen({ event }: QueuedEvent): boolean {
  return event !== null && open.includes(event.status)
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
