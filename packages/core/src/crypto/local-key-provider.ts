import { randomBytes } from 'node:crypto'
import { KobleError } from '../errors/errors.ts'
import { KEY_BYTES, open, seal, TAG_BYTES } from './aes-256-gcm.ts'
import {
  decapsulate,
  derive,
  ENCAPSULATION_BYTES,
  encapsulate,
  fingerprint,
  type HybridKeyPair,
  hybridKeyPair,
} from './hybrid-kem.ts'
import { checkDataKey, type KeyProvider } from './key-provider.ts'

const FORMAT = 1
const KEY_ID_BYTES = 8

// Where the parts of a wrapped key begin: format and key id, encapsulation, sealed data key with its tag.
const ENCAPSULATION_AT = 1 + KEY_ID_BYTES
const SEALED_AT = ENCAPSULATION_AT + ENCAPSULATION_BYTES
const WRAPPED_BYTES = SEALED_AT + KEY_BYTES + TAG_BYTES

// Every key that was ever wrapped depends on these texts.
const LABEL = 'koble local key provider v1'
const X25519_LABEL = `${LABEL}: x25519`
const ML_KEM_LABEL = `${LABEL}: ml-kem-768`

/** A new master key: 32 random bytes as base64. */
export function generateMasterKey(): string {
  return randomBytes(KEY_BYTES).toString('base64')
}

/**
 * Wraps data keys in this process, under key pairs that are derived from the master key: the same master key makes the
 * same provider on every node and after every restart.
 *
 * Each wrap agrees on a fresh key twice, by X25519 and by ML-KEM-768, and hashes both secrets into the AES-256-GCM key
 * that seals the data key. Who copies wrapped keys today must break both.
 *
 * @param masterKey 32 bytes as base64, as `generateMasterKey` or `openssl rand -base64 32` print them.
 * @throws KobleError `master_key_invalid` when it is anything else, `ml_kem_unsupported` before Node 24.7.
 */
export function createLocalKeyProvider(masterKey: string): KeyProvider {
  const secret = decodeMasterKey(masterKey)
  const pair = hybridKeyPair({ x25519: derive(secret, X25519_LABEL, 32), mlKem: derive(secret, ML_KEM_LABEL, 64) })
  const header = Buffer.concat([Buffer.of(FORMAT), fingerprint(LABEL, pair)])
  return {
    keyId: header.subarray(1).toString('hex'),
    wrap: async (dataKey, context) => wrap(pair, header, dataKey, context),
    unwrap: async (wrapped, context) => unwrap(pair, header, wrapped, context),
  }
}

function decodeMasterKey(masterKey: string): Buffer {
  const bytes = Buffer.from(masterKey, 'base64')
  // Node skips what is not base64, so the bytes are spelt again and compared.
  if (bytes.length === KEY_BYTES && bytes.toString('base64') === masterKey.trim()) return bytes
  throw new KobleError('master_key_invalid', 'The master key must be 32 bytes as base64 (44 characters).')
}

function wrap(pair: HybridKeyPair, header: Buffer, dataKey: Buffer, context: string): Buffer {
  checkDataKey(dataKey)
  const { key, nonce, encapsulation } = encapsulate(pair, LABEL, context)
  const sealed = seal(key, nonce, dataKey, Buffer.concat([header, Buffer.from(context)]))
  return Buffer.concat([header, encapsulation, sealed])
}

function unwrap(pair: HybridKeyPair, expectedHeader: Buffer, wrapped: Buffer, context: string): Buffer {
  if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== FORMAT) {
    throw invalid('is truncated or of an unknown format')
  }
  const header = wrapped.subarray(0, ENCAPSULATION_AT)
  if (!header.equals(expectedHeader)) {
    throw new KobleError('master_key_mismatch', 'The data key was wrapped by another master key.', {
      details: {
        keyId: header.subarray(1).toString('hex'),
        expectedKeyId: expectedHeader.subarray(1).toString('hex'),
      },
    })
  }
  try {
    const { key, nonce } = decapsulate(pair, wrapped.subarray(ENCAPSULATION_AT, SEALED_AT), LABEL, context)
    return open(key, nonce, wrapped.subarray(SEALED_AT), Buffer.concat([header, Buffer.from(context)]))
  } catch {
    throw invalid('was changed, or belongs to another place')
  }
}

function invalid(problem: string): KobleError {
  return new KobleError('ciphertext_invalid', `The wrapped data key ${problem}.`, { status: 500 })
}
