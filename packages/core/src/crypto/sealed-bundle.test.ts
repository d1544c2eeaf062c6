import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateBundleKeys, openBundle, sealBundle } from './index.ts'

const passphrase = 'correct horse battery staple'
/** The least cost that is taken, so that the tests are quick. */
const quick = { passphrase, scryptCost: 14 }
const content = JSON.stringify({ connections: [{ accessToken: 'secret-canary', label: 'blåbær 🫐' }] })
const failsWith = (code: string) => expect.objectContaining({ name: 'KobleError', code })

/** All the places where one character may be changed, at a distance that lets the test end. */
function changesOf(bundle: string, step: number): string[] {
  const positions = Array.from({ length: Math.ceil(bundle.length / step) }, (_, index) => index * step)
  return [...positions, bundle.length - 1].map((at) => {
    const other = bundle[at] === 'A' ? 'B' : 'A'
    return bundle.slice(0, at) + other + bundle.slice(at + 1)
  })
}

describe('a bundle sealed with a passphrase', async () => {
  const bundle = await sealBundle(content, quick)

  test('opens with it, gives bytes back as they were, and shows nothing', async () => {
    expect((await openBundle(bundle, { passphrase })).toString()).toBe(content)
    expect((await openBundle(` ${bundle}\n`, { passphrase })).toString()).toBe(content)
    expect(bundle).toMatch(/^koble-bundle\.v1\.passphrase\.14\.[\w-]{43}\.[\w-]+$/)
    expect(Buffer.from(bundle.split('.').at(-1) ?? '', 'base64url').includes('secret-canary')).toBe(false)
    const bytes = Buffer.from([0, 255, 128, 10])
    expect(await openBundle(await sealBundle(bytes, quick), { passphrase })).toEqual(bytes)
    expect(await openBundle(await sealBundle('', quick), { passphrase })).toEqual(Buffer.alloc(0))
  })

  test('is never the same twice', async () => {
    expect(await sealBundle(content, quick)).not.toBe(bundle)
  })

  test('takes 128 MiB to try one passphrase unless told otherwise', async () => {
    const slow = await sealBundle('x', { passphrase })
    expect(slow.startsWith('koble-bundle.v1.passphrase.17.')).toBe(true)
    expect((await openBundle(slow, { passphrase })).toString()).toBe('x')
  })

  test('opens with the same letters composed in another way', async () => {
    const composed = await sealBundle('x', { passphrase: 'blåbærsyltetøy é', scryptCost: 14 })
    expect((await openBundle(composed, { passphrase: 'blåbærsyltetøy é'.normalize('NFD') })).toString()).toBe('x')
  })

  test('tells a wrong passphrase from a damaged bundle', async () => {
    await expect(openBundle(bundle, { passphrase: `${passphrase} ` })).rejects.toThrow(failsWith('passphrase_wrong'))
    const damaged = `${bundle.slice(0, -8)}AAAAAAAA`
    await expect(openBundle(damaged, { passphrase })).rejects.toThrow(failsWith('ciphertext_invalid'))
  })

  test('does not open with any one character changed, or cut short', async () => {
    for (const changed of changesOf(bundle, 7)) {
      const error = await openBundle(changed, { passphrase }).catch((failure) => failure)
      expect(['ciphertext_invalid', 'passphrase_wrong'], changed).toContain(error.code)
    }
    for (let length = 0; length < bundle.length; length += 9) {
      await expect(openBundle(bundle.slice(0, length), { passphrase })).rejects.toThrow(failsWith('ciphertext_invalid'))
    }
  })

  test('cannot ask for more memory than 256 MiB', async () => {
    for (const cost of ['19', '30', '9', '014', '1e1', '-14']) {
      const greedy = bundle.replace('.14.', `.${cost}.`)
      await expect(openBundle(greedy, { passphrase })).rejects.toThrow(failsWith('ciphertext_invalid'))
    }
    await expect(sealBundle('x', { passphrase, scryptCost: 13 })).rejects.toThrow(failsWith('invalid_request'))
  })

  test('is not made with a short passphrase', async () => {
    await expect(sealBundle('x', { passphrase: 'elevenchars' })).rejects.toThrow(failsWith('passphrase_invalid'))
  })

  test('says that it needs a passphrase', async () => {
    const { privateKey } = generateBundleKeys()
    await expect(openBundle(bundle, { privateKey })).rejects.toThrow(failsWith('bundle_recipient_other'))
  })
})

describe('a bundle sealed for a recipient', async () => {
  const keys = generateBundleKeys()
  const bundle = await sealBundle(content, { recipient: keys.publicKey })

  test('opens with the private key only', async () => {
    expect((await openBundle(bundle, { privateKey: `${keys.privateKey}\n` })).toString()).toBe(content)
    for (const key of [{ privateKey: generateBundleKeys().privateKey }, { passphrase }]) {
      await expect(openBundle(bundle, key)).rejects.toThrow(failsWith('bundle_recipient_other'))
    }
  })

  test('opens when an earlier release sealed it', async () => {
    const privateKey = `koble-private.${Buffer.alloc(32, 5).toString('base64url')}`
    const earlier =
      'koble-bundle.v1.recipient.MZ6pNEo0xhc.uj6dT4hEyH6p9-oUZTan2KpFM7XIPxZb8vbyYeAo1S1xNjzTgh9XRp6PeHszJaPY6Jv2OfGfGhSndRREMctNjlgBNujZUjsJK7_MVVfBKn68JSMwp6yPKP1WQ8IHlNfu5XkkrLKF9SsM_GrU8R0eRitxfbMYcNQq7jQm7OO2nRvHaMPJNPE9H8RFda_GobE5laYdRL0Vge4TrXR2PwV_XdwytcwWA2DUf_cCYQEO72UetArpdC-UirqOccRW0bcNhXjwW1pULS234k8HDcnYyEONp0fN6NE7F358kXshg1vEXWyL43XuWFlStHWOo2bjFuK8re8PmnNQIGMrAhd1_avmA-O1e7RYRujJiFlgk2DSV7JstSCF6QzRMfLOfU8aKGsiQZQdoNYWD1nDjOaMdS6-U20w9mJiY_mJg-C0ubIYSPr_AoXEXD6ehZP5q525wNJjf0vjjSXQx7oX-xdkJKDq34ABfjIJqQPVmGMFGhUW-HF_PC-IIdz2jVqY92eMX3vOYsokdFcoVs8YLTmuHbxCVSW5IF7k5GxBEYlmDKPUKENJhLYAY8k7IiYOPuAIHLBWjxi8FdefF20ChpZ4NyEOJiGzGFvsU5YJWwA4zLlPwH44awIhEzqRkq0CLcr4ktPGzoe0fnj8XOotswcTxXqXSjguj-MDM2gxNsT5yXP9InXaBd13KoriVMblGqr6TsvyVNSiaUMa_oZrI8Osfor7d4EYg-M7xgfk3-3cbWXHVDi_wYHq5zn19V9BQCnhqn9Dh1eCSueknr95_w7OcbTQKZoLzdbB4iFrDscuFyq06bsIXugVQxjIjzOMJ15FFEZvPjBWzKkZ6Vd-Aj3YTp2u-AjhEBPMaMGlq9xSVQ51tY6Z7W6vb8quFklzXjocW8gCJ2-wjcMu1raODeeUd_nJlbqf9xbk_jq7CrsgZqOwapxMdgPhGy8NVJ3rJZxVj2ftSY7avOu1V9a6WChd-LP_KTs_w1GHZX8nf6LJpe0Nv9r4LYcl6jDJn-PJNomsOsL4mpYFhifBoehA9ZQSrzjoeTzfTcjPBgwpOG5zjzVeqcndnUT6XqorlgNRm96Z42DIkb1ZogRVbD3HEuEAzjAzt0P71GCCAXoDzJd9rGmzk6PHQmPqFe5g9lBFpEjhiG8ngkghbE8cIGHFJRZ99KkZfRlhvsQAf09cakLopMQtGwOpqlptGDeq2gQObOo63D7zImhPIJ_QDn5zevhjoElFA8QwBCqgVx56I7wYkhRo5K76-_7AH3AbXTr3566Mu7yZIfr880uO9S6WmaXwmUytOhrw2nGBNCchHlqSKWMSHzOFzWMS65HQfoPv5cvgMnudzJFUqqdsM4rOrwcm1cJvvBLUIU-oQ-udEAu6y3-i7LyTEcvxe687XtXlH49i1YD2CXolaT531tzup8HqKTuJ4uPafZtevTUaj2EV0W71fppwi2BhKEZ4Ht4LlJzVzBLMIVn408Wkvun_VKA8FA.93VZGl-IdEnc0Z1F4754b0Qso72GSLaQ'
    expect((await openBundle(earlier, { privateKey })).toString()).toBe('blåbær')
  })

  test('does not open with any one character changed, or cut short', async () => {
    for (const changed of changesOf(bundle, 11)) {
      await expect(openBundle(changed, keys), changed).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(ciphertext_invalid|bundle_recipient_other)$/) }),
      )
    }
    for (let length = 0; length < bundle.length; length += 37) {
      await expect(openBundle(bundle.slice(0, length), keys)).rejects.toThrow(failsWith('ciphertext_invalid'))
    }
  })

  test('is made only for a whole public key', async () => {
    for (const recipient of [
      '',
      keys.privateKey,
      keys.publicKey.slice(0, -1),
      `${keys.publicKey}AAAA`,
      keys.publicKey.replace('koble-public.', ''),
      `koble-public.${Buffer.alloc(1216, 255).toString('base64url')}`,
    ]) {
      await expect(sealBundle('x', { recipient })).rejects.toThrow(failsWith('bundle_key_invalid'))
    }
    await expect(openBundle(bundle, { privateKey: keys.publicKey })).rejects.toThrow(failsWith('bundle_key_invalid'))
  })
})

test('any text is either a bundle or refused as none', async () => {
  const part = fc.oneof(fc.string(), fc.base64String(), fc.constantFrom('koble-bundle', 'v1', 'recipient', '14', ''))
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 7 }), async (parts) => {
      const error = await openBundle(parts.join('.'), { privateKey: '' }).catch((failure) => failure)
      expect(error).toMatchObject({ name: 'KobleError' })
    }),
  )
})
