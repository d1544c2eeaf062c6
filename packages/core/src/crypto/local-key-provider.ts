import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { KobleError } from '../errors/errors.ts'
import type { KeyProvider } from './key-provider.ts'

const FORMAT = 1
const MASTER_KEY_BYTES = 32
const DATA_KEY_BYTES = 32
const KEY_ID_BYTES = 8
const TAG_BYTES = 16

// Where the parts of a wrapped key begin: format and key id, ephemeral X25519 public key (32 bytes), ML-KEM-768
// ciphertext (1088 bytes), sealed data key, tag.
const EPHEMERAL_AT = 1 + KEY_ID_BYTES
const KEM_CIPHERTEXT_AT = EPHEMERAL_AT + 32
const SEALED_AT = KEM_CIPHERTEXT_AT + 1088
const TAG_AT = SEALED_AT + DATA_KEY_BYTES
const WRAPPED_BYTES = TAG_AT + TAG_BYTES

// Every key that was ever wrapped depends on these texts.
const LABEL = 'koble local key provider v1'
const X25519_LABEL = `${LABEL}: x25519`
const ML_KEM_LABEL = `${LABEL}: ml-kem-768`

/** A new master key: 32 random bytes as base64. */
export function generateMasterKey(): string {
  return randomBytes(MASTER_KEY_BYTES).toString('base64')
}

/**
 * Wraps data keys in this process, under key pairs that are derived from the master key: the same master key makes the
 * same provider on every node and after every restart.
 *
 * Each wrap agrees on a fresh key twice, by X25519 ({@link https://www.rfc-editor.org/rfc/rfc7748 RFC 7748}) and by
 * ML-KEM-768 ({@link https://doi.org/10.6028/NIST.FIPS.203 FIPS 203}), and hashes both secrets into the AES-256-GCM key
 * that seals the data key. Who copies wrapped keys today must break both, so a quantum computer alone does not help.
 *
 * @param masterKey 32 bytes as base64, as `generateMasterKey` or `openssl rand -base64 32` print them.
 * @throws KobleError `master_key_invalid` when it is anything else.
 */
export function createLocalKeyProvider(masterKey: string): KeyProvider {
  const recipient = deriveRecipient(decodeMasterKey(masterKey))
  return {
    keyId: recipient.id.toString('hex'),
    wrap: async (dataKey, context) => wrap(recipient, dataKey, context),
    unwrap: async (wrapped, context) => unwrap(recipient, wrapped, context),
  }
}

interface KeyPair {
  privateKey: KeyObject
  publicKey: KeyObject
  publicBytes: Buffer
}

interface Recipient {
  /** A fingerprint of both public keys. */
  id: Buffer
  x25519: KeyPair
  mlKem: KeyPair
}

function decodeMasterKey(masterKey: string): Buffer {
  const bytes = Buffer.from(masterKey, 'base64')
  // Node skips what is not base64, so the bytes are spelt again and compared.
  if (bytes.length === MASTER_KEY_BYTES && bytes.toString('base64') === masterKey.trim()) return bytes
  throw new KobleError('master_key_invalid', 'The master key must be 32 bytes as base64 (44 characters).')
}

function deriveRecipient(masterKey: Buffer): Recipient {
  const x25519 = keyPair(
    createPrivateKey({ key: derive(masterKey, X25519_LABEL, 32), format: 'raw-private', asymmetricKeyType: 'x25519' }),
  )
  // FIPS 203 makes a key pair from a seed of 64 bytes (d and z).
  const mlKem = keyPair(
    createPrivateKey({ key: derive(masterKey, ML_KEM_LABEL, 64), format: 'raw-seed', asymmetricKeyType: 'ml-kem-768' }),
  )
  return { id: digest(LABEL, x25519.publicBytes, mlKem.publicBytes).subarray(0, KEY_ID_BYTES), x25519, mlKem }
}

function keyPair(privateKey: KeyObject): KeyPair {
  const publicKey = createPublicKey(privateKey)
  return { privateKey, publicKey, publicBytes: publicKey.export({ format: 'raw-public' }) }
}

function wrap(recipient: Recipient, dataKey: Buffer, context: string): Buffer {
  if (dataKey.length !== DATA_KEY_BYTES) throw new KobleError('data_key_invalid', 'A data key has 32 bytes.')
  const ephemeral = generateKeyPairSync('x25519')
  const ephemeralPublic = ephemeral.publicKey.export({ format: 'raw-public' })
  const x25519Secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient.x25519.publicKey })
  const { sharedKey: mlKemSecret, ciphertext: kemCiphertext } = encapsulate(recipient.mlKem.publicKey)

  const header = Buffer.concat([Buffer.of(FORMAT), recipient.id])
  const { key, nonce } = combine(recipient, { x25519Secret, mlKemSecret, ephemeralPublic, kemCiphertext, context })
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.concat([header, Buffer.from(context)]))
  const sealed = Buffer.concat([cipher.update(dataKey), cipher.final()])
  return Buffer.concat([header, ephemeralPublic, kemCiphertext, sealed, cipher.getAuthTag()])
}

function unwrap(recipient: Recipient, wrapped: Buffer, context: string): Buffer {
  if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== FORMAT) {
    throw invalid('is truncated or of an unknown format')
  }
  const header = wrapped.subarray(0, EPHEMERAL_AT)
  const ephemeralPublic = wrapped.subarray(EPHEMERAL_AT, KEM_CIPHERTEXT_AT)
  const kemCiphertext = wrapped.subarray(KEM_CIPHERTEXT_AT, SEALED_AT)
  const sealed = wrapped.subarray(SEALED_AT, TAG_AT)
  const tag = wrapped.subarray(TAG_AT)
  const keyId = header.subarray(1)
  if (!keyId.equals(recipient.id)) {
    throw new KobleError('master_key_mismatch', 'The data key was wrapped by another master key.', {
      details: { keyId: keyId.toString('hex'), expectedKeyId: recipient.id.toString('hex') },
    })
  }
  try {
    // A point of small order, which would fix the shared secret, is refused by OpenSSL.
    const publicKey = createPublicKey({ key: ephemeralPublic, format: 'raw-public', asymmetricKeyType: 'x25519' })
    const x25519Secret = diffieHellman({ privateKey: recipient.x25519.privateKey, publicKey })
    // A changed ciphertext yields another secret and no error (FIPS 203, implicit rejection): the tag then tells.
    const mlKemSecret = decapsulate(recipient.mlKem.privateKey, kemCiphertext)
    const { key, nonce } = combine(recipient, { x25519Secret, mlKemSecret, ephemeralPublic, kemCiphertext, context })
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.concat([header, Buffer.from(context)]))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  } catch {
    throw invalid('was changed, or belongs to another place')
  }
}

/**
 * Key and nonce from both shared secrets, bound to everything that went into the agreement, so that no part of one wrap
 * fits another. Both are used once, which is why the nonce may be derived.
 */
function combine(
  recipient: Recipient,
  agreement: {
    x25519Secret: Buffer
    mlKemSecret: Buffer
    ephemeralPublic: Buffer
    kemCiphertext: Buffer
    context: string
  },
): { key: Buffer; nonce: Buffer } {
  const transcript = digest(
    LABEL,
    recipient.x25519.publicBytes,
    recipient.mlKem.publicBytes,
    agreement.ephemeralPublic,
    agreement.kemCiphertext,
    agreement.context,
  )
  const secrets = Buffer.concat([agreement.mlKemSecret, agreement.x25519Secret])
  const bytes = Buffer.from(hkdfSync('sha256', secrets, transcript, LABEL, 32 + 12))
  return { key: bytes.subarray(0, 32), nonce: bytes.subarray(32) }
}

function derive(masterKey: Buffer, label: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), label, length))
}

/** SHA-256 over parts, each after its length, so that no two lists of parts hash the same bytes. */
function digest(...parts: (string | Buffer)[]): Buffer {
  const bytes = parts.flatMap((part) => {
    const content = Buffer.from(part)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(content.length)
    return [length, content]
  })
  return hash('sha256', Buffer.concat(bytes), 'buffer')
}

function invalid(problem: string): KobleError {
  return new KobleError('ciphertext_invalid', `The wrapped data key ${problem}.`, { status: 500 })
}
