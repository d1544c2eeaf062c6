import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'
import { pluginRun } from './plugins.ts'
import { handshake, signatureScheme, source } from './signature-schemes.ts'

/** How an endpoint of a service of one's own recognises deliveries, and what it reads in them. */
export const verification = z.strictObject({
  signature: signatureScheme,
  /** Whether Koble makes the secret, or the sender does. */
  secretFrom: z.enum(['koble', 'provider']).default('koble'),
  /** Where the type of an event stands; without one every event is `unknown`. */
  eventType: source.default({ constant: 'unknown' }),
  /** The sender's own id of an event: what makes a duplicate a duplicate. Without one the body's SHA-256 serves. */
  eventId: source.optional(),
  /** Which account an event concerns; compared with the account ids of connections. */
  account: source.optional(),
  handshakes: z.array(handshake).max(5).optional(),
})
export type Verification = z.output<typeof verification>

/**
 * What is done with an event. Plugins see it first, one after the other in the order of the list. Without
 * `destinationIds` it goes to every destination that asks for its type; without `syncIds` the active syncs of its
 * connection run.
 */
export const handler = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('forward'), destinationIds: z.array(id).min(1).max(50).optional() }),
  z.strictObject({ type: z.literal('activity') }),
  z.strictObject({ type: z.literal('sync'), syncIds: z.array(id).min(1).max(20).optional() }),
  z.strictObject({ type: z.literal('plugin'), pluginId: id }),
])
export type Handler = z.infer<typeof handler>

const waitSeconds = z.number().min(0.1).max(86_400)
/**
 * How often an event is tried, and how long is waited before each further attempt: `schedule` names the waits one by
 * one (its last one repeats); else they begin with `firstWaitSeconds` and grow by `factor`, up to a day.
 */
export const retryPolicy = z.strictObject({
  attempts: z.int().min(1).max(20).default(3),
  firstWaitSeconds: waitSeconds.default(2),
  factor: z.number().min(1).max(10).default(2),
  schedule: z.array(waitSeconds).min(1).max(19).nullable().default(null),
})
export type RetryPolicy = z.infer<typeof retryPolicy>

/**
 * Events with the same value at `key` are processed one after the other, in the order in which they were acknowledged.
 * One that fails to the last attempt is parked: with `wait` those behind it wait until it is replayed, with `continue`
 * they go on without it.
 */
export const ordering = z.strictObject({
  key: source,
  whenParked: z.enum(['wait', 'continue']).default('wait'),
})
export type Ordering = z.output<typeof ordering>

export const endpointRateLimit = z.strictObject({
  requests: z.int().min(1).max(1_000_000),
  perSeconds: z.int().min(1).max(86_400),
})
export type EndpointRateLimit = z.infer<typeof endpointRateLimit>

/** `resuming`: what had to wait is worked off first. */
export const processing = z.enum(['running', 'paused', 'resuming'])

import { createRegistration, registration } from './webhook-registrations.ts'

/** An inbound endpoint: a URL that a provider posts to. */
export const endpoint = z.object({
  id,
  integrationId: id,
  /** Every event belongs to this connection; null lets the account in the event decide. */
  connectionId: id.nullable(),
  provider: z.string(),
  name: z.string(),
  url: z.string(),
  /** Event types that are processed; empty means all. Others are acknowledged and ignored. */
  events: z.array(z.string()),
  enabled: z.boolean(),
  /** For an endpoint of one's own service; null where the provider's definition says it. */
  verification: verification.nullable(),
  handlers: z.array(handler),
  /** What becomes of an event that names an account for which there is no connection. */
  unmatched: z.enum(['hold', 'forward']),
  /** From where deliveries are taken; empty means from everywhere. */
  ipAllowList: z.array(z.string()),
  rateLimit: endpointRateLimit.nullable(),
  bodyBytesMax: z.int(),
  retryPolicy,
  ordering: ordering.nullable(),
  processing,
  createdAt: time,
  lastEventAt: time.nullable(),
  /** Over the last 24 hours, to the full hour: events whose processing began, and how it ended. */
  received24h: z.int(),
  completed24h: z.int(),
  failed24h: z.int(),
  unroutable24h: z.int(),
  /** Requests that were refused: not verified, too large, too many, from elsewhere. */
  rejected24h: z.int(),
  /** The share of events that ended well, from 0 to 1; null when none ended. */
  successRate24h: z.number().nullable(),
  /** Events that wait: for the endpoint to be resumed, or for their turn. Counted up to 10,000. */
  waiting: z.int(),
})
export type Endpoint = z.infer<typeof endpoint>
/** The secret is shown here once, later only on demand (`GET …/secret`, audited). */
export const createdEndpoint = endpoint.extend({
  secret: z.string().nullable(),
  /** What became of `register`; absent without it. */
  registration: registration.optional(),
})
export type CreatedEndpoint = z.infer<typeof createdEndpoint>

const secret = z.string().min(8).max(5000)
const bodyBytesMost = 20 * 1024 * 1024
const settings = {
  name: z.string().trim().max(120),
  events: z.array(z.string().min(1).max(200)).max(200),
  handlers: z.array(handler).max(10),
  unmatched: z.enum(['hold', 'forward']),
  ipAllowList: z.array(z.string().min(1).max(60)).max(200),
  rateLimit: endpointRateLimit.nullable(),
  bodyBytesMax: z.int().min(1).max(bodyBytesMost),
  retryPolicy,
  ordering: ordering.nullable(),
}
export const createEndpoint = z.strictObject({
  name: settings.name.default(''),
  connectionId: id.optional(),
  events: settings.events.default([]),
  /** The provider's signing secret; made by us when absent and the provider lets us choose. */
  secret: secret.optional(),
  /** For providers that define no webhooks of their own, such as `custom-auth` and `api-key`. */
  verification: verification.optional(),
  handlers: settings.handlers.optional(),
  unmatched: settings.unmatched.optional(),
  ipAllowList: settings.ipAllowList.optional(),
  rateLimit: settings.rateLimit.optional(),
  bodyBytesMax: settings.bodyBytesMax.optional(),
  retryPolicy: retryPolicy.optional(),
  ordering: settings.ordering.optional(),
  /** Register it at the provider, by its API and in the name of an account. */
  register: createRegistration.optional(),
})
export const updateEndpoint = z.strictObject({
  name: settings.name.optional(),
  events: settings.events.optional(),
  enabled: z.boolean().optional(),
  secret: secret.optional(),
  verification: verification.optional(),
  handlers: settings.handlers.optional(),
  unmatched: settings.unmatched.optional(),
  ipAllowList: settings.ipAllowList.optional(),
  rateLimit: settings.rateLimit.optional(),
  bodyBytesMax: settings.bodyBytesMax.optional(),
  retryPolicy: retryPolicy.optional(),
  ordering: settings.ordering.optional(),
})
export const endpointSecret = z.object({ secret: z.string().nullable() })
export const endpointsQuery = pageQuery.extend({ integrationId: id.optional(), connectionId: id.optional() })
export const endpointParams = z.strictObject({ endpointId: id })

/** What was refused at an endpoint. */
export const endpointRejections = z.object({
  /** By reason, over the last 24 hours, to the full hour. */
  reasons: z.array(z.object({ reason: z.string(), count: z.int(), lastAt: time })),
  /** A few of the latest. Of headers that may hold a secret only the name is kept, and of bodies the size. */
  latest: z.array(
    z.object({
      id,
      at: time,
      reason: z.string(),
      method: z.string(),
      remoteAddress: z.string().nullable(),
      headers: z.record(z.string(), z.string()),
      bodyBytes: z.int(),
    }),
  ),
})
export type EndpointRejections = z.infer<typeof endpointRejections>

/** A delivery to be looked at, by an endpoint's scheme or by one that is being tried out. Nothing of it is stored. */
export const checkDelivery = z.strictObject({
  endpointId: id.optional(),
  signature: signatureScheme.optional(),
  /** Needed with `signature`; with `endpointId` it stands in for the endpoint's own. */
  secret: z.string().min(1).max(5000).optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'OPTIONS']).default('POST'),
  /** As the sender called it; the endpoint's own address when absent. */
  url: z.string().max(4000).optional(),
  headers: z.record(z.string().min(1).max(200), z.string().max(20_000)),
  body: z.string().max(1_000_000),
  bodyEncoding: z.enum(['utf8', 'base64']).default('utf8'),
  /** When it arrived, for judging its age; now when absent. */
  receivedAt: time.optional(),
  /** For schemes that look at it. */
  remoteAddress: z.string().max(60).optional(),
})
export type CheckDelivery = z.output<typeof checkDelivery>

export const deliveryCheck = z.object({
  verified: z.boolean(),
  /** The same word as in the list of rejections; null when the delivery is good. */
  reason: z.string().nullable(),
  /** What that means, and what to look at. */
  explanation: z.string(),
  /** What else was noticed, such as a change with which the delivery would be good. */
  hints: z.array(z.string()),
  /** Where the scheme looks, and what it found there. */
  expected: z.array(z.object({ place: z.string(), present: z.boolean() })),
  /** What the signature has to cover, as far as it can be shown: its first 2,000 characters. */
  signedContent: z.string().nullable(),
  signedBytes: z.int().nullable(),
  /** Read from the delivery as the endpoint would; null without an endpoint. */
  eventType: z.string().nullable(),
  externalEventId: z.string().nullable(),
  account: z.string().nullable(),
  orderingKey: z.string().nullable(),
})
export type DeliveryCheck = z.infer<typeof deliveryCheck>

/**
 * `failed` is the dead-letter view: every attempt was used up, or the event cannot be read. `unroutable`: it names an
 * account without a connection. `parked`: the same as failed where order is kept. All of these end by a replay.
 */
export const eventStatus = z.enum(['pending', 'processing', 'completed', 'retrying', 'failed', 'unroutable', 'parked'])
export type EventStatus = z.infer<typeof eventStatus>

export const event = z.object({
  id,
  provider: z.string(),
  endpointId: id,
  integrationId: id,
  connectionId: id.nullable(),
  eventType: z.string(),
  externalEventId: z.string(),
  /** Events of one key keep their order; null where none is kept. */
  orderingKey: z.string().nullable(),
  status: eventStatus,
  /** Since the last replay. */
  attempts: z.int(),
  replays: z.int(),
  receivedAt: time,
  processedAt: time.nullable(),
  nextAttemptAt: time.nullable(),
  errorMessage: z.string().nullable(),
})
export type Event = z.infer<typeof event>

/** One processing of an event. */
export const eventAttempt = z.object({
  /** From 1 on, over all replays. */
  number: z.int(),
  /** 0 before the first replay. */
  replay: z.int(),
  at: time,
  outcome: eventStatus,
  error: z.string().nullable(),
  connectionId: z.string().nullable(),
  /** What was sent on. */
  messageId: z.string().nullable(),
  /** What plugins made of it, in their turn; absent where none ran. */
  plugins: z.array(pluginRun).optional(),
})
export type EventAttempt = z.infer<typeof eventAttempt>

const body = {
  contentType: z.string().nullable(),
  bodyBytes: z.int(),
  /** The raw body: as text when it is valid UTF-8, else base64. */
  body: z.string(),
  bodyEncoding: z.enum(['utf8', 'base64']),
  /** True when the integration is restricted and the role is below admin: `body` is then empty. */
  bodyWithheld: z.boolean(),
}
export const eventDetail = event.extend({
  headers: z.record(z.string(), z.string()),
  ...body,
  /** The latest fifty, oldest first. */
  attemptLog: z.array(eventAttempt),
})
export type EventDetail = z.infer<typeof eventDetail>

/** Several, joined by commas. */
const statuses = z
  .string()
  .max(200)
  .refine((text) => text.split(',').every((part) => eventStatus.safeParse(part).success), {
    message: `is not made of ${eventStatus.options.join(', ')}, joined by commas`,
  })
const eventFilter = {
  endpointId: id.optional(),
  connectionId: id.optional(),
  integrationId: id.optional(),
  provider: z.string().max(60).optional(),
  eventType: z.string().max(200).optional(),
  /** When it was received. */
  from: time.optional(),
  to: time.optional(),
}
export const eventsQuery = pageQuery.extend({
  ...eventFilter,
  status: statuses.optional(),
  /** The provider's id of an event, as it is. */
  externalEventId: z.string().min(1).max(400).optional(),
  /** A part of that id. Each page looks through so many events; one may be empty and lead to a next. */
  search: z.string().min(1).max(200).optional(),
})
export const eventStreamQuery = z.strictObject({
  endpointId: eventFilter.endpointId,
  connectionId: eventFilter.connectionId,
  integrationId: eventFilter.integrationId,
  provider: eventFilter.provider,
  eventType: eventFilter.eventType,
})

/** Which events are processed again. Those that are not over yet are left alone. */
export const replayFilter = z.strictObject({
  ...eventFilter,
  statuses: z
    .array(z.enum(['completed', 'failed', 'unroutable', 'parked']))
    .min(1)
    .max(4)
    .default(['failed', 'unroutable', 'parked']),
})
export type ReplayFilter = z.output<typeof replayFilter>
export const startReplay = z.strictObject({
  filter: replayFilter,
  /** So many events at most are begun in each second. */
  perSecond: z.int().min(1).max(1000).default(50),
})

export const replayStatus = z.enum(['running', 'completed', 'cancelled'])
/** A replay of many events, oldest first. */
export const eventReplay = z.object({
  id,
  status: replayStatus,
  filter: replayFilter,
  perSecond: z.int(),
  /** Counted when it began. */
  total: z.int(),
  /** Events that were put back to the start so far. */
  done: z.int(),
  createdBy: z.object({ type: z.string(), id: z.string(), label: z.string() }),
  createdAt: time,
  finishedAt: time.nullable(),
})
export type EventReplay = z.infer<typeof eventReplay>

/** What sending a signed test delivery to our own endpoint answered. */
export const endpointTest = z.object({ status: z.int(), eventId: id.nullable(), eventType: z.string() })
