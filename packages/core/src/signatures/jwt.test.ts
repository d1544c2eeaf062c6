import { createHmac, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { hashBody } from './content.ts'
import { type JwtScheme, signRequest, verifySignature } from './index.ts'
import { vonageMessagesHook } from './vendor-schemes.ts'

const now = new Date(1750000000_000)
const seconds = 1750000000
const body = Buffer.from('{"text":"Blåbær"}')
const secret = 'vonage_signature_secret_test_0123456789abcdef'
const verified = { verified: true }

function judge(token: string, scheme: JwtScheme = vonageMessagesHook, secrets = [secret], bytes = body) {
  const delivery = { headers: { authorization: `Bearer ${token}` }, body: bytes }
  return verifySignature(scheme, delivery, { secrets, now })
}

function signed(claims: object, header: object = { alg: 'HS256', typ: 'JWT' }) {
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

const claims = { iat: seconds, iss: 'Vonage', payload_hash: hashBody(body, 'hex') }

describe.each([
  { algorithm: 'HS256', keys: null },
  { algorithm: 'HS512', keys: null },
  { algorithm: 'RS256', keys: generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  { algorithm: 'ES256', keys: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) },
  { algorithm: 'EdDSA', keys: generateKeyPairSync('ed25519') },
] as const)('$algorithm', ({ algorithm, keys }) => {
  const scheme: JwtScheme = { ...vonageMessagesHook, algorithm }
  const verifying = keys ? (keys.publicKey.export({ type: 'spki', format: 'pem' }) as string) : secret
  const signing = keys ? (keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string) : secret

  test('accepts tokens that jose made, and its own', async () => {
    const key = keys ? keys.privateKey : Buffer.from(secret)
    const token = await new SignJWT(claims).setProtectedHeader({ alg: algorithm }).sign(key)
    expect(judge(token, scheme, [verifying])).toEqual(verified)
    expect(judge(token, scheme, [verifying], Buffer.from('{}'))).toEqual({ verified: false, reason: 'mismatch' })
    const { headers } = signRequest(scheme, { body }, { secret: signing, now })
    expect(verifySignature(scheme, { headers, body }, { secrets: [verifying], now })).toEqual(verified)
  })

  test('rejects every token with one character changed', () => {
    const { headers } = signRequest(scheme, { body }, { secret: signing, now })
    const token = (headers.authorization ?? '').slice('Bearer '.length)
    for (let index = 0; index < token.length; index += keys ? 7 : 1) {
      const other = token[index] === 'A' ? 'B' : 'A'
      const changed = token.slice(0, index) + other + token.slice(index + 1)
      expect(judge(changed, scheme, [verifying]), changed).toMatchObject({ verified: false })
    }
  })
})

test('takes neither "none" nor another algorithm than its own, whatever the token says', async () => {
  const unsigned = (alg: string) => `${signed(claims, { alg }).split('.').slice(0, 2).join('.')}.`
  for (const token of [unsigned('none'), `${unsigned('none')}AAAA`, signed(claims, { alg: 'none' })]) {
    expect(judge(token)).toEqual({ verified: false, reason: 'header_malformed' })
  }
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
  // The public key as an HMAC secret: the classic confusion.
  const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(pem))
  expect(judge(forged, { ...vonageMessagesHook, algorithm: 'RS256' }, [pem])).toMatchObject({ verified: false })
  expect(judge(signed(claims, { alg: 'HS256', crit: ['b64'], b64: false }))).toMatchObject({ verified: false })
})

test.each<[string, object, object]>([
  ['five minutes old', { iat: seconds - 300 }, verified],
  ['a second older', { iat: seconds - 301 }, { verified: false, reason: 'timestamp_stale' }],
  ['of the future', { iat: seconds + 301 }, { verified: false, reason: 'timestamp_stale' }],
  ['expired', { exp: seconds - 300 }, { verified: false, reason: 'timestamp_stale' }],
  ['not valid yet', { nbf: seconds + 301 }, { verified: false, reason: 'timestamp_stale' }],
  ['without a time', { iat: undefined }, { verified: false, reason: 'header_malformed' }],
  ['with a time in words', { iat: '1750000000' }, { verified: false, reason: 'header_malformed' }],
  ['of another issuer', { iss: 'Vonag' }, { verified: false, reason: 'mismatch' }],
  ['without an issuer', { iss: undefined }, { verified: false, reason: 'mismatch' }],
  ['without the hash', { payload_hash: undefined }, { verified: false, reason: 'header_malformed' }],
  ['with another hash', { payload_hash: hashBody(Buffer.from('{}'), 'hex') }, { verified: false, reason: 'mismatch' }],
])('a token %s', (_, changed, expected) => {
  expect(judge(signed({ ...claims, ...changed }))).toEqual(expected)
})

test.each([
  '',
  '.',
  '..',
  '...',
  'a.b.c',
  'a.b.c.d',
  `${signed(claims)}.`,
  `${signed(claims)} `,
  signed([]),
  'null.null.null',
])('the text %j is no token', (token) => {
  expect(judge(token)).toMatchObject({ verified: false })
})

test('needs its prefix and one header', () => {
  const check = (authorization: string | string[] | undefined) =>
    verifySignature(vonageMessagesHook, { headers: { authorization }, body }, { secrets: [secret], now })
  const token = signed(claims)
  expect(check(`Bearer ${token}`)).toEqual(verified)
  expect(check(token)).toEqual({ verified: false, reason: 'header_malformed' })
  expect(check([`Bearer ${token}`, `Bearer ${token}`])).toEqual({ verified: false, reason: 'header_malformed' })
  expect(check(undefined)).toEqual({ verified: false, reason: 'header_missing' })
})
