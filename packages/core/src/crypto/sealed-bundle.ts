import { createSecretKey, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { KobleError } from '../errors/errors.ts'
import { KEY_BYTES, NONCE_BYTES, open, seal, TAG_BYTES } from './aes-256-gcm.ts'
import {
  decapsulate,
  derive,
  ENCAPSULATION_BYTES,
  encapsulate,
  fingerprint,
  type HybridKeyPair,
  hybridKeyPair,
  hybridPublicKey,
  PUBLIC_KEY_BYTES,
} from './hybrid-kem.ts'

/** For whom a bundle is sealed: whoever knows a passphrase, or the one who has the private key of `recipient`. */
export type BundleLock = { passphrase: string; scryptCost?: number } | { recipient: string }

/** What opens a bundle: its passphrase, or the private key of its recipient. */
export type BundleKey = { passphrase: string } | { privateKey: string }

/**
 * Encrypts an export into one line of text that any channel carries:
 *
 * - `koble-bundle.v1.passphrase.<cost>.<salt>.<sealed>`: the key comes from the passphrase by scrypt (RFC 7914) with
 *   N = 2^cost, r = 8, p = 1; 17 unless said otherwise, which takes 128 MiB and a good part of a second.
 * - `koble-bundle.v1.recipient.<fingerprint>.<encapsulation>.<sealed>`: the key is agreed on with the recipient's public
 *   key by X25519 and ML-KEM-768.
 *
 * All parts are base64url, `sealed` is AES-256-GCM over the content with everything before it as associated data.
 *
 * @throws KobleError `passphrase_invalid` (fewer than 12 characters), `invalid_request` (another cost than 14 to 18),
 * `bundle_key_invalid` when the recipient is no public key, `ml_kem_unsupported`.
 */
export async function sealBundle(content: string | Uint8Array, lock: BundleLock): Promise<string> {
  if ('passphrase' in lock) {
    const cost = lock.scryptCost ?? 17
    if ([...lock.passphrase].length < 12) {
      throw new KobleError('passphrase_invalid', 'The passphrase must have at least 12 characters.', { status: 400 })
    }
    if (!scryptCosts.has(String(cost))) {
      throw new KobleError('invalid_request', 'The cost of scrypt must be from 14 to 18.', { status: 400 })
    }
    const salt = randomBytes(SALT_BYTES)
    const { key, check } = await stretch(lock.passphrase, salt, cost)
    const header = [PREFIX, 'passphrase', cost, encode(Buffer.concat([salt, check])), ''].join('.')
    const nonce = randomBytes(NONCE_BYTES)
    return header + encode(seal(createSecretKey(key), nonce, content, Buffer.from(header), nonce))
  }
  const recipient = readKey(lock.recipient, PUBLIC_PREFIX, PUBLIC_KEY_BYTES, hybridPublicKey)
  const { key, nonce, encapsulation } = encapsulate(recipient, BUNDLE_LABEL, '')
  const header = [PREFIX, 'recipient', encode(fingerprint(RECIPIENT_LABEL, recipient)), encode(encapsulation), ''].join(
    '.',
  )
  return header + encode(seal(key, nonce, content, Buffer.from(header)))
}

/**
 * The content again. Surrounding white space does no harm.
 *
 * @throws KobleError `passphrase_wrong`; `bundle_recipient_other` when it was sealed for another key or another kind of
 * key; `ciphertext_invalid` when it is corrupt, truncated or of an unknown format; `bundle_key_invalid`.
 */
export async function openBundle(bundle: string, key: BundleKey): Promise<Buffer> {
  const match = /^(koble-bundle\.v1\.(passphrase|recipient)\.([\w-]+)\.([\w-]+)\.)([\w-]+)$/.exec(bundle.trim())
  if (match === null) throw invalid('is truncated or of an unknown format')
  const [, header = '', kind, first = '', second = '', third = ''] = match
  const sealed = decode(third)
  const agreement = decode(second)
  if (kind === 'passphrase') {
    if (!('passphrase' in key)) throw otherKey('The bundle opens with a passphrase.')
    return openWithPassphrase(key.passphrase, { header, cost: first, saltAndCheck: agreement, sealed })
  }
  if (!('privateKey' in key)) throw otherKey('The bundle opens with the private key of its recipient.')
  const pair = readKey(key.privateKey, PRIVATE_PREFIX, SEED_BYTES, recipientOf)
  if (encode(fingerprint(RECIPIENT_LABEL, pair)) !== first)
    throw otherKey('The bundle was sealed for another recipient.')
  if (agreement.length !== ENCAPSULATION_BYTES || sealed.length < TAG_BYTES) throw invalid('is truncated')
  return unchanged(() => {
    const agreed = decapsulate(pair, agreement, BUNDLE_LABEL, '')
    return open(agreed.key, agreed.nonce, sealed, Buffer.from(header))
  })
}

/**
 * A key pair to receive bundles with: `koble-public.…` (1,635 characters) may be shown to anybody, `koble-private.…`
 * opens them.
 *
 * @throws KobleError `ml_kem_unsupported` before Node 24.7.
 */
export function generateBundleKeys(): { publicKey: string; privateKey: string } {
  const seed = randomBytes(SEED_BYTES)
  return { publicKey: PUBLIC_PREFIX + encode(recipientOf(seed).bytes), privateKey: PRIVATE_PREFIX + encode(seed) }
}

const PREFIX = 'koble-bundle.v1'
const PUBLIC_PREFIX = 'koble-public.'
const PRIVATE_PREFIX = 'koble-private.'
const SEED_BYTES = 32
const SALT_BYTES = 16
const CHECK_BYTES = 16
/** From 16 MiB to 256 MiB: less is worth nothing, and a bundle must not be able to ask for all memory there is. */
const scryptCosts = new Set(['14', '15', '16', '17', '18'])

// Every bundle and every key that was ever made depends on these texts.
const BUNDLE_LABEL = 'koble sealed bundle v1'
const RECIPIENT_LABEL = 'koble bundle recipient v1'

async function openWithPassphrase(
  passphrase: string,
  parts: { header: string; cost: string; saltAndCheck: Buffer; sealed: Buffer },
): Promise<Buffer> {
  const { saltAndCheck, sealed } = parts
  const cost = Number(parts.cost)
  if (!scryptCosts.has(parts.cost) || saltAndCheck.length !== SALT_BYTES + CHECK_BYTES) {
    throw invalid('is truncated or of an unknown format')
  }
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw invalid('is truncated')
  const { key, check } = await stretch(passphrase, saltAndCheck.subarray(0, SALT_BYTES), cost)
  if (!timingSafeEqual(check, saltAndCheck.subarray(SALT_BYTES))) {
    throw new KobleError('passphrase_wrong', 'The passphrase does not open the bundle.', { status: 400 })
  }
  return unchanged(() =>
    open(
      createSecretKey(key),
      sealed.subarray(0, NONCE_BYTES),
      sealed.subarray(NONCE_BYTES),
      Buffer.from(parts.header),
    ),
  )
}

/**
 * The key, and 16 bytes beside it that tell a wrong passphrase from a damaged bundle; knowing them helps a guesser no
 * more than the tag does. The same letters typed on another system are the same passphrase (NFKC).
 */
async function stretch(passphrase: string, salt: Buffer, cost: number): Promise<{ key: Buffer; check: Buffer }> {
  const options: ScryptOptions = { N: 2 ** cost, r: 8, p: 1, maxmem: 2 ** cost * 8 * 128 + 2 ** 20 }
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, KEY_BYTES + CHECK_BYTES, options, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    )
  })
  return { key: Buffer.from(bytes.subarray(0, KEY_BYTES)), check: bytes.subarray(KEY_BYTES) }
}

function recipientOf(seed: Buffer): HybridKeyPair {
  return hybridKeyPair({
    x25519: derive(seed, `${RECIPIENT_LABEL}: x25519`, 32),
    mlKem: derive(seed, `${RECIPIENT_LABEL}: ml-kem-768`, 64),
  })
}

function readKey<T>(text: string, prefix: string, length: number, read: (bytes: Buffer) => T): T {
  const trimmed = text.trim()
  const bytes = Buffer.from(trimmed.slice(prefix.length), 'base64url')
  if (trimmed === prefix + encode(bytes) && bytes.length === length) {
    try {
      return read(bytes)
    } catch (error) {
      if (error instanceof KobleError) throw error
    }
  }
  throw new KobleError('bundle_key_invalid', `The key must be ${prefix}… as it was generated.`, { status: 400 })
}

function unchanged(attempt: () => Buffer): Buffer {
  try {
    return attempt()
  } catch {
    throw invalid('was changed')
  }
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (encode(bytes) !== text) throw invalid('was changed')
  return bytes
}

function otherKey(message: string): KobleError {
  return new KobleError('bundle_recipient_other', message, { status: 400 })
}

function invalid(problem: string): KobleError {
  return new KobleError('ciphertext_invalid', `The bundle ${problem}.`, { status: 400 })
}
