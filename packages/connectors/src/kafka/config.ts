import { z } from 'zod'
import { certificateAuthority, serverAddress, tls } from '../config-fields.ts'

/** Where messages go in Kafka: a topic that is there already, on a cluster of Kafka 3.5 or newer. */
export const configSchema = z.strictObject({
  brokers: z
    .array(serverAddress)
    .min(1)
    .max(20)
    .describe('Brokers to begin with, as host or host:port; the rest is asked of them'),
  topic: z
    .string()
    .min(1)
    .max(249)
    .regex(/^[A-Za-z0-9._-]+$/, 'Letters, digits, dots, underscores and hyphens'),
  tls,
  ca: certificateAuthority,
  saslMechanism: z
    .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
    .nullable()
    .default(null)
    .describe('How to sign in; null where nobody has to'),
  clientId: z
    .string()
    .min(1)
    .max(100)
    .regex(/^\S+$/)
    .default('koble')
    .describe('By what name the brokers know us, in their logs and quotas'),
  idempotent: z
    .boolean()
    .default(true)
    .describe('The brokers recognise what the client repeats by itself, so that it is stored once'),
})

/** Both are needed where the configuration names a mechanism. */
export const secretsSchema = z.strictObject({
  username: z.string().min(1).max(1024).optional(),
  password: z.string().min(1).max(1024).optional(),
})
