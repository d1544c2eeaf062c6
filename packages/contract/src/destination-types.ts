import { z } from 'zod'

/** Where to, by type. Of each: what anybody may see, and what is write-only. */
const text = (max: number) => z.string().min(1).max(max)
const host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|[0-9A-Fa-f:.]+)$/, 'A host name or an IP address')
const port = z.int().min(1).max(65_535)
const tls = z.boolean().default(true)
/** Certificates in PEM to check that of the server against, instead of those the system trusts. */
const ca = z
  .string()
  .max(65_536)
  .regex(/-----BEGIN CERTIFICATE-----/, 'Certificates in PEM form')
  .optional()
const serverAddress = z
  .string()
  .max(270)
  .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?$/, 'A server as host or host:port')
const template = text(255).regex(/^(?:[^{}]|\{(?:type|key|id)\})*$/, 'Only {type}, {key} and {id} can stand in it')

const httpUrl = z
  .string()
  .max(2_000)
  .superRefine((value, context) => {
    const url = URL.parse(value)
    const refuse = (message: string) => context.addIssue({ code: 'custom', message })
    if (url === null) refuse('It is no address')
    else if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('Only https addresses can be called')
    else if (url.username !== '' || url.password !== '') refuse('Credentials do not belong into the address')
    else if (url.hash !== '') refuse('An address without a fragment')
  })

/** How the receiver wants to know who calls; what is secret of it stands in `secrets`. */
const receiverAuthentication = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  /** With `secrets.password`. */
  z.strictObject({ type: z.literal('basic'), username: text(255).regex(/^[^:]*$/, 'A name without colons') }),
  /** With `secrets.token`. */
  z.strictObject({ type: z.literal('bearer') }),
  /** With `secrets.clientSecret`. */
  z.strictObject({
    type: z.literal('oauth2_client_credentials'),
    tokenUrl: httpUrl,
    clientId: text(500),
    scopes: z.array(text(200)).max(50).default([]),
    audience: text(500).optional(),
    /** Where the client shows its secret: in the header, or in the form. */
    clientAuthentication: z.enum(['basic', 'body']).default('basic'),
  }),
  /** With `secrets.privateKey`. */
  z.strictObject({
    type: z.literal('mtls'),
    /** In PEM, with those that lead to the root. */
    certificate: z
      .string()
      .max(65_536)
      .regex(/-----BEGIN CERTIFICATE-----/, 'Certificates in PEM form'),
  }),
])
export type ReceiverAuthentication = z.infer<typeof receiverAuthentication>

/** Of an HTTP header. */
export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/, 'A name of a header')
export const headerValue = z
  .string()
  .max(4_000)
  .regex(/^[\x20-\x7e\x80-\xff]*$/, 'A value of a header, on one line')

const https = {
  config: z.strictObject({ url: httpUrl, authentication: receiverAuthentication.default({ type: 'none' }) }),
  secrets: z
    .strictObject({
      password: text(1_024).optional(),
      token: text(10_000).optional(),
      clientSecret: text(1_024).optional(),
      privateKey: z
        .string()
        .max(65_536)
        .regex(/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'A key in PEM form')
        .optional(),
      /** Headers whose values nobody may see. */
      headers: z
        .record(headerName, headerValue)
        .refine((headers) => Object.keys(headers).length <= 20, 'At most twenty headers')
        .optional(),
    })
    .prefault({}),
}

const rabbitmq = {
  config: z.strictObject({
    host,
    /** 5671, or 5672 without TLS, unless said otherwise. */
    port: port.optional(),
    vhost: text(255).default('/'),
    tls,
    ca,
    /** Empty for the default one, which routes by queue name. */
    exchange: z.string().max(255),
    routingKey: template.default('{type}'),
    /** A message that no queue gets fails, instead of vanishing. */
    mandatory: z.boolean().default(true),
    /** The broker writes messages to disk before it confirms them. */
    persistent: z.boolean().default(true),
  }),
  secrets: z.strictObject({ username: text(255), password: z.string().max(1_024) }),
}

const kafka = {
  config: z.strictObject({
    brokers: z.array(serverAddress).min(1).max(20),
    topic: text(249).regex(/^[A-Za-z0-9._-]+$/, 'Letters, digits, dots, underscores and hyphens'),
    tls,
    ca,
    saslMechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).nullable().default(null),
    clientId: text(100).regex(/^\S+$/, 'A name without spaces').default('koble'),
    idempotent: z.boolean().default(true),
  }),
  /** Both are needed where the configuration names a mechanism. */
  secrets: z.strictObject({ username: text(1_024).optional(), password: text(1_024).optional() }).prefault({}),
}

const redisStream = {
  config: z.strictObject({
    host,
    port: port.default(6379),
    tls,
    ca,
    database: z.int().min(0).max(10_000).default(0),
    stream: text(512),
    createStream: z.boolean().default(true),
    /** About how many messages the stream keeps, the newest; null for all. */
    maxLength: z.int().min(1).nullable().default(null),
  }),
  secrets: z.strictObject({ username: text(255).optional(), password: text(1_024).optional() }).prefault({}),
}

const natsJetstream = {
  config: z.strictObject({
    servers: z.array(serverAddress).min(1).max(20),
    tls,
    ca,
    subject: template.default('{type}'),
    /** The stream that must take the messages; null for whichever listens to the subject. */
    stream: text(255)
      .regex(/^[^\s.*>/\\]+$/, 'The name of a stream')
      .nullable()
      .default(null),
  }),
  /** None, or one of three ways to sign in: `token`, `username` with `password`, the text of a `.creds` file. */
  secrets: z
    .strictObject({
      token: text(4_096).optional(),
      username: text(1_024).optional(),
      password: z.string().max(1_024).optional(),
      creds: text(16_384).optional(),
    })
    .prefault({}),
}

const s3 = {
  config: z.strictObject({
    /** Where the store answers; that of AWS in the region when absent. */
    endpoint: httpUrl.refine((url) => URL.parse(url)?.search === '', 'An address without a query').optional(),
    region: text(64).regex(/^[a-z0-9-]+$/, 'A region such as eu-north-1'),
    bucket: z
      .string()
      .min(3)
      .max(63)
      .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/, 'Lower-case letters, digits, dots and hyphens'),
    prefix: z
      .string()
      .max(512)
      .regex(/^(?!\/)(?!.*\/\/)[\x21-\x7e]*(?<!\/)$/, 'No slash at either end')
      .default(''),
    pathStyle: z.boolean().default(false),
    format: z.enum(['jsonl', 'json']).default('jsonl'),
    /** When an object is written: at so many messages, after so long, or with bodies of so many bytes. */
    batch: z
      .strictObject({
        maxMessages: z.int().min(1).max(10_000).default(1_000),
        maxSeconds: z.number().min(1).max(900).default(60),
        maxBytes: z
          .int()
          .min(1_024)
          .max(64 * 1024 * 1024)
          .default(8 * 1024 * 1024),
      })
      .prefault({}),
    compression: z.enum(['none', 'gzip']).default('none'),
  }),
  secrets: z.strictObject({
    accessKeyId: text(256),
    secretAccessKey: text(1_024),
    /** Of credentials that expire. */
    sessionToken: text(16_384).optional(),
  }),
}

/** The schemas of each type of destination: its `config`, and the secrets that belong to it. */
export const destinationTypes = { https, rabbitmq, kafka, redis_stream: redisStream, nats_jetstream: natsJetstream, s3 }
export const destinationType = z.enum(Object.keys(destinationTypes) as [DestinationType, ...DestinationType[]])
export type DestinationType = keyof typeof destinationTypes
export type DestinationConfig<Type extends DestinationType = DestinationType> = z.output<
  (typeof destinationTypes)[Type]['config']
>
