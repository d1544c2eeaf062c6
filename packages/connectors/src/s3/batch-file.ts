import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { OutboundMessage } from '../sender.ts'

const compress = promisify(gzip)

/** An object to be stored. */
export interface BatchFile {
  /** Its key in the bucket. */
  name: string
  contentType: string
  content: Buffer
}

/** How a batch becomes an object. */
export interface BatchFileOptions {
  prefix: string
  format: 'jsonl' | 'json'
  compression: 'none' | 'gzip'
}

/**
 * Makes the object for a batch of at least one message:
 * `{prefix}/{yyyy}/{mm}/{dd}/{hh}/{id of the first}-{count}-{digest of all ids}.jsonl`, by the time (UTC) of the first
 * message. The same batch makes the same object, so that sending it again replaces it, and another batch never replaces it.
 */
export async function makeBatchFile(
  messages: readonly OutboundMessage[],
  { prefix, format, compression }: BatchFileOptions,
): Promise<BatchFile> {
  const [first] = messages
  if (first === undefined) throw new RangeError('A batch has at least one message.')
  const folder = first.timestamp.toISOString().slice(0, 13).replace(/[-T]/g, '/')
  const digest = createHash('sha256').update(JSON.stringify(messages.map(({ id }) => id)))
  const id = first.id.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 200)
  const file = `${id}-${messages.length}-${digest.digest('hex').slice(0, 16)}.${format}`
  const name = `${prefix === '' ? '' : `${prefix}/`}${folder}/${file}`
  const documents = messages.map(messageDocument)
  const text = format === 'jsonl' ? documents.map((line) => `${line}\n`).join('') : `[${documents.join(',\n')}]\n`
  const content = Buffer.from(text)
  if (compression === 'gzip') {
    return { name: `${name}.gz`, contentType: 'application/gzip', content: await compress(content) }
  }
  return { name, contentType: format === 'jsonl' ? 'application/x-ndjson' : 'application/json', content }
}

/**
 * One message as JSON without line breaks: `id`, `type`, `timestamp`, `contentType`, `key` where it has one, `headers`,
 * and the body as `data` or `data_base64`, by the rule of CloudEvents: JSON as it is, other text as a string, anything
 * else in base64. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#31-handling-of-data
 */
export function messageDocument(message: OutboundMessage): string {
  const { id, type, timestamp, contentType, key, headers } = message
  const head = JSON.stringify({ id, type, timestamp, contentType, ...(key !== null && { key }), headers })
  return `${head.slice(0, -1)},${bodyMember(message)}}`
}

function bodyMember({ contentType, body }: OutboundMessage): string {
  const text = decode(body)
  if (text !== undefined && /^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType)) {
    // The text itself, not what it means to JavaScript: that would change large numbers. Outside of strings a line
    // break is only white space, and inside of them there is none.
    if (isJson(text)) return `"data":${text.trim().replace(/[\r\n]+/g, ' ')}`
  } else if (text !== undefined && /^text\//i.test(contentType)) {
    return `"data":${JSON.stringify(text)}`
  }
  return `"data_base64":"${body.toString('base64')}"`
}

function decode(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
