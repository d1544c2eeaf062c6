import nodeCrypto, { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { open, seal } from './aes-256-gcm.ts'
import { agreeX25519, decapsulate, encapsulate, hybridKeyPair, hybridPublicKey } from './hybrid-kem.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const read = <T>(name: string): T[] =>
  JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8')).tests

describe('AES-256-GCM', () => {
  // Test cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), which NIST SP 800-38D builds on.
  const feffe = 'feffe9928665731c6d6a8f9467308308'.repeat(2)
  const text =
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255'
  const sealed =
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad'
  test.each([
    ['00'.repeat(32), '00'.repeat(12), '', '', '', '530f8afbc74536b9a963b4f1c4cb738b'],
    [
      '00'.repeat(32),
      '00'.repeat(12),
      '00'.repeat(16),
      '',
      'cea7403d4d606b6e074ec5d3baf39d18',
      'd0d1c8a799996bf0265b98b5d48ab919',
    ],
    [feffe, 'cafebabefacedbaddecaf888', text, '', sealed, 'b094dac5d93471bdec1a502270e3cc6c'],
    [
      feffe,
      'cafebabefacedbaddecaf888',
      text.slice(0, 120),
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      sealed.slice(0, 120),
      '76fc6ece0f4e1768cddf8853bb2d551b',
    ],
  ])('agrees with the designers’ vectors (%#)', (key, nonce, message, associated, ciphertext, tag) => {
    const secret = createSecretKey(hex(key))
    expect(seal(secret, hex(nonce), hex(message), hex(associated)).toString('hex')).toBe(ciphertext + tag)
    expect(open(secret, hex(nonce), hex(ciphertext + tag), hex(associated)).toString('hex')).toBe(message)
  })

  interface Vector extends Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag' | 'result', string> {
    tcId: number
  }
  test.each(read<Vector>('aes-256-gcm'))('passes Wycheproof test $tcId: $comment $result', (vector) => {
    const { key, iv, aad, msg, ct, tag, result } = vector
    const attempt = () => open(createSecretKey(hex(key)), hex(iv), hex(ct + tag), hex(aad)).toString('hex')
    // Other lengths than 12 bytes are allowed by the standard, and refused here: nothing of ours has them.
    if (result === 'valid' && iv.length === 24) {
      expect(attempt()).toBe(msg)
      expect(seal(createSecretKey(hex(key)), hex(iv), hex(msg), hex(aad)).toString('hex')).toBe(ct + tag)
    } else expect(attempt).toThrow()
  })
})

const seeds = { x25519: Buffer.alloc(32, 7), mlKem: Buffer.alloc(64, 9) }

describe('X25519', () => {
  const agree = (secret: string, point: string) =>
    agreeX25519(hybridKeyPair({ ...seeds, x25519: hex(secret) }).x25519Private, hex(point)).toString('hex')
  const publicOf = (secret: string) =>
    hybridKeyPair({ ...seeds, x25519: hex(secret) })
      .bytes.subarray(0, 32)
      .toString('hex')

  test('makes the public keys and the shared secret of RFC 7748, section 6.1', () => {
    const alice = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'
    const bob = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'
    expect(publicOf(alice)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    expect(publicOf(bob)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    expect(agree(alice, publicOf(bob))).toBe(shared)
    expect(agree(bob, publicOf(alice))).toBe(shared)
  })

  interface Vector extends Record<'public' | 'private' | 'shared' | 'result', string> {
    tcId: number
    flags: string[]
  }
  test.each(read<Vector>('x25519'))('passes Wycheproof test $tcId $flags', (vector) => {
    const attempt = () => agree(vector.private, vector.public)
    if (vector.flags.includes('ZeroSharedSecret')) expect(attempt).toThrow()
    else expect(attempt()).toBe(vector.shared)
  })
})

describe('ML-KEM-768', () => {
  interface Vector extends Record<'seed' | 'ek' | 'c' | 'K' | 'result', string> {
    tcId: number
  }
  test.each(read<Vector>('ml-kem-768'))(
    'passes Wycheproof test $tcId: $comment $result',
    ({ seed, ek, c, K, result }) => {
      const attempt = () => {
        const pair = hybridKeyPair({ ...seeds, mlKem: hex(seed) })
        expect(pair.bytes.subarray(32).toString('hex')).toBe(ek)
        return nodeCrypto.decapsulate(pair.mlKemPrivate, hex(c)).toString('hex')
      }
      if (result === 'valid') expect(attempt()).toBe(K)
      else expect(attempt).toThrow()
    },
  )
})

describe('the hybrid of both', () => {
  const pair = hybridKeyPair(seeds)

  test('agrees on the same key and nonce from the public key alone, and never twice on the same', () => {
    const recipient = hybridPublicKey(Buffer.from(pair.bytes))
    const { encapsulation, key, nonce } = encapsulate(recipient, 'label', 'context')
    const agreed = decapsulate(pair, encapsulation, 'label', 'context')
    expect(agreed.key.equals(key)).toBe(true)
    expect(agreed.nonce).toEqual(nonce)
    expect(encapsulate(recipient, 'label', 'context').key.equals(key)).toBe(false)
  })

  test('agrees on another key under another label, context, or with either half exchanged', () => {
    const { encapsulation, key } = encapsulate(pair, 'label', 'context')
    const other = encapsulate(pair, 'label', 'context').encapsulation
    for (const [changed, label, context] of [
      [encapsulation, 'other', 'context'],
      [encapsulation, 'label', 'other'],
      [encapsulation, 'labelc', 'ontext'],
      [Buffer.concat([other.subarray(0, 32), encapsulation.subarray(32)]), 'label', 'context'],
      [Buffer.concat([encapsulation.subarray(0, 32), other.subarray(32)]), 'label', 'context'],
    ] as const) {
      expect(decapsulate(pair, changed, label, context).key.equals(key)).toBe(false)
    }
  })
})
