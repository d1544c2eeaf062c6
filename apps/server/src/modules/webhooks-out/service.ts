import { type Clock, type RateLimiterOptions, systemClock } from '@koble/core/resilience'
import type { ChangeFeed } from '../../database/changes.ts'
import { isDatabaseUnavailable, type Query } from '../../database/client.ts'
import { timedId } from '../../database/uuid-time.ts'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { NotificationService } from '../notifications/service.ts'
import type { EmitListener, SystemEventService } from '../system-events/service.ts'
import type { DestinationType, OpenDestination, PayloadFormat } from './destination.ts'
import { createDispatcher } from './dispatcher.ts'
import { createEndWriter } from './end-writer.ts'
import { createFanOut, isFor, type Publish } from './fan-out.ts'
import { checkFilter, compileFilter, type FilterProblem } from './filter.ts'
import { isOwnHeader } from './https-sender.ts'
import type { LeasedDelivery, NewMessage, OutgoingMessage } from './message.ts'
import { createDestinationSource, type DestinationSource } from './open-destination.ts'
import { isPattern } from './patterns.ts'
import { buildPayload, documentOf, type Payload, type Transform } from './payload.ts'
import type { OutboundMessage, SenderRegistry, SendResult } from './sender.ts'
import { signedHeaders } from './signing.ts'
import type { OutboundStore } from './store.ts'
import { createStrayFinder } from './strays.ts'

export type { HttpsSecrets } from './destination.ts'
export { isOwnHeader } from './https-sender.ts'
export type { LeasedDelivery, NewMessage, Published } from './message.ts'

/** What is sent out: messages, fanned out to destinations. */
export interface OutboundService {
  /** Writes messages and their deliveries within the caller's transaction; see `createFanOut`. */
  publish: Publish
  /** The same for those alone that some destination takes; nothing of them is leased. */
  publishIfWanted(messages: NewMessage[], query: Query): Promise<void>
  /** To be called with what `publish` leased, once the transaction is committed. */
  offer(leased: LeasedDelivery[]): void
  /** Tells this node to look for what is due: after deliveries were made pending again, of one destination or of all. */
  wake(destinationId?: string): void
  /** Begins to send; a process that never does only publishes. */
  start(): Promise<void>
  /** Lets attempts end, up to a bound, and gives back what was not sent. */
  stop(): Promise<void>
  /** Gives back what a node held that is no more. */
  giveBackAllOf(node: number): Promise<void>
  /** One attempt at once, of which nothing is stored; with a sample in place of a plain text. Throws `not_found`. */
  sendTest(
    organizationId: string,
    destinationId: string,
    sample?: { eventType: string; data: unknown },
  ): Promise<TestAttempt>
  /** What would be sent of a message, and whether it passes the filter; both are known to be readable. Throws `transform_failed`. */
  tryOut(
    organizationId: string,
    trial: {
      eventType: string
      data: unknown
      filter: Record<string, unknown> | null
      transform: string | null
      payloadFormat: PayloadFormat
    },
  ): Promise<{ passes: boolean; contentType: string; headers: Record<string, string>; body: string }>
  /** What is wrong with a destination that is about to be saved; nothing when all is well. */
  checkDestination(destination: DestinationToCheck): Promise<FilterProblem[]>
  /** Those of these ids that are no destination of the organization. */
  unknownOf(organizationId: string, ids: readonly string[]): Promise<string[]>
  /** Switches off a destination as failing or gone, tells everybody, and parks what is open. */
  disable(destinationId: string, reason: 'gone' | 'failing'): Promise<void>
  /** To be called after a destination was added, changed or deleted: this node then knows at once, the others a moment later. */
  forgetDestination: DestinationSource['forget']
  /** Seals a secret for its place in the row of a destination. */
  seal: DestinationSource['seal']
  /** How many deliveries are in each state; and what must never be: open ones without a time, or without a message. */
  reconcile: OutboundStore['reconcile']
  /** Open deliveries of all organizations, by status. */
  countOpen(): ReturnType<OutboundStore['countOpen']>
}

/** What came of a test. */
export interface TestAttempt {
  messageId: string
  result: SendResult
  durationMs: number
}

export interface DestinationToCheck {
  /** Without one, its configuration is not looked at. */
  type: DestinationType | null
  config: Record<string, unknown>
  eventTypes?: readonly string[]
  filter?: unknown
  transform?: string | null
  headers?: Record<string, string>
}

/** A destination that had nothing but failures for so long is switched off. */
const failingMs = 5 * 86_400_000
const parkedAtOnce = 1_000

/** Puts together what sends. */
export function createOutboundService(parts: {
  store: OutboundStore
  encryption: EncryptionService
  changes: ChangeFeed
  events: SystemEventService
  notifications: NotificationService
  activity: ActivityService
  /** By the type of destination. */
  senders: SenderRegistry
  /** Looks at a configuration before it is saved, by the type of destination; says what is wrong with it. */
  checkConfig: Partial<Record<DestinationType, (config: Record<string, unknown>) => Promise<FilterProblem[]>>>
  /** Evaluates expressions of an organization apart from this process. */
  transforms: {
    evaluate(lane: string, ...rest: Parameters<Transform>): ReturnType<Transform>
    check(expression: string): Promise<string | null>
  }
  publicUrl: string
  /** The number under which this node holds leases. */
  node: number
  limits: Pick<RateLimiterOptions, 'store'> & { share: number }
  instruments: {
    countSent(outcome: 'delivered' | 'retrying' | 'dead' | 'parked', lagMs: number | null): void
  }
  clock?: Clock
  random?: () => number
  log: { warn(details: object, message: string): void; error(details: object, message: string): void }
}): OutboundService {
  const { store, activity, log, node, clock = systemClock, random = Math.random } = parts
  const destinations = createDestinationSource(parts)

  async function payloadOf(
    message: OutgoingMessage,
    {
      organizationId,
      payloadFormat,
      transform,
    }: Pick<OpenDestination, 'organizationId' | 'payloadFormat' | 'transform'>,
  ): Promise<Payload> {
    const evaluate: Transform = (expression, json) => parts.transforms.evaluate(organizationId, expression, json)
    return await buildPayload(message, {
      format: payloadFormat,
      origin: parts.publicUrl,
      ...(transform !== null && { transform: { expression: transform, evaluate } }),
    })
  }

  async function prepareMessage(message: OutgoingMessage, destination: OpenDestination): Promise<OutboundMessage> {
    const { contentType, headers, body } = await payloadOf(message, destination)
    const signed = signedHeaders(destination, { id: message.id, body }, new Date(clock.now()))
    return {
      id: message.id,
      type: message.eventType,
      timestamp: message.createdAt,
      contentType,
      headers: { ...headers, ...signed },
      body,
      key: message.orderingKey,
    }
  }

  const writer = createEndWriter({
    write: (ends) => {
      const now = new Date(clock.now())
      return store.end(ends, { node, now, failingBefore: new Date(now.getTime() - failingMs) })
    },
    isPassing: (error) => isDatabaseUnavailable(error) || isCollision(error),
    onFailing(failing) {
      for (const { id } of failing) void disable(id, 'failing').catch(logDisable)
    },
    onLost: (error) => log.error({ err: error }, 'the end of an attempt cannot be written'),
  })
  const dispatcher = createDispatcher({
    node,
    store,
    destinations,
    senders: parts.senders,
    writer,
    prepare: ({ message }, destination) => prepareMessage(message, destination),
    limits: parts.limits,
    clock,
    random,
    onGone: (id) => void disable(id, 'gone').catch(logDisable),
    observe: {
      countAttempt(outcome, lagMs) {
        if (outcome !== null) parts.instruments.countSent(outcome, lagMs)
      },
    },
    log,
  })
  parts.changes.onNotice('koble_deliveries', (destinationId) => dispatcher.wake(destinationId))
  const findStrays = createStrayFinder({ node, store, holds: dispatcher.holds, clock, log })
  parts.changes.onReturn(() => {
    if (dispatcher.running) findStrays()
  })
  const fanOut = (local: () => typeof dispatcher | null) =>
    createFanOut({ store, destinations, local, now: () => clock.now() })
  const publish = fanOut(() => (dispatcher.running ? dispatcher : null))
  const publishUnleased = fanOut(() => null)

  const logDisable = (error: unknown) => log.error({ err: error }, 'a destination could not be disabled')

  async function disable(destinationId: string, reason: 'gone' | 'failing'): Promise<void> {
    const now = new Date(clock.now())
    let organizationId: string | undefined
    const isDone = await store.disable(destinationId, reason, now, async (row, query) => {
      organizationId = row.organization_id
      await tellOf(row, reason, query)
    })
    if (isDone && organizationId !== undefined) await activity.announce([organizationId])
    // Not in the same transaction: there may be very many, and what is left is parked when its turn comes.
    let count: number
    do count = await store.parkOpen(destinationId, now, parkedAtOnce)
    while (count === parkedAtOnce)
  }

  async function tellOf(
    row: { id: string; name: string; organization_id: string },
    reason: 'gone' | 'failing',
    query: Query,
  ): Promise<void> {
    const organizationId = row.organization_id
    const why =
      reason === 'gone'
        ? 'Its receiver answered 410: it is gone for good.'
        : 'For five days it has answered nothing but failures.'
    const title = `Destination ${row.name} was disabled`
    const data = { destinationId: row.id, name: row.name, reason }
    await parts.events.emit([{ organizationId, type: 'destination.disabled', data }], query)
    await parts.notifications.notify(
      {
        organizationId,
        type: 'destination.disabled',
        severity: 'error',
        groupKey: `destination.disabled/${row.id}`,
        title,
        message: `${why} Messages for it are kept and can be sent once it is enabled again.`,
        data,
        connectionId: null,
      },
      query,
    )
    await activity.recordAll(
      [
        {
          organizationId,
          integrationId: null,
          connectionId: null,
          provider: null,
          type: 'system',
          action: 'destination.disabled',
          status: 'failure',
          summary: title,
          details: data,
        },
      ],
      query,
    )
  }

  return {
    publish,
    async publishIfWanted(messages, query) {
      const wanted: NewMessage[] = []
      for (const message of messages) {
        const all = await destinations.listOf(message.organizationId)
        if (all.some((destination) => isFor(destination, message))) wanted.push(message)
      }
      await publishUnleased(wanted, query)
    },
    offer: dispatcher.offer,
    wake: dispatcher.wake,
    disable,
    giveBackAllOf: store.giveBackAllOf,
    forgetDestination: destinations.forget,
    seal: destinations.seal,
    reconcile: store.reconcile,
    countOpen: () => store.countOpen(new Date(clock.now())),
    async start() {
      dispatcher.start()
    },
    stop: dispatcher.stop,

    async sendTest(organizationId, destinationId, sample) {
      const destination = await destinations.open(destinationId)
      const make = destination && parts.senders[destination.type]
      if (destination?.organizationId !== organizationId || !make)
        throw apiError('not_found', 'There is no such destination.')
      const sender = make(destination)
      const message = testMessage(destination, sample)
      const startedAt = performance.now()
      try {
        const outbound = await prepareMessage(message, destination)
        const [result] = await sender.send([outbound], {
          signal: AbortSignal.timeout(2 * destination.timeoutMs + 10_000),
        })
        if (result === undefined) throw new Error('The sender said nothing.')
        return { messageId: message.id, result, durationMs: performance.now() - startedAt }
      } finally {
        await sender.close?.()
      }
    },

    async unknownOf(organizationId, ids) {
      const known = new Set((await destinations.listOf(organizationId)).map(({ id }) => id))
      return ids.filter((id) => !known.has(id))
    },

    async tryOut(organizationId, { eventType, data, filter, transform, payloadFormat }) {
      const message = testMessage({ organizationId, externalUserId: null }, { eventType, data })
      const prepared = await payloadOf(message, { organizationId, payloadFormat, transform })
      const passes = filter === null || compileFilter(filter)(documentOf(message))
      return { passes, ...prepared, body: prepared.body.toString('utf8') }
    },

    async checkDestination({ type, config, eventTypes = [], filter, transform, headers = {} }) {
      const problems: FilterProblem[] = (type && (await parts.checkConfig[type]?.(config))) || []
      for (const [index, pattern] of eventTypes.entries()) {
        if (!isPattern(pattern)) {
          const text = 'It is neither an event type, nor one with .* behind it, nor * alone.'
          problems.push({ path: `eventTypes.${index}`, message: text })
        }
      }
      for (const name of Object.keys(headers)) {
        if (!isOwnHeader(name)) problems.push({ path: `headers.${name}`, message: 'This header cannot be set.' })
      }
      if (filter !== undefined && filter !== null) {
        const found = checkFilter(filter)
        problems.push(...found.map(({ path, message }) => ({ path: path ? `filter.${path}` : 'filter', message })))
      }
      if (typeof transform === 'string') {
        const message = await parts.transforms.check(transform)
        if (message !== null) problems.push({ path: 'transform', message })
      }
      return problems
    },
  }
}

/**
 * What Koble tells of itself, as messages of the type `koble.<type>`, for those destinations that name it; where there
 * is none, nothing is written. They are sent by whoever hears of them first after the commit.
 */
export function forwardSystemEvents(outbound: Pick<OutboundService, 'publishIfWanted'>): EmitListener {
  return (events, query) =>
    outbound.publishIfWanted(
      events.map(({ organizationId, type, data }) => ({
        organizationId,
        eventType: `koble.${type}`,
        externalUserId: typeof data.externalUserId === 'string' ? data.externalUserId : null,
        orderingKey: null,
        externalId: null,
        source: 'system',
        contentType: 'application/json',
        body: Buffer.from(JSON.stringify(data)),
      })),
      query,
    )
}

/** Two nodes wrote the same rows in another order: one of them has to begin again. */
const isCollision = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001')

function testMessage(
  { organizationId, externalUserId }: Pick<OpenDestination, 'organizationId' | 'externalUserId'>,
  { eventType, data } = { eventType: 'koble.test', data: { message: 'This is a test of the destination.' } as unknown },
): OutgoingMessage {
  const { id, at } = timedId()
  return {
    id,
    organizationId,
    createdAt: at,
    eventType,
    externalUserId,
    orderingKey: null,
    source: 'system',
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(data)),
    event: null,
  }
}
