import { randomUUID } from 'node:crypto'
import { hashBody } from './content.ts'
import { mac, sameSignature } from './mac.ts'
import { macKey } from './mac-key.ts'
import { loadPrivateKey, loadPublicKey, signatureBytes, signBytes, verifyBytes } from './public-key.ts'
import { readHeader } from './read-place.ts'
import { HEADER_MALFORMED, MISMATCH, SECRET_MISSING, TIMESTAMP_STALE, VERIFIED } from './results.ts'
import { schemeError, secretError } from './scheme-error.ts'
import type { Delivery, JwtScheme, SignatureResult, VerifyOptions } from './signature-scheme.ts'
import { usableKeys } from './usable-keys.ts'

const ALGORITHMS = {
  HS256: { hash: 'sha256' },
  HS512: { hash: 'sha512' },
  RS256: { key: 'rsa_sha256' },
  ES256: { key: 'ecdsa_p256_sha256' },
  EdDSA: { key: 'ed25519' },
} as const

/**
 * A token in compact form (RFC 7515), of the one algorithm of the scheme: what the token says of itself chooses nothing.
 * The claims are read once the signature has been found good.
 */
export function verifyJwt(scheme: JwtScheme, delivery: Delivery, options: VerifyOptions): SignatureResult {
  const keys = usableKeys(options.secrets, (secret) => checkerOf(scheme, secret))
  if (keys.length === 0) return SECRET_MISSING
  const token = tokenOf(scheme, delivery)
  if (typeof token !== 'string') return token
  const [header, payload, signature, ...rest] = token.split('.', 4)
  if (!header || !payload || !signature || rest.length > 0) return HEADER_MALFORMED
  const claimed = parseObject(header)
  // `crit` names extensions that must be understood; there is none that is.
  if (claimed === null || claimed.alg !== scheme.algorithm || claimed.crit !== undefined) return HEADER_MALFORMED
  if (!keys.some((isGood) => isGood(`${header}.${payload}`, signature))) return MISMATCH
  const claims = parseObject(payload)
  return claims === null ? HEADER_MALFORMED : judgeClaims(scheme, claims, delivery.body, options.now)
}

/** The signing input of a delivery's token: what makes it the same token again. */
export function jwtContent(scheme: JwtScheme, delivery: Delivery): string | null {
  const token = tokenOf(scheme, delivery)
  return typeof token === 'string' ? token.slice(0, token.lastIndexOf('.')) : null
}

/** The value of the header: a token over the body, issued now. */
export function signJwt(scheme: JwtScheme, body: Buffer, secret: string, now: Date): string {
  const claims = {
    iat: Math.floor(now.getTime() / 1000),
    jti: randomUUID(),
    ...(scheme.issuer === undefined ? {} : { iss: scheme.issuer }),
    [scheme.bodyHash.claim]: hashBody(body, scheme.bodyHash.encoding),
  }
  const content = `${encode({ alg: scheme.algorithm, typ: 'JWT' })}.${encode(claims)}`
  return `${scheme.prefix ?? ''}${content}.${signatureOf(scheme, content, secret)}`
}

function judgeClaims(scheme: JwtScheme, claims: Record<string, unknown>, body: Buffer, now: Date): SignatureResult {
  const tolerance = scheme.toleranceSeconds ?? 300
  const seconds = now.getTime() / 1000
  const { iat, exp, nbf } = claims
  if (!isTime(iat) || (exp !== undefined && !isTime(exp)) || (nbf !== undefined && !isTime(nbf)))
    return HEADER_MALFORMED
  if (!(Math.abs(Math.floor(seconds) - iat) <= tolerance)) return TIMESTAMP_STALE
  if (isTime(exp) && !(seconds < exp + tolerance)) return TIMESTAMP_STALE
  if (isTime(nbf) && !(seconds >= nbf - tolerance)) return TIMESTAMP_STALE
  if (scheme.issuer !== undefined && claims.iss !== scheme.issuer) return MISMATCH
  const hash = claims[scheme.bodyHash.claim]
  if (typeof hash !== 'string') return HEADER_MALFORMED
  return hash === hashBody(body, scheme.bodyHash.encoding) ? VERIFIED : MISMATCH
}

function tokenOf(scheme: JwtScheme, delivery: Delivery) {
  const header = readHeader(delivery, scheme.header.toLowerCase())
  if (typeof header !== 'string') return header
  const prefix = scheme.prefix ?? ''
  return header.startsWith(prefix) ? header.slice(prefix.length) : HEADER_MALFORMED
}

function checkerOf(scheme: JwtScheme, secret: string): ((content: string, signature: string) => boolean) | null {
  const algorithm = algorithmOf(scheme)
  if ('hash' in algorithm) {
    const key = macKey(secret, 'utf8')
    return key === null
      ? null
      : (content, signature) => sameSignature(mac(algorithm.hash, key, 'base64url', [content]), signature)
  }
  const key = loadPublicKey(secret, algorithm.key, 'spki')
  if (key === null) return null
  return (content, signature) => {
    const bytes = signatureBytes(signature, 'base64url')
    return bytes !== null && verifyBytes(key, Buffer.from(content), bytes, 'ieee-p1363')
  }
}

function signatureOf(scheme: JwtScheme, content: string, secret: string): string {
  const algorithm = algorithmOf(scheme)
  if ('hash' in algorithm) {
    const key = macKey(secret, 'utf8')
    if (key === null) throw secretError()
    return mac(algorithm.hash, key, 'base64url', [content])
  }
  const key = loadPrivateKey(secret, algorithm.key, 'spki')
  if (key === null) throw secretError()
  return signBytes(key, Buffer.from(content), 'ieee-p1363').toString('base64url')
}

function algorithmOf(scheme: JwtScheme) {
  const algorithm = Object.hasOwn(ALGORITHMS, scheme.algorithm) ? ALGORITHMS[scheme.algorithm] : undefined
  if (algorithm === undefined) throw schemeError('names an unknown algorithm')
  const tolerance = scheme.toleranceSeconds ?? 300
  if (!(tolerance >= 0 && Number.isFinite(tolerance))) throw schemeError('has no sensible tolerance')
  return algorithm
}

function parseObject(part: string): Record<string, unknown> | null {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
