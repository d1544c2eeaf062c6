/** What somebody wants sent; it goes to each destination of the organization that takes it. */
export interface NewMessage {
  /** A UUIDv7 when the caller has to know the id beforehand; a new one otherwise. */
  id?: string
  organizationId: string
  eventType: string
  /** Of the registered type, where it was held against one. */
  eventTypeVersion?: number | null
  /** Whom it concerns: destinations of other external users do not get it. */
  externalUserId: string | null
  /** Destinations that keep an order send messages with the same key one after the other. */
  orderingKey: string | null
  /** The caller's own id of it. */
  externalId: string | null
  source: MessageSource
  contentType: string
  /** The JSON of `data`. Null with an event: the event's raw body is what is sent. */
  body: Buffer | null
  event?: { id: string; provider: string; connectionId: string | null; body: Buffer; contentType: string | null }
  /** Only these destinations, of those that take it. */
  only?: string[]
}

export type MessageSource = 'api' | 'webhook' | 'system'

/** A message with all that is needed to send it. */
export interface OutgoingMessage {
  id: string
  organizationId: string
  createdAt: Date
  eventType: string
  externalUserId: string | null
  orderingKey: string | null
  source: MessageSource
  contentType: string
  body: Buffer
  /** The inbound event that is passed on. */
  event: { id: string; provider: string; connectionId: string | null } | null
}

/** A delivery that this node alone may make an attempt at, until the lease runs out. */
export interface LeasedDelivery {
  message: OutgoingMessage
  destinationId: string
  /** How many attempts were made before. */
  attempts: number
  /** Where in the retry schedule it is. */
  step: number
  /** Null where no order is kept. */
  orderingKey: string | null
  leasedUntil: Date
}

/** What `publish` brought about. */
export interface Published {
  id: string
  /** How many destinations it is for, those whose filter refused it and those that are disabled included. */
  deliveries: number
  /** To be handed to `offer` once the transaction is committed; nothing is lost if that does not happen. */
  leased: LeasedDelivery[]
}
