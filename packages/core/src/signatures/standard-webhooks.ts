import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { KobleError } from '../errors/errors.ts'
import { mac, sameSignature } from './mac.ts'
import { macKey } from './mac-key.ts'
import { ed25519PrivateKey, ed25519PublicKey, signatureBytes, signBytes, verifyBytes } from './public-key.ts'
import { readHeader } from './read-place.ts'
import { HEADER_MALFORMED, MISMATCH, SECRET_MISSING, VERIFIED } from './results.ts'
import { secretError } from './scheme-error.ts'
import type { Delivery, SignatureResult } from './signature-scheme.ts'
import { checkTimestamp } from './timestamp.ts'
import { usableKeys } from './usable-keys.ts'
import { withoutPrefix } from './without-prefix.ts'

const TOLERANCE_SECONDS = 300
const V1_SIGNATURE = /^[A-Za-z0-9+/]{43}=$/
const V1A_SIGNATURE = /^[A-Za-z0-9+/]{86}==$/
// A check costs a hundred times that of an HMAC, and a header has room for many signatures.
const V1A_CHECKS_MAX = 10

/**
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * Secrets are of either kind: `whsec_` (or bare base64) for `v1`, `whpk_` for `v1a`; a `whsk_` holds its `whpk_`.
 */
export function verifyStandardWebhooks(delivery: Delivery, secrets: readonly string[], now: Date): SignatureResult {
  const keys = usableKeys(secrets, standardWebhooksKey)
  const publicKeys = secrets.some(isAsymmetric) ? usableKeys(secrets, publicKeyOf) : []
  if (keys.length === 0 && publicKeys.length === 0) return SECRET_MISSING

  const identity = readIdentity(delivery)
  if ('verified' in identity) return identity
  const { id, timestamp, header } = identity
  const untimely = checkTimestamp(timestamp, 'unix', now, TOLERANCE_SECONDS)
  if (untimely) return untimely

  const presented = header.split(' ')
  const signatures = keys.length === 0 ? [] : withoutPrefix(presented, 'v1,')
  const asymmetric = publicKeys.length === 0 ? [] : withoutPrefix(presented, 'v1a,')
  if (signatures.length === 0 && asymmetric.length === 0) return HEADER_MALFORMED

  if (signatures.length > 0) {
    for (const key of keys) {
      const expected = mac('sha256', key, 'base64', [`${id}.${timestamp}.`, delivery.body])
      for (const signature of signatures) if (sameSignature(expected, signature)) return VERIFIED
    }
  }
  const decoded = asymmetric
    .filter((signature) => V1A_SIGNATURE.test(signature))
    .slice(0, V1A_CHECKS_MAX)
    .flatMap((signature) => signatureBytes(signature, 'base64') ?? [])
  if (decoded.length > 0) {
    const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), delivery.body])
    for (const key of publicKeys) {
      for (const signature of decoded) if (verifyBytes(key, content, signature)) return VERIFIED
    }
  }
  const isWellFormed = decoded.length > 0 || signatures.some((signature) => V1_SIGNATURE.test(signature))
  return isWellFormed ? MISMATCH : HEADER_MALFORMED
}

/** What of a delivery is signed besides the body, or why it is not there. */
export function readIdentity(delivery: Delivery) {
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
  return { id, timestamp, header }
}

/** The three headers, with a signature by each secret: `v1` by a `whsec_`, `v1a` by a `whsk_`. */
export function signStandardWebhooks(
  body: Buffer,
  secrets: readonly string[],
  now: Date,
  id: string,
): Record<string, string> {
  if (!/^[!-~]+$/.test(id) || id.includes('.')) {
    throw new KobleError('delivery_id_invalid', 'The id of a delivery is visible ASCII without dots.', { status: 400 })
  }
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const before = `${id}.${timestamp}.`
  const signatures = secrets.map((secret) => {
    if (secret.startsWith('whsk_')) {
      const key = privateKeyOf(secret)
      if (key === null) throw secretError()
      return `v1a,${signBytes(key, Buffer.concat([Buffer.from(before), body])).toString('base64')}`
    }
    const key = standardWebhooksKey(secret)
    if (key === null) throw secretError()
    return `v1,${mac('sha256', key, 'base64', [before, body])}`
  })
  if (signatures.length === 0) throw secretError()
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

/**
 * A new Ed25519 pair in the form of Standard Webhooks: `secret` (`whsk_…`) signs and stays here, `publicKey` (`whpk_…`)
 * goes to those who verify.
 */
export function generateSigningKeys(): { secret: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  return {
    secret: `whsk_${Buffer.concat([seed, point]).toString('base64')}`,
    publicKey: `whpk_${point.toString('base64')}`,
  }
}

/** A symmetric secret as a key: `whsec_` and base64, the prefix optional. */
function standardWebhooksKey(secret: string) {
  if (isAsymmetric(secret)) return null
  return macKey(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret, 'base64')
}

function isAsymmetric(secret: string): boolean {
  return secret.startsWith('whpk_') || secret.startsWith('whsk_')
}

function publicKeyOf(secret: string): KeyObject | null {
  if (secret.startsWith('whpk_')) {
    const bytes = signatureBytes(secret.slice('whpk_'.length), 'base64')
    return bytes?.length === 32 ? ed25519PublicKey(bytes) : null
  }
  const bytes = keyPairBytes(secret)
  return bytes ? ed25519PublicKey(bytes.subarray(32)) : null
}

function privateKeyOf(secret: string): KeyObject | null {
  const bytes = keyPairBytes(secret)
  return bytes ? ed25519PrivateKey(bytes.subarray(0, 32)) : null
}

/** Seed and public key of a `whsk_`. */
function keyPairBytes(secret: string): Buffer | null {
  if (!secret.startsWith('whsk_')) return null
  const bytes = signatureBytes(secret.slice('whsk_'.length), 'base64')
  return bytes?.length === 64 ? bytes : null
}
