import { type ContentPart, contentParts } from './content-template.ts'
import { schemeError } from './scheme-error.ts'
import type { CertificateScheme, HmacScheme, PublicKeyScheme } from './signature-scheme.ts'
import type { Place, SignedContent, TimestampFormat } from './signed-content.ts'

export type RequestScheme = HmacScheme | PublicKeyScheme | CertificateScheme

/** A scheme over a request, checked and taken apart once per scheme object. Names of headers are in lower case. */
export interface RequestPlan {
  parts: readonly ContentPart[]
  signature: Place
  alternateHeaders: readonly string[]
  requiredHeaders: readonly (readonly [name: string, value: string])[]
  prefix: string
  pairs: { timestampKey: string; signatureKey: string } | null
  timestamp: { place: Place; format: TimestampFormat } | null
  /** `null`: however old. */
  toleranceSeconds: number | null
  id: Place | null
  bodyHash: { place: Place; encoding: 'hex' | 'base64'; always: boolean } | null
  /** `pair` in pieces, `{name}` and `{value}` among them. */
  fields: (Omit<NonNullable<SignedContent['fields']>, 'pair'> & { pair: readonly string[] }) | null
  signsUrl: boolean
  alsoJsonAscii: boolean
  /** Escapes of the URL to undo. */
  unescape: RegExp | null
  portEither: boolean
}

const plans = new WeakMap<RequestScheme, RequestPlan>()
const TIMESTAMP_FORMATS = ['unix', 'unix_ms', 'rfc3339', 'http_date']

/**
 * The plan of a scheme.
 *
 * @throws KobleError `signature_scheme_invalid` when the scheme would leave the body or the time unsigned, or names
 * what does not exist. A scheme is part of the program, so this is a defect and not an answer to a delivery.
 */
export function requestPlan(scheme: RequestScheme): RequestPlan {
  let plan = plans.get(scheme)
  if (plan === undefined) {
    plan = createPlan(scheme)
    plans.set(scheme, plan)
  }
  return plan
}

function createPlan(scheme: RequestScheme): RequestPlan {
  const parts = contentParts(scheme.signedContent ?? '{body}')
  const has = (...kinds: ContentPart['kind'][]) => parts.some(({ kind }) => kinds.includes(kind))
  const signature = lowerCased(scheme)
  const timestamp = scheme.timestamp
    ? { place: lowerCased(scheme.timestamp), format: scheme.timestamp.format ?? ('unix' as const) }
    : null
  const bodyHash = scheme.bodyHash
    ? { place: lowerCased(scheme.bodyHash), encoding: scheme.bodyHash.encoding, always: !has('fields', 'body') }
    : null

  const hashSigned = bodyHash !== null && (has('bodyHash') || ('query' in bodyHash.place && has('url', 'uri')))
  const bodySigned = has('body', 'fields', 'crc32') || hashSigned
  if (parts.filter(({ kind }) => kind === 'body').length > 1) throw schemeError('must sign the body only once')
  if (bodySigned === (scheme.bodyUnsigned === true)) throw schemeError('must sign the body, or say that it does not')
  if (bodyHash && !hashSigned) throw schemeError('reads a hash of the body that nothing signs')
  if ('field' in signature && has('body', 'crc32')) throw schemeError('signs a body that holds the signature')

  if (timestamp && scheme.pairs) throw schemeError('takes the time from two places')
  const carriesTime = timestamp !== null || scheme.pairs !== undefined
  if (has('timestamp') && !carriesTime) throw schemeError('signs a time that it does not read')
  if (carriesTime && !has('timestamp') && !coversTime(timestamp?.place, has)) {
    throw schemeError('must sign the timestamp it reads')
  }
  if (scheme.pairs && !('header' in signature)) throw schemeError('has pairs outside of a header')
  if (timestamp && !TIMESTAMP_FORMATS.includes(timestamp.format)) throw schemeError('names an unknown form of time')
  const tolerance = scheme.toleranceSeconds ?? 300
  if (tolerance !== 'any' && !(tolerance >= 0 && Number.isFinite(tolerance))) {
    throw schemeError('has no sensible tolerance')
  }

  if (has('id') !== (scheme.id !== undefined)) throw schemeError('must sign the id it reads, and read the one it signs')
  if (has('fields') !== (scheme.fields !== undefined))
    throw schemeError('must say which fields it signs, and sign them')
  if (has('bodyHash') && !bodyHash) throw schemeError('signs a hash of the body that it does not read')
  if (has('secret') !== (scheme.type === 'certificate')) {
    throw schemeError('must hold our id where a certificate signs for everybody, and no secret otherwise')
  }

  return {
    parts,
    signature,
    alternateHeaders: (scheme.alternateHeaders ?? []).map((name) => name.toLowerCase()),
    requiredHeaders: Object.entries(scheme.requiredHeaders ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    prefix: scheme.prefix ?? '',
    pairs: scheme.pairs ?? null,
    timestamp,
    toleranceSeconds: tolerance === 'any' ? null : tolerance,
    id: scheme.id ? lowerCased(scheme.id) : null,
    bodyHash,
    fields: scheme.fields ? { ...scheme.fields, pair: pieces(scheme.fields.pair) } : null,
    signsUrl: has('url', 'uri', 'path', 'host'),
    alsoJsonAscii: scheme.alsoSignedAs === 'json_ascii',
    unescape: scheme.url?.unescape ? escapesOf(scheme.url.unescape) : null,
    portEither: scheme.url?.port === 'either',
  }
}

function pieces(pair: string): string[] {
  return pair.split(/(\{name\}|\{value\})/).filter((piece) => piece !== '')
}

/** A time in the query or the body is signed with the whole of them. */
function coversTime(place: Place | undefined, has: (...kinds: ContentPart['kind'][]) => boolean): boolean {
  if (place === undefined || 'header' in place) return false
  return has('fields') || ('query' in place ? has('url', 'uri') : has('body'))
}

function lowerCased(place: { header?: string; query?: string; field?: string }): Place {
  if (place.header) return { header: place.header.toLowerCase() }
  if (place.query) return { query: place.query }
  if (place.field) return { field: place.field }
  throw schemeError('does not say where a value stands')
}

function escapesOf(characters: string): RegExp {
  const codes = [...characters].map((character) => encodeByte(character))
  return new RegExp(codes.join('|'), 'gi')
}

function encodeByte(character: string): string {
  const code = character.charCodeAt(0)
  if (character.length !== 1 || code > 0x7f || character === '%') throw schemeError('undoes an escape beyond ASCII')
  return `%${code.toString(16).padStart(2, '0')}`
}
