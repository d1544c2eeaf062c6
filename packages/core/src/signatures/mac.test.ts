import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mac, sameSignature, secretLastHash } from './mac.ts'
import { macKey } from './mac-key.ts'

const algorithms = ['sha1', 'sha256', 'sha512'] as const
const encodings = ['hex', 'base64', 'base64url'] as const
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
)

function keyOf(bytes: Uint8Array) {
  return { bytes: Buffer.from(bytes), blocks: {} }
}

test('is the HMAC that node makes, of every content under every key', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...algorithms),
      fc.constantFrom(...encodings),
      fc.uint8Array({ maxLength: 300, size: 'max' }),
      fc.array(piece, { maxLength: 5 }),
      (algorithm, encoding, key, content) => {
        const expected = createHmac(algorithm, key)
        for (const each of content) expected.update(each)
        expect(mac(algorithm, keyOf(key), encoding, content)).toBe(expected.digest(encoding))
      },
    ),
    { numRuns: 2_000 },
  )
})

test.each(algorithms)('takes keys of %s that are as long as a block, and shorter and longer ones', (algorithm) => {
  for (const length of [0, 1, 19, 20, 32, 63, 64, 65, 127, 128, 129, 1000]) {
    const key = Buffer.alloc(length, 'k')
    const expected = createHmac(algorithm, key).update('content').digest('hex')
    expect(mac(algorithm, keyOf(key), 'hex', ['content']), `${length}`).toBe(expected)
  }
})

// https://www.rfc-editor.org/rfc/rfc4231 (test cases 2, 6 and 7) and https://www.rfc-editor.org/rfc/rfc2202 (SHA-1, 2).
const longKey = Buffer.alloc(131, 0xaa)
const overlong =
  'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed ' +
  'before being used by the HMAC algorithm.'
test.each([
  ['sha1', Buffer.from('Jefe'), 'what do ya want for nothing?', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  [
    'sha256',
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'sha256',
    longKey,
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  ['sha256', longKey, overlong, '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2'],
  [
    'sha512',
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  ],
] as const)('agrees with the published vector of %s', (algorithm, key, content, expected) => {
  expect(mac(algorithm, keyOf(key), 'hex', [content])).toBe(expected)
})

test.each([0, 1, 2700, 2731, 8000, 8180, 8190, 8192, 8193, 100_000])('hashes a body of %d bytes whole', (length) => {
  const body = Buffer.alloc(length, 'å')
  const key = keyOf(Buffer.from('k'))
  for (const algorithm of algorithms) {
    for (const [before, after] of [
      ['', ''],
      ['v0:1:', ''],
      ['日本', '€ 🫐'],
      ['', 'x'.repeat(3000)],
    ] as const) {
      const content = [before, body, after]
      const expected = createHmac(algorithm, 'k').update(before).update(body).update(after).digest('hex')
      expect(mac(algorithm, key, 'hex', content)).toBe(expected)
      const bare = createHash(algorithm).update(before).update(body).update(after).update('k').digest('hex')
      expect(secretLastHash(algorithm, key, 'hex', content)).toBe(bare)
    }
  }
})

test('one key serves several hashes and contents in turn', () => {
  const key = keyOf(Buffer.alloc(100, 'k'))
  for (const content of ['a', 'b'.repeat(9000), '', 'a']) {
    for (const algorithm of algorithms) {
      const expected = createHmac(algorithm, key.bytes).update(content).digest('base64')
      expect(mac(algorithm, key, 'base64', [content])).toBe(expected)
    }
  }
})

test('a secret of one encoding is another key in another, and a spelling that is not its own is none', () => {
  expect(macKey('abcd', 'utf8')?.bytes).toEqual(Buffer.from('abcd'))
  expect(macKey('abcd', 'hex')?.bytes).toEqual(Buffer.of(0xab, 0xcd))
  expect(macKey('ABCD', 'hex')?.bytes).toEqual(Buffer.of(0xab, 0xcd))
  expect(macKey('abcd', 'base64')?.bytes).toEqual(Buffer.from('abcd', 'base64'))
  for (const encoding of ['utf8', 'base64', 'hex'] as const) expect(macKey('', encoding)).toBeNull()
  expect(macKey(' \n', 'utf8')).toBeNull()
  for (const encoding of ['base64', 'hex'] as const) expect(macKey('ab cd', encoding)).toBeNull()
  expect(macKey('abc', 'hex')).toBeNull()
})

test('more secrets than are kept still make the right keys', () => {
  for (let index = 0; index < 2_500; index++) {
    const expected = createHmac('sha256', `s${index}`).update('content').digest('hex')
    const key = macKey(`s${index}`, 'utf8')
    expect(key && mac('sha256', key, 'hex', ['content'])).toBe(expected)
  }
})

test('a comparison leaves nothing behind that a later one could match', () => {
  const signature = 'a'.repeat(64)
  expect(sameSignature(signature, signature)).toBe(true)
  for (const presented of [
    `${'a'.repeat(63)}å`,
    `å${'a'.repeat(63)}`,
    `${'a'.repeat(63)}🫐`,
    `${'a'.repeat(62)}🫐`,
    '',
    'b'.repeat(64),
  ]) {
    expect(sameSignature(signature, presented), presented).toBe(false)
  }
  expect(sameSignature(signature, signature)).toBe(true)
  expect(sameSignature('b'.repeat(64), signature)).toBe(false)
})
