import { constantTimeEqual } from '../crypto/constant-time-equal.ts'
import { KobleError } from '../errors/errors.ts'
import { hmacPlan } from './hmac-plan.ts'
import { hmacKey, mac, sameSignature, standardWebhooksKey } from './mac.ts'
import type {
  BodyTokenScheme,
  Delivery,
  HmacScheme,
  SignatureFailure,
  SignatureRejection,
  SignatureResult,
  SignatureScheme,
  TokenScheme,
} from './signature-scheme.ts'
import { valuesAt } from './values-at.ts'

/**
 * Whether a delivery was made by someone who knows one of the secrets, judged on its raw bytes.
 *
 * It fails closed: whatever is missing, doubled, misspelt or out of time is a rejection. Signatures are compared in
 * constant time. Several secrets are accepted side by side, so that one can be replaced without losing a delivery.
 *
 * @param options.secrets Every secret that is valid now; blank ones are ignored.
 * @param options.now The receiver's clock, against which a signed time is measured.
 * @throws KobleError `signature_scheme_invalid` when the scheme itself makes no sense; never because of a delivery.
 */
export function verifySignature(
  scheme: SignatureScheme,
  delivery: Delivery,
  options: { secrets: readonly string[]; now: Date },
): SignatureResult {
  switch (scheme.type) {
    case 'hmac':
      return verifyHmac(scheme, delivery, options.secrets, options.now)
    case 'standard_webhooks':
      return verifyStandardWebhooks(delivery, options.secrets, options.now)
    case 'token':
      return verifyToken(scheme, delivery, options.secrets)
    case 'body_token':
      return verifyBodyToken(scheme, delivery, options.secrets)
    default:
      throw new KobleError('signature_scheme_invalid', 'The signature scheme is of an unknown type.')
  }
}

const VERIFIED: SignatureResult = Object.freeze({ verified: true })
const SECRET_MISSING = rejection('secret_missing')
const HEADER_MISSING = rejection('header_missing')
const HEADER_MALFORMED = rejection('header_malformed')
const TIMESTAMP_STALE = rejection('timestamp_stale')
const MISMATCH = rejection('mismatch')
const BODY_MALFORMED = rejection('body_malformed')

const STANDARD_WEBHOOKS_TOLERANCE_SECONDS = 300
const STANDARD_WEBHOOKS_SIGNATURE = /^[A-Za-z0-9+/]{43}=$/

function verifyHmac(scheme: HmacScheme, delivery: Delivery, secrets: readonly string[], now: Date): SignatureResult {
  const plan = hmacPlan(scheme)
  const keys = usableKeys(secrets, (secret) => hmacKey(secret, plan.secretEncoding))
  if (keys.length === 0) return SECRET_MISSING

  const header = readHeader(delivery, plan.header)
  if (typeof header !== 'string') return header
  let timestamp = ''
  let values = [header]
  if (plan.pairs) {
    const pairs = readPairs(header, plan.pairs)
    if (pairs === null) return HEADER_MALFORMED
    timestamp = pairs.timestamp
    values = pairs.signatures
  } else if (plan.timestampHeader !== null) {
    const value = readHeader(delivery, plan.timestampHeader)
    if (typeof value !== 'string') return value
    timestamp = value
  }
  if (plan.pairs || plan.timestampHeader !== null) {
    const untimely = checkTimestamp(timestamp, now, plan.toleranceSeconds)
    if (untimely) return untimely
  }

  const signatures = withoutPrefix(values, plan.prefix)
  if (signatures.length === 0) return HEADER_MALFORMED

  // The time is signed as it was written, not as a number written anew.
  const before = plan.before.join(timestamp)
  const after = plan.after.join(timestamp)
  for (const key of keys) {
    const expected = mac(plan.algorithm, key, plan.encoding, before, delivery.body, after)
    for (const signature of signatures) if (sameSignature(expected, signature)) return VERIFIED
  }
  return signatures.some((signature) => plan.wellFormed.test(signature)) ? MISMATCH : HEADER_MALFORMED
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function verifyStandardWebhooks(delivery: Delivery, secrets: readonly string[], now: Date): SignatureResult {
  const keys = usableKeys(secrets, standardWebhooksKey)
  if (keys.length === 0) return SECRET_MISSING

  // All three from one family: mixing them would let a stranger's header stand beside a signed one.
  const family = delivery.headers['webhook-signature'] === undefined ? 'svix' : 'webhook'
  const id = readHeader(delivery, `${family}-id`)
  if (typeof id !== 'string') return id
  const timestamp = readHeader(delivery, `${family}-timestamp`)
  if (typeof timestamp !== 'string') return timestamp
  const header = readHeader(delivery, `${family}-signature`)
  if (typeof header !== 'string') return header

  // The parts of the signed text are joined by dots; an id with a dot could be read as another id and another time.
  // Signatures are separated by spaces alone; a comma before one is where node:http joined two headers.
  if (id.includes('.') || header.includes(', ')) return HEADER_MALFORMED
  const untimely = checkTimestamp(timestamp, now, STANDARD_WEBHOOKS_TOLERANCE_SECONDS)
  if (untimely) return untimely

  const signatures = withoutPrefix(header.split(' '), 'v1,')
  if (signatures.length === 0) return HEADER_MALFORMED

  for (const key of keys) {
    const expected = mac('sha256', key, 'base64', `${id}.${timestamp}.`, delivery.body)
    for (const signature of signatures) if (sameSignature(expected, signature)) return VERIFIED
  }
  return signatures.some((signature) => STANDARD_WEBHOOKS_SIGNATURE.test(signature)) ? MISMATCH : HEADER_MALFORMED
}

function verifyToken(scheme: TokenScheme, delivery: Delivery, secrets: readonly string[]): SignatureResult {
  const tokens = usableKeys(secrets, (secret) => hmacKey(secret, 'utf8')) as string[]
  if (tokens.length === 0) return SECRET_MISSING
  const header = readHeader(delivery, scheme.header.toLowerCase())
  if (typeof header !== 'string') return header
  return tokens.some((token) => constantTimeEqual(token, header)) ? VERIFIED : MISMATCH
}

function verifyBodyToken(scheme: BodyTokenScheme, delivery: Delivery, secrets: readonly string[]): SignatureResult {
  const tokens = usableKeys(secrets, (secret) => hmacKey(secret, 'utf8')) as string[]
  if (tokens.length === 0) return SECRET_MISSING
  let body: unknown
  try {
    body = JSON.parse(delivery.body.toString('utf8'))
  } catch {
    return BODY_MALFORMED
  }
  const values = valuesAt(body, scheme.path)
  if (!values.some((value) => typeof value === 'string')) return BODY_MALFORMED
  // One delivery may carry several notifications; an item without the token, or with another's, taints them all.
  for (const value of values) {
    if (typeof value !== 'string' || !tokens.some((token) => constantTimeEqual(token, value))) return MISMATCH
  }
  return VERIFIED
}

function rejection(reason: SignatureFailure): SignatureRejection {
  return Object.freeze({ verified: false, reason })
}

function usableKeys<Key>(secrets: readonly string[], keyOf: (secret: string) => Key | null): Key[] {
  const keys: Key[] = []
  for (const secret of secrets) {
    const key = keyOf(secret)
    if (key !== null) keys.push(key)
  }
  return keys
}

/** One value, or why there is not exactly one. Two values are an ambiguity in which a forger would pick the reading. */
function readHeader(delivery: Delivery, name: string): string | SignatureRejection {
  const value = delivery.headers[name]
  if (value === undefined || value === '') return HEADER_MISSING
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || value.length > 1) return HEADER_MALFORMED
  return value[0] || HEADER_MISSING
}

function withoutPrefix(values: readonly string[], prefix: string): string[] {
  const rest: string[] = []
  for (const value of values) if (value.startsWith(prefix)) rest.push(value.slice(prefix.length))
  return rest
}

function readPairs(
  header: string,
  { timestampKey, signatureKey }: { timestampKey: string; signatureKey: string },
): { timestamp: string; signatures: string[] } | null {
  let timestamp: string | null = null
  const signatures: string[] = []
  for (const pair of header.split(',')) {
    const separator = pair.indexOf('=')
    if (separator === -1) return null
    const key = pair.slice(0, separator).trim()
    const value = pair.slice(separator + 1)
    if (key === signatureKey) signatures.push(value)
    if (key !== timestampKey) continue
    // Two times are two headers that a proxy joined.
    if (timestamp !== null) return null
    timestamp = value
  }
  return timestamp === null || signatures.length === 0 ? null : { timestamp, signatures }
}

function checkTimestamp(timestamp: string, now: Date, toleranceSeconds: number): SignatureRejection | null {
  if (!/^\d{1,12}$/.test(timestamp)) return HEADER_MALFORMED
  const ageSeconds = Math.floor(now.getTime() / 1000) - Number(timestamp)
  // Asked this way round, an invalid clock (NaN) is a rejection too.
  return Math.abs(ageSeconds) <= toleranceSeconds ? null : TIMESTAMP_STALE
}
