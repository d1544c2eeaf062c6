import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
export const KEY_BYTES = 32
/** The length that NIST SP 800-38D recommends. Random nonces of it are safe for 2^32 values per key. */
export const NONCE_BYTES = 12
export const TAG_BYTES = 16
/** One object for all calls: node reads the length out of a new one 40 % slower. */
const options = { authTagLength: TAG_BYTES }
const nothing = Buffer.alloc(0)

/**
 * AES-256-GCM (https://csrc.nist.gov/pubs/sp/800/38/d/final): `before` (nothing unless given), ciphertext and tag. A
 * nonce must never come twice under one key.
 */
export function seal(
  key: KeyObject,
  nonce: Uint8Array,
  plaintext: Uint8Array | string,
  associated: Uint8Array,
  before: Uint8Array = nothing,
): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, options)
  cipher.setAAD(associated)
  const body = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext)
  cipher.final()
  return Buffer.concat([before, body, cipher.getAuthTag()])
}

/** The plaintext again. Throws whatever node throws when key, nonce, ciphertext, tag or associated data do not fit. */
export function open(key: KeyObject, nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Buffer {
  if (sealed.length < TAG_BYTES) throw new Error('The tag has another length.')
  return openDetached(key, nonce, sealed.subarray(0, -TAG_BYTES), sealed.subarray(-TAG_BYTES), associated)
}

/** As `open`, with the ciphertext and its tag apart. */
export function openDetached(
  key: KeyObject,
  nonce: Uint8Array,
  body: Uint8Array,
  tag: Uint8Array,
  associated: Uint8Array,
): Buffer {
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES)
    throw new Error('The nonce or the tag has another length.')
  const decipher = createDecipheriv(CIPHER, key, nonce, options)
  decipher.setAAD(associated)
  decipher.setAuthTag(tag)
  const plaintext = decipher.update(body)
  // GCM is a stream cipher: all of the text is out already, and `final` does nothing but check the tag.
  decipher.final()
  return plaintext
}
