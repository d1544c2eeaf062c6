import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  type Delivery,
  type HmacScheme,
  type PublicKeyScheme,
  type SignatureScheme,
  signRequest,
  verifySignature,
} from './index.ts'
import { sendgridHook, vendorSchemes, vonageMessagesHook } from './vendor-schemes.ts'

const now = new Date(1750000000_000)
const secret = 'a secret of ours'
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const requestOf = (contentType: 'form' | 'json' | 'mailgun' | 'none') => ({
  method: 'POST',
  url: 'https://hooks.example.no:8443/in/x?a=1&v=å%20b#part',
  headers:
    contentType === 'form' ? { ...form, 'x-tenant': '42' } : { 'content-type': 'application/json', 'x-tenant': '42' },
  body: Buffer.from(
    {
      form: 'b=2&a=%C3%A5+1&a=0',
      json: '{"b":"2","a":"å","n":1,"t":true}',
      mailgun: '{"signature":{"token":"e0b5"},"event-data":{"id":"1"}}',
      none: '',
    }[contentType],
  ),
})
const verified = { verified: true }

const cases = Object.entries(vendorSchemes).flatMap(([name, scheme]: [string, HmacScheme]) => {
  const kinds =
    scheme === vendorSchemes.vonageSmsByGetHook || scheme === vendorSchemes.uploadthingUrlHook
      ? (['none'] as const)
      : scheme === vendorSchemes.mailgunHook
        ? (['mailgun'] as const)
        : (['form', 'json'] as const)
  return kinds.map((kind) => ({ name, kind, scheme }))
})

describe.each(cases)('$name, a body of kind $kind', ({ scheme, kind }) => {
  const request = requestOf(kind)
  const signed = signRequest(scheme, request, { secret, now })
  const judge = (changed: Partial<Delivery> = {}, at = now) =>
    verifySignature(scheme, { method: 'POST', ...signed, ...changed }, { secrets: [secret], now: at })

  test('is accepted as it was signed, and by no other secret', () => {
    expect(judge()).toEqual(verified)
    const other = verifySignature(scheme, { method: 'POST', ...signed }, { secrets: ['another'], now })
    expect(other).toEqual({ verified: false, reason: 'mismatch' })
  })

  test('is rejected out of time, where a time is signed', () => {
    if (!scheme.timestamp || scheme.toleranceSeconds === 'any') return
    const tolerance = scheme.toleranceSeconds ?? 300
    const stale = { verified: false, reason: 'timestamp_stale' }
    const fraction = scheme.timestamp.format === 'unix_ms' || scheme.timestamp.format === 'rfc3339' ? 0 : 999
    expect(judge({}, new Date(now.getTime() + tolerance * 1000 + fraction))).toEqual(verified)
    expect(judge({}, new Date(now.getTime() + (tolerance + 1) * 1000))).toEqual(stale)
    expect(judge({}, new Date(now.getTime() - (tolerance + 1) * 1000))).toEqual(stale)
    expect(judge({}, new Date(Number.NaN))).toEqual(stale)
  })

  test('is rejected with any header changed, doubled or gone', () => {
    for (const [name, value] of Object.entries(signed.headers)) {
      if (name === 'content-type' || name in request.headers) continue
      for (const other of [`${value}0`, value.slice(0, -1), '', [value, value], undefined]) {
        expect(judge({ headers: { ...signed.headers, [name]: other } }), `${name}: ${other}`).toMatchObject({
          verified: false,
        })
      }
    }
  })

  test('is rejected with another body, whatever kind it says to be', () => {
    if (scheme.bodyUnsigned) return
    const bodies = ['', '{}', '{"b":"3"}', 'b=3', `${signed.body}1`, `${signed.body}&c=1`, 'text']
    for (const body of bodies.filter((text) => text !== signed.body.toString())) {
      for (const contentType of [form['content-type'], 'application/json', 'text/plain', undefined]) {
        const headers = { ...signed.headers, 'content-type': contentType }
        expect(judge({ headers, body: Buffer.from(body) }), `${contentType}: ${body}`).toMatchObject({
          verified: false,
        })
      }
    }
  })

  test('is rejected at another address or by another method, where these are signed', () => {
    const content = scheme.signedContent ?? ''
    if (/\{(url|uri|path)\}/.test(content)) {
      const elsewhere = signed.url?.replace('/in/', '/out/')
      expect(judge({ url: elsewhere })).toMatchObject({ verified: false })
    }
    if (/\{(url|host)\}/.test(content)) {
      expect(judge({ url: signed.url?.replace('example.no', 'example.com') })).toMatchObject({ verified: false })
    }
    if (content.includes('{method}')) expect(judge({ method: 'PUT' })).toMatchObject({ verified: false })
  })
})

describe.each([
  { algorithm: 'ecdsa_p256_sha256', keys: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) },
  { algorithm: 'rsa_sha256', keys: generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  { algorithm: 'ed25519', keys: generateKeyPairSync('ed25519') },
] as const)('a public key: $algorithm', ({ algorithm, keys }) => {
  const scheme: PublicKeyScheme = { ...sendgridHook, algorithm, header: 'x-signature', encoding: 'hex' }
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }) as string
  const base64 = keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const body = Buffer.from('{"a":"å"}')
  const { headers } = signRequest(scheme, { body }, { secret: privateKey, now })
  const judge = (secrets: string[], changed: Partial<Delivery> = {}) =>
    verifySignature(scheme, { headers, body, ...changed }, { secrets, now })

  test('verifies what the private key signed, with the key as PEM or base64', () => {
    expect(judge([pem])).toEqual(verified)
    expect(judge(['garbage', base64])).toEqual(verified)
    expect(judge([pem], { body: Buffer.from('{"a":"a"}') })).toEqual({ verified: false, reason: 'mismatch' })
  })

  test('takes no key of another kind, and no signature that is not one', () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const x25519 = generateKeyPairSync('x25519').publicKey
    const others = [p384, small, x25519].map((key) => key.export({ type: 'spki', format: 'pem' }) as string)
    expect(judge([...others, '', '-----BEGIN PUBLIC KEY-----', 'AAAA'])).toEqual({
      verified: false,
      reason: 'secret_missing',
    })
    const signature = headers['x-signature'] ?? ''
    for (const other of [signature.toUpperCase(), `${signature}0`, `0${signature}`, 'zz', ' ']) {
      expect(judge([pem], { headers: { ...headers, 'x-signature': other } }), other).toMatchObject({ verified: false })
    }
    expect(() => signRequest(scheme, { body }, { secret: pem, now })).toThrow(
      expect.objectContaining({ code: 'signature_secret_invalid' }),
    )
  })
})

test('Ed25519 keys may be raw hex, as Discord gives them', () => {
  const scheme: PublicKeyScheme = {
    type: 'public_key',
    algorithm: 'ed25519',
    keyFormat: 'raw',
    header: 'X-Signature-Ed25519',
    encoding: 'hex',
    signedContent: '{timestamp}{body}',
    timestamp: { header: 'X-Signature-Timestamp' },
  }
  // RFC 8032, section 7.1, test 1.
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
  const point = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
  const body = Buffer.from('{}')
  const { headers } = signRequest(scheme, { body }, { secret: seed, now })
  expect(verifySignature(scheme, { headers, body }, { secrets: [point], now })).toEqual(verified)
  expect(verifySignature(scheme, { headers, body }, { secrets: [seed], now })).toEqual({
    verified: false,
    reason: 'mismatch',
  })
})

describe('a scheme that makes no sense is refused before it verifies anything', () => {
  const base = { type: 'hmac', algorithm: 'sha256', header: 'x', encoding: 'hex' } as const
  test.each<[string, object]>([
    ['the signature is nowhere', { ...base, header: undefined }],
    ['a brace is left open', { ...base, signedContent: '{body' }],
    ['a placeholder has no name', { ...base, signedContent: '{header:}{body}' }],
    ['the body is signed and said not to be', { ...base, bodyUnsigned: true }],
    [
      'only an unsigned hash binds the body',
      { ...base, signedContent: '{url}', bodyHash: { header: 'h', encoding: 'hex' } },
    ],
    ['the fields are not declared', { ...base, signedContent: '{fields}' }],
    ['the fields are not signed', { ...base, fields: { from: ['form'], pair: '{name}' } }],
    ['the id is not signed', { ...base, id: { header: 'id' } }],
    ['the signature is inside of the body it signs', { ...base, header: undefined, field: 'a' }],
    ['pairs are outside of a header', { ...vendorSchemes.stripeHook, header: undefined, query: 'a' }],
    ['a time is in an unknown form', { ...vendorSchemes.slackHook, timestamp: { header: 't', format: 'roman' } }],
    ['the time in a query is not signed', { ...base, timestamp: { query: 't' } }],
    ['our secret is signed as text', { ...base, signedContent: '{secret}{body}' }],
    ['upper case of what is not hex', { ...base, encoding: 'base64', hexCase: 'any' }],
    ['a certificate without our id', { ...sendgridHook, type: 'certificate' }],
    ['an escape beyond ASCII is undone', { ...vendorSchemes.hubspotHook, url: { unescape: 'å' } }],
    ['the algorithm of a token is none', { ...vonageMessagesHook, algorithm: 'none' }],
    ['the tolerance of a token is endless', { ...vonageMessagesHook, toleranceSeconds: Number.POSITIVE_INFINITY }],
    ['nothing is asked for', { type: 'all_of', schemes: [] }],
    ['no network is named', { type: 'address', networks: [] }],
    ['a network is none', { type: 'address', networks: ['10.0.0.0/33'] }],
    ['every client certificate is allowed', { type: 'client_certificate' }],
  ])('%s', (_, scheme) => {
    const delivery = { headers: {}, body: Buffer.alloc(0), method: 'POST', url: 'https://x.example/' }
    expect(() => verifySignature(scheme as SignatureScheme, delivery, { secrets: ['s'], now })).toThrow(
      expect.objectContaining({ code: 'signature_scheme_invalid' }),
    )
  })

  test('and so is a caller who leaves out the URL or the method that is signed', () => {
    const { url, ...rest } = signRequest(vendorSchemes.hubspotHook, requestOf('json'), { secret, now })
    const judge = (more: object) =>
      verifySignature(vendorSchemes.hubspotHook, { ...rest, ...more }, { secrets: [secret], now })
    const error = expect.objectContaining({ code: 'signature_scheme_invalid' })
    expect(() => judge({ method: 'POST' })).toThrow(error)
    expect(() => judge({ method: 'POST', url: '/in/x' })).toThrow(error)
    expect(() => judge({ url })).toThrow(error)
  })
})

test('the port, the fragment and the case of the host are signed as documented', () => {
  const scheme: HmacScheme = {
    ...vendorSchemes.githubHook,
    signedContent: '{host}|{uri}|{path}|{url}|{body}',
  }
  const content = (url: string) => signRequest(scheme, { url, body: Buffer.alloc(0) }, { secret, now }).headers
  const plain: HmacScheme = { ...vendorSchemes.githubHook }
  const expected = (text: string) => signRequest(plain, { body: Buffer.from(text) }, { secret, now }).headers
  expect(content('https://Hooks.example.no:8443/a?b#c')).toEqual(
    expected('hooks.example.no:8443|/a?b|/a|https://Hooks.example.no:8443/a?b|'),
  )
  expect(content('https://x.example?b')).toEqual(expected('x.example|/?b|/|https://x.example?b|'))
  expect(content('https://x.example')).toEqual(expected('x.example|/|/|https://x.example|'))
})

test('refuses to sign with several secrets where only one signature fits, and with none', () => {
  const error = expect.objectContaining({ code: 'signature_secret_invalid' })
  const body = Buffer.from('{}')
  for (const scheme of [
    vendorSchemes.githubHook,
    vonageMessagesHook,
    { type: 'token', header: 'x' },
  ] as SignatureScheme[]) {
    expect(() => signRequest(scheme, { body }, { secret: ['a', 'b'], now })).toThrow(error)
    expect(() => signRequest(scheme, { body }, { secret: [], now })).toThrow(error)
  }
  const { headers } = signRequest(vendorSchemes.stripeHook, { body }, { secret: ['old', 'new'], now })
  for (const each of ['old', 'new']) {
    expect(verifySignature(vendorSchemes.stripeHook, { headers, body }, { secrets: [each], now })).toEqual(verified)
  }
})

test('an id that would break out of its header is refused', () => {
  const sign = (id: string) =>
    signRequest(vendorSchemes.tripletexHook, { body: Buffer.from('{}') }, { secret, now, id })
  for (const id of ['', 'a\r\nx: y', 'å']) {
    expect(() => sign(id), id).toThrow(expect.objectContaining({ code: 'delivery_id_invalid' }))
  }
})
