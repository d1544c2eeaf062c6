import type { Readable } from 'node:stream'
import { createRedactor, type HeaderFields } from '@koble/core/http'
import { storableJson } from '../../database/storable.ts'
import type { OpenConnection } from '../connections/service.ts'
import { bodyLoggingOf, type OpenIntegration } from '../integrations/service.ts'
import { decodePrefix } from './decode-prefix.ts'
import { redactBody } from './redact-body.ts'

/** A message as the log keeps it: redacted, and cut after `bodyBytesMax`. */
interface LoggedMessage {
  headers: HeaderFields
  body: string | null
  /** As many as were sent, still encoded; null when nobody counted. */
  bodyBytes: number | null
  truncated: boolean
  omitted: 'not_text' | 'not_decodable' | null
}

/** Of each body, so much is kept, before and after it is decoded. */
export const bodyBytesMax = 16 * 1024

const redactor = createRedactor()

/** Whether an integration's requests and answers may be logged at all. */
export function mayLogBodies(integration: OpenIntegration): boolean {
  return integration.bodyLogging === 'redacted' && bodyLoggingOf(integration) !== 'never'
}

/**
 * Listens to one call and keeps the beginning of what goes each way. It copies what passes and holds nothing up;
 * decoding and redaction wait for `finish`, which is called when the log is written.
 */
export class BodyLog {
  #secrets: string[]
  #request: { url: URL; headers: HeaderFields; body: Capture | null } | null = null
  #response: { headers: HeaderFields; body: Capture } | null = null

  constructor(integration: OpenIntegration, connection: OpenConnection) {
    this.#secrets = secretsOf(integration, connection)
  }

  /** What is held in memory, in bytes. */
  get bytes(): number {
    return (this.#request?.body?.kept ?? 0) + (this.#response?.body.kept ?? 0)
  }

  /** Before each sending; one that follows a renewal of the credentials stands in for the one before. */
  sent(url: URL, headers: HeaderFields, body: Readable | Buffer | null, connection: OpenConnection): void {
    this.#secrets.push(...credentialsOf(connection))
    const capture = body === null ? null : new Capture(headers)
    if (capture && Buffer.isBuffer(body)) capture.take(body)
    else if (capture && body) watchReading(body as Readable, capture)
    this.#request = { url, headers, body: capture }
    this.#response = null
  }

  /** As soon as the head of the answer is there. */
  received(headers: HeaderFields, body: Readable): void {
    const capture = new Capture(headers)
    this.#response = { headers, body: capture }
    watchArrival(body, capture)
  }

  /** What is to be stored, as JSON; null when nothing was sent. */
  async finish(): Promise<string | null> {
    if (this.#request === null) return null
    const { url, headers, body } = this.#request
    const found = redactor.secretsOf(url, headers)
    const secrets = [...new Set([...this.#secrets.flatMap(formsOf), ...found])].sort((a, b) => b.length - a.length)
    const place = redactor.url(url, secrets)
    const queryAt = place.indexOf('?')
    const request = {
      query: queryAt < 0 ? '' : storableJson(place.slice(queryAt)),
      ...(await log(headers, body, secrets)),
    }
    const response = this.#response && (await log(this.#response.headers, this.#response.body, secrets))
    return JSON.stringify({ request, response })
  }
}

async function log(headers: HeaderFields, body: Capture | null, secrets: string[]): Promise<LoggedMessage> {
  const clean: HeaderFields = {}
  const redacted = redactor.headers(headers, secrets)
  for (const name in redacted) {
    const value = redacted[name] as string | string[]
    clean[name] = typeof value === 'string' ? storableJson(value) : value.map(storableJson)
  }
  if (body === null) return { headers: clean, body: null, bodyBytes: 0, truncated: false, omitted: null }
  const { seen: bodyBytes } = body
  const without = (omitted: LoggedMessage['omitted']) => ({
    headers: clean,
    body: null,
    bodyBytes,
    truncated: false,
    omitted,
  })
  if (bodyBytes === 0) return without(null)
  if (!body.isText) return without('not_text')
  const decoded = await decodePrefix(body.bytes(), String(headers['content-encoding'] ?? ''), bodyBytesMax)
  if (decoded === null) return without('not_decodable')
  const truncated = bodyBytes > body.kept || decoded.isCut
  const text = redactBody(decoded.bytes.toString(), { mediaType: body.mediaType, truncated, redactor, secrets })
  return { headers: clean, body: storableJson(text), bodyBytes, truncated, omitted: null }
}

/** Media types of what people read. */
const textTypes = /^text\/|[/+](json|x-ndjson|xml|x-www-form-urlencoded|javascript|graphql|yaml)$/

/** The beginning of a body. */
class Capture {
  seen = 0
  kept = 0
  readonly mediaType: string
  readonly isText: boolean
  readonly #chunks: Buffer[] = []

  constructor(headers: HeaderFields) {
    this.mediaType = String(headers['content-type'] ?? '')
      .split(';', 1)[0]
      ?.trim()
      .toLowerCase() as string
    this.isText = textTypes.test(this.mediaType)
  }

  take(chunk: Buffer): void {
    this.seen += chunk.length
    const room = bodyBytesMax - this.kept
    if (room <= 0 || !this.isText) return
    // A copy: the chunk may be a small part of a large buffer, which would stay in memory with it.
    const part = Buffer.from(chunk.subarray(0, room))
    this.kept += part.length
    this.#chunks.push(part)
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

/** Sees each chunk when it is read; who reads, and how fast, stays as it was. */
function watchReading(body: Readable, capture: Capture): void {
  const emit = body.emit
  body.emit = function (this: Readable, event: string | symbol, ...rest: unknown[]): boolean {
    if (event === 'data' && Buffer.isBuffer(rest[0])) capture.take(rest[0])
    return emit.call(this, event, ...rest)
  }
}

/**
 * Sees each chunk when it arrives, so that all of it was seen when the call is said to be over, before it is read. What
 * is there already is taken out and put back.
 */
function watchArrival(body: Readable, capture: Capture): void {
  if (body.readableLength > 0) {
    const early: Buffer = body.read()
    capture.take(early)
    body.unshift(early)
  }
  const push = body.push
  body.push = function (this: Readable, chunk: unknown, encoding?: BufferEncoding): boolean {
    if (Buffer.isBuffer(chunk)) capture.take(chunk)
    return push.call(this, chunk, encoding)
  }
}

function secretsOf(integration: OpenIntegration, connection: OpenConnection): string[] {
  return [...Object.values(integration.secrets), ...credentialsOf(connection)]
}

function credentialsOf({ credentials }: OpenConnection): string[] {
  if (credentials.type === 'api_key') return Object.values(credentials.fields)
  return Object.values(credentials.slots).flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken ?? ''])
}

/** Shorter values are words: to take them out would make nonsense of the rest. */
const secretCharsMin = 4

/** How a secret may be written: as it is, in a URL, in base64 and in JSON. */
function formsOf(secret: string): string[] {
  if (secret.length < secretCharsMin) return []
  const base64 = Buffer.from(secret).toString('base64')
  return [secret, encodeURIComponent(secret), base64.replace(/=+$/, ''), JSON.stringify(secret).slice(1, -1)]
}
