import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { KobleError } from '../errors/errors.ts'
import { KEY_BYTES, NONCE_BYTES, openDetached, seal, TAG_BYTES } from './aes-256-gcm.ts'

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

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const BEYOND_LATIN_1 = /[\u0100-\uffff]/
/** The last characters there may be, by how many characters the last group has: those whose unused bits are zero. */
const UNUSED_BITS_ZERO = [ALPHABET, '', 'AQgw', 'AEIMQUYcgkosw048']

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
  const { header, secret } = prepare(key)
  if (!plaintext.isWellFormed()) {
    throw new KobleError('plaintext_invalid', 'The value is not well-formed Unicode and cannot be stored.', {
      status: 400,
    })
  }
  const nonce = randomBytes(NONCE_BYTES)
  const sealed = seal(secret, nonce, plaintext, associatedData(header, context), nonce)
  return header + sealed.toString('base64url')
}

/**
 * The text again.
 *
 * @throws KobleError `ciphertext_invalid` when it is corrupt, truncated, of an unknown format, of another key or from
 * another context; `data_key_invalid`.
 */
export function decrypt(key: DataKey, ciphertext: string, context: string): string {
  const { header, secret } = prepare(key)
  if (!ciphertext.startsWith(header)) throw ofAnotherKey(key, ciphertext)
  const { nonce, body, tag } = readPayload(ciphertext, header.length)
  let plaintext: Buffer
  try {
    plaintext = openDetached(secret, nonce, body, tag, associatedData(header, context))
  } catch {
    throw invalid('was changed, or belongs to another key or place', { keyId: key.id, version: key.version })
  }
  return plaintext.toString()
}

/**
 * Moves a value to a newer data key: decrypts it with the key it names and encrypts it with `to`. A value that is under
 * `to` already is returned as it is, so that a job may go over the same rows twice.
 *
 * @param keys `from`: every key a value may still be under.
 * @throws KobleError as `decrypt`, and `ciphertext_invalid` when the value needs a key that is not in `from`.
 */
export function reencrypt(
  ciphertext: string,
  context: string,
  keys: { from: readonly DataKey[]; to: DataKey },
): string {
  const { keyId, version } = readKeyReference(ciphertext)
  const isUnder = (key: DataKey) => key.id === keyId && key.version === version
  if (isUnder(keys.to)) return ciphertext
  const key = keys.from.find(isUnder)
  if (key === undefined) throw invalid('belongs to a key that was not given', { keyId, version })
  return encrypt(keys.to, decrypt(key, ciphertext, context), context)
}

/**
 * Which key a ciphertext needs, without decrypting it.
 *
 * @throws KobleError `ciphertext_invalid` when it is truncated or of an unknown format.
 */
export function readKeyReference(ciphertext: string): { keyId: string; version: number } {
  const match = /^v1\.([A-Za-z0-9_-]+)\.([1-9]\d{0,14})\./.exec(ciphertext)
  if (!match) throw invalid('is truncated or of an unknown format')
  const [header, keyId = '', version = ''] = match
  readPayload(ciphertext, header.length)
  return { keyId, version: Number(version) }
}

/** What each use of a data key needs of it besides its bytes. */
interface PreparedKey {
  id: string
  version: number
  bytes: Buffer
  /** What the ciphertexts of the key begin with. */
  header: string
  /** The key in the form node works with. */
  secret: KeyObject
}

const preparedKeys = new WeakMap<DataKey, PreparedKey>()

/**
 * The key, checked and made ready. Making the KeyObject anew each time costs more than decrypting 1 KiB (80,000 against
 * 300,000 decryptions per second), so it is kept as long as the data key lives and says the same.
 *
 * @throws KobleError `data_key_invalid`
 */
function prepare(key: DataKey): PreparedKey {
  const known = preparedKeys.get(key)
  if (known && known.id === key.id && known.version === key.version && known.bytes.equals(key.bytes)) return known
  checkKey(key)
  const { id, version } = key
  const bytes = Buffer.from(key.bytes)
  const prepared = { id, version, bytes, header: `${FORMAT}.${id}.${version}.`, secret: createSecretKey(bytes) }
  preparedKeys.set(key, prepared)
  return prepared
}

// Used again each time, as `decoded` below; most contexts are of some 130 characters.
const associated = Buffer.alloc(1024)

/** What is bound to the ciphertext without being in it; good until the next call. */
function associatedData(header: string, context: string): Buffer {
  const text = header + context
  // No character takes more than three bytes of UTF-8.
  if (text.length * 3 > associated.length) return Buffer.from(text)
  return associated.subarray(0, associated.write(text))
}

function ofAnotherKey(key: DataKey, ciphertext: string): KobleError {
  const details = { ...readKeyReference(ciphertext), expectedKeyId: key.id, expectedVersion: key.version }
  return invalid('belongs to another key', details)
}

// Decoding into the same bytes each time takes about 40 % less than into new ones, and a decryption is over before the next
// begins. They hold ciphertext only. All that is made anew is collected soon, which costs as much again.
const decoded = Buffer.alloc(8192)
const decodedNonce = decoded.subarray(0, NONCE_BYTES)
const decodedTag = Buffer.alloc(TAG_BYTES)

/**
 * What follows the header, decoded; good until the next call. Only one spelling is accepted. Node skips what is not
 * base64url, so that fewer bytes come out than there are characters for; it takes the two characters of plain base64,
 * and those beyond ASCII for what their low byte is; and the last character may have unused bits. To spell all of it
 * again and compare costs three times as much.
 */
function readPayload(ciphertext: string, start: number): { nonce: Buffer; body: Buffer; tag: Buffer } {
  const characters = ciphertext.length - start
  const length = Math.floor((characters * 3) / 4)
  const bytes = length <= decoded.length ? decoded : Buffer.alloc(length)
  const isSound =
    length >= NONCE_BYTES + TAG_BYTES &&
    UNUSED_BITS_ZERO[characters % 4]?.includes(ciphertext.at(-1) as string) &&
    !isMisread(ciphertext) &&
    bytes.write(ciphertext.slice(start), 'base64url') === length
  if (!isSound) throw invalid('is truncated or of an unknown format')
  bytes.copy(decodedTag, 0, length - TAG_BYTES, length)
  return {
    nonce: bytes === decoded ? decodedNonce : bytes.subarray(0, NONCE_BYTES),
    body: bytes.subarray(NONCE_BYTES, length - TAG_BYTES),
    tag: decodedTag,
  }
}

/** Two searches for a character and a pattern that most texts cannot match take two thirds of the time of one pattern. */
function isMisread(text: string): boolean {
  return text.includes('+') || text.includes('/') || BEYOND_LATIN_1.test(text)
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
