import { z } from 'zod'
import { eventTypeName } from './event-types.ts'
import { id, pageQuery, time } from './paging.ts'

/** Of `data`, as JSON. */
export const messageBytesMax = 1024 * 1024
/** Of a whole batch. */
export const batchBytesMax = 16 * 1024 * 1024

const storable = (text: string) => !text.includes('\u0000')
const externalUserId = z.string().min(1).max(255).refine(storable, 'Text cannot hold the character U+0000')

/** One message to everybody who wants it. */
export const sendMessage = z.strictObject({
  eventType: eventTypeName,
  /** Any JSON, up to 1 MiB; as the event type describes it, when it is registered with a schema. */
  data: z.unknown().refine((data) => data !== undefined, 'It is missing'),
  /** Whose destinations get it, beside those that get the messages of everybody. */
  externalUserId: externalUserId.nullable().default(null),
  /** The caller's own: sent again with the same content, it is the same message. */
  id: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\x21-\x7e]+$/, 'Visible ASCII without spaces')
    .optional(),
  /** Messages with the same key reach a destination that keeps order one after the other. */
  orderingKey: z
    .string()
    .min(1)
    .max(200)
    .refine(storable, 'Text cannot hold the character U+0000')
    .nullable()
    .default(null),
  /** The newest when absent. */
  eventTypeVersion: z.int().min(1).optional(),
})
export type SendMessage = z.output<typeof sendMessage>

export const sentMessage = z.object({
  id,
  /** The caller's own. */
  externalId: z.string().nullable(),
  eventType: z.string(),
  createdAt: time,
  /** To how many destinations it is about to go, those that are off or whose filter says no included. */
  deliveries: z.int(),
})
export type SentMessage = z.infer<typeof sentMessage>

export const sendMessages = z.strictObject({ messages: z.array(sendMessage).min(1).max(500) })
/** In the order of what was sent. */
export const sentMessages = z.object({ data: z.array(sentMessage) })

/**
 * `pending` waits for its first attempt, `retrying` for another one. It ends as `delivered`, `filtered` (the destination's
 * filter said no), `parked` (the destination is off) or `dead` (given up).
 */
export const deliveryStatus = z.enum(['pending', 'retrying', 'delivered', 'filtered', 'parked', 'dead'])
export type DeliveryStatus = z.infer<typeof deliveryStatus>

/** A message on its way to one destination. */
export const delivery = z.object({
  messageId: id,
  destinationId: id,
  eventType: z.string(),
  status: deliveryStatus,
  attempts: z.int(),
  /** Null where none is planned. */
  nextAttemptAt: time.nullable(),
  /** Of the last attempt. */
  responseStatus: z.int().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  createdAt: time,
  finishedAt: time.nullable(),
})
export type Delivery = z.infer<typeof delivery>

/** One try. */
export const attempt = z.object({
  id,
  messageId: id,
  destinationId: id,
  /** Counted from 1. */
  number: z.int(),
  succeeded: z.boolean(),
  /** Where it went. */
  target: z.string(),
  responseStatus: z.int().nullable(),
  responseHeaders: z.record(z.string(), z.string()),
  /** The beginning; as text when it is valid UTF-8, else base64. */
  responseBody: z.string(),
  responseBodyEncoding: z.enum(['utf8', 'base64']),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  /** From its turn to the answer's first byte, and to its end. */
  firstByteMs: z.number().nullable(),
  durationMs: z.number(),
  at: time,
})
export type Attempt = z.infer<typeof attempt>

export const message = z.object({
  id,
  externalId: z.string().nullable(),
  eventType: z.string(),
  eventTypeVersion: z.int().nullable(),
  externalUserId: z.string().nullable(),
  orderingKey: z.string().nullable(),
  /** `webhook` passes an inbound event on, `system` tells of what happened inside Koble. */
  source: z.enum(['api', 'webhook', 'system']),
  /** The inbound event, and the connection it concerns. */
  eventId: id.nullable(),
  provider: z.string().nullable(),
  connectionId: id.nullable(),
  contentType: z.string(),
  createdAt: time,
  /** How many deliveries stand how. */
  counts: z.partialRecord(deliveryStatus, z.int()),
})
export type Message = z.infer<typeof message>

export const messageDetail = message.extend({
  /** `data` as JSON, or the raw body of the inbound event: as text when it is valid UTF-8, else base64. */
  body: z.string(),
  bodyEncoding: z.enum(['utf8', 'base64']),
  /** True when it comes from a restricted integration and the role is below admin: `body` is then empty. */
  bodyWithheld: z.boolean(),
  deliveries: z.array(delivery),
})
export type MessageDetail = z.infer<typeof messageDetail>

const eventType = z.string().min(1).max(200)
export const messagesQuery = pageQuery.extend({
  eventType: eventType.optional(),
  externalUserId: externalUserId.optional(),
  from: time.optional(),
  to: time.optional(),
  /** Messages of which a delivery stands so. */
  status: deliveryStatus.optional(),
})
export const deliveriesOfDestinationQuery = pageQuery.extend({
  status: deliveryStatus.optional(),
  eventType: eventType.optional(),
})
export const attemptsQuery = pageQuery.extend({ messageId: id.optional() })
/** What stays undone until somebody sees to it. */
export const stuckDeliveriesQuery = pageQuery.extend({
  status: z.enum(['dead', 'parked']).default('dead'),
  destinationId: id.optional(),
  eventType: eventType.optional(),
})

export const resendMessage = z.strictObject({
  /** Also destinations it did not go to before; without, those it went to that are on. */
  destinationIds: z.array(id).min(1).max(100).optional(),
})
export const resentMessage = z.object({ messageId: id, deliveries: z.int() })

/** Which deliveries are meant; of `{}` all that are dead. */
export const deliveryFilter = z.strictObject({
  destinationId: id.optional(),
  eventType: eventType.optional(),
  status: z
    .array(deliveryStatus.exclude(['pending']))
    .min(1)
    .max(5)
    .default(['dead']),
  /** When the message was sent: from the one, up to but without the other. */
  from: time.optional(),
  to: time.optional(),
})
export type DeliveryFilter = z.output<typeof deliveryFilter>
export const resendDeliveries = z.strictObject({ filter: deliveryFilter.prefault({}) })
/** Only what waits for somebody can be discarded. */
export const discardDeliveries = z.strictObject({
  filter: deliveryFilter
    .extend({
      status: z
        .array(z.enum(['parked', 'retrying']))
        .min(1)
        .max(2)
        .default(['parked']),
    })
    .prefault({}),
})
