import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { compactVerify, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { type SigningKey, signAssertion } from './index.ts'

const now = new Date('2026-01-01T00:00:00Z')
const { client } = JSON.parse(readFileSync(new URL('certificates/certificates.json', import.meta.url), 'utf8'))

/** The key of RFC 7515, appendix A.3. */
const rfcKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
}

describe('a signed assertion', () => {
  it('verifies with the public key that verifies the signature of RFC 7515, appendix A.3', async () => {
    const publicKey = createPublicKey({ key: rfcKey, format: 'jwk' })
    const published =
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
    await compactVerify(published, publicKey)
    const ours = await signAssertion({ privateKey: rfcKey, algorithm: 'ES256' }, { iss: 'joe' }, { now })
    expect((await jwtVerify(ours, publicKey, { currentDate: now })).payload.iss).toBe('joe')
  })

  it('has the claims of RFC 7523, section 3, serves once and lives a minute', async () => {
    const key: SigningKey = { privateKey: rfcKey, algorithm: 'ES256', keyId: '16' }
    const claims = {
      iss: 'https://jwt-idp.example.com',
      sub: 'mailto:mike@example.com',
      aud: 'https://authz.example.net',
    }
    const sign = () => signAssertion(key, { ...claims, exp: 1, iat: 1, jti: 'fixed', absent: undefined }, { now })
    const [one, two] = [decodeJwt(await sign()), decodeJwt(await sign())]
    const issuedAt = now.getTime() / 1000
    expect(one).toEqual({ ...claims, iat: issuedAt, exp: issuedAt + 60, jti: expect.stringMatching(/^[\w-]{43}$/) })
    expect(one.jti).not.toBe(two.jti)
    expect(decodeProtectedHeader(await sign())).toEqual({ alg: 'ES256', typ: 'JWT', kid: '16' })
  })

  it('verifies with every kind of key, however it is written', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const ed = generateKeyPairSync('ed25519')
    const pem = (type: 'pkcs8' | 'pkcs1' | 'sec1') => ({ type, format: 'pem' }) as never
    for (const [algorithm, privateKey, publicKey] of [
      ['RS256', rsa.privateKey.export(pem('pkcs1')), rsa.publicKey],
      ['RS512', rsa.privateKey.export(pem('pkcs8')), rsa.publicKey],
      ['PS384', rsa.privateKey.export({ format: 'jwk' }), rsa.publicKey],
      ['ES384', ec.privateKey.export(pem('sec1')), ec.publicKey],
      ['Ed25519', ed.privateKey.export(pem('pkcs8')), ed.publicKey],
      ['EdDSA', ed.privateKey.export({ format: 'jwk' }), ed.publicKey],
    ] as [SigningKey['algorithm'], string | object, typeof rsa.publicKey][]) {
      const token = await signAssertion({ privateKey: privateKey as string, algorithm }, { iss: 'a' }, { now })
      expect((await jwtVerify(token, publicKey, { currentDate: now })).protectedHeader.alg).toBe(algorithm)
    }
  })

  it('carries the certificate, or its hash', async () => {
    const key: SigningKey = { privateKey: client.privateKey, algorithm: 'ES256', certificates: [client.certificate] }
    const der = new X509Certificate(client.certificate).raw
    const headerOf = async (signingKey: SigningKey) =>
      decodeProtectedHeader(await signAssertion(signingKey, {}, { now }))
    expect(await headerOf(key)).toEqual({ alg: 'ES256', typ: 'JWT', x5c: [der.toString('base64')] })
    expect(await headerOf({ ...key, certificateHeader: 'x5t#S256' })).toEqual({
      alg: 'ES256',
      typ: 'JWT',
      'x5t#S256': createHash('sha256').update(der).digest('base64url'),
    })
  })

  it('fails without repeating anything of a key that cannot be read or does not fit', async () => {
    for (const key of [
      { privateKey: 'canary', algorithm: 'RS256' },
      { privateKey: { kty: 'canary' }, algorithm: 'RS256' },
      { privateKey: client.privateKey, algorithm: 'RS256' },
      { privateKey: client.privateKey, algorithm: 'ES256', certificates: ['canary'] },
    ] as SigningKey[]) {
      const error = await signAssertion(key, {}, { now }).catch((failure) => failure)
      expect(error).toMatchObject({ name: 'KobleError', code: 'client_key_invalid' })
      expect(inspect(error, { depth: 9 })).not.toMatch(/canary|BEGIN/)
    }
  })
})
