import { isUtf8 } from 'node:buffer'
import type { PayloadFormat } from './destination.ts'
import type { OutgoingMessage } from './message.ts'

/** What is sent of a message, before it is signed. */
export interface Payload {
  contentType: string
  /** By lower-case name. */
  headers: Record<string, string>
  body: Buffer
}

/** Evaluates an expression over a JSON text; the result is JSON. Throws `KobleError('transform_failed')`. */
export type Transform = (expression: string, json: string) => Promise<string>

/**
 * Puts a message into the form its destination wants. `envelope` is `{type, timestamp, data}`, with `source` for what
 * came in as an inbound event; `raw` the bytes as they came; `cloudevents` a CloudEvent in JSON
 * (https://github.com/cloudevents/spec/blob/main/cloudevents/formats/json-format.md), `cloudevents_binary` one whose
 * attributes are headers (https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md).
 * What is no JSON stands in `data` as `{"base64": …}`, in a CloudEvent as `data_base64`.
 *
 * A transform is given what would be sent, in a binary CloudEvent the data. Throws `transform_failed` when that is no
 * JSON, or when the transform fails.
 */
export async function buildPayload(
  message: OutgoingMessage,
  options: { format: PayloadFormat; origin: string; transform?: { expression: string; evaluate: Transform } },
): Promise<Payload> {
  const payload = plainPayload(message, options.format, options.origin)
  if (options.transform === undefined) return payload
  const { expression, evaluate } = options.transform
  const made = await evaluate(expression, payload.body.toString('utf8'))
  return { ...payload, body: Buffer.from(made) }
}

/** The message as filters see it: what `envelope` would send. */
export function documentOf(message: OutgoingMessage): Record<string, unknown> {
  const data = isJson(message) ? JSON.parse(message.body.toString('utf8')) : { base64: message.body.toString('base64') }
  return { type: message.eventType, timestamp: message.createdAt.toISOString(), data, ...sourceOf(message) }
}

function plainPayload(message: OutgoingMessage, format: PayloadFormat, origin: string): Payload {
  switch (format) {
    case 'envelope':
      return json('application/json', {}, envelopeOf(message))
    case 'raw':
      return { contentType: message.contentType, headers: {}, body: message.body }
    case 'cloudevents': {
      const attributes = { specversion: '1.0', ...attributesOf(message, origin) }
      return json('application/cloudevents+json', {}, withData(attributes, message, 'data', 'data_base64'))
    }
    case 'cloudevents_binary': {
      const attributes = Object.entries(attributesOf(message, origin)).filter(([name]) => name !== 'datacontenttype')
      const headers = attributes.map(([name, value]) => [`ce-${name}`, headerValue(value)])
      return {
        contentType: message.contentType,
        headers: { 'ce-specversion': '1.0', ...Object.fromEntries(headers) },
        body: message.body,
      }
    }
  }
}

const json = (contentType: string, headers: Record<string, string>, body: Buffer): Payload => ({
  contentType,
  headers,
  body,
})

function envelopeOf(message: OutgoingMessage): Buffer {
  const head = { type: message.eventType, timestamp: message.createdAt.toISOString(), ...sourceOf(message) }
  return withData(head, message, 'data', null)
}

function sourceOf({ event, externalUserId }: OutgoingMessage) {
  if (event === null) return {}
  const { id: eventId, provider, connectionId } = event
  return { source: { provider, connectionId, externalUserId, eventId } }
}

/** https://github.com/cloudevents/spec/blob/main/cloudevents/spec.md#context-attributes */
function attributesOf(message: OutgoingMessage, origin: string): Record<string, string> {
  const { event, externalUserId, orderingKey } = message
  const path = event === null ? '/' : `/providers/${event.provider}`
  return {
    id: message.id,
    source: new URL(path, origin).href,
    type: message.eventType,
    time: message.createdAt.toISOString(),
    datacontenttype: message.contentType,
    ...(orderingKey !== null && { partitionkey: orderingKey }),
    ...(externalUserId !== null && { externaluserid: externalUserId }),
    ...(event !== null && { eventid: event.id }),
    ...(event !== null && event.connectionId !== null && { connectionid: event.connectionId }),
  }
}

/** An object with the body as one more member, byte for byte: a number with twenty digits stays what it is. */
function withData(head: Record<string, unknown>, message: OutgoingMessage, name: string, base64Name: string | null) {
  const { body } = message
  const beginning = `${JSON.stringify(head).slice(0, -1)},`
  if (isJson(message)) return Buffer.concat([Buffer.from(`${beginning}"${name}":`), body, Buffer.from('}')])
  const encoded = JSON.stringify(body.toString('base64'))
  const member = base64Name === null ? `"${name}":{"base64":${encoded}}` : `"${base64Name}":${encoded}`
  return Buffer.from(`${beginning}${member}}`)
}

/** Asked for each destination of a message, and found out once. */
const known = new WeakMap<Buffer, boolean>()

function isJson({ body, source }: OutgoingMessage): boolean {
  // What the API took in was JSON then.
  if (source !== 'webhook') return true
  let verdict = known.get(body)
  if (verdict === undefined) {
    verdict = isUtf8(body) && parses(body.toString('utf8'))
    known.set(body, verdict)
  }
  return verdict
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values */
function headerValue(text: string): string {
  return text.replace(/[^!#$&-~]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
