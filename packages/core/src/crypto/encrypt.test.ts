import { createDecipheriv } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DataKey, decrypt, encrypt, generateDataKey, readKeyReference, reencrypt } from './index.ts'

const key: DataKey = { id: '0198c5a2-7d1e-7000-8000-00000000000a', version: 3, bytes: generateDataKey() }
const context = 'org:1/connections/7/credentials'
const ciphertextInvalid = expect.objectContaining({ name: 'KobleError', code: 'ciphertext_invalid', status: 500 })

test.each(['', 'a', 'gho_16C7e42F292c6912E7710c838347Ae178B4a', 'blåbær 日本 🫐\u0000\r\n', 'x'.repeat(100_000)])(
  'gives back what was encrypted (%#)',
  (plaintext) => {
    expect(decrypt(key, encrypt(key, plaintext, context), context)).toBe(plaintext)
    expect(decrypt(key, encrypt(key, plaintext, ''), '')).toBe(plaintext)
  },
)

test('decrypts what an earlier release wrote', () => {
  const earlier: DataKey = { id: 'k1', version: 1, bytes: Buffer.alloc(32, 7) }
  const ciphertext = 'v1.k1.1.qnOrP1CpnlsVSe4AYIeF_hbADI82q307V4VfmLUpaqsUPp9c'
  expect(decrypt(earlier, ciphertext, 'org:1')).toBe('blåbær')
})

test('gives every text back when texts of many sizes take turns', () => {
  const texts = [0, 1, 2, 3, 500, 6_115, 6_116, 6_117, 8_163, 8_164, 8_165, 20_000].map((length) => 'ø'.repeat(length))
  const kept = texts.map((text) => ({ text, ciphertext: encrypt(key, text, context) }))
  for (const { text, ciphertext } of [...kept, ...kept.toReversed()]) {
    expect(decrypt(key, ciphertext, context) === text, String(text.length)).toBe(true)
  }
})

test('binds a value to its whole context, however long and in whatever script', () => {
  const contexts = ['ø', '日本', '🫐'].flatMap((character) =>
    [1, 250, 320, 340, 1_000, 5_000].map((n) => character.repeat(n)),
  )
  const kept = contexts.map((each) => ({ each, ciphertext: encrypt(key, 'value', each) }))
  for (const { each, ciphertext } of [...kept, ...kept.toReversed()]) {
    expect(decrypt(key, ciphertext, each)).toBe('value')
    for (const other of [each.slice(0, -2), `${each}x`, `x${each.slice(1)}`]) {
      expect(() => decrypt(key, ciphertext, other)).toThrow(ciphertextInvalid)
    }
  }
})

test('a context is bound as its UTF-8, after the name of the key', () => {
  const place = 'org/日本/ø'
  const ciphertext = encrypt(key, 'value', place)
  const sealed = Buffer.from(ciphertext.split('.')[3] ?? '', 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(0, 12))
  decipher.setAAD(Buffer.from(`v1.${key.id}.3.${place}`))
  decipher.setAuthTag(sealed.subarray(-16))
  expect(Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString()).toBe('value')
})

test('a key that is renamed or gets another version afterwards is another key', () => {
  const changing = { ...key, bytes: Buffer.from(key.bytes) }
  const first = encrypt(changing, 'value', context)
  changing.version = 4
  expect(readKeyReference(encrypt(changing, 'value', context)).version).toBe(4)
  expect(() => decrypt(changing, first, context)).toThrow(ciphertextInvalid)
  changing.id = 'other'
  expect(readKeyReference(encrypt(changing, 'value', context)).keyId).toBe('other')
  changing.id = 'a.b'
  expect(() => encrypt(changing, 'value', context)).toThrow(expect.objectContaining({ code: 'data_key_invalid' }))
})

test('encrypting the same text twice gives nothing to compare', () => {
  expect(encrypt(key, 'same', context)).not.toBe(encrypt(key, 'same', context))
})

test('a ciphertext names its key and version and shows nothing of the text', () => {
  const ciphertext = encrypt(key, 'plaintext', context)
  expect(ciphertext).toMatch(/^v1\.0198c5a2-7d1e-7000-8000-00000000000a\.3\.[A-Za-z0-9_-]+$/)
  expect(readKeyReference(ciphertext)).toEqual({ keyId: key.id, version: 3 })
  expect(Buffer.from(ciphertext.split('.')[3] ?? '', 'base64url').includes('plaintext')).toBe(false)
})

describe('a ciphertext that is not exactly what was made', () => {
  const ciphertext = encrypt(key, 'secret-canary', context)

  test('is rejected with any one character changed to any other', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/= \n'
    for (let index = 0; index < ciphertext.length; index++) {
      for (const character of alphabet) {
        if (character === ciphertext[index]) continue
        const changed = ciphertext.slice(0, index) + character + ciphertext.slice(index + 1)
        expect(() => decrypt(key, changed, context), changed).toThrow(ciphertextInvalid)
      }
    }
  })

  test('is rejected with a character exchanged for one beyond ASCII with the same low byte', () => {
    for (let index = 0; index < ciphertext.length; index++) {
      for (const plane of [0x0100, 0x3000]) {
        const other = String.fromCharCode(plane + ciphertext.charCodeAt(index))
        const changed = ciphertext.slice(0, index) + other + ciphertext.slice(index + 1)
        expect(() => decrypt(key, changed, context), changed).toThrow(ciphertextInvalid)
        expect(() => readKeyReference(changed), changed).toThrow(ciphertextInvalid)
      }
    }
  })

  test('is rejected at every shorter length, and with anything added', () => {
    for (let length = 0; length < ciphertext.length; length++) {
      expect(() => decrypt(key, ciphertext.slice(0, length), context)).toThrow(ciphertextInvalid)
      expect(() => decrypt(key, ciphertext.slice(length + 1), context)).toThrow(ciphertextInvalid)
    }
    for (const added of ['A', 'AAAA', '=', '\n', ' ', '.']) {
      expect(() => decrypt(key, ciphertext + added, context)).toThrow(ciphertextInvalid)
      expect(() => decrypt(key, added + ciphertext, context)).toThrow(ciphertextInvalid)
    }
  })

  test('is rejected in another place', () => {
    for (const other of ['', 'org:2/connections/7/credentials', `${context} `, context.slice(0, -1)]) {
      expect(() => decrypt(key, ciphertext, other)).toThrow(ciphertextInvalid)
    }
  })

  test('is rejected under another key, whether or not its name says so', () => {
    for (const other of [
      { ...key, bytes: generateDataKey() },
      { ...key, id: 'other' },
      { ...key, version: 4 },
    ]) {
      expect(() => decrypt(other, ciphertext, context)).toThrow(ciphertextInvalid)
    }
  })

  test('cannot be renamed to another key with the same bytes', () => {
    const renamed = ciphertext.replace('.3.', '.4.')
    expect(() => decrypt({ ...key, version: 4 }, renamed, context)).toThrow(ciphertextInvalid)
  })

  test('is reported without the text, the key or the ciphertext', () => {
    const sealed = ciphertext.split('.')[3] ?? ''
    for (const attempt of [
      () => decrypt(key, ciphertext, 'other'),
      () => decrypt(key, `v2${ciphertext.slice(2)}`, context),
      () => decrypt({ ...key, version: 4 }, ciphertext, context),
    ]) {
      const { message, details, cause } = caught(attempt)
      const told = JSON.stringify({ message, details, cause: String(cause) })
      for (const secret of ['secret-canary', sealed, key.bytes.toString('hex'), key.bytes.toString('base64')]) {
        expect(told).not.toContain(secret)
      }
    }
  })
})

test.each(['', 'v1', 'v2.k.1.AAAA', 'v1.k.0.AAAA', 'v1.k.01.AAAA', 'v1.k.1.', 'v1..1.AAAA', 'plain text', '{}'])(
  'refuses to name the key of %j',
  (ciphertext) => {
    expect(() => readKeyReference(ciphertext)).toThrow(ciphertextInvalid)
  },
)

test.each<[string, Partial<DataKey>]>([
  ['of 16 bytes', { bytes: Buffer.alloc(16) }],
  ['without bytes', { bytes: Buffer.alloc(0) }],
  ['with a dot in its id', { id: 'a.b' }],
  ['without an id', { id: '' }],
  ['of version 0', { version: 0 }],
  ['of version 1.5', { version: 1.5 }],
])('refuses a data key %s', (_, change) => {
  const invalid = expect.objectContaining({ code: 'data_key_invalid' })
  expect(() => encrypt({ ...key, ...change }, 'x', context)).toThrow(invalid)
  expect(() => decrypt({ ...key, ...change }, encrypt(key, 'x', context), context)).toThrow(invalid)
})

test('accepts one spelling of a ciphertext only', () => {
  const bytes = fc.uint8Array({ minLength: 28, maxLength: 64 }).map((array) => Buffer.from(array))
  const noise = fc.constantFrom('A', 'B', '-', '_', '+', '/', '=', ' ', '\n', '.', 'é', '\0')
  const change = fc.record({ at: fc.nat(90), remove: fc.nat(2), insert: fc.array(noise, { maxLength: 3 }) })
  fc.assert(
    fc.property(bytes, change, (sealed, { at, remove, insert }) => {
      const encoded = sealed.toString('base64url')
      expect(readKeyReference(`v1.k.1.${encoded}`)).toEqual({ keyId: 'k', version: 1 })
      const changed = encoded.slice(0, at) + insert.join('') + encoded.slice(at + remove)
      const decoded = Buffer.from(changed, 'base64url')
      if (decoded.toString('base64url') === changed && decoded.length >= 28) return
      expect(() => readKeyReference(`v1.k.1.${changed}`), changed).toThrow(ciphertextInvalid)
    }),
    { numRuns: 2_000 },
  )
})

test('refuses text that UTF-8 would silently change', () => {
  expect(() => encrypt(key, 'a\ud800', context)).toThrow(expect.objectContaining({ code: 'plaintext_invalid' }))
})

test('never encrypts under the old bytes of a buffer that was filled anew', () => {
  const reused = { id: 'k', version: 1, bytes: generateDataKey() }
  const before = encrypt(reused, 'x', context)
  generateDataKey().copy(reused.bytes)
  expect(() => decrypt(reused, before, context)).toThrow(ciphertextInvalid)
  const after = encrypt(reused, 'x', context)
  expect(decrypt({ ...reused, bytes: Buffer.from(reused.bytes) }, after, context)).toBe('x')
})

describe('moving a value to a newer data key', () => {
  const newer: DataKey = { id: key.id, version: 4, bytes: generateDataKey() }
  const ciphertext = encrypt(key, 'value', context)

  test('gives the same text under the new key, bound to the same place', () => {
    const moved = reencrypt(ciphertext, context, { from: [newer, key], to: newer })
    expect(readKeyReference(moved)).toEqual({ keyId: key.id, version: 4 })
    expect(decrypt(newer, moved, context)).toBe('value')
    expect(() => decrypt(newer, moved, 'elsewhere')).toThrow(ciphertextInvalid)
  })

  test('leaves a value alone that is there already', () => {
    const moved = reencrypt(ciphertext, context, { from: [key], to: newer })
    expect(reencrypt(moved, context, { from: [key], to: newer })).toBe(moved)
  })

  test('fails for a value that was changed, moved, or is under a key that was not given', () => {
    const keys = { from: [key], to: newer }
    for (const attempt of [
      () => reencrypt(`${ciphertext.slice(0, -2)}${ciphertext.endsWith('AA') ? 'BB' : 'AA'}`, context, keys),
      () => reencrypt(ciphertext, 'elsewhere', keys),
      () => reencrypt(ciphertext, context, { from: [], to: newer }),
      () => reencrypt('v1.k', context, keys),
    ]) {
      expect(attempt).toThrow(ciphertextInvalid)
    }
  })
})

function caught(attempt: () => unknown): Error & { details?: unknown } {
  try {
    attempt()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
