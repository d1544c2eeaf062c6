import type { Query } from '../../database/client.ts'
import { timedId, timeOfId } from '../../database/uuid-time.ts'
import type { LeasedDelivery, NewMessage, OutgoingMessage, Published } from './message.ts'
import type { DestinationSource, MatchingDestination } from './open-destination.ts'
import { matchesPattern } from './patterns.ts'
import { documentOf } from './payload.ts'
import type { DeliveryToStore, MessageToStore, OutboundStore } from './store.ts'

/** Who sends from this process: it takes what it has room for at once, and the rest is claimed by whoever has. */
export interface LocalSending {
  node: number
  hasRoom(destination: MatchingDestination, bytes: number): boolean
  leaseMs(destination: MatchingDestination): number
}

/** Writes messages and their deliveries within the caller's transaction. */
export type Publish = (messages: NewMessage[], query: Query) => Promise<Published[]>

/**
 * Finds the destinations of each message, in memory, and writes message and deliveries in one statement for all of them:
 * they stand and fall with the caller's transaction. A destination that is disabled gets a parked delivery, one whose
 * filter refuses the message a filtered one. `local` is null in a process that does not send, now or at all.
 */
export function createFanOut(parts: {
  store: Pick<OutboundStore, 'publish'>
  destinations: DestinationSource
  local(): LocalSending | null
  now(): number
}): Publish {
  return async (messages, query) => {
    if (messages.length === 0) return []
    const local = parts.local()
    const stored: MessageToStore[] = []
    const deliveries: DeliveryToStore[] = []
    const published: Published[] = []
    const waiting = new Set<string>()
    const offered = new Map<string, number>()

    for (const message of messages) {
      const { id, at: createdAt } = message.id === undefined ? timedId() : { id: message.id, at: timeOfId(message.id) }
      const all = await parts.destinations.listOf(message.organizationId)
      const outgoing = toOutgoing(message, id, createdAt)
      const matching = all.filter((destination) => isFor(destination, message))
      const passes = judge(outgoing)
      const leased: LeasedDelivery[] = []
      stored.push(toStored(message, id, createdAt))
      for (const destination of matching) {
        const status = !passes(destination) ? 'filtered' : destination.enabled ? 'pending' : 'parked'
        const orderingKey = (destination.ordered && message.orderingKey) || null
        const before = offered.get(destination.id) ?? 0
        const bytes = before + outgoing.body.length
        const isLeased =
          local !== null && status === 'pending' && orderingKey === null && local.hasRoom(destination, bytes)
        const leasedUntil = isLeased ? new Date(parts.now() + local.leaseMs(destination)) : null
        deliveries.push({
          messageId: id,
          destinationId: destination.id,
          createdAt,
          organizationId: message.organizationId,
          eventType: message.eventType,
          status,
          leasedUntil,
          orderingKey,
        })
        if (leasedUntil !== null) {
          offered.set(destination.id, bytes)
          leased.push({
            message: outgoing,
            destinationId: destination.id,
            attempts: 0,
            step: 0,
            orderingKey,
            leasedUntil,
          })
        } else if (status === 'pending') waiting.add(destination.id)
      }
      published.push({ id, deliveries: matching.length, leased })
    }
    await parts.store.publish(stored, deliveries, { node: local?.node ?? null, waiting: [...waiting] }, query)
    return published
  }
}

/** Whether a destination takes messages of this kind at all. */
export function isFor(destination: MatchingDestination, message: NewMessage): boolean {
  if (destination.externalUserId !== null && destination.externalUserId !== message.externalUserId) return false
  if (message.only !== undefined && !message.only.includes(destination.id)) return false
  return matchesPattern(destination.eventTypes, message.eventType)
}

/** Says whether a message passes the filters of destinations; its body is parsed for the first of them. */
function judge(message: OutgoingMessage): (destination: MatchingDestination) => boolean {
  let document: Record<string, unknown> | undefined
  return ({ test }) => {
    if (test === undefined) return true
    document ??= documentOf(message)
    return test(document)
  }
}

function toOutgoing(message: NewMessage, id: string, createdAt: Date): OutgoingMessage {
  const { event } = message
  return {
    id,
    organizationId: message.organizationId,
    createdAt,
    eventType: message.eventType,
    externalUserId: message.externalUserId,
    orderingKey: message.orderingKey,
    source: message.source,
    contentType: contentTypeOf(message),
    body: message.body ?? event?.body ?? Buffer.alloc(0),
    event: event ? { id: event.id, provider: event.provider, connectionId: event.connectionId } : null,
  }
}

function toStored(message: NewMessage, id: string, createdAt: Date): MessageToStore {
  const { organizationId, externalId, eventType, externalUserId, orderingKey, source, body, event } = message
  return {
    id,
    createdAt,
    organizationId,
    externalId,
    eventType,
    eventTypeVersion: message.eventTypeVersion ?? null,
    externalUserId,
    orderingKey,
    source,
    event: event ? { id: event.id, provider: event.provider, connectionId: event.connectionId } : null,
    contentType: contentTypeOf(message),
    body,
  }
}

/** What an event is passed on with is what it came with. */
function contentTypeOf({ body, event, contentType }: NewMessage): string {
  return body === null ? (event?.contentType ?? contentType) : contentType
}
