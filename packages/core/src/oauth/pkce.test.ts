import { calculatePKCECodeChallenge } from 'oauth4webapi'
import { describe, expect, it, test } from 'vitest'
import { base64URLEncode, codeChallengeOf, generatePKCE, generateRandomString } from './pkce.ts'

describe('PKCE', () => {
  it('makes verifiers of the form RFC 7636 asks for, with challenges that others compute too', async () => {
    const pkce = generatePKCE()
    expect(pkce.codeVerifier).toMatch(/^[A-Za-z0-9\-._~]{43,128}$/)
    expect(pkce.codeChallengeMethod).toBe('S256')
    expect(pkce.codeChallenge).toBe(await calculatePKCECodeChallenge(pkce.codeVerifier))
    expect(generatePKCE().codeVerifier).not.toBe(pkce.codeVerifier)
  })
})

test.each([
  [
    'RFC 7636, appendix B',
    'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  ],
  ['ID-porten’s manual', 'xyo94uhy3zKvgB0NJwLms86SwcjtWviEOpkBnGgaLlo', 'b7elB7ZyxIXgFyvBznKvxl7wOB-H17Pz0a3B62NIMFI'],
])('the challenge is that of %s', (_, verifier, challenge) => {
  expect(codeChallengeOf(verifier)).toBe(challenge)
})

describe('random strings', () => {
  it('have the length asked for, differ, and fit into a URL', () => {
    for (const length of [1, 16, 43, 64])
      expect(generateRandomString(length)).toMatch(new RegExp(`^[\\w-]{${length}}$`))
    expect(new Set(Array.from({ length: 1_000 }, () => generateRandomString(22))).size).toBe(1_000)
  })
})

describe('base64url', () => {
  it('uses the URL-safe alphabet without padding', () => {
    expect(base64URLEncode(Buffer.from([0xfb, 0xff, 0xfe, 0x00]))).toBe('-__-AA')
    expect(base64URLEncode(new Uint8Array())).toBe('')
  })
})
