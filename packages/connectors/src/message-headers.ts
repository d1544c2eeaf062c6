import type { OutboundMessage } from './sender.ts'

/**
 * The headers that go along with a message in every protocol that has headers: `webhook-id`, `webhook-type`,
 * `webhook-timestamp` (seconds since 1970) and `content-type`, with the message's own over them. Names in lower case, but
 * for the attributes of CloudEvents in AMQP: https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/amqp-protocol-binding.md#311-amqp-application-properties
 */
export function messageHeaders(message: OutboundMessage): Record<string, string> {
  const headers: Record<string, string> = {
    'webhook-id': message.id,
    'webhook-type': message.type,
    'webhook-timestamp': String(Math.floor(message.timestamp.getTime() / 1000)),
    'content-type': message.contentType,
  }
  for (const [name, value] of Object.entries(message.headers)) {
    headers[name.startsWith('cloudEvents_') ? name : name.toLowerCase()] = value
  }
  return headers
}
