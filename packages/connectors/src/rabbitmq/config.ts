import { z } from 'zod'
import { certificateAuthority, host, port, template, tls } from '../config-fields.ts'

/** Where messages go in RabbitMQ: an exchange that is there already. */
export const configSchema = z.strictObject({
  host,
  port: port.optional().describe('5671, or 5672 without TLS, unless said otherwise'),
  vhost: z.string().min(1).max(255).default('/').describe('The virtual host'),
  tls,
  ca: certificateAuthority,
  exchange: z
    .string()
    .max(255)
    .describe('The exchange to publish to; empty for the default one, which routes by queue name'),
  routingKey: template('The routing key, in which {type}, {key} and {id} stand for those of the message').default(
    '{type}',
  ),
  mandatory: z.boolean().default(true).describe('A message that no queue gets fails, instead of vanishing'),
  persistent: z.boolean().default(true).describe('The broker writes messages to disk before it confirms them'),
})

export const secretsSchema = z.strictObject({
  username: z.string().min(1).max(255),
  password: z.string().max(1024),
})
