import { z } from 'zod'
import { certificateAuthority, host, port, tls } from '../config-fields.ts'

/** Where messages go in Redis (5 or newer) or Valkey: a stream. */
export const configSchema = z.strictObject({
  host,
  port: port.default(6379),
  tls,
  ca: certificateAuthority,
  database: z.number().int().min(0).max(10_000).default(0),
  stream: z.string().min(1).max(512).describe('The key of the stream'),
  createStream: z
    .boolean()
    .default(true)
    .describe('Make the stream when it is not there (Redis 6.2 or newer when off)'),
  maxLength: z
    .number()
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('About how many messages the stream keeps, the newest; null for all'),
})

export const secretsSchema = z.strictObject({
  username: z.string().min(1).max(255).optional(),
  password: z.string().min(1).max(1024).optional(),
})
