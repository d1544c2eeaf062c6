import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { KobleError } from '../errors/errors.ts'

/** A key that encrypts values; `id` and `version` are written into each ciphertext. */
export interface DataKey {
  /** Letters, digits, `-` and `_`. */
  id: string
  /** A whole number from 1. */
  version: number
  /** 32 bytes. */
  bytes: Buffer
}

const FORMAT = 'v1'
const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
/** The length that NIST SP 800-38D recommends. Random nonces of it are safe for 2^32 values per key. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A new key for `encrypt`: 32 random bytes. */
export function generateDataKey(): Buffer {
  return randomBytes(KEY_BYTES)
}

/**
 * Encrypts text with AES-256-GCM: `v1.<key id>.<key version>.<base64url of nonce, ciphertext and tag>`.
 *
 * @param context Where the value lives (organization, table, row, column); what was encrypted for one place cannot be
 * moved to another, since decryption needs the same text.
 * @throws KobleError `data_key_invalid`, or `plaintext_invalid` when the text has unpaired surrogates, which UTF-8
 * would silently replace.
 */
export function encrypt(key: DataKey, plaintext: string, context: string): string {
  checkKey(key)
  if (!plaintext.isWellFormed()) {
    throw new KobleError('plaintext_invalid', 'The value is not well-formed Unicode and cannot be stored.', {
      status: 400,
    })
  }
  const header = `${FORMAT}.${key.id}.${key.version}.`
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(header + context))
  const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return header + sealed.toString('base64url')
}

/**
 * The text again.
 *
 * @throws KobleError `ciphertext_invalid` when it is corrupt, truncated, of an unknown format, of another key or from
 * another context; `data_key_invalid`.
 */
export function decrypt(key: DataKey, ciphertext: string, context: string): string {
  checkKey(key)
  const { keyId, version, header, sealed } = parse(ciphertext)
  if (keyId !== key.id || version !== key.version) {
    throw invalid('belongs to another key', { keyId, version, expectedKeyId: key.id, expectedVersion: key.version })
  }
  const decipher = createDecipheriv(CIPHER, key.bytes, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(header + context))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    throw invalid('was changed, or belongs to another key or place', { keyId, version })
  }
}

/**
 * Which key a ciphertext needs, without decrypting it.
 *
 * @throws KobleError `ciphertext_invalid` when it is truncated or of an unknown format.
 */
export function readKeyReference(ciphertext: string): { keyId: string; version: number } {
  const { keyId, version } = parse(ciphertext)
  return { keyId, version }
}

function parse(ciphertext: string): { keyId: string; version: number; header: string; sealed: Buffer } {
  const match = /^v1\.([A-Za-z0-9_-]+)\.([1-9]\d{0,14})\.([A-Za-z0-9_-]+)$/.exec(ciphertext)
  if (!match) throw invalid('is truncated or of an unknown format')
  const [, keyId = '', version = '', encoded = ''] = match
  const sealed = Buffer.from(encoded, 'base64url')
  // The last character may have unused bits; only one spelling of a ciphertext is accepted.
  if (sealed.length < NONCE_BYTES + TAG_BYTES || sealed.toString('base64url') !== encoded) {
    throw invalid('is truncated or of an unknown format')
  }
  return { keyId, version: Number(version), header: `${FORMAT}.${keyId}.${version}.`, sealed }
}

function checkKey(key: DataKey): void {
  const sound =
    /^[A-Za-z0-9_-]+$/.test(key.id) &&
    Number.isSafeInteger(key.version) &&
    key.version > 0 &&
    key.bytes.length === KEY_BYTES
  if (!sound) throw new KobleError('data_key_invalid', 'A data key has an id, a version from 1 and 32 bytes.')
}

function invalid(problem: string, details: Record<string, unknown> = {}): KobleError {
  return new KobleError('ciphertext_invalid', `The encrypted value ${problem}.`, { status: 500, details })
}
