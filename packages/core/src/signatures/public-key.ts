import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

export type PublicKeyAlgorithm = 'ecdsa_p256_sha256' | 'rsa_sha256' | 'ed25519'

const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
const RSA_BITS_MIN = 2048
const KEYS_KEPT_MAX = 500

// Reading a key costs about a tenth of a check. Only public keys are kept.
const publicKeys = new Map<string, KeyObject | null>()

/**
 * A public key, or `null` when the text is none of this algorithm: PEM, base64 of its SPKI, or, `raw`, the 32 bytes of
 * Ed25519 in hex.
 */
export function loadPublicKey(text: string, algorithm: PublicKeyAlgorithm, format: 'spki' | 'raw'): KeyObject | null {
  const name = `${algorithm} ${format} ${text}`
  let key = publicKeys.get(name)
  if (key === undefined) {
    key = readKey(() => createPublicKey(publicInput(text, format)), algorithm)
    if (publicKeys.size >= KEYS_KEPT_MAX) publicKeys.clear()
    publicKeys.set(name, key)
  }
  return key
}

/** A private key to sign with: PEM, base64 of its PKCS #8, or the seed of Ed25519 in hex. */
export function loadPrivateKey(text: string, algorithm: PublicKeyAlgorithm, format: 'spki' | 'raw'): KeyObject | null {
  return readKey(() => createPrivateKey(privateInput(text, format)), algorithm)
}

export function ed25519PublicKey(bytes: Buffer): KeyObject | null {
  return loadPublicKey(bytes.toString('hex'), 'ed25519', 'raw')
}

export function ed25519PrivateKey(seed: Buffer): KeyObject | null {
  return loadPrivateKey(seed.toString('hex'), 'ed25519', 'raw')
}

/** @param dsaEncoding `der` for SendGrid and most, `ieee-p1363` for JSON Web Tokens. */
export function verifyBytes(
  key: KeyObject,
  content: Buffer,
  signature: Buffer,
  dsaEncoding: 'der' | 'ieee-p1363' = 'der',
): boolean {
  try {
    return verify(hashOf(key), content, { key, dsaEncoding }, signature)
  } catch {
    // OpenSSL throws on some signatures that are not even of the right form.
    return false
  }
}

export function signBytes(key: KeyObject, content: Buffer, dsaEncoding: 'der' | 'ieee-p1363' = 'der'): Buffer {
  return sign(hashOf(key), content, { key, dsaEncoding })
}

/** The bytes of a signature in its one right spelling, or `null`. */
export function signatureBytes(text: string, encoding: 'hex' | 'base64' | 'base64url'): Buffer | null {
  const bytes = Buffer.from(text, encoding)
  return bytes.length > 0 && bytes.toString(encoding) === text ? bytes : null
}

function hashOf(key: KeyObject): 'sha256' | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
}

function readKey(read: () => KeyObject, algorithm: PublicKeyAlgorithm): KeyObject | null {
  try {
    const key = read()
    return isOf(key, algorithm) ? key : null
  } catch {
    return null
  }
}

function isOf({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject, algorithm: PublicKeyAlgorithm): boolean {
  switch (algorithm) {
    case 'ecdsa_p256_sha256':
      return asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1'
    case 'rsa_sha256':
      return asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS_MIN
    case 'ed25519':
      return asymmetricKeyType === 'ed25519'
  }
}

function publicInput(text: string, format: 'spki' | 'raw') {
  if (format === 'raw') return der(Buffer.concat([SPKI_ED25519, rawBytes(text)]), 'spki')
  return text.includes('-----BEGIN') ? text : der(base64Bytes(text), 'spki')
}

function privateInput(text: string, format: 'spki' | 'raw') {
  if (format === 'raw') return der(Buffer.concat([PKCS8_ED25519, rawBytes(text)]), 'pkcs8')
  return text.includes('-----BEGIN') ? text : der(base64Bytes(text), 'pkcs8')
}

function der<Type extends 'spki' | 'pkcs8'>(key: Buffer, type: Type) {
  return { key, format: 'der' as const, type }
}

function rawBytes(text: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new RangeError('not 32 bytes in hex')
  return Buffer.from(text, 'hex')
}

function base64Bytes(text: string): Buffer {
  const compact = text.replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) throw new RangeError('not base64')
  return Buffer.from(compact, 'base64')
}
