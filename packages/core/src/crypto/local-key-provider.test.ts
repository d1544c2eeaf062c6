import { describe, expect, test } from 'vitest'
import { createLocalKeyProvider, generateDataKey, generateMasterKey } from './index.ts'

const masterKey = generateMasterKey()
const provider = createLocalKeyProvider(masterKey)
const context = 'organization:1'
const ciphertextInvalid = expect.objectContaining({ name: 'KobleError', code: 'ciphertext_invalid', status: 500 })
const masterKeyMismatch = expect.objectContaining({ name: 'KobleError', code: 'master_key_mismatch', status: 500 })

// Master key 00 01 … 1f, data key of bytes ab, wrapped once; nothing stored may ever become unreadable.
const FIXED_MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')
const FIXED_WRAPPED =
  'AZnwiHlYnhkM3bxYl79Auxs4rJ15irxwTaFDmVJ1nlU8QGeK3+9LL0nxjI5joLUfczhVfdtYj5QKrkQGDpuc3oIJE2FInFOZUAYqK3oqYUvwaSIbyP9ox5g/nvQ9pirCiiv9IJsIKKCUY/i0urKqeirxsTuvRnm6dnlLW73EfWNrC87MUDiSn6SROrOc+8DZ8D2QIYusBokgLmN41AlijaQWRMQFF/Bq/jL6vQW8YOqfb8UgtDphRlGgumwzDG90A2jTCm2ZSyYiqoVfIoa+VjAhmMBnbPVicydQjei2LJeY88QlCVcDxLebKWWCQ6QX2VQoJ0vAn6rgtemflN+Q/6DT3yW57TG/FyKQS+qhwG3ecR3/WDzEEeIiip5kaWv1IR0Vp9v5/YYMpjxTMsXkbQZUM3lKD8scwGKC4ukScOulLQK5Oc7A5kMshfBD+S6ZXwpxdh+roMQh3hI8mgA8zNLoRJ+l9b9+Za+9/Oq51mhzNdfy47675RHH+9L2AArWFB3MsX3UAsZyD2hzMzG01Tfn1eU37GAyv0NW8N+RYDenlLUT2RHRyVVPoVIvV/sQvut/AwVSAfSCAhEAszifczkRZTArm9YMvNjhXM0Qgg0A9hLN7f/Axq0HXmDHx0LwOKbKnyx10AtkWWPhrzjRI3WiAJxhadX4MNG+t/LaPzo8qRYds3C1DzUlA4qHVQtD4SJCX+k1pZ1ey2yGVjARaiDf7ta/1IDqwgocqYwgPezyeMJdDlBfMa/FANFSqG4p8kM26ySHjpIzsqxVNbggJwlOjOXU44Akx79nar44Ein8MeUDPdVAKuhU5Z2XWTY/CEvQwefIwxJmJbEBn5ZfCW/EJCfyKi2yMXQZVZYoMm7vuiWCQyWXMSnSCN6b0Z6WG2YEAyosNVjvdhKrbyYhBq1TxHTxtbfElbX0wei6mDgqvPpD3pMRFgDqgqpAg5aqpnGV0E+9hekLYbi5HnVuAEDJYebIzb3Uj/G4SaxawoIDGBxOOdG4wyP8+gBDRCq3YIUfZ5OCMSZLGQUWJScawqsMm4dt2paybfOQZOM9HYjW1/DCCp/cmFaDEGDamqBYwAclhFBUs3Iub0wHHmGqWQW7anltB4xYJzyBcsCVPA66VWbyxYgfU2qzqPoI5KF4fLJpuzM1wIKKSeHIxgRNGsV+jH3zx3R256m3di4rnDCrCFDCkN05JQabCyMz1Gno8Xbts4iLbsrFH2piy7XfUIexm6X28DaK/hj+nzfQ7Sr1Qi/fm2R9AjAwaUhMEUnhVmyj0MdnL3DsnBhGE6MfetMDY96Cq7DR9qN9j/0kuAjvHyGysAmGF4Q5S92ASW9EyfV+9KEMO8660TlAqoy72vrl6Vbbvq5jj5xH7R3gbkzbPHag3H2P9m/fTZWJtMBqNeslDMiAB+cPOoJWivEVQMqvCjPvwMnt4DGWBpqpDKAK+h3dSLWvl8cHVahTEYSc/RUvGlFGN0rDquZGf/7VjAkVqeyeOEn6VtdwkXWqkXXfAXGpJNnzC6OL+5uAe4uhHE1XpV4HZ6+IouTVku06eH+uhtFJdjp4UA=='

test('unwraps what it wrapped, also on another node with the same master key', async () => {
  const dataKey = generateDataKey()
  const wrapped = await provider.wrap(dataKey, context)
  expect(wrapped.includes(dataKey)).toBe(false)
  expect(await provider.unwrap(wrapped, context)).toEqual(dataKey)
  expect(await createLocalKeyProvider(masterKey).unwrap(wrapped, context)).toEqual(dataKey)
})

test('unwraps what an earlier release wrapped', async () => {
  const fixed = createLocalKeyProvider(FIXED_MASTER_KEY)
  expect(fixed.keyId).toBe('99f08879589e190c')
  expect(await fixed.unwrap(Buffer.from(FIXED_WRAPPED, 'base64'), 'org:1')).toEqual(Buffer.alloc(32, 0xab))
})

test('the same master key has the same id, and another has another', () => {
  expect(provider.keyId).toMatch(/^[0-9a-f]{16}$/)
  expect(createLocalKeyProvider(masterKey).keyId).toBe(provider.keyId)
  expect(createLocalKeyProvider(generateMasterKey()).keyId).not.toBe(provider.keyId)
})

test('two wraps of one key have nothing in common but their header', async () => {
  const dataKey = generateDataKey()
  const [a, b] = [await provider.wrap(dataKey, context), await provider.wrap(dataKey, context)]
  expect(a.subarray(0, 9)).toEqual(b.subarray(0, 9))
  expect(a.subarray(9, 41)).not.toEqual(b.subarray(9, 41))
  expect(a.subarray(41, 1129)).not.toEqual(b.subarray(41, 1129))
  expect(a.subarray(1129, 1161)).not.toEqual(b.subarray(1129, 1161))
})

describe('a wrapped key that is not exactly what was made', async () => {
  const dataKey = generateDataKey()
  const wrapped = await provider.wrap(dataKey, context)

  test('is rejected with any one byte changed', async () => {
    for (let index = 0; index < wrapped.length; index++) {
      const changed = Buffer.from(wrapped)
      changed[index] = (changed[index] ?? 0) ^ (1 << (index % 8))
      const isKeyId = index >= 1 && index < 9
      await expect(provider.unwrap(changed, context), `byte ${index}`).rejects.toThrow(
        isKeyId ? masterKeyMismatch : ciphertextInvalid,
      )
    }
  })

  test('is rejected truncated, lengthened or empty', async () => {
    for (const other of [
      Buffer.alloc(0),
      wrapped.subarray(0, 1),
      wrapped.subarray(0, -1),
      wrapped.subarray(1),
      Buffer.concat([wrapped, Buffer.alloc(1)]),
    ]) {
      await expect(provider.unwrap(other, context)).rejects.toThrow(ciphertextInvalid)
    }
  })

  test('is rejected in another context', async () => {
    for (const other of ['', 'organization:2', `${context} `]) {
      await expect(provider.unwrap(wrapped, other)).rejects.toThrow(ciphertextInvalid)
    }
  })

  test('is rejected with either half of the key agreement taken from another wrap of the same key', async () => {
    const other = await provider.wrap(dataKey, context)
    const withOtherPoint = Buffer.concat([wrapped.subarray(0, 9), other.subarray(9, 41), wrapped.subarray(41)])
    const withOtherKem = Buffer.concat([wrapped.subarray(0, 41), other.subarray(41, 1129), wrapped.subarray(1129)])
    await expect(provider.unwrap(withOtherPoint, context)).rejects.toThrow(ciphertextInvalid)
    await expect(provider.unwrap(withOtherKem, context)).rejects.toThrow(ciphertextInvalid)
  })

  test('is rejected with a point of small order, which would fix the shared secret', async () => {
    const changed = Buffer.from(wrapped)
    changed.fill(0, 9, 41)
    await expect(provider.unwrap(changed, context)).rejects.toThrow(ciphertextInvalid)
  })

  test('is reported as of another master key when it is', async () => {
    const other = createLocalKeyProvider(generateMasterKey())
    await expect(other.unwrap(wrapped, context)).rejects.toThrow(masterKeyMismatch)
    await expect(other.unwrap(wrapped, context)).rejects.toMatchObject({
      details: { keyId: provider.keyId, expectedKeyId: other.keyId },
    })
  })
})

test('wraps nothing but keys of 32 bytes', async () => {
  const invalid = expect.objectContaining({ code: 'data_key_invalid' })
  await expect(provider.wrap(Buffer.alloc(31), context)).rejects.toThrow(invalid)
  await expect(provider.wrap(Buffer.alloc(0), context)).rejects.toThrow(invalid)
})

test('a generated master key is 32 bytes as base64, and new each time', () => {
  expect(generateMasterKey()).toMatch(/^[A-Za-z0-9+/]{43}=$/)
  expect(generateMasterKey()).not.toBe(generateMasterKey())
})

test('takes a master key with the line break that a file leaves', () => {
  expect(createLocalKeyProvider(`${masterKey}\n`).keyId).toBe(provider.keyId)
})

test.each([
  '',
  'canary-passphrase',
  Buffer.alloc(31, 1).toString('base64'),
  Buffer.alloc(33, 1).toString('base64'),
  Buffer.alloc(32, 1).toString('hex'),
  Buffer.alloc(32, 255).toString('base64url'),
  `${Buffer.alloc(32, 1).toString('base64')}!`,
  `${Buffer.alloc(32, 1).toString('base64').slice(0, 42)}F=`,
])('refuses %j as the master key without repeating it', (bad) => {
  const attempt = () => createLocalKeyProvider(bad)
  expect(attempt).toThrow(expect.objectContaining({ code: 'master_key_invalid', status: 500, details: {} }))
  expect(attempt).toThrow(/^The master key must be 32 bytes as base64 \(44 characters\)\.$/)
})
