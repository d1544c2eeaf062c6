import nodeCrypto, {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { KobleError } from '../errors/errors.ts'

export const X25519_BYTES = 32
const ML_KEM_PUBLIC_BYTES = 1184
const ML_KEM_CIPHERTEXT_BYTES = 1088
/** X25519 public key, then ML-KEM-768 encapsulation key. */
export const PUBLIC_KEY_BYTES = X25519_BYTES + ML_KEM_PUBLIC_BYTES
/** Ephemeral X25519 public key, then ML-KEM-768 ciphertext. */
export const ENCAPSULATION_BYTES = X25519_BYTES + ML_KEM_CIPHERTEXT_BYTES

/** Whom something is sealed for. */
export interface HybridPublicKey {
  /** As many as `PUBLIC_KEY_BYTES`. */
  bytes: Buffer
  x25519: KeyObject
  mlKem: KeyObject
}

export interface HybridKeyPair extends HybridPublicKey {
  x25519Private: KeyObject
  mlKemPrivate: KeyObject
}

/** Used once, which is why the nonce may be derived with the key. */
export interface AgreedKey {
  key: KeyObject
  nonce: Buffer
}

/**
 * Two key agreements in one, X25519 ({@link https://www.rfc-editor.org/rfc/rfc7748 RFC 7748}) and ML-KEM-768
 * ({@link https://doi.org/10.6028/NIST.FIPS.203 FIPS 203}): whoever keeps what was sealed today must break both, so a
 * quantum computer alone does not help, nor does a flaw in the younger of the two.
 *
 * @param seeds 32 bytes for X25519, and the 64 bytes (d and z) from which FIPS 203 makes a key pair.
 * @throws KobleError `ml_kem_unsupported` before Node 24.7, which brought ML-KEM.
 */
export function hybridKeyPair(seeds: { x25519: Buffer; mlKem: Buffer }): HybridKeyPair {
  requireMlKem()
  const x25519Private = createPrivateKey({ key: seeds.x25519, format: 'raw-private', asymmetricKeyType: 'x25519' })
  const mlKemPrivate = createPrivateKey({ key: seeds.mlKem, format: 'raw-seed', asymmetricKeyType: 'ml-kem-768' })
  const x25519 = createPublicKey(x25519Private)
  const mlKem = createPublicKey(mlKemPrivate)
  const bytes = Buffer.concat([x25519.export({ format: 'raw-public' }), mlKem.export({ format: 'raw-public' })])
  return { bytes, x25519, mlKem, x25519Private, mlKemPrivate }
}

/** Reads a public key. Throws what node throws when the bytes are none, `ml_kem_unsupported` before Node 24.7. */
export function hybridPublicKey(bytes: Buffer): HybridPublicKey {
  requireMlKem()
  const raw = { format: 'raw-public' } as const
  return {
    bytes,
    x25519: createPublicKey({ key: bytes.subarray(0, X25519_BYTES), ...raw, asymmetricKeyType: 'x25519' }),
    mlKem: createPublicKey({ key: bytes.subarray(X25519_BYTES), ...raw, asymmetricKeyType: 'ml-kem-768' }),
  }
}

/**
 * A fresh key that only the recipient can agree on too.
 *
 * @param label What the key is for; the same agreement under another label gives another key.
 */
export function encapsulate(
  recipient: HybridPublicKey,
  label: string,
  context: string,
): AgreedKey & { encapsulation: Buffer } {
  const ephemeral = generateKeyPairSync('x25519')
  const x25519Secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient.x25519 })
  const { sharedKey: mlKemSecret, ciphertext } = nodeCrypto.encapsulate(recipient.mlKem)
  const encapsulation = Buffer.concat([ephemeral.publicKey.export({ format: 'raw-public' }), ciphertext])
  return { encapsulation, ...combine(recipient, { x25519Secret, mlKemSecret, encapsulation, label, context }) }
}

/**
 * The same key again. Throws what node throws for a point of small order, which would fix the X25519 secret; any other
 * change leads to another key and no error (FIPS 203, implicit rejection), which the tag of what was sealed then tells.
 */
export function decapsulate(pair: HybridKeyPair, encapsulation: Buffer, label: string, context: string): AgreedKey {
  const x25519Secret = agreeX25519(pair.x25519Private, encapsulation.subarray(0, X25519_BYTES))
  const mlKemSecret = nodeCrypto.decapsulate(pair.mlKemPrivate, encapsulation.subarray(X25519_BYTES))
  return combine(pair, { x25519Secret, mlKemSecret, encapsulation, label, context })
}

/** The shared secret. Throws for a point of small order, with which it would be all zero. */
export function agreeX25519(privateKey: KeyObject, point: Buffer): Buffer {
  const publicKey = createPublicKey({ key: point, format: 'raw-public', asymmetricKeyType: 'x25519' })
  return diffieHellman({ privateKey, publicKey })
}

/**
 * Key and nonce from both shared secrets, bound to everything that went into the agreement, so that no part of one
 * encapsulation fits another.
 */
function combine(
  recipient: HybridPublicKey,
  agreement: { x25519Secret: Buffer; mlKemSecret: Buffer; encapsulation: Buffer; label: string; context: string },
): AgreedKey {
  const transcript = digest(
    agreement.label,
    recipient.bytes.subarray(0, X25519_BYTES),
    recipient.bytes.subarray(X25519_BYTES),
    agreement.encapsulation.subarray(0, X25519_BYTES),
    agreement.encapsulation.subarray(X25519_BYTES),
    agreement.context,
  )
  const secrets = Buffer.concat([agreement.mlKemSecret, agreement.x25519Secret])
  const bytes = Buffer.from(hkdfSync('sha256', secrets, transcript, agreement.label, 32 + 12))
  return { key: createSecretKey(bytes.subarray(0, 32)), nonce: bytes.subarray(32) }
}

/** The first eight bytes of a hash over both halves: it names a public key without repeating it. */
export function fingerprint(label: string, { bytes }: HybridPublicKey): Buffer {
  return digest(label, bytes.subarray(0, X25519_BYTES), bytes.subarray(X25519_BYTES)).subarray(0, 8)
}

/** Bytes of another purpose from one secret: HKDF with SHA-256, https://www.rfc-editor.org/rfc/rfc5869 */
export function derive(secret: Buffer, label: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), label, length))
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

function requireMlKem(): void {
  // Read from the default export, since importing a name that an older node lacks would fail the whole module.
  if (typeof nodeCrypto.encapsulate === 'function') return
  throw new KobleError('ml_kem_unsupported', 'The post-quantum key agreement needs Node 24.7 or newer.')
}
