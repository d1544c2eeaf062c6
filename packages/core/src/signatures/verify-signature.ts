import { constantTimeEqual } from '../crypto/constant-time-equal.ts'
import { type HmacPlan, hmacPlan, type PlainPlan } from './hmac-plan.ts'
import { verifyJwt } from './jwt.ts'
import { mac, sameSignature } from './mac.ts'
import { macKey } from './mac-key.ts'
import { verifyAddress, verifyClientCertificate } from './peer.ts'
import { readBody, readHeader, readPlace } from './read-place.ts'
import { BODY_MALFORMED, HEADER_MALFORMED, MISMATCH, SECRET_MISSING, VERIFIED } from './results.ts'
import { schemeError } from './scheme-error.ts'
import { readPairs } from './signature-pairs.ts'
import type {
  BasicScheme,
  BodyTokenScheme,
  Delivery,
  HmacScheme,
  QueryTokenScheme,
  SignatureResult,
  SignatureScheme,
  TokenScheme,
  VerifyOptions,
} from './signature-scheme.ts'
import { verifyStandardWebhooks } from './standard-webhooks.ts'
import { checkTimestamp } from './timestamp.ts'
import { usableKeys, usableSecrets } from './usable-keys.ts'
import { valuesAt } from './values-at.ts'
import { verifyCertificate, verifyHmacRequest, verifyPublicKey } from './verify-request.ts'
import { withoutPrefix } from './without-prefix.ts'

/**
 * Whether a delivery was made by someone who knows one of the secrets, judged on its raw bytes.
 *
 * It fails closed: whatever is missing, doubled, misspelt or out of time is a rejection. Signatures are compared in
 * constant time. Several secrets are accepted side by side, so that one can be replaced without losing a delivery.
 *
 * @throws KobleError `signature_scheme_invalid` when the scheme itself makes no sense, or when it needs the method or the
 * URL and the caller passed none; never because of what a sender wrote.
 */
export function verifySignature(scheme: SignatureScheme, delivery: Delivery, options: VerifyOptions): SignatureResult {
  switch (scheme.type) {
    case 'hmac':
      return verifyHmac(scheme, delivery, options)
    case 'public_key':
      return verifyPublicKey(scheme, delivery, options)
    case 'certificate':
      return verifyCertificate(scheme, delivery, options)
    case 'jwt':
      return verifyJwt(scheme, delivery, options)
    case 'standard_webhooks':
      return verifyStandardWebhooks(delivery, options.secrets, options.now)
    case 'token':
    case 'query_token':
    case 'basic':
      return verifyToken(scheme, delivery, options.secrets)
    case 'body_token':
      return verifyBodyToken(scheme, delivery, options.secrets)
    case 'address':
      return verifyAddress(scheme, delivery)
    case 'client_certificate':
      return verifyClientCertificate(scheme, delivery, options.secrets)
    case 'all_of':
      return verifyAll(scheme.schemes, delivery, options)
    default:
      throw schemeError('is of an unknown type')
  }
}

function verifyHmac(scheme: HmacScheme, delivery: Delivery, options: VerifyOptions): SignatureResult {
  const plan = hmacPlan(scheme)
  if (plan.plain === null) return verifyHmacRequest(scheme, delivery, options)
  return verifyPlain(plan, plan.plain, delivery, options)
}

function verifyPlain(plan: HmacPlan, plain: PlainPlan, delivery: Delivery, options: VerifyOptions): SignatureResult {
  const keys = usableKeys(options.secrets, (secret) => macKey(secret, plan.secretEncoding))
  if (keys.length === 0) return SECRET_MISSING

  const header = readHeader(delivery, plain.header)
  if (typeof header !== 'string') return header
  let timestamp = ''
  let values = [header]
  if (plan.request.pairs) {
    const pairs = readPairs(header, plan.request.pairs)
    if (pairs === null) return HEADER_MALFORMED
    timestamp = pairs.timestamp
    values = pairs.signatures
  } else if (plain.timestampHeader !== null) {
    const value = readHeader(delivery, plain.timestampHeader)
    if (typeof value !== 'string') return value
    timestamp = value
  }
  if (plan.request.pairs || plain.timestampHeader !== null) {
    const untimely = checkTimestamp(timestamp, 'unix', options.now, plain.toleranceSeconds)
    if (untimely) return untimely
  }

  const signatures = withoutPrefix(values, plan.request.prefix)
  if (signatures.length === 0) return HEADER_MALFORMED

  // The time is signed as it was written, not as a number written anew.
  const content = [plain.before.join(timestamp), delivery.body, plain.after.join(timestamp)]
  for (const key of keys) {
    const expected = mac(plan.algorithm, key, plan.encoding, content)
    for (const signature of signatures) if (sameSignature(expected, signature)) return VERIFIED
  }
  return signatures.some((signature) => plan.wellFormed.test(signature)) ? MISMATCH : HEADER_MALFORMED
}

function verifyToken(
  scheme: TokenScheme | QueryTokenScheme | BasicScheme,
  delivery: Delivery,
  secrets: readonly string[],
): SignatureResult {
  const tokens = usableSecrets(secrets)
  if (tokens.length === 0) return SECRET_MISSING
  const presented = readToken(scheme, delivery)
  if (typeof presented !== 'string') return presented
  return tokens.some((token) => constantTimeEqual(token, presented)) ? VERIFIED : MISMATCH
}

function readToken(scheme: TokenScheme | QueryTokenScheme | BasicScheme, delivery: Delivery) {
  if (scheme.type === 'query_token') return readPlace(delivery, { query: scheme.query })
  const header = readHeader(delivery, scheme.type === 'basic' ? 'authorization' : scheme.header.toLowerCase())
  if (typeof header !== 'string') return header
  if (scheme.type === 'basic') return readBasic(header)
  const prefix = scheme.prefix ?? ''
  return header.startsWith(prefix) && header.length > prefix.length ? header.slice(prefix.length) : HEADER_MALFORMED
}

/** `user:password` of the header; the scheme's name may be in any case (RFC 7617, section 2). */
function readBasic(header: string) {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1]
  const credentials = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  return credentials.includes(':') ? credentials : HEADER_MALFORMED
}

function verifyBodyToken(scheme: BodyTokenScheme, delivery: Delivery, secrets: readonly string[]): SignatureResult {
  const tokens = usableSecrets(secrets)
  if (tokens.length === 0) return SECRET_MISSING
  const body = readBody(delivery)
  if (body.kind !== 'json') return BODY_MALFORMED
  const values = valuesAt(body.value, scheme.path)
  if (!values.some((value) => typeof value === 'string')) return BODY_MALFORMED
  // One delivery may carry several notifications; an item without the token, or with another's, taints them all.
  for (const value of values) {
    if (typeof value !== 'string' || !tokens.some((token) => constantTimeEqual(token, value))) return MISMATCH
  }
  return VERIFIED
}

function verifyAll(schemes: readonly SignatureScheme[], delivery: Delivery, options: VerifyOptions): SignatureResult {
  if (schemes.length === 0) throw schemeError('asks for nothing')
  for (const scheme of schemes) {
    const result = verifySignature(scheme, delivery, options)
    if (!result.verified) return result
  }
  return VERIFIED
}
