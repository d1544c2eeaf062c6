import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ContentPart } from './content-template.ts'
import { readBody, readPlace, readQuery, requestUrl } from './read-place.ts'
import type { RequestPlan } from './request-plan.ts'
import { BODY_MALFORMED, MISMATCH } from './results.ts'
import { schemeError } from './scheme-error.ts'
import type { Delivery, SignatureRejection } from './signature-scheme.ts'

/** The signed content, in pieces that are hashed one after the other: the body is neither copied nor decoded. */
export type Content = readonly (string | Buffer)[]

/**
 * Every content that the provider may have signed for a delivery: one, but for schemes that leave a choice (the port in
 * the URL, the escaping of the body). They are put together one by one, since the first is nearly always the one.
 */
export interface SignedContents {
  count: number
  at(index: number): Content
}

/** The contents of a delivery, once everything they take from it was there. The body's hash, if any, is checked. */
export function signedContents(
  plan: RequestPlan,
  delivery: Delivery,
  known: { timestamp: string; id: string; secret: string },
): SignedContents | SignatureRejection {
  const bodyHash = plan.bodyHash ? checkedBodyHash(plan, delivery) : ''
  if (typeof bodyHash !== 'string') return bodyHash
  const values = { timestamp: known.timestamp, id: known.id, secret: known.secret, bodyHash }
  const url = plan.signsUrl ? signedUrl(plan, delivery) : ''
  const pieces: (string | VariedPart)[] = []
  for (const part of plan.parts) {
    const piece = isVaried(part) ? part : pieceOf(part, plan, delivery, values)
    if (typeof piece !== 'string' && 'verified' in piece) return piece
    pieces.push(piece)
  }
  const bodyForms = plan.alsoJsonAscii ? 2 : 1
  return {
    count: bodyForms * (plan.portEither ? 2 : 1),
    at(index) {
      const body = index % bodyForms === 0 ? delivery.body : jsonAscii(delivery.body)
      return joined(pieces, urlForm(plan, url, Math.floor(index / bodyForms)), body)
    },
  }
}

export function hashBody(body: Buffer, encoding: 'hex' | 'base64' | 'base64url'): string {
  return createHash('sha256').update(body).digest(encoding)
}

/** Parts that differ from one possible content to the next. */
type VariedKind = 'body' | 'url' | 'uri' | 'path' | 'host'
type VariedPart = { kind: VariedKind }
type FixedPart = ContentPart & { kind: Exclude<ContentPart['kind'], VariedKind> }

function isVaried(part: ContentPart): part is VariedPart {
  const { kind } = part
  return kind === 'body' || kind === 'url' || kind === 'uri' || kind === 'path' || kind === 'host'
}

/** Neighbouring texts become one: each piece costs a call into the hash. */
function joined(pieces: readonly (string | VariedPart)[], url: string, body: Buffer): Content {
  const content: (string | Buffer)[] = []
  let text = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece
    } else if (piece.kind === 'body') {
      if (text !== '') content.push(text)
      content.push(body)
      text = ''
    } else {
      text += urlPiece(piece.kind, url)
    }
  }
  if (text !== '') content.push(text)
  return content
}

function urlPiece(kind: 'url' | 'uri' | 'path' | 'host', url: string): string {
  if (kind === 'url') return url
  if (kind === 'host') return authority(url).toLowerCase()
  const uri = afterAuthority(url)
  return (kind === 'uri' ? uri : uri.split('?', 1)[0]) || '/'
}

function pieceOf(
  part: FixedPart,
  plan: RequestPlan,
  delivery: Delivery,
  known: { timestamp: string; id: string; secret: string; bodyHash: string },
): string | SignatureRejection {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'crc32':
      return String(crc32(delivery.body))
    case 'timestamp':
    case 'id':
    case 'bodyHash':
    case 'secret':
      return known[part.kind]
    case 'method':
      if (delivery.method === undefined) throw schemeError('needs the method of the delivery, which was not passed')
      return delivery.method
    case 'fields':
      return fieldsText(plan, delivery)
    case 'header':
      return readPlace(delivery, { header: part.name })
    case 'query':
      return readPlace(delivery, { query: part.name })
    case 'field':
      return readPlace(delivery, { field: part.name })
  }
}

function checkedBodyHash(plan: RequestPlan, delivery: Delivery): string | SignatureRejection {
  if (!plan.bodyHash) return ''
  const presented = readPlace(delivery, plan.bodyHash.place)
  if (typeof presented === 'string') {
    return presented === hashBody(delivery.body, plan.bodyHash.encoding) ? presented : MISMATCH
  }
  // The fields, which are signed too, are all there is of such a body.
  return plan.bodyHash.always || !hasFields(plan, delivery) ? presented : ''
}

function hasFields(plan: RequestPlan, delivery: Delivery): boolean {
  const { kind } = readBody(delivery)
  return kind === 'empty' || (kind !== 'other' && (plan.fields?.from.includes(kind) ?? false))
}

type Entry = readonly [name: string, value: string]

/** Every field as `pair` says, in the order of the names and then of the values. */
function fieldsText(plan: RequestPlan, delivery: Delivery): string | SignatureRejection {
  const entries = fieldEntries(plan, delivery)
  if ('verified' in entries) return entries
  if (!plan.fields) return ''
  const { pair, replace } = plan.fields
  const own = ownField(plan)
  const signed: readonly Entry[] = replace
    ? entries.map(([name, value]) => [name, replaceCharacters(value, replace)])
    : entries
  let text = ''
  let before: Entry | undefined
  for (const entry of signed.toSorted(byNameAndValue)) {
    const isRepeated = before !== undefined && before[0] === entry[0] && before[1] === entry[1]
    before = entry
    if (isRepeated || entry[0] === own) continue
    for (const piece of pair) text += piece === '{name}' ? entry[0] : piece === '{value}' ? entry[1] : piece
  }
  return text
}

/** By UTF-16 units, as the vendors sort. */
function byNameAndValue(a: Entry, b: Entry): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1
  return a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1
}

function fieldEntries(plan: RequestPlan, delivery: Delivery): readonly Entry[] | SignatureRejection {
  const from = plan.fields?.from ?? []
  const body = readBody(delivery)
  if (body.kind === 'empty') return from.includes('query') ? [...readQuery(requestUrl(delivery))] : []
  if (body.kind === 'form' && from.includes('form')) return body.fields
  if (body.kind === 'json' && from.includes('json')) return jsonEntries(body.value)
  // Not signed as fields: then its hash must be, and has been checked.
  return plan.bodyHash ? [] : BODY_MALFORMED
}

function jsonEntries(value: unknown): Entry[] | SignatureRejection {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return BODY_MALFORMED
  const entries = Object.entries(value)
  if (!entries.every(([, item]) => ['string', 'number', 'boolean'].includes(typeof item))) return BODY_MALFORMED
  return entries.map(([name, item]) => [name, String(item)])
}

function replaceCharacters(value: string, { characters, by }: { characters: string; by: string }): string {
  let text = ''
  for (const character of value) text += characters.includes(character) ? by : character
  return text
}

/** The name of the field that is the signature itself. */
function ownField({ signature }: RequestPlan): string | undefined {
  if ('query' in signature) return signature.query
  return 'field' in signature ? signature.field : undefined
}

const WHOLE_URL = /^https?:\/\/[^/?]/i

function signedUrl(plan: RequestPlan, delivery: Delivery): string {
  let url = requestUrl(delivery)
  if (!WHOLE_URL.test(url)) throw schemeError('needs the whole URL of the delivery')
  if ('query' in plan.signature) url = withoutParameter(url, plan.signature.query)
  if (!plan.unescape || !url.includes('%')) return url
  return url.replace(plan.unescape, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
}

function urlForm(plan: RequestPlan, url: string, index: number): string {
  if (!plan.portEither) return url
  return index === 0 ? withoutPort(url) : withPort(url)
}

function withoutParameter(url: string, name: string): string {
  const start = url.indexOf('?')
  if (start === -1) return url
  const kept = url
    .slice(start + 1)
    .split('&')
    .filter((pair) => !new URLSearchParams(pair).has(name))
  return kept.length === 0 ? url.slice(0, start) : `${url.slice(0, start)}?${kept.join('&')}`
}

function authority(url: string): string {
  return /^[^:]+:\/\/([^/?]+)/.exec(url)?.[1] ?? ''
}

function afterAuthority(url: string): string {
  const start = url.indexOf('://') + 3 + authority(url).length
  return url[start] === '?' ? `/${url.slice(start)}` : url.slice(start)
}

function withoutPort(url: string): string {
  return url.replace(/^([^:]+:\/\/[^/?]*?):\d+(?=[/?]|$)/, '$1')
}

function withPort(url: string): string {
  const bare = withoutPort(url)
  const end = bare.indexOf('://') + 3 + authority(bare).length
  const own = authority(url).slice(authority(bare).length)
  const port = own || (bare.toLowerCase().startsWith('https:') ? ':443' : ':80')
  return bare.slice(0, end) + port + bare.slice(end)
}

/** The body as PHP escapes it, or as it is where it is no text: decoding that would make one body of several. */
function jsonAscii(body: Buffer): Buffer {
  if (!isUtf8(body)) return body
  const escaped = body.toString('utf8').replace(/\\?\/|[\u007f-\uffff]/g, (match) => {
    if (match.endsWith('/')) return '\\/'
    return `\\u${match.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return Buffer.from(escaped)
}
