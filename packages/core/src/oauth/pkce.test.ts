import { calculatePKCECodeChallenge } from 'oauth4webapi'
import { describe, expect, it, test } from 'vitest'
import { base64URLEncode, codeChallengeOf, generatePKCE, generateRandomString } from './pkce.ts'

describe('PKCE', () => {
  it('makes verifiers of the form RFC 7636 asks for, with challenges that others compute too', async () => {
    const pkce = await generatePKCE()
    expect(pkce.codeVerifier).toMatch(/^[A-Za-z0-9\-._~]{43,128}$/)
    expect(pkce.codeChallengeMethod).toBe('S256')
    expect(pkce.codeChallenge).toBe(await calculatePKCECodeChallenge(pkce.codeVerifier))
    expect((await generatePKCE()).codeVerifier).not.toBe(pkce.codeVerifier)
  })
})

test.each([
  [
    'RFC 7636, appendix B',
    'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  ],
  ['ID-porten’s manual', 'xyo94uhy3zKvgB0NJwLms86SwcjtWviEOpkBnGgaLlo', 'b7elB7ZyxIXgFyvBznKvxl7wOB-H17Pz0a3B62NIMFI'],
])('the challenge is that of %s', async (_, verifier, challenge) => {
  expect(await codeChallengeOf(verifier)).toBe(challenge)
})

describe('random strings', () => {
  it('have the length asked for, differ, and fit into a URL', () => {
    for (const length of [1, 16, 43, 64])
      expect(generateRandomString(length)).toMatch(new RegExp(`^[\\w-]{${length}}$`))
    expect(new Set(Array.from({ length: 1_000 }, () => generateRandomString(22))).size).toBe(1_000)
  })

  it.each([Number.NaN, -1, 1.5, 65_537])('are refused for the length %d, instead of being shorter', (length) => {
    expect(() => generateRandomString(length)).toThrowError(expect.objectContaining({ code: 'invalid_request' }))
  })
})

describe('base64url', () => {
  it('uses the URL-safe alphabet without padding', () => {
    expect(base64URLEncode(Buffer.from([0xfb, 0xff, 0xfe, 0x00]))).toBe('-__-AA')
    expect(base64URLEncode(new Uint8Array())).toBe('')
  })

  it('encodes any bytes as node does, many of them and parts of a buffer too', () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256)
    expect(base64URLEncode(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
    expect(base64URLEncode(bytes.subarray(5, 9))).toBe(Buffer.from(bytes).subarray(5, 9).toString('base64url'))
  })
})
