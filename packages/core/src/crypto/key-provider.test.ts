import { describe, expect, test } from 'vitest'
import { createLocalKeyProvider, generateDataKey, generateMasterKey, type KeyProvider, rewrap } from './index.ts'

const context = 'data-key/organization-1/1'
const from = createLocalKeyProvider(generateMasterKey())
const to = createLocalKeyProvider(generateMasterKey())

describe('moving a data key to another master key', () => {
  test('leaves the data key, and what it encrypted, as they were', async () => {
    const dataKey = generateDataKey()
    const rewrapped = await rewrap(await from.wrap(dataKey, context), context, { from, to })
    expect(await to.unwrap(rewrapped, context)).toEqual(dataKey)
    await expect(from.unwrap(rewrapped, context)).rejects.toMatchObject({ code: 'master_key_mismatch' })
  })

  test('fails for a wrap of another context or another master key', async () => {
    const wrapped = await from.wrap(generateDataKey(), context)
    await expect(rewrap(wrapped, 'elsewhere', { from, to })).rejects.toMatchObject({ code: 'ciphertext_invalid' })
    await expect(rewrap(wrapped, context, { from: to, to: from })).rejects.toMatchObject({
      code: 'master_key_mismatch',
    })
  })

  test('gives nothing back that does not open', async () => {
    const faulty: KeyProvider = { ...to, unwrap: async () => generateDataKey() }
    const wrapped = await from.wrap(generateDataKey(), context)
    await expect(rewrap(wrapped, context, { from, to: faulty })).rejects.toMatchObject({
      code: 'key_service_malformed',
    })
  })
})
