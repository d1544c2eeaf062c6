import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * The HMAC over `before`, the body's own bytes and `after`, as text. The parts are fed to the hash one after the other:
 * a body of megabytes is neither copied nor decoded.
 */
export function mac(
  algorithm: string,
  key: string | Buffer,
  encoding: 'hex' | 'base64',
  before: string,
  body: Buffer,
  after = '',
): string {
  const hmac = createHmac(algorithm, key)
  if (before !== '') hmac.update(before)
  hmac.update(body)
  if (after !== '') hmac.update(after)
  return hmac.digest(encoding)
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

/** A secret as the key of an HMAC, or `null` when it is blank or not in its encoding: such a secret verifies nothing. */
export function hmacKey(secret: string, encoding: 'utf8' | 'base64' | 'hex'): string | Buffer | null {
  if (secret.trim() === '') return null
  if (encoding === 'utf8') return secret
  const key = Buffer.from(secret, encoding)
  if (key.length === 0) return null
  // Node skips what it cannot decode, which would quietly make a shorter key.
  const canonical = key.toString(encoding)
  if (encoding === 'hex') return canonical === secret.toLowerCase() ? key : null
  return canonical.replace(/=+$/, '') === secret.replace(/=+$/, '') ? key : null
}

/**
 * A secret of Standard Webhooks as a key: `whsec_` and base64, the prefix optional.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
 */
export function standardWebhooksKey(secret: string): Buffer | null {
  const key = hmacKey(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret, 'base64')
  return typeof key === 'string' ? null : key
}
