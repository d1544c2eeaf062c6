import { describe, expect, test } from 'vitest'
import { generateSecret, type SignatureScheme, secretHeaders, signRequest, verifySignature } from './index.ts'

const now = new Date(0)
const body = Buffer.from('{}')
const verified = { verified: true }
const refused = { verified: false, reason: 'peer_refused' }

describe('an address', () => {
  const scheme: SignatureScheme = { type: 'address', networks: ['52.17.117.56', '203.0.113.0/24', '2001:db8::/32'] }
  const judge = (remoteAddress?: string) =>
    verifySignature(scheme, { headers: {}, body, remoteAddress }, { secrets: [], now })

  test.each(['52.17.117.56', '::ffff:52.17.117.56', '203.0.113.255', '2001:db8::1', '2001:DB8:0::1'])(
    'is one of the allowed: %s',
    (address) => expect(judge(address)).toEqual(verified),
  )

  test.each([undefined, '', '52.17.117.57', '203.0.114.0', '::1', '2001:db9::1', '52.17.117.56, 1.2.3.4', 'localhost'])(
    'is not: %s',
    (address) => expect(judge(address)).toEqual(refused),
  )
})

describe('a client certificate', () => {
  const fingerprint256 = Array.from({ length: 32 }, () => 'AB').join(':')
  const shown = { authorized: true, fingerprint256, subjectNames: ['x', 'Hooks.Partner.example'] }
  const judge = (scheme: object, clientCertificate: object | undefined, secrets: string[] = []) =>
    verifySignature(
      { type: 'client_certificate', ...scheme },
      { headers: {}, body, clientCertificate: clientCertificate as typeof shown },
      { secrets, now },
    )

  test('must be authorized and carry an allowed name', () => {
    expect(judge({ subjectNames: ['hooks.partner.example'] }, shown)).toEqual(verified)
    expect(judge({ subjectNames: ['.partner.example'] }, shown)).toEqual(verified)
    expect(judge({ subjectNames: ['partner.example'] }, shown)).toEqual(refused)
    expect(judge({ subjectNames: ['.partner.example'] }, { ...shown, authorized: false })).toEqual(refused)
    expect(judge({ subjectNames: ['.partner.example'] }, undefined)).toEqual(refused)
    expect(judge({ subjectNames: [] }, shown)).toEqual(refused)
  })

  test('must be the pinned one, in whatever spelling, where one is pinned', () => {
    const compact = fingerprint256.replaceAll(':', '').toLowerCase()
    expect(judge({ pinned: true }, shown, ['x', compact])).toEqual(verified)
    expect(judge({ pinned: true }, shown, [fingerprint256])).toEqual(verified)
    expect(judge({ pinned: true }, shown, [compact.replace('a', 'b')])).toEqual(refused)
    expect(judge({ pinned: true }, shown, [])).toEqual({ verified: false, reason: 'secret_missing' })
    expect(judge({ pinned: true, subjectNames: ['other'] }, shown, [compact])).toEqual(refused)
  })
})

describe('secrets that are shown as they are', () => {
  test.each<[SignatureScheme, string]>([
    [{ type: 'token', header: 'Authorization', prefix: 'Bearer ' }, 't0k3n'],
    [{ type: 'basic' }, 'user:pass:wörd'],
    [{ type: 'query_token', query: 'key' }, 't0k3n å&'],
    [{ type: 'body_token', path: 'auth.token' }, 't0k3n'],
  ])('%o is accepted with its secret and no other', (scheme, secret) => {
    const signed = signRequest(scheme, { url: 'https://x.example/in', body }, { secret, now })
    const judge = (secrets: string[]) => verifySignature(scheme, signed, { secrets, now })
    expect(judge(['other:x', secret])).toEqual(verified)
    expect(judge([`${secret}x`])).toEqual({ verified: false, reason: 'mismatch' })
    expect(judge(['', ' '])).toEqual({ verified: false, reason: 'secret_missing' })
    const bare = verifySignature(scheme, { url: 'https://x.example/in', headers: {}, body }, { secrets: [secret], now })
    expect(bare).toMatchObject({ verified: false })
  })

  test.each(['Basic', 'Basic ', 'Basic !', 'Basic dXNlcg==', 'Bearer dTpw', 'Basic dTpw dTpw', 'Basic\tdTpw'])(
    'HTTP Basic in the form %j is malformed',
    (authorization) => {
      const result = verifySignature({ type: 'basic' }, { headers: { authorization }, body }, { secrets: ['u:p'], now })
      expect(result).toEqual({ verified: false, reason: 'header_malformed' })
    },
  )

  test('HTTP Basic is called so in any case', () => {
    const judge = (authorization: string) =>
      verifySignature({ type: 'basic' }, { headers: { authorization }, body }, { secrets: ['u:p'], now })
    for (const name of ['Basic', 'basic', 'BASIC']) expect(judge(`${name} dTpw`)).toEqual(verified)
  })

  test('a query with two of them is refused', () => {
    const delivery = { url: 'https://x.example/in?key=a&key=b', headers: {}, body }
    const result = verifySignature({ type: 'query_token', query: 'key' }, delivery, { secrets: ['b'], now })
    expect(result).toEqual({ verified: false, reason: 'header_malformed' })
  })
})

test('of several schemes each must hold, and the first that does not gives the reason', () => {
  const scheme: SignatureScheme = {
    type: 'all_of',
    schemes: [
      { type: 'address', networks: ['10.0.0.0/8'] },
      { type: 'hmac', algorithm: 'sha256', header: 'x-signature', encoding: 'hex' },
      { type: 'token', header: 'X-Token' },
    ],
  }
  const secret = generateSecret(scheme)
  const { headers } = signRequest(scheme, { body }, { secret, now })
  const judge = (changed: object) =>
    verifySignature(scheme, { headers, body, remoteAddress: '10.1.2.3', ...changed }, { secrets: [secret], now })
  expect(judge({})).toEqual(verified)
  expect(judge({ remoteAddress: '11.1.2.3' })).toEqual(refused)
  expect(judge({ headers: { ...headers, 'x-token': 'other' } })).toEqual({ verified: false, reason: 'mismatch' })
  expect(judge({ body: Buffer.from('{ }') })).toEqual({ verified: false, reason: 'mismatch' })
  expect(secretHeaders(scheme)).toEqual(['x-token'])
})

test('no secret is made up where the provider has it', () => {
  const error = expect.objectContaining({ code: 'signature_scheme_invalid' })
  const schemes: SignatureScheme[] = [
    { type: 'address', networks: ['10.0.0.0/8'] },
    { type: 'client_certificate', pinned: true },
    { type: 'public_key', algorithm: 'ed25519', header: 'x', encoding: 'hex' },
    { type: 'jwt', header: 'x', algorithm: 'RS256', bodyHash: { claim: 'h', encoding: 'hex' } },
    { type: 'all_of', schemes: [{ type: 'address', networks: ['10.0.0.0/8'] }] },
  ]
  for (const scheme of schemes) expect(() => generateSecret(scheme)).toThrow(error)
})
