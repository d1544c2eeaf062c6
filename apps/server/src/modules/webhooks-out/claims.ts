import type { Clock } from '@koble/core/resilience'
import type { Destination } from './destination.ts'
import type { Lane } from './lane.ts'
import type { LeasedDelivery } from './message.ts'
import type { DestinationSource } from './open-destination.ts'
import type { ClaimedDelivery, DueDestination, OutboundStore } from './store.ts'

/** Leases what is due from the database, as much as there is room for. */
export interface Claims {
  /** Looks for work of this destination; what is wanted in the same turn is claimed together. */
  want(destinationId: string): void
  /** Looks for work of all. */
  scan(): void
  /** Resolves when nothing is being claimed any more. */
  settled(): Promise<void>
}

export interface ClaimsParts {
  node: number
  store: Pick<OutboundStore, 'listDue' | 'claim' | 'claimKeyed' | 'loadMessages'>
  destinations: DestinationSource
  lanes: {
    of(destinationId: string): Lane
    capacityOf(lane: Lane, destination: Destination): number
    leaseMsOf(destination: Destination): number
  }
  isRunning(): boolean
  /** Whether more may be held in memory. */
  hasSpace(): boolean
  take(leased: LeasedDelivery[]): void
  /** What was claimed and has no body any more. */
  onBodyGone(row: ClaimedDelivery): void
  clock: Clock
  log: { warn(details: object, message: string): void }
}

const againAfterMs = 1_000
const claimedAtOnceMax = 500
const leaseOfGoneMs = 60_000
/** Messages are read so many at a time, and more as soon as they turn out to be small. */
const loadedAtOnceLeast = 50
const loadedAtOnceMost = 500
const loadedBytes = 1024 * 1024

/** One claim follows the other; whatever comes meanwhile goes into the next. */
export function createClaims(parts: ClaimsParts): Claims {
  const { node, store, destinations, lanes, isRunning, hasSpace, take, onBodyGone, clock, log } = parts
  const wanted = new Set<string>()
  let toScan = false
  let claiming: Promise<void> | null = null
  let loadAtOnce = loadedAtOnceLeast

  function claimSoon(): void {
    if (!isRunning() || claiming !== null) return
    claiming = (async () => {
      // What becomes free in the same turn is claimed together.
      await new Promise(setImmediate)
      while (isRunning() && (toScan || wanted.size > 0)) {
        const due = toScan ? await store.listDue(new Date(clock.now())) : await dueOf([...wanted])
        toScan = false
        wanted.clear()
        await claim(due)
      }
    })()
      .catch((error) => log.warn({ err: error }, 'nothing can be claimed at the moment'))
      .finally(() => {
        claiming = null
        if (wanted.size > 0) clock.after(againAfterMs, claimSoon)
      })
  }

  async function dueOf(ids: string[]): Promise<DueDestination[]> {
    const due: DueDestination[] = []
    for (const destinationId of ids) {
      due.push({ destinationId, keyed: false })
      const destination = destinations.peek(destinationId) ?? (await destinations.open(destinationId))
      if (destination?.ordered || lanes.of(destinationId).moreKeyed) due.push({ destinationId, keyed: true })
    }
    return due
  }

  async function claim(due: DueDestination[]): Promise<void> {
    const nowMs = clock.now()
    const free: { destinationId: string; room: number; leasedUntil: Date }[] = []
    const keyed: typeof free = []
    let budget = claimedAtOnceMax
    for (const { destinationId, keyed: isKeyed } of due) {
      const lane = lanes.of(destinationId)
      if (nowMs < lane.pausedUntilMs) continue
      if (budget <= 0 || !hasSpace()) {
        lane.more = true
        continue
      }
      const destination = await destinations.open(destinationId).catch(() => undefined)
      if (destination === undefined) continue
      const isOff = destination === null || !destination.enabled
      const room = isOff ? claimedAtOnceMax : lanes.capacityOf(lane, destination) - lane.queue.length - lane.active
      if (isKeyed) lane.moreKeyed = room <= 0
      else lane.more = room <= 0
      if (room <= 0) continue
      const lease = destination === null ? leaseOfGoneMs : lanes.leaseMsOf(destination)
      const one = { destinationId, room: Math.min(room, budget), leasedUntil: new Date(nowMs + lease) }
      budget -= one.room
      if (isKeyed) keyed.push(one)
      else free.push(one)
    }
    if (free.length > 0) {
      const rows = await store.claim(free, node, new Date(nowMs))
      for (const { destinationId, room } of free) {
        lanes.of(destinationId).more ||= rows.filter((row) => row.destinationId === destinationId).length >= room
      }
      await load(rows)
    }
    for (const one of keyed) await claimKeyed(one, nowMs)
  }

  async function claimKeyed(
    one: { destinationId: string; room: number; leasedUntil: Date },
    nowMs: number,
  ): Promise<void> {
    const lane = lanes.of(one.destinationId)
    const { afterKey } = lane
    const rows = await store.claimKeyed({ ...one, afterKey }, node, new Date(nowMs))
    lane.moreKeyed = rows.length >= one.room
    lane.afterKey = lane.moreKeyed ? greatestKey(rows) : ''
    // The keys before the one where this began have their turn now.
    if (afterKey !== '' && !lane.moreKeyed) wanted.add(one.destinationId)
    await load(rows)
  }

  async function load(rows: ClaimedDelivery[]): Promise<void> {
    for (let from = 0; from < rows.length; ) {
      const some = rows.slice(from, from + loadAtOnce)
      from += some.length
      const messages = await store.loadMessages([...new Set(some.map(({ messageId }) => messageId))])
      const leased: LeasedDelivery[] = []
      for (const row of some) {
        const message = messages.get(row.messageId)
        if (message !== undefined) leased.push({ ...row, message })
        // Whoever wants inbound events kept for a shorter time than the retries take has chosen this.
        else onBodyGone(row)
      }
      if (isRunning()) take(leased)
      const bytes = leased.reduce((sum, { message }) => sum + message.body.length, 0)
      const fitting = Math.floor((loadedBytes / Math.max(bytes, 1)) * some.length)
      loadAtOnce = Math.min(loadedAtOnceMost, Math.max(loadedAtOnceLeast, fitting))
    }
  }

  return {
    want(destinationId) {
      wanted.add(destinationId)
      claimSoon()
    },
    scan() {
      toScan = true
      claimSoon()
    },
    async settled() {
      await claiming
    },
  }
}

function greatestKey(rows: ClaimedDelivery[]): string {
  let greatest = ''
  for (const { orderingKey } of rows) {
    if (orderingKey !== null && Buffer.compare(Buffer.from(orderingKey), Buffer.from(greatest)) > 0)
      greatest = orderingKey
  }
  return greatest
}
