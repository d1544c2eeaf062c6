import {
  createHash,
  createHmac,
  createSecretKey,
  type Hash,
  type Hmac,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import type { Content } from './content.ts'

type Encoding = 'hex' | 'base64' | 'base64url'

/** The HMAC over `before`, the body's own bytes and `after`, as text. The body is never decoded. */
export function mac(
  algorithm: string,
  key: string | KeyObject,
  encoding: Encoding,
  before: string,
  body: Buffer,
  after = '',
): string {
  const hmac = createHmac(algorithm, key)
  if (before === '' && after === '') hmac.update(body)
  else update(hmac, [before, body, after])
  return hmac.digest(encoding)
}

/** The same over a content of any number of pieces; with `secretLast` the bare hash of the content and then the key. */
export function macOf(
  algorithm: string,
  key: string | KeyObject,
  encoding: Encoding,
  content: Content,
  secretLast: boolean,
): string {
  const hash = secretLast ? createHash(algorithm) : createHmac(algorithm, key)
  update(hash, content)
  if (secretLast) hash.update(typeof key === 'string' ? key : key.export())
  return hash.digest(encoding)
}

// Each call into a hash costs half a microsecond, as much as hashing 500 bytes: small contents go in as one piece.
const gathered = Buffer.alloc(8192)

function update(hash: Hash | Hmac, content: Content): void {
  let bytesMax = 0
  for (const piece of content) bytesMax += typeof piece === 'string' ? piece.length * 3 : piece.length
  if (bytesMax > gathered.length) {
    for (const piece of content) hash.update(piece)
    return
  }
  let length = 0
  for (const piece of content) {
    length += typeof piece === 'string' ? gathered.write(piece, length) : piece.copy(gathered, length)
  }
  hash.update(gathered.subarray(0, length))
}

// Two buffers for each length of a digest's text, to compare in. Making two for each comparison cost 5 % of a check.
const comparisons = new Map<number, [Buffer, Buffer]>()

/**
 * Whether two signatures are the same text, in a time that does not depend on where they differ. Their length is no
 * secret. The text is compared and not the bytes it stands for, so a second spelling of a signature is a different one.
 */
export function sameSignature(expected: string, presented: string): boolean {
  const length = expected.length
  if (presented.length !== length) return false
  let buffers = comparisons.get(length)
  if (buffers === undefined) {
    buffers = [Buffer.alloc(length), Buffer.alloc(length)]
    comparisons.set(length, buffers)
  }
  const [a, b] = buffers
  // Text outside ASCII would not fit, and leave the end of an earlier signature in place.
  return a.write(expected) === length && b.write(presented) === length && timingSafeEqual(a, b)
}

// In Node 24 an HMAC keyed with a Buffer costs 10 µs more than with a KeyObject, which is four times the hash itself.
const decodedKeys = new Map<string, KeyObject | null>()
const DECODED_KEYS_MAX = 1000

/** A secret as the key of an HMAC, or `null` when it is blank or not in its encoding: such a secret verifies nothing. */
export function hmacKey(secret: string, encoding: 'utf8' | 'base64' | 'hex'): string | KeyObject | null {
  if (encoding === 'utf8') return secret.trim() === '' ? null : secret
  const name = encoding + secret
  let key = decodedKeys.get(name)
  if (key === undefined) {
    key = decodeKey(secret, encoding)
    if (decodedKeys.size >= DECODED_KEYS_MAX) decodedKeys.clear()
    decodedKeys.set(name, key)
  }
  return key
}

function decodeKey(secret: string, encoding: 'base64' | 'hex'): KeyObject | null {
  const key = Buffer.from(secret, encoding)
  if (key.length === 0) return null
  // Node skips what it cannot decode, which would quietly make a shorter key.
  const canonical = key.toString(encoding)
  const isCanonical =
    encoding === 'hex' ? canonical === secret.toLowerCase() : withoutPadding(canonical) === withoutPadding(secret)
  return isCanonical ? createSecretKey(key) : null
}

function withoutPadding(base64: string): string {
  return base64.replace(/={1,2}$/, '')
}
