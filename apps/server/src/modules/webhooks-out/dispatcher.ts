import { setMaxListeners } from 'node:events'
import { KobleError } from '@koble/core/errors'
import type { Clock, RateLimiterOptions } from '@koble/core/resilience'
import { storableText } from '../../database/storable.ts'
import { timedId } from '../../database/uuid-time.ts'
import { batchLimits } from './batch-limits.ts'
import { createClaims } from './claims.ts'
import type { Destination, OpenDestination } from './destination.ts'
import type { EndWriter } from './end-writer.ts'
import type { LocalSending } from './fan-out.ts'
import { capacityOf, createLane, type Equipment, type Lane, limiterOf } from './lane.ts'
import type { LeasedDelivery } from './message.ts'
import type { DestinationSource } from './open-destination.ts'
import { outcomeOf } from './outcome.ts'
import type { OutboundMessage, SenderRegistry, SendResult } from './sender.ts'
import type { ClaimedDelivery, DeliveryEnd, OutboundStore } from './store.ts'

/** Sends what is due from this process. */
export interface Dispatcher extends LocalSending {
  readonly running: boolean
  /** Whether this node has the delivery in hand: it waits here, is being sent, or its end is not written yet. */
  holds(delivery: { messageId: string; destinationId: string }): boolean
  start(): void
  /** Takes deliveries that `publish` leased, after its transaction was committed. What there is no room for is given back. */
  offer(leased: LeasedDelivery[]): void
  /** Looks for work, of one destination or of all. */
  wake(destinationId?: string): void
  /** Lets attempts end, up to a bound, and gives back everything else. */
  stop(): Promise<void>
}

export interface DispatcherParts {
  node: number
  store: Pick<OutboundStore, 'listDue' | 'claim' | 'claimKeyed' | 'loadMessages' | 'giveBackAllOf'>
  destinations: DestinationSource
  senders: SenderRegistry
  writer: EndWriter
  /** The message in the form in which it leaves. Throws `transform_failed`, and what signing throws. */
  prepare(delivery: LeasedDelivery, destination: OpenDestination): Promise<OutboundMessage>
  limits: Pick<RateLimiterOptions, 'store'> & { share: number }
  clock: Clock
  random(): number
  /** A receiver wants nothing any more. */
  onGone(destinationId: string): void
  observe: {
    countAttempt(outcome: DeliveryEnd['status'], lagMs: number | null): void
  }
  log: { warn(details: object, message: string): void }
}

const pollEveryMs = 1_000
/** Sends under way in all lanes together. */
const activeMax = 1_000
/** Lanes whose receivers are slow or dead get no more of these together, so that there are always places for the rest. */
const slowActiveMax = activeMax / 2
const slowFromMs = 2_000
/** So many deliveries are held in memory, and so many bytes of bodies. */
const heldMax = 20_000
const heldBytesMax = 64 * 1024 * 1024
/** Nothing is begun while so many ends wait to be written. */
const unwrittenMax = 5_000
const leaseBeyondTimeoutMs = 60_000
const marginMs = 10_000
const troubleRestMs = 5_000
const drainMs = 10_000
const writeMs = 5_000

/**
 * Keeps a lane for each destination: its own queue, concurrency and rate limit, so that nobody waits for another's
 * receiver; the lanes take turns. Work comes from `publish` in this process, or is claimed: every second, when word
 * comes that something waits, and when a lane that had more to do has room again.
 */
export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { node, store, destinations, writer, clock, log } = parts
  const lanes = new Map<string, Lane>()
  /** What this node has in hand, by `nameOf`. */
  const inHand = new Set<string>()
  const ready = new Set<Lane>()
  /** Those that wait for a batch to fill, the longest first, with the bytes that they hold meanwhile. */
  const gathering = new Map<Lane, number>()
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  let running = false
  let cancelPoll: (() => void) | null = null
  let active = 0
  let slowActive = 0
  let held = 0
  let heldBytes = 0
  let pumping = false
  let stalled = false
  const idle: (() => void)[] = []

  function laneOf(destinationId: string): Lane {
    let lane = lanes.get(destinationId)
    if (lane === undefined) {
      lane = createLane(destinationId)
      lanes.set(destinationId, lane)
    }
    return lane
  }

  // What comes while a batch is sent waits for that, and then for its own.
  const leaseMs = (destination: Pick<Destination, 'timeoutMs' | 'type' | 'config'>) =>
    neededMs(destination.timeoutMs) + leaseBeyondTimeoutMs + 2 * (batchLimits(destination)?.waitMs ?? 0)
  const capacity = (lane: Lane | undefined, destination: Destination) =>
    capacityOf(lane, destination, lane?.equipment?.sender.batch?.messagesMax)
  const hasSpace = (bytes = 0) => held < heldMax && heldBytes + bytes < heldBytesMax && writer.waiting < unwrittenMax

  const claims = createClaims({
    node,
    store,
    destinations,
    lanes: { of: laneOf, capacityOf: capacity, leaseMsOf: leaseMs },
    isRunning: () => running,
    hasSpace,
    take,
    onBodyGone: (row) => void write(bodyGone(row)),
    clock,
    log,
  })

  function take(leased: LeasedDelivery[]): void {
    for (const delivery of leased) {
      const lane = laneOf(delivery.destinationId)
      lane.queue.push(delivery)
      inHand.add(nameOf(delivery.message.id, delivery.destinationId))
      held += 1
      heldBytes += delivery.message.body.length
      ready.add(lane)
    }
    if (isCrowded()) for (const lane of gathering.keys()) ready.add(lane)
    pumpSoon()
  }

  function letGo(delivery: LeasedDelivery): void {
    held -= 1
    heldBytes -= delivery.message.body.length
  }

  function write(end: DeliveryEnd): Promise<void> {
    const written = writer.add(end).then(() => void inHand.delete(nameOf(end.messageId, end.destinationId)))
    if (stalled || writer.waiting >= unwrittenMax) void written.then(pumpSoon)
    return written
  }

  function giveBack(deliveries: LeasedDelivery[]): void {
    for (const delivery of deliveries) {
      letGo(delivery)
      void write(endOf(delivery, { status: null }))
    }
  }

  function rest(lane: Lane, untilMs: number): void {
    lane.pausedUntilMs = Math.max(lane.pausedUntilMs, untilMs)
    giveBack(takeAll(lane))
  }

  /** Empties the queue of a lane. */
  function takeAll(lane: Lane): LeasedDelivery[] {
    lane.batchSinceMs = null
    gathering.delete(lane)
    return lane.queue.splice(0)
  }

  function pumpSoon(): void {
    if (pumping) return
    pumping = true
    setImmediate(() => {
      pumping = false
      pump()
    })
  }

  /** Begins what may begin: one of each lane in turn. */
  function pump(): void {
    while (running && ready.size > 0) {
      for (const lane of ready) {
        stalled = writer.waiting >= unwrittenMax
        if (active >= activeMax || stalled) return
        if (!begin(lane)) ready.delete(lane)
      }
    }
  }

  /** Whether the lane may have more to begin. */
  function begin(lane: Lane): boolean {
    if (lane.queue.length === 0 || lane.waiting || clock.now() < lane.pausedUntilMs) return false
    if (lane.slow && slowActive >= slowActiveMax && lane.active > 0) return false
    const destination = destinations.peek(lane.destinationId) ?? lane.fresh
    lane.fresh = null
    if (destination === null) {
      lane.waiting = true
      void read(lane)
      return false
    }
    if (!destination.enabled) {
      settle(lane, 'parked', null)
      return false
    }
    if (lane.active >= destination.concurrency) return false
    if (!equip(lane, destination)) return false
    const units = nextUnits(lane)
    if (units === 0) return false
    if (!permitted(lane)) return false
    lane.batchSinceMs = null
    gathering.delete(lane)
    void send(lane, lane.queue.splice(0, units))
    return true
  }

  async function read(lane: Lane): Promise<void> {
    try {
      const destination = await destinations.open(lane.destinationId)
      if (destination === null) settle(lane, 'dead', ['destination_deleted', 'The destination was deleted.'])
      else lane.fresh = destination
    } catch (error) {
      log.warn({ err: error, destinationId: lane.destinationId }, 'a destination cannot be read')
      rest(lane, clock.now() + troubleRestMs)
    }
    lane.waiting = false
    ready.add(lane)
    pumpSoon()
  }

  /** Ends all that waits in a lane without an attempt. */
  function settle(lane: Lane, status: 'parked' | 'dead', error: [code: string, message: string] | null): void {
    for (const delivery of takeAll(lane)) {
      letGo(delivery)
      void write(endOf(delivery, { status, errorCode: error?.[0] ?? null, errorMessage: error?.[1] ?? null }))
      parts.observe.countAttempt(status, null)
    }
    lane.more = true
    wantIfRoom(lane)
  }

  function equip(lane: Lane, destination: OpenDestination): boolean {
    const former = lane.equipment
    if (former?.destination === destination) return true
    if (former !== null && former.destination.updatedAt.getTime() === destination.updatedAt.getTime()) {
      former.destination = destination
      return true
    }
    const make = parts.senders[destination.type]
    if (make === undefined) {
      log.warn({ destinationId: destination.id, type: destination.type }, 'nothing sends to this type of destination')
      rest(lane, clock.now() + troubleRestMs)
      return false
    }
    const sameLimit = former && JSON.stringify(former.destination.rateLimit) === JSON.stringify(destination.rateLimit)
    const limiter = sameLimit ? former.limiter : limiterOf(destination, { ...parts.limits, clock })
    lane.equipment = { destination, sender: make(destination), limiter, inUse: 0 }
    lane.pausedUntilMs = 0
    if (former !== null && former.inUse === 0) closeSender(former)
    return true
  }

  function closeSender({ sender, destination }: Equipment): void {
    sender.close?.().catch((error) => log.warn({ err: error, destinationId: destination.id }, 'a sender did not close'))
  }

  /** How many go together now. */
  function nextUnits(lane: Lane): number {
    const batch = lane.equipment?.sender.batch
    if (batch === undefined) return 1
    let bytes = 0
    let units = 0
    for (const { message } of lane.queue) {
      bytes += message.body.length
      if (units > 0 && bytes > batch.bytesMax) return units
      units += 1
      if (units === batch.messagesMax) return units
    }
    const nowMs = clock.now()
    if (lane.batchSinceMs === null) {
      lane.batchSinceMs = nowMs
      clock.after(batch.waitMs, () => {
        // By the clock it may still be a millisecond early, and nobody would come again.
        if (lane.batchSinceMs === nowMs) lane.batchSinceMs = Number.NEGATIVE_INFINITY
        ready.add(lane)
        pumpSoon()
      })
    }
    gathering.set(lane, bytes)
    return nowMs - lane.batchSinceMs >= batch.waitMs || isCrowded() ? units : 0
  }

  /** What waits for its batch holds so much that there would soon be no room for those who wait for nothing. */
  function isCrowded(): boolean {
    let deliveries = 0
    let bytes = 0
    for (const [lane, laneBytes] of gathering) {
      deliveries += lane.queue.length
      bytes += laneBytes
    }
    return deliveries > heldMax / 2 || bytes > heldBytesMax / 2
  }

  function permitted(lane: Lane): boolean {
    const limiter = lane.equipment?.limiter
    if (!limiter) return true
    if (lane.permits > 0) {
      lane.permits -= 1
      return true
    }
    if (limiter.tryAcquire()) return true
    lane.waiting = true
    limiter
      .acquire({ signal: stopping.signal })
      .then(
        () => {
          lane.permits += 1
        },
        (error) => {
          const waitMs = error instanceof KobleError ? Number(error.details.retryAfterMs) : Number.NaN
          rest(lane, clock.now() + (Number.isFinite(waitMs) ? Math.max(waitMs, 100) : pollEveryMs))
        },
      )
      .finally(() => {
        lane.waiting = false
        ready.add(lane)
        pumpSoon()
      })
    return false
  }

  async function send(lane: Lane, deliveries: LeasedDelivery[]): Promise<void> {
    const equipment = lane.equipment as Equipment
    const { destination, sender } = equipment
    const wasSlow = lane.slow
    equipment.inUse += 1
    lane.active += 1
    active += 1
    if (wasSlow) slowActive += 1
    const at = timedId()
    const startedAt = performance.now()
    const timely = deliveries.filter(
      ({ leasedUntil }) => leasedUntil.getTime() - clock.now() >= neededMs(destination.timeoutMs),
    )
    if (timely.length < deliveries.length) giveBack(deliveries.filter((delivery) => !timely.includes(delivery)))
    const prepared = await Promise.all(timely.map((delivery) => prepare(delivery, destination)))
    const outbound = prepared.filter((one): one is OutboundMessage => !('delivered' in one))
    let sent: SendResult[] = []
    if (outbound.length > 0) {
      try {
        sent = await sender.send(outbound, { signal: stopping.signal })
      } catch (error) {
        log.warn({ err: error, destinationId: destination.id }, 'a sender failed')
      }
    }
    const durationMs = performance.now() - startedAt
    equipment.inUse -= 1
    // It was replaced meanwhile.
    if (equipment.inUse === 0 && lane.equipment !== equipment) closeSender(equipment)
    let next = 0
    let fortunate = false
    for (const [index, delivery] of timely.entries()) {
      const one = prepared[index] as OutboundMessage | SendResult
      const result = 'delivered' in one ? one : (sent[next++] ?? senderFailed)
      fortunate ||= result.delivered || result.response !== undefined
      const id = index === 0 ? at : timedId()
      conclude(lane, destination, delivery, result, { id: id.id, durationMs })
    }
    lane.slow = durationMs > slowFromMs || (timely.length > 0 && !fortunate)
    // What would wait here until its lease runs out may as well be another node's.
    if (lane.slow) {
      const excess = lane.queue.splice(capacity(lane, destination))
      if (excess.length > 0) lane.more = true
      giveBack(excess)
    }
    lane.active -= 1
    active -= 1
    if (wasSlow) slowActive -= 1
    if (!running && active === 0) for (const wake of idle.splice(0)) wake()
    ready.add(lane)
    wantIfRoom(lane)
    pumpSoon()
  }

  async function prepare(
    delivery: LeasedDelivery,
    destination: OpenDestination,
  ): Promise<OutboundMessage | SendResult> {
    try {
      return await parts.prepare(delivery, destination)
    } catch (error) {
      const code = error instanceof KobleError ? error.code : 'internal_error'
      const message = error instanceof Error ? error.message : ''
      if (code === 'transform_failed') return { delivered: false, retryable: false, code, message }
      if (code === 'bulkhead_full' || code === 'shutting_down') return interrupted
      if (code.startsWith('signature')) return { delivered: false, retryable: true, code: 'signing_failed', message }
      log.warn({ err: error, destinationId: destination.id }, 'a message could not be prepared')
      return {
        delivered: false,
        retryable: true,
        code: 'internal_error',
        message: 'The message could not be prepared.',
      }
    }
  }

  function conclude(
    lane: Lane,
    destination: OpenDestination,
    delivery: LeasedDelivery,
    result: SendResult,
    attempt: { id: string; durationMs: number },
  ): void {
    if (!result.delivered && result.code === 'interrupted') {
      if (!stopping.signal.aborted) rest(lane, clock.now() + pollEveryMs)
      giveBack([delivery])
      return
    }
    const nowMs = clock.now()
    const outcome = outcomeOf(result, delivery, destination, {
      nowMs,
      throttledBefore: lane.throttled,
      random: parts.random(),
    })
    letGo(delivery)
    const lagMs = delivery.attempts === 0 ? nowMs - attempt.durationMs - delivery.message.createdAt.getTime() : null
    parts.observe.countAttempt(outcome.status, lagMs)
    const { response } = result
    const end = endOf(delivery, {
      status: outcome.status,
      step: outcome.step,
      nextAttemptAt: outcome.nextAttemptAtMs === null ? null : new Date(outcome.nextAttemptAtMs),
      errorCode: result.delivered ? null : result.code,
      errorMessage: result.delivered ? null : storableText(result.message).slice(0, 1_000),
      attempt: {
        id: attempt.id,
        at: new Date(nowMs),
        number: delivery.attempts + 1,
        succeeded: result.delivered,
        target: targetOf(destination, result),
        responseStatus: response?.status ?? null,
        responseHeaders: response ? storableFields(response.headers) : null,
        responseBody: response && response.body.length > 0 ? response.body : null,
        firstByteMs: response?.firstByteMs ?? null,
        durationMs: attempt.durationMs,
      },
    })
    const written = write(end)
    if (delivery.orderingKey !== null) {
      lane.moreKeyed = true
      void written.then(() => want(lane.destinationId))
    }
    if (result.delivered) lane.throttled = 0
    if (outcome.pausedUntilMs !== null) {
      lane.throttled += 1
      rest(lane, outcome.pausedUntilMs)
    }
    if (outcome.gone) {
      rest(lane, nowMs + troubleRestMs)
      parts.onGone(destination.id)
    }
  }

  function want(destinationId: string): void {
    if (running) claims.want(destinationId)
  }

  function wantIfRoom(lane: Lane): void {
    if (!lane.more && !lane.moreKeyed) return
    const destination = lane.equipment?.destination
    if (destination === undefined || lane.queue.length <= capacity(lane, destination) / 2) want(lane.destinationId)
  }

  function poll(): void {
    if (!running) return
    claims.scan()
    cancelPoll = clock.after(pollEveryMs, poll)
  }

  return {
    node,
    get running() {
      return running
    },
    holds: ({ messageId, destinationId }) => inHand.has(nameOf(messageId, destinationId)),
    leaseMs,
    hasRoom(destination, bytes) {
      if (!running || !hasSpace(bytes)) return false
      const lane = lanes.get(destination.id)
      if (lane === undefined) return true
      if (clock.now() < lane.pausedUntilMs || lane.more) return false
      return lane.queue.length + lane.active < capacity(lane, destination)
    },
    start() {
      running = true
      poll()
    },
    offer(leased) {
      if (running) take(leased)
      else for (const delivery of leased) void writer.add(endOf(delivery, { status: null }))
    },
    wake(destinationId) {
      if (!running) return
      if (destinationId === undefined) claims.scan()
      else claims.want(destinationId)
    },
    async stop() {
      if (!running) return
      running = false
      cancelPoll?.()
      for (const lane of lanes.values()) giveBack(lane.queue.splice(0))
      await claims.settled()
      for (const lane of lanes.values()) giveBack(lane.queue.splice(0))
      if (active > 0) {
        const cancel = clock.after(drainMs, () => stopping.abort(new Error('The node stops.')))
        await new Promise<void>((resolve) => idle.push(resolve))
        cancel()
      }
      stopping.abort(new Error('The node stops.'))
      await writer.stop(writeMs)
      await store.giveBackAllOf(node).catch(() => {})
      await Promise.allSettled([...lanes.values()].map((lane) => lane.equipment?.sender.close?.()))
    },
  }
}

const nameOf = (messageId: string, destinationId: string) => `${messageId} ${destinationId}`

/** A token may be fetched, and the message be sent again with it. */
const neededMs = (timeoutMs: number) => 2 * timeoutMs + marginMs

const interrupted: SendResult = { delivered: false, retryable: true, code: 'interrupted', message: '' }
const senderFailed: SendResult = {
  delivered: false,
  retryable: true,
  code: 'internal_error',
  message: 'The message could not be sent.',
}

function endOf(
  { message, destinationId, step }: LeasedDelivery,
  end: Partial<DeliveryEnd> & Pick<DeliveryEnd, 'status'>,
): DeliveryEnd {
  return {
    messageId: message.id,
    destinationId,
    createdAt: message.createdAt,
    organizationId: message.organizationId,
    step,
    nextAttemptAt: null,
    errorCode: null,
    errorMessage: null,
    attempt: null,
    ...end,
  }
}

function bodyGone(row: ClaimedDelivery): DeliveryEnd {
  return {
    messageId: row.messageId,
    destinationId: row.destinationId,
    createdAt: row.createdAt,
    organizationId: null,
    status: 'dead',
    step: row.step,
    nextAttemptAt: null,
    errorCode: 'body_gone',
    errorMessage: 'What was to be sent is not kept any more.',
    attempt: null,
  }
}

/** Where it went, for people; never with what stands in the query. */
function targetOf({ type, config }: OpenDestination, result: SendResult): string {
  if (result.delivered && result.detail !== undefined) return storableText(result.detail).slice(0, 500)
  const url = typeof config.url === 'string' ? URL.parse(config.url) : null
  return url === null ? type : `${url.origin}${url.pathname}`.slice(0, 500)
}

const storableFields = (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [storableText(name), storableText(value)]))
