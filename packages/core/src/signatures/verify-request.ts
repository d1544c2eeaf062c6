import { verifyCertificateUrl } from './certificate.ts'
import { type Content, type SignedContents, signedContents } from './content.ts'
import { hmacPlan } from './hmac-plan.ts'
import { mac, sameSignature, secretLastHash } from './mac.ts'
import { macKey } from './mac-key.ts'
import { loadPublicKey, signatureBytes, verifyBytes } from './public-key.ts'
import { readHeader, readPlace } from './read-place.ts'
import { type RequestPlan, type RequestScheme, requestPlan } from './request-plan.ts'
import { HEADER_MALFORMED, HEADER_MISSING, MISMATCH, SECRET_MISSING, VERIFIED } from './results.ts'
import { readPairs } from './signature-pairs.ts'
import type {
  CertificateScheme,
  Delivery,
  HmacScheme,
  PublicKeyScheme,
  SignatureRejection,
  SignatureResult,
  VerifyOptions,
} from './signature-scheme.ts'
import { checkTimestamp } from './timestamp.ts'
import { usableKeys, usableSecrets } from './usable-keys.ts'
import { withoutPrefix } from './without-prefix.ts'

// A check with a public key costs a hundred times that of an HMAC, and a header has room for many signatures.
const PUBLIC_KEY_CHECKS_MAX = 10

/** What a delivery says, read and judged but for the signature itself. */
interface Reading {
  signatures: string[]
  contents: SignedContents
}

/** An `hmac` scheme over more than body and time. */
export function verifyHmacRequest(scheme: HmacScheme, delivery: Delivery, options: VerifyOptions): SignatureResult {
  const plan = hmacPlan(scheme)
  const keys = usableKeys(options.secrets, (secret) => macKey(secret, plan.secretEncoding))
  if (keys.length === 0) return SECRET_MISSING
  const reading = readRequest(plan.request, delivery, options.now)
  if ('verified' in reading) return reading
  const hashOf = plan.secretLast ? secretLastHash : mac
  const signatures = plan.anyCase ? reading.signatures.map((text) => text.toLowerCase()) : reading.signatures
  for (const key of keys) {
    for (let index = 0; index < reading.contents.count; index++) {
      const expected = hashOf(plan.algorithm, key, plan.encoding, reading.contents.at(index))
      for (const signature of signatures) if (sameSignature(expected, signature)) return VERIFIED
    }
  }
  return signatures.some((signature) => plan.wellFormed.test(signature)) ? MISMATCH : HEADER_MALFORMED
}

export function verifyPublicKey(scheme: PublicKeyScheme, delivery: Delivery, options: VerifyOptions): SignatureResult {
  const plan = requestPlan(scheme)
  const keys = usableKeys(options.secrets, (secret) =>
    loadPublicKey(secret, scheme.algorithm, scheme.keyFormat ?? 'spki'),
  )
  if (keys.length === 0) return SECRET_MISSING
  const reading = readRequest(plan, delivery, options.now)
  if ('verified' in reading) return reading
  const signatures = decoded(reading.signatures, scheme.encoding)
  if (signatures.length === 0) return HEADER_MALFORMED
  for (let index = 0; index < reading.contents.count; index++) {
    const bytes = joined(reading.contents.at(index))
    for (const key of keys) {
      for (const signature of signatures) if (verifyBytes(key, bytes, signature)) return VERIFIED
    }
  }
  return MISMATCH
}

export function verifyCertificate(
  scheme: CertificateScheme,
  delivery: Delivery,
  options: VerifyOptions,
): SignatureResult {
  const plan = requestPlan(scheme)
  const ids = usableSecrets(options.secrets)
  if (ids.length === 0) return SECRET_MISSING
  const readings: Reading[] = []
  for (const id of ids) {
    const reading = readRequest(plan, delivery, options.now, id)
    if ('verified' in reading) return reading
    readings.push(reading)
  }
  const key = verifyCertificateUrl(scheme, delivery, options)
  if ('verified' in key) return key
  for (const reading of readings) {
    const signatures = decoded(reading.signatures, scheme.encoding)
    if (signatures.length === 0) return HEADER_MALFORMED
    for (let index = 0; index < reading.contents.count; index++) {
      const bytes = joined(reading.contents.at(index))
      for (const signature of signatures) if (verifyBytes(key, bytes, signature)) return VERIFIED
    }
  }
  return MISMATCH
}

/**
 * The contents that a delivery's signature may cover, without judging the signature.
 *
 * @param secret our id at the provider, where the content holds it.
 */
export function requestContents(
  scheme: RequestScheme,
  delivery: Delivery,
  now: Date,
  secret = '',
): SignedContents | SignatureRejection {
  const plan = requestPlan(scheme)
  const reading = readRequest(plan, delivery, now, secret)
  return 'verified' in reading ? reading : reading.contents
}

function readRequest(plan: RequestPlan, delivery: Delivery, now: Date, secret = ''): Reading | SignatureRejection {
  for (const [name, expected] of plan.requiredHeaders) {
    const value = readHeader(delivery, name)
    if (typeof value !== 'string') return value
    if (value !== expected) return HEADER_MALFORMED
  }
  let values = readSignatures(plan, delivery)
  if (!Array.isArray(values)) return values
  let timestamp = ''
  if (plan.pairs) {
    const pairs = readPairs(values[0] ?? '', plan.pairs)
    if (pairs === null) return HEADER_MALFORMED
    timestamp = pairs.timestamp
    values = pairs.signatures
  } else if (plan.timestamp) {
    const value = readPlace(delivery, plan.timestamp.place)
    if (typeof value !== 'string') return value
    timestamp = value
  }
  if (plan.pairs || plan.timestamp) {
    const untimely = checkTimestamp(timestamp, plan.timestamp?.format ?? 'unix', now, plan.toleranceSeconds)
    if (untimely) return untimely
  }
  const id = plan.id ? readPlace(delivery, plan.id) : ''
  if (typeof id !== 'string') return id
  const signatures = withoutPrefix(values, plan.prefix)
  if (signatures.length === 0) return HEADER_MALFORMED
  const contents = signedContents(plan, delivery, { timestamp, id, secret })
  return 'verified' in contents ? contents : { signatures, contents }
}

/** From the place of the signature and from the alternate headers; any may be absent, as long as one is there. */
function readSignatures(plan: RequestPlan, delivery: Delivery): string[] | SignatureRejection {
  if (plan.alternateHeaders.length === 0) {
    const value = readPlace(delivery, plan.signature)
    return typeof value === 'string' ? [value] : value
  }
  const values: string[] = []
  for (const place of [plan.signature, ...plan.alternateHeaders.map((header) => ({ header }))]) {
    const value = readPlace(delivery, place)
    if (typeof value === 'string') values.push(value)
    else if (value !== HEADER_MISSING) return value
  }
  return values.length === 0 ? HEADER_MISSING : values
}

function decoded(signatures: readonly string[], encoding: 'hex' | 'base64'): Buffer[] {
  return signatures
    .slice(0, PUBLIC_KEY_CHECKS_MAX)
    .map((signature) => signatureBytes(signature, encoding))
    .filter((bytes) => bytes !== null)
}

function joined(content: Content): Buffer {
  return Buffer.concat(content.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}
