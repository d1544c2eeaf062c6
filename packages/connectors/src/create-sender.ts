import { KobleError } from '@koble/core/errors'
import type { z } from 'zod'
import * as kafka from './kafka/config.ts'
import * as natsJetstream from './nats-jetstream/config.ts'
import * as rabbitmq from './rabbitmq/config.ts'
import * as redisStream from './redis-stream/config.ts'
import * as s3 from './s3/config.ts'
import type { Sender, SenderEnvironment } from './sender.ts'

/**
 * What a sender of each type is set up with: everything that may be shown, and apart from it what must not. Neither
 * loads a client library.
 */
export const senderSchemas = {
  rabbitmq,
  kafka,
  'redis-stream': redisStream,
  'nats-jetstream': natsJetstream,
  s3,
} as const

/** What can be sent to. */
export type SenderType = keyof typeof senderSchemas

/** Its client library is loaded when the first sender of a type is made, and not before. */
const makers: {
  [Type in SenderType]: () => Promise<
    (
      config: z.output<(typeof senderSchemas)[Type]['configSchema']>,
      secrets: z.output<(typeof senderSchemas)[Type]['secretsSchema']>,
      environment: SenderEnvironment,
    ) => Promise<Sender>
  >
} = {
  rabbitmq: async () => (await import('./rabbitmq/sender.ts')).createRabbitmqSender,
  kafka: async () => (await import('./kafka/sender.ts')).createKafkaSender,
  'redis-stream': async () => (await import('./redis-stream/sender.ts')).createRedisStreamSender,
  'nats-jetstream': async () => (await import('./nats-jetstream/sender.ts')).createNatsJetstreamSender,
  s3: async () => (await import('./s3/sender.ts')).createS3Sender,
}

/**
 * Makes a sender. Connects to nothing yet: a destination that cannot be reached shows in `test` and `send`.
 *
 * @throws KobleError `invalid_request` when the configuration or the secrets are not what the schemas of the type say;
 * `details.issues` holds path and message of each fault, without the values.
 */
export async function createSender<Type extends SenderType>(
  type: Type,
  config: z.input<(typeof senderSchemas)[Type]['configSchema']>,
  secrets: z.input<(typeof senderSchemas)[Type]['secretsSchema']>,
  environment: SenderEnvironment,
): Promise<Sender> {
  const schemas = senderSchemas[type]
  const read = {
    config: parse(schemas.configSchema, config, 'config'),
    secrets: parse(schemas.secretsSchema, secrets, 'secrets'),
  }
  const make = (await makers[type]()) as (
    config: unknown,
    secrets: unknown,
    environment: SenderEnvironment,
  ) => Promise<Sender>
  return make(read.config, read.secrets, environment)
}

function parse(schema: z.ZodType, value: unknown, place: string): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: [place, ...path].join('.'), message }))
  throw new KobleError('invalid_request', 'The destination is not set up as it has to be.', {
    status: 400,
    details: { issues },
  })
}
