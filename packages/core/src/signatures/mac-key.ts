import { hash } from 'node:crypto'

/** The hashes of the providers' HMACs. */
export type MacAlgorithm = 'sha1' | 'sha256' | 'sha512'

/** A secret as the key of an HMAC. */
export interface MacKey {
  readonly bytes: Buffer
  /** What the key adds to a hash, worked out when first asked for. */
  readonly blocks: { [Algorithm in MacAlgorithm]?: KeyBlocks }
}

/** The key in the two forms in which it goes before what is hashed (https://www.rfc-editor.org/rfc/rfc2104, section 2). */
export interface KeyBlocks {
  /** The key, filled up with zeros to the hash's block, XOR 0x36. */
  inner: Buffer
  /** The same XOR 0x5c, and room for the inner digest behind it. */
  outer: Buffer
}

const KEYS_MAX = 1000
const keys = { utf8: new Map<string, MacKey | null>(), base64: new Map(), hex: new Map() }

/**
 * A secret as the key of an HMAC, or `null` when it is blank or not in its encoding: such a secret verifies nothing.
 * Keys are kept, since making one takes about as long as a hash.
 */
export function macKey(secret: string, encoding: 'utf8' | 'base64' | 'hex'): MacKey | null {
  const known = keys[encoding]
  let key = known.get(secret)
  if (key === undefined) {
    const bytes = decodeKey(secret, encoding)
    key = bytes === null ? null : { bytes, blocks: {} }
    if (known.size >= KEYS_MAX) known.clear()
    known.set(secret, key)
  }
  return key
}

/** The blocks of a key, made once for each hash. */
export function keyBlocks(key: MacKey, algorithm: MacAlgorithm): KeyBlocks {
  let blocks = key.blocks[algorithm]
  if (blocks === undefined) {
    blocks = makeBlocks(key.bytes, algorithm)
    key.blocks[algorithm] = blocks
  }
  return blocks
}

/** The longest block there is. */
export const BLOCK_BYTES_MAX = 128
const BYTES = {
  sha1: { block: 64, digest: 20 },
  sha256: { block: 64, digest: 32 },
  sha512: { block: BLOCK_BYTES_MAX, digest: 64 },
} as const

function makeBlocks(bytes: Buffer, algorithm: MacAlgorithm): KeyBlocks {
  const { block, digest } = BYTES[algorithm]
  const key = bytes.length > block ? hash(algorithm, bytes, 'buffer') : bytes
  const inner = Buffer.alloc(block, 0x36)
  const outer = Buffer.alloc(block + digest, 0x5c)
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  return { inner, outer }
}

function decodeKey(secret: string, encoding: 'utf8' | 'base64' | 'hex'): Buffer | null {
  if (encoding === 'utf8') return secret.trim() === '' ? null : Buffer.from(secret)
  const bytes = Buffer.from(secret, encoding)
  if (bytes.length === 0) return null
  // Node skips what it cannot decode, which would quietly make a shorter key.
  const canonical = bytes.toString(encoding)
  const isCanonical =
    encoding === 'hex' ? canonical === secret.toLowerCase() : withoutPadding(canonical) === withoutPadding(secret)
  return isCanonical ? bytes : null
}

function withoutPadding(base64: string): string {
  return base64.replace(/={1,2}$/, '')
}
