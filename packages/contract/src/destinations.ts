import { z } from 'zod'
import {
  type DestinationType,
  destinationType,
  destinationTypes,
  headerName,
  headerValue,
} from './destination-types.ts'
import { eventTypeName } from './event-types.ts'
import { id, pageQuery, time } from './paging.ts'

/**
 * How receivers check where a message comes from: `standard` and `ed25519` are those of https://www.standardwebhooks.com
 * (a shared secret, or a key of which the receiver has the public half), `hex_hmac` is one header with an HMAC in hex.
 */
export const signing = z.enum(['standard', 'ed25519', 'hex_hmac', 'none'])
export type Signing = z.infer<typeof signing>

/** What is sent: Koble's envelope, the bytes alone, or a CloudEvent (in the body, or in headers). */
export const payloadFormat = z.enum(['envelope', 'raw', 'cloudevents', 'cloudevents_binary'])

const day = 86_400
const name = z.string().trim().min(1).max(120)
const externalUserId = z.string().min(1).max(255)

/** `*` for everything but Koble's own, `invoice.*` for all that begins so, or one type. */
const pattern = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(\*|[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*(\.\*)?)$/, 'An event type, the beginning of some with ".*", or "*"')

const filterBytesMax = 16 * 1024
/** Conditions on `{type, timestamp, data, source}`, as MongoDB writes them: `{"data.amount": {"$gt": 100}}`. */
const filter = z
  .record(z.string(), z.unknown())
  .refine((conditions) => JSON.stringify(conditions).length <= filterBytesMax, 'It is larger than 16 KiB.')

/** Those that Koble sets itself, and those that belong to the connection. */
const ownHeaders =
  /^(webhook-|x-webhook-|svix-|ce-|koble-|proxy-|sec-|(host|connection|content-length|content-type|user-agent|transfer-encoding|te|trailer|upgrade|expect|keep-alive|cookie|authorization)$)/i
const headers = z
  .record(headerName, headerValue)
  .refine((fields) => Object.keys(fields).length <= 20, 'At most twenty headers')
  .refine(
    (fields) => !Object.keys(fields).some((field) => ownHeaders.test(field)),
    'Some of them are set by Koble or belong to the connection; credentials go into secrets.headers',
  )

const settings = {
  name,
  signing,
  /** The same signature in the headers that Svix's libraries look for, too. */
  svixHeaders: z.boolean(),
  payloadFormat,
  eventTypes: z.array(pattern).min(1).max(100),
  filter: filter.nullable(),
  /** A JSONata expression (https://docs.jsonata.org) that makes the payload from `{type, timestamp, data}`. */
  transform: z.string().min(1).max(8_192).nullable(),
  /** Sent along with each message; anybody may see them. */
  headers,
  rateLimit: z
    .strictObject({ requests: z.int().min(1).max(100_000), perSeconds: z.int().min(1).max(3_600) })
    .nullable(),
  /** How many messages are under way at the same time. */
  concurrency: z.int().min(1).max(100),
  timeoutMs: z.int().min(1_000).max(30_000),
  /** Seconds before each further attempt; none for a single one. */
  retrySchedule: z
    .array(
      z
        .int()
        .min(1)
        .max(7 * day),
    )
    .max(20),
  /** Messages with the same ordering key go one after the other, a failing one before those behind it. */
  ordered: z.boolean(),
}

/** A secret of the caller's own, to move receivers here without their noticing; otherwise one is made. */
const signingSecret = z.string().min(16).max(500)

const common = {
  ...settings,
  signing: settings.signing.default('standard'),
  svixHeaders: settings.svixHeaders.default(false),
  payloadFormat: settings.payloadFormat.default('envelope'),
  eventTypes: settings.eventTypes.default(['*']),
  filter: settings.filter.default(null),
  transform: settings.transform.default(null),
  headers: settings.headers.default({}),
  rateLimit: settings.rateLimit.default(null),
  concurrency: settings.concurrency.default(10),
  timeoutMs: settings.timeoutMs.default(15_000),
  retrySchedule: settings.retrySchedule.default([5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]),
  ordered: settings.ordered.default(false),
  /** Whose it is; without, it gets the messages of everybody. */
  externalUserId: externalUserId.nullable().default(null),
  signingSecret: signingSecret.optional(),
}

const ofType = <const Type extends DestinationType, Config extends z.ZodType, Secrets extends z.ZodType>(
  type: Type,
  { config, secrets }: { config: Config; secrets: Secrets },
) => z.strictObject({ ...common, type: z.literal(type), config, /** Write-only. */ secrets })

export const createDestination = z.discriminatedUnion('type', [
  ofType('https', destinationTypes.https),
  ofType('rabbitmq', destinationTypes.rabbitmq),
  ofType('kafka', destinationTypes.kafka),
  ofType('redis_stream', destinationTypes.redis_stream),
  ofType('nats_jetstream', destinationTypes.nats_jetstream),
  ofType('s3', destinationTypes.s3),
])
export type CreateDestination = z.output<typeof createDestination>

/**
 * What is named replaces what was there. The type stays, and so does whose it is: who is given it would see what was sent
 * there before.
 */
export const updateDestination = z
  .strictObject({
    ...settings,
    /** As a whole, as the type has it. */
    config: z.record(z.string(), z.unknown()),
    /** Those that are named replace what was there, null takes one away, the others stay. */
    secrets: z.record(z.string(), z.unknown()),
  })
  .partial()
export type UpdateDestination = z.output<typeof updateDestination>

export const destinationStatus = z.enum(['enabled', 'disabled'])

export const destination = z.object({
  id,
  name: z.string(),
  type: destinationType,
  externalUserId: z.string().nullable(),
  config: z.record(z.string(), z.unknown()),
  /** Names of the secrets that are set; of headers `headers.<name>`. */
  secretsSet: z.array(z.string()),
  signing,
  svixHeaders: z.boolean(),
  payloadFormat,
  eventTypes: z.array(z.string()),
  filter: z.record(z.string(), z.unknown()).nullable(),
  transform: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  rateLimit: z.object({ requests: z.int(), perSeconds: z.int() }).nullable(),
  concurrency: z.int(),
  timeoutMs: z.int(),
  retrySchedule: z.array(z.int()),
  ordered: z.boolean(),
  status: destinationStatus,
  /** `gone`: it answered 410. `failing`: nothing but failures came back for five days. */
  disabledReason: z.enum(['manual', 'gone', 'failing']).nullable(),
  disabledAt: time.nullable(),
  /** Since when nothing but failures came back. */
  failingSince: time.nullable(),
  /** Until when the secret before this one signs, too. */
  previousSecretUntil: time.nullable(),
  createdAt: time,
  updatedAt: time,
})
export type Destination = z.infer<typeof destination>

/** What receivers check signatures with. Of `ed25519` only the public half ever leaves. */
export const destinationSecret = z.object({
  signing,
  secret: z.string().nullable(),
  publicKey: z.string().nullable(),
  previousSecretUntil: time.nullable(),
})
export type DestinationSecret = z.infer<typeof destinationSecret>

/** The secret is shown here, and later on demand (`GET …/secret`, audited). */
export const createdDestination = destination.extend({
  signingSecret: z.string().nullable(),
  signingPublicKey: z.string().nullable(),
})
export type CreatedDestination = z.infer<typeof createdDestination>

export const destinationsQuery = pageQuery.extend({
  externalUserId: externalUserId.optional(),
  status: destinationStatus.optional(),
  type: destinationType.optional(),
})

export const rotateDestinationSecret = z.strictObject({
  /** How long the old one signs beside the new one. */
  overlapHours: z.int().min(0).max(168).default(24),
  signingSecret: signingSecret.optional(),
})

export const testDestination = z.strictObject({
  /** The message is the first example of this type; a plain one without it. */
  eventType: eventTypeName.optional(),
})
/** What the receiver answered to a test message, which is stored nowhere. */
export const destinationTest = z.object({
  succeeded: z.boolean(),
  /** Null where the protocol has none, or nothing was answered. */
  status: z.int().nullable(),
  headers: z.record(z.string(), z.string()),
  /** The beginning. */
  body: z.string(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  durationMs: z.number(),
})
export type DestinationTest = z.infer<typeof destinationTest>

/** A message and settings that are about to be saved: what would be made of it. Nothing is stored or sent. */
export const tryDestination = z.strictObject({
  eventType: eventTypeName.default('example'),
  /** Any JSON. */
  data: z.unknown().refine((data) => data !== undefined, 'It is missing'),
  filter: settings.filter.default(null),
  transform: settings.transform.default(null),
  payloadFormat: settings.payloadFormat.default('envelope'),
})
export const destinationTrial = z.object({
  /** Whether the filter lets it through. */
  passes: z.boolean(),
  contentType: z.string(),
  /** Beside those of the signature and the destination's own. */
  headers: z.record(z.string(), z.string()),
  /** What is sent, or would be if it passed. */
  body: z.string(),
})
export type DestinationTrial = z.infer<typeof destinationTrial>

export const enableDestination = z.strictObject({
  /** What becomes of messages that came while it was off. */
  parked: z.enum(['send', 'discard', 'keep']).default('keep'),
})
export const enabledDestination = destination.extend({
  /** The bulk operation that sees to what was parked. */
  operationId: id.nullable(),
})

export const recoverDestination = z.strictObject({
  /** Messages from then on; those that are dead or parked, or wait for their next attempt. */
  since: time,
  until: time.optional(),
})

/** Of messages of the last 24 hours, by what became of them. */
export const destinationStats = z.object({
  delivered: z.int(),
  pending: z.int(),
  retrying: z.int(),
  filtered: z.int(),
  parked: z.int(),
  dead: z.int(),
  /** Single attempts, of which a message may need several. */
  attempts: z.int(),
  failedAttempts: z.int(),
  /** Of the attempts; null when there was none. */
  successRate: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
})
export type DestinationStats = z.infer<typeof destinationStats>
