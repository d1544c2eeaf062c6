import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { rolldown } from 'rolldown'
import { beforeAll, describe, expect, it } from 'vitest'

/** The module as a web page gets it. */
let code: string
beforeAll(async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('pkce.ts', import.meta.url)),
    platform: 'browser',
    onwarn: (warning) => {
      throw new Error(warning.message)
    },
  })
  const { output } = await bundle.generate({ format: 'iife', name: 'pkce' })
  expect(output).toHaveLength(1)
  expect(output[0].imports).toEqual([])
  code = output[0].code
})

/** Runs `program` beside the module where nothing of node is, only what the window of every browser has. */
async function inBrowser(program: string, crypto: object = globalThis.crypto): Promise<unknown> {
  const page = createContext({ crypto, btoa, TextEncoder })
  const result = await runInContext(`${code}; (async () => JSON.stringify(await (${program})))()`, page)
  return JSON.parse(result)
}

describe('in a browser, PKCE', () => {
  it('needs nothing of node', async () => {
    expect(await inBrowser('[typeof Buffer, typeof process, typeof require, typeof global]')).toEqual(
      Array(4).fill('undefined'),
    )
    expect(await inBrowser('pkce.generatePKCE()')).toEqual({
      codeVerifier: expect.stringMatching(/^[\w-]{43}$/),
      codeChallenge: expect.stringMatching(/^[\w-]{43}$/),
      codeChallengeMethod: 'S256',
    })
    expect(await inBrowser('pkce.generateRandomString(22)')).toMatch(/^[\w-]{22}$/)
    expect(await inBrowser('pkce.base64URLEncode(new Uint8Array([0xfb, 0xff, 0xfe, 0x00]))')).toBe('-__-AA')
  })

  it('makes the challenge of RFC 7636, appendix B', async () => {
    const challenge = await inBrowser("pkce.codeChallengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')")
    expect(challenge).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })

  it('says so on a page without HTTPS, where browsers have no subtle crypto', async () => {
    const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) }
    expect(await inBrowser('pkce.generatePKCE().catch((error) => error.code)', insecure)).toBe('insecure_context')
  })
})
