import type { BulkOperation } from '@koble/contract/bulk'
import type {
  Attempt,
  Delivery,
  DeliveryFilter,
  DeliveryStatus,
  Message,
  MessageDetail,
  SendMessage,
  SentMessage,
} from '@koble/contract/messages'
import type { Page } from '@koble/contract/paging'
import { type Actor, ownerSeenBy } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { BulkHandlers, BulkService } from '../bulk/service.ts'
import type { DestinationService } from '../destinations/service.ts'
import type { EventTypeService } from '../event-types/service.ts'
import { type IntegrationService, isBodyWithheld } from '../integrations/service.ts'
import type { OutboundService } from '../webhooks-out/service.ts'
import { deliveryOperations } from './bulk-handlers.ts'
import { checkMessage, checkMessages } from './check-message.ts'
import { createSend } from './send.ts'
import type { DeliveryPlace, DeliveryRecord, MessageFilter, MessageStore } from './store.ts'
import { shownBody, toAttempt, toDelivery, toMessage } from './to-message.ts'

/** Messages, and what becomes of them. An end user sees what went to the own destinations, and nothing else. */
export interface MessageService {
  /** Answered when it is durable. Throws `invalid_request`, `body_too_large` and `message_id_reused`. */
  send(actor: Actor, message: SendMessage): Promise<SentMessage>
  /** The same for many, all or none. */
  sendAll(actor: Actor, messages: SendMessage[]): Promise<SentMessage[]>
  list(actor: Actor, filter: MessageFilter): Promise<Page<Message>>
  /** With its body, unless it comes from a restricted integration and the caller is no admin. */
  get(actor: Actor, id: string): Promise<MessageDetail>
  listAttempts(actor: Actor, id: string, query: { limit: number; after: string | null }): Promise<Page<Attempt>>
  listDeliveriesOf(
    actor: Actor,
    destinationId: string,
    query: { limit: number; after: string | null; status?: DeliveryStatus; eventType?: string },
  ): Promise<Page<Delivery>>
  listAttemptsOf(
    actor: Actor,
    destinationId: string,
    query: { limit: number; after: string | null; messageId?: string },
  ): Promise<Page<Attempt>>
  /** What did not get through, of all destinations. */
  listStuck(
    actor: Actor,
    query: {
      limit: number
      cursor?: string
      status: 'dead' | 'parked'
      destinationId?: string
      eventType?: string
    },
  ): Promise<Page<Delivery>>
  /**
   * Begins a message anew, at these destinations or at those it went to that are on. Throws `destination_disabled` for a
   * named one that is off, and `conflict` for one that takes no messages of that external user.
   */
  resend(
    actor: Actor,
    origin: Origin,
    id: string,
    destinationIds: string[] | undefined,
  ): Promise<{ messageId: string; deliveries: number }>
  /** The same for all deliveries of a filter, in the background. */
  resendAll(actor: Actor, origin: Origin, filter: DeliveryFilter): Promise<BulkOperation>
  discardAll(actor: Actor, origin: Origin, filter: DeliveryFilter): Promise<BulkOperation>
  /** Begins everything anew that did not get through to a destination. Throws `destination_disabled`. */
  recover(
    actor: Actor,
    origin: Origin,
    destinationId: string,
    time: { since: string; until?: string },
  ): Promise<BulkOperation>
  /** Sees to what was parked while a destination was off, and says by which operation. */
  settleParked(
    actor: Actor,
    origin: Origin,
    destinationId: string,
    parked: 'send' | 'discard' | 'keep',
  ): Promise<string | null>
  /** What becomes of operations in the background. */
  bulkHandlers: BulkHandlers
  /** Forgets the callers' ids of messages from before then. */
  purge(before: Date): Promise<void>
}

const deliveriesShownMax = 1_000

export function createMessageService(parts: {
  store: MessageStore
  destinations: DestinationService
  eventTypes: EventTypeService
  integrations: IntegrationService
  outbound: Pick<OutboundService, 'publish' | 'offer'>
  bulk: BulkService
  audit: AuditService
}): MessageService {
  const { store, destinations, eventTypes, bulk, audit } = parts
  const send = createSend(store, parts.outbound)

  async function demand(organizationId: string, id: string) {
    const row = await store.find(organizationId, id)
    if (!row) throw notFound()
    return row
  }

  /** `slices` end with an empty one, after which what came late is looked for. */
  async function start(actor: Actor, origin: Origin, kind: 'resend' | 'discard', filter: DeliveryFilter) {
    if (filter.destinationId !== undefined) await destinations.get(actor, filter.destinationId)
    const slices = await store.slices(actor.organizationId, filter)
    const count = slices.reduce((total, slice) => total + slice.count, 0)
    const nothing = { after: null, upTo: { messageId: nil, destinationId: nil }, count: 0 }
    const items = { slices: [...slices, nothing], count }
    return await bulk.start(actor, origin, { kind, filter, input: filter, items, audit: { filter } })
  }

  /** Where a message may be sent again: the named destinations, or those it went to that are on. */
  async function targetsOf(actor: Actor, deliveries: DeliveryRecord[], named: string[] | undefined) {
    if (named) return await Promise.all([...new Set(named)].map((id) => destinations.get(actor, id)))
    const went = deliveries.filter(({ status }) => status !== 'filtered')
    const found = await Promise.all(
      went.map((row) => destinations.get(actor, row.destination_id).catch(unlessNotFound)),
    )
    return found.flatMap((destination) => (destination?.status === 'enabled' ? [destination] : []))
  }

  return {
    async send(actor, message) {
      const checked = await checkMessage(actor.organizationId, message, eventTypes)
      const [sent] = await send([checked])
      return sent as SentMessage
    },
    async sendAll(actor, messages) {
      return await send(await checkMessages(actor.organizationId, messages, eventTypes))
    },

    async list({ organizationId }, filter) {
      return toPage(await store.list(organizationId, filter), filter.limit, toMessage)
    },
    async get(actor, id) {
      const { organizationId } = actor
      const row = await demand(organizationId, id)
      const event = row.event_id === null ? undefined : await store.findEvent(organizationId, row.event_id)
      // Whose data an event was is not known any more once it is gone.
      const integrationId = event?.integration_id ?? null
      const bodyWithheld = row.event_id !== null && (await isBodyWithheld(parts.integrations, actor, integrationId))
      const deliveries = await store.listDeliveries(organizationId, id, deliveriesShownMax)
      return {
        ...toMessage({ ...row, counts: countsOf(deliveries) }),
        ...shownBody(bodyWithheld ? null : (row.body ?? event?.body ?? null)),
        bodyWithheld,
        deliveries: deliveries.map(toDelivery),
      }
    },
    async listAttempts({ organizationId }, id, query) {
      await demand(organizationId, id)
      return toPage(await store.listAttempts(organizationId, { ...query, messageId: id }), query.limit, toAttempt)
    },

    async listDeliveriesOf(actor, destinationId, query) {
      await destinations.get(actor, destinationId)
      const rows = await store.listDeliveriesOf(actor.organizationId, destinationId, query)
      return toPage(rows.map(withId), query.limit, toDelivery)
    },
    async listAttemptsOf(actor, destinationId, query) {
      await destinations.get(actor, destinationId)
      const rows = await store.listAttempts(actor.organizationId, { ...query, destinationId })
      return toPage(rows, query.limit, toAttempt)
    },
    async listStuck({ organizationId }, { cursor, ...query }) {
      const rows = await store.listStuck(organizationId, { ...query, after: readPlace(cursor) })
      const page = toPage(rows.map(withId), query.limit, toDelivery)
      const last = page.data.at(-1)
      return { ...page, nextCursor: page.nextCursor && last ? `${last.messageId}.${last.destinationId}` : null }
    },

    async resend(actor, origin, id, destinationIds) {
      const { organizationId } = actor
      const message = await demand(organizationId, id)
      const deliveries = await store.listDeliveries(organizationId, id, deliveriesShownMax)
      const targets = await targetsOf(actor, deliveries, destinationIds)
      const wentTo = new Set(deliveries.map((row) => row.destination_id))
      // An end user does not learn whether there is a message that went to others.
      if (ownerSeenBy(actor) !== null && !targets.some((target) => wentTo.has(target.id))) {
        if (!(await wentToOwn(actor, deliveries))) throw notFound()
      }
      for (const { id: destinationId, name, status, externalUserId } of targets) {
        if (externalUserId !== null && externalUserId !== message.external_user_id) {
          throw apiError('conflict', `Destination ${name} takes no messages of this external user.`)
        }
        if (status === 'disabled') {
          throw apiError('destination_disabled', `Destination ${destinationId} has to be switched on first.`)
        }
      }
      const count = await store.resendTo(
        organizationId,
        id,
        targets.map((target) => target.id),
      )
      const target = { targetType: 'message', targetId: id, details: { deliveries: count } }
      await audit.record(actor, origin, { action: 'message.resent', ...target })
      return { messageId: id, deliveries: count }
    },

    resendAll: (actor, origin, filter) => start(actor, origin, 'resend', filter),
    discardAll: (actor, origin, filter) => start(actor, origin, 'discard', filter),

    async recover(actor, origin, destinationId, { since, until }) {
      const { status } = await destinations.get(actor, destinationId)
      if (status === 'disabled') {
        throw apiError('destination_disabled', 'The destination has to be switched on first.')
      }
      const statuses: DeliveryFilter['status'] = ['dead', 'parked', 'retrying']
      const filter = { destinationId, status: statuses, from: since, ...(until !== undefined && { to: until }) }
      return await start(actor, origin, 'resend', filter)
    },

    async settleParked(actor, origin, destinationId, parked) {
      if (parked === 'keep') return null
      const filter: DeliveryFilter = { destinationId, status: ['parked'] }
      const { id } = await start(actor, origin, parked === 'send' ? 'resend' : 'discard', filter)
      return id
    },

    bulkHandlers: deliveryOperations(store),
    purge: (before) => store.purgeKeys(before),
  }

  async function wentToOwn(actor: Actor, deliveries: DeliveryRecord[]): Promise<boolean> {
    for (const { destination_id: id } of deliveries) {
      if (await destinations.get(actor, id).catch(unlessNotFound)) return true
    }
    return false
  }
}

/** Of the same moment as what is listed beside them. */
function countsOf(deliveries: DeliveryRecord[]): Message['counts'] {
  const counts: Message['counts'] = {}
  for (const { status } of deliveries) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

const nil = '00000000-0000-0000-0000-000000000000'

/** Pages are cut by id, which a delivery has two of. */
const withId = (row: DeliveryRecord) => ({ ...row, id: row.message_id })

const placePattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function readPlace(cursor: string | undefined): DeliveryPlace | null {
  if (cursor === undefined) return null
  const match = placePattern.exec(cursor)
  if (!match) throw apiError('invalid_request', 'cursor: it comes from an earlier page and is not made up.')
  return { messageId: match[1] ?? '', destinationId: match[2] ?? '' }
}

function unlessNotFound(error: unknown): null {
  if ((error as { code?: unknown }).code === 'not_found') return null
  throw error
}

const notFound = () => apiError('not_found', 'There is no such message.')
