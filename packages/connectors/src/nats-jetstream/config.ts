import { z } from 'zod'
import { certificateAuthority, serverAddress, template, tls } from '../config-fields.ts'

/** Where messages go in NATS: a subject that a stream of JetStream listens to. */
export const configSchema = z.strictObject({
  servers: z
    .array(serverAddress)
    .min(1)
    .max(20)
    .describe('Servers of the cluster, as host or host:port, tried in turn'),
  tls,
  ca: certificateAuthority,
  subject: template('The subject, in which {type}, {key} and {id} stand for those of the message').default('{type}'),
  stream: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\s.*>/\\]+$/, 'The name of a stream')
    .nullable()
    .default(null)
    .describe('The stream that must take the messages; null for whichever listens to the subject'),
})

/** None, or one of the three ways to sign in. */
export const secretsSchema = z.union([
  z.strictObject({ token: z.string().min(1).max(4096) }),
  z.strictObject({ username: z.string().min(1).max(1024), password: z.string().max(1024) }),
  z.strictObject({ creds: z.string().min(1).max(16_384).describe('The text of a .creds file') }),
  z.strictObject({}),
])
