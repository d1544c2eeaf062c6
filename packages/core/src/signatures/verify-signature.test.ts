import { sign as octokitSign } from '@octokit/webhooks-methods'
import Stripe from 'stripe'
import { describe, expect, test } from 'vitest'
import { signatureVectors } from '../testing/index.ts'
import {
  type Delivery,
  generateSecret,
  type SignatureResult,
  type SignatureScheme,
  signDelivery,
  verifySignature,
} from './index.ts'

const github: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'X-Hub-Signature-256',
  encoding: 'hex',
  prefix: 'sha256=',
}
const slack: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'X-Slack-Signature',
  encoding: 'hex',
  prefix: 'v0=',
  signedContent: 'v0:{timestamp}:{body}',
  timestamp: { header: 'X-Slack-Request-Timestamp' },
}
const stripe: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'Stripe-Signature',
  encoding: 'hex',
  signedContent: '{timestamp}.{body}',
  pairs: { timestampKey: 't', signatureKey: 'v1' },
}
const base64Sha1: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha1',
  header: 'X-Signature',
  encoding: 'base64',
  secretEncoding: 'base64',
  signedContent: '{body}|{timestamp}',
  timestamp: { header: 'X-Time' },
  toleranceSeconds: 60,
}
const sha512: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha512',
  header: 'x-signature',
  encoding: 'base64',
  secretEncoding: 'hex',
}
const standardWebhooks: SignatureScheme = { type: 'standard_webhooks' }
const google: SignatureScheme = { type: 'token', header: 'X-Goog-Channel-Token' }
const graph: SignatureScheme = { type: 'body_token', path: 'value[].clientState' }

const at = (unixSeconds: number) => new Date(unixSeconds * 1000)
const verified = { verified: true }
const rejected = (reason: string) => ({ verified: false, reason })

describe('published vectors', () => {
  // Those of single vendors are held against `verifySignature` beside the vectors.
  const standardVectors = signatureVectors
    .filter(({ scheme }) => scheme.type === 'standard_webhooks')
    .map(({ delivery: { headers, body }, secret }) => ({
      secret,
      body,
      id: headers['webhook-id'] ?? '',
      timestamp: headers['webhook-timestamp'] ?? '',
      signature: headers['webhook-signature'] ?? '',
    }))
  const vectors = standardVectors.filter(({ secret }) => secret.startsWith('whsec_'))

  test.each(vectors)('accepts and makes the Standard Webhooks signature $signature', (vector) => {
    const now = at(Number(vector.timestamp))
    const body = Buffer.from(vector.body)
    const { id, timestamp, signature, secret } = vector
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    expect(signDelivery(standardWebhooks, { body, secret, now, id })).toEqual(headers)
    expect(verifySignature(standardWebhooks, { headers, body }, { secrets: [secret], now })).toEqual(verified)
    const svix = { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': signature }
    expect(verifySignature(standardWebhooks, { headers: svix, body }, { secrets: [secret], now })).toEqual(verified)
    const bare = secret.slice('whsec_'.length)
    expect(verifySignature(standardWebhooks, { headers, body }, { secrets: [bare], now })).toEqual(verified)
  })

  test('accepts either key while a Standard Webhooks secret is rotated, and skips signatures of other versions', () => {
    const [first, second] = vectors
    if (first === undefined || second === undefined) throw new Error('The vectors are gone')
    expect(second).toMatchObject({ id: first.id, body: first.body })
    const asymmetric = standardVectors.find(({ id, secret }) => id === first.id && secret.startsWith('whpk_'))
    const signatures = [asymmetric, first, second].map((vector) => vector?.signature ?? '')
    const delivery = {
      headers: {
        'webhook-id': first.id,
        'webhook-timestamp': first.timestamp,
        'webhook-signature': signatures.join(' '),
      },
      body: Buffer.from(first.body),
    }
    const now = at(Number(first.timestamp))
    for (const { secret } of [first, second]) {
      expect(verifySignature(standardWebhooks, delivery, { secrets: [secret], now })).toEqual(verified)
    }
    const onlyAsymmetric = { ...delivery, headers: { ...delivery.headers, 'webhook-signature': signatures[0] } }
    const secrets = vectors.map((vector) => vector.secret)
    expect(verifySignature(standardWebhooks, onlyAsymmetric, { secrets, now })).toEqual(rejected('header_malformed'))
  })

  test('compares the channel token of a Google notification, which has no body', () => {
    const delivery = {
      headers: { 'x-goog-channel-token': 't0k3n', 'x-goog-resource-state': 'sync' },
      body: Buffer.alloc(0),
    }
    expect(verifySignature(google, delivery, { secrets: ['t0k3n'], now: at(0) })).toEqual(verified)
    expect(verifySignature(google, delivery, { secrets: ['t0k3n2'], now: at(0) })).toEqual(rejected('mismatch'))
  })
})

describe("the vendors' packages", () => {
  const body = '{"action":"opened","title":"Blåbærsyltetøy 🫐","n":1}'
  const now = at(1750000000)

  test('GitHub deliveries signed by @octokit/webhooks-methods are accepted', async () => {
    const headers = { 'x-hub-signature-256': await octokitSign('s3cret', body) }
    expect(verifySignature(github, { headers, body: Buffer.from(body) }, { secrets: ['s3cret'], now })).toEqual(
      verified,
    )
  })

  test('Stripe deliveries signed by the stripe package are accepted', () => {
    const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: 'whsec_x', timestamp: 1750000000 })
    const delivery = { headers: { 'stripe-signature': header }, body: Buffer.from(body) }
    expect(verifySignature(stripe, delivery, { secrets: ['whsec_x'], now })).toEqual(verified)
    expect(verifySignature(stripe, delivery, { secrets: ['whsec_y'], now })).toEqual(rejected('mismatch'))
  })
})

describe.each([
  { name: 'GitHub', scheme: github },
  { name: 'Slack', scheme: slack },
  { name: 'Stripe', scheme: stripe },
  { name: 'SHA-1 in base64', scheme: base64Sha1 },
  { name: 'SHA-512 with a hex secret', scheme: sha512 },
  { name: 'Standard Webhooks', scheme: standardWebhooks },
])('every signed scheme: $name', ({ scheme }) => {
  const secret = generateSecret(scheme)
  const now = at(1750000000)
  const body = Buffer.from('{"a":"å","b":[1,2]}')
  const headers = signDelivery(scheme, { body, secret, now })
  const judge = (delivery: Delivery, secrets = [secret], time = now) =>
    verifySignature(scheme, delivery, { secrets, now: time })

  test('accepts what it signed', () => {
    expect(judge({ headers, body })).toEqual(verified)
    const empty = Buffer.alloc(0)
    expect(judge({ headers: signDelivery(scheme, { body: empty, secret, now }), body: empty })).toEqual(verified)
    const binary = Buffer.from([0, 255, 254, 13, 10, 0])
    expect(judge({ headers: signDelivery(scheme, { body: binary, secret, now }), body: binary })).toEqual(verified)
  })

  test('rejects every change of one bit in the body, and a body cut or longer by one byte', () => {
    for (const changed of singleBitChanges(body))
      expect(judge({ headers, body: changed })).toEqual(rejected('mismatch'))
    expect(judge({ headers, body: body.subarray(1) })).toEqual(rejected('mismatch'))
    expect(judge({ headers, body: body.subarray(0, -1) })).toEqual(rejected('mismatch'))
    expect(judge({ headers, body: Buffer.concat([body, Buffer.from('\n')]) })).toEqual(rejected('mismatch'))
  })

  test('rejects every change of one bit in any header', () => {
    for (const [name, value] of Object.entries(headers)) {
      for (const changed of singleBitChanges(Buffer.from(value))) {
        const delivery = { headers: { ...headers, [name]: changed.toString('latin1') }, body }
        expect(judge(delivery), `${name}: ${changed}`).toMatchObject({ verified: false })
      }
      for (const changed of [value.slice(0, -1), value.slice(1), `${value}0`, `${value}\n`, `${value}, ${value}`]) {
        expect(judge({ headers: { ...headers, [name]: changed }, body }), `${name}: ${changed}`).toMatchObject({
          verified: false,
        })
      }
    }
  })

  test('rejects a header that is absent, empty, doubled or of another type', () => {
    for (const [name, value] of Object.entries(headers)) {
      const without = (other: unknown) => judge({ headers: { ...headers, [name]: other as string }, body })
      expect(without(undefined)).toEqual(rejected('header_missing'))
      expect(without('')).toEqual(rejected('header_missing'))
      expect(without([])).toEqual(rejected('header_missing'))
      expect(without([''])).toEqual(rejected('header_missing'))
      expect(without([value, value])).toEqual(rejected('header_malformed'))
      expect(without(1)).toEqual(rejected('header_malformed'))
      expect(without([value])).toEqual(verified)
    }
    expect(judge({ headers: {}, body })).toEqual(rejected('header_missing'))
  })

  test('rejects when there is no secret, only blank ones, or another', () => {
    expect(judge({ headers, body }, [])).toEqual(rejected('secret_missing'))
    expect(judge({ headers, body }, ['', '  '])).toEqual(rejected('secret_missing'))
    expect(judge({ headers, body }, [generateSecret(scheme)])).toEqual(rejected('mismatch'))
  })

  test('accepts any of several secrets', () => {
    expect(judge({ headers, body }, ['', generateSecret(scheme), secret])).toEqual(verified)
  })
})

test('an empty key, by which anybody could sign, is no key', () => {
  const body = Buffer.from('{}')
  const forged = signDelivery(github, { body, secret: 'x', now: at(0) })
  for (const secret of ['', ' ', '\n']) {
    expect(verifySignature(github, { headers: forged, body }, { secrets: [secret], now: at(0) })).toEqual(
      rejected('secret_missing'),
    )
  }
  const options = { secrets: ['whsec_', 'whsec_ ', 'whsec_==', 'whsec_*', 'whsec_AAA*'], now: at(0) }
  expect(verifySignature(standardWebhooks, { headers: {}, body }, options)).toEqual(rejected('secret_missing'))
})

test('a secret that is not in its encoding is no key, instead of a shorter one', () => {
  const delivery = { headers: { 'x-signature': 'AAAA' }, body: Buffer.from('{}') }
  const judge = (scheme: SignatureScheme, secret: string) =>
    verifySignature(scheme, delivery, { secrets: [secret], now: at(0) })
  for (const secret of ['abc', 'zz', '00gg', '0x00']) expect(judge(sha512, secret)).toEqual(rejected('secret_missing'))
  for (const secret of ['a', 'ab*d', 'ab_d', 'whsec_abcd']) {
    expect(judge(base64Sha1, secret)).toEqual(rejected('secret_missing'))
  }
  expect(judge(sha512, 'ABCDEF')).toEqual(rejected('header_malformed'))
})

describe.each([
  { name: 'Slack', scheme: slack, tolerance: 300 },
  { name: 'Stripe', scheme: stripe, tolerance: 300 },
  { name: 'an own tolerance', scheme: base64Sha1, tolerance: 60 },
  { name: 'Standard Webhooks', scheme: standardWebhooks, tolerance: 300 },
])('signed time: $name', ({ scheme, tolerance }) => {
  const secret = generateSecret(scheme)
  const body = Buffer.from('{}')
  const sent = 1750000000
  const headers = signDelivery(scheme, { body, secret, now: at(sent) })
  const judge = (now: Date) => verifySignature(scheme, { headers, body }, { secrets: [secret], now })

  test('accepts a delivery up to the tolerance and rejects it one second later, in both directions', () => {
    expect(judge(at(sent + tolerance))).toEqual(verified)
    expect(judge(at(sent + tolerance + 0.999))).toEqual(verified)
    expect(judge(at(sent + tolerance + 1))).toEqual(rejected('timestamp_stale'))
    expect(judge(at(sent - tolerance))).toEqual(verified)
    expect(judge(at(sent - tolerance - 1))).toEqual(rejected('timestamp_stale'))
  })

  test('rejects everything when the clock is invalid', () => {
    expect(judge(new Date(Number.NaN))).toEqual(rejected('timestamp_stale'))
  })

  test.each(['-1750000000', '1750000000.0', '1.75e9', '0x684ee180', ' 1750000000', '1750000000000', 'now'])(
    'rejects the time %j',
    (time) => {
      const swapped = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace(String(sent), time)]),
      )
      const result = verifySignature(scheme, { headers: swapped, body }, { secrets: [secret], now: at(sent) })
      expect(result).toEqual(rejected('header_malformed'))
    },
  )

  test('rejects another time within the tolerance, since the time is signed', () => {
    const moved = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace(String(sent), String(sent + 1))]),
    )
    const result = verifySignature(scheme, { headers: moved, body }, { secrets: [secret], now: at(sent) })
    expect(result).toEqual(rejected('mismatch'))
  })
})

describe('spelling of signatures', () => {
  const body = Buffer.from('{}')
  const secret = 's3cret'
  const now = at(1750000000)
  const judge = (scheme: SignatureScheme, headers: Record<string, string>): SignatureResult =>
    verifySignature(scheme, { headers, body }, { secrets: [secret], now })

  test('rejects upper-case hex, base64 for hex, text outside ASCII and a missing prefix as malformed', () => {
    const hex = signDelivery(github, { body, secret, now })['x-hub-signature-256']?.slice('sha256='.length) ?? ''
    const base64 = Buffer.from(hex, 'hex').toString('base64')
    const lookAlike = hex.replace(/[a-f]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 256))
    for (const value of [
      `sha256=${hex.toUpperCase()}`,
      `sha256=${base64}`,
      `sha256=${lookAlike}`,
      hex,
      `sha1=${hex}`,
    ]) {
      expect(judge(github, { 'x-hub-signature-256': value }), value).toEqual(rejected('header_malformed'))
    }
    expect(judge(github, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).toEqual(rejected('mismatch'))
  })

  test('rejects base64 without padding or in the URL alphabet', () => {
    const key = generateSecret(sha512)
    const signature = signDelivery(sha512, { body, secret: key, now })['x-signature'] ?? ''
    const url = Buffer.from(signature, 'base64').toString('base64url')
    for (const value of [signature.replace(/=+$/, ''), url]) {
      const result = verifySignature(sha512, { headers: { 'x-signature': value }, body }, { secrets: [key], now })
      expect(result).toEqual(rejected('header_malformed'))
    }
  })
})

describe('signatures in pairs', () => {
  const body = Buffer.from('{}')
  const now = at(1750000000)
  const secret = 'whsec_new'
  const signed = signDelivery(stripe, { body, secret, now })['stripe-signature'] ?? ''
  const good = signed.slice(signed.indexOf('v1='))
  const judge = (header: string) =>
    verifySignature(stripe, { headers: { 'stripe-signature': header }, body }, { secrets: [secret], now })

  test('accepts one right signature among several, and ignores other versions', () => {
    const wrong = `v1=${'0'.repeat(64)}`
    expect(judge(`t=1750000000,${wrong},${good},v0=abc`)).toEqual(verified)
    expect(judge(`t=1750000000,v0=abc,${good},${wrong}`)).toEqual(verified)
    expect(judge(`${good},t=1750000000`)).toEqual(verified)
    expect(judge(`t=1750000000, ${good}`)).toEqual(verified)
    expect(judge(`t=1750000000,${wrong},${wrong}`)).toEqual(rejected('mismatch'))
    expect(judge(`t=1750000000,v1=,v1=zz`)).toEqual(rejected('header_malformed'))
  })

  test('does not take a signature of another version for one', () => {
    expect(judge(`t=1750000000,${good.replace('v1=', 'v0=')}`)).toEqual(rejected('header_malformed'))
    expect(judge(`t=1750000000,${good.replace('v1=', 'V1=')}`)).toEqual(rejected('header_malformed'))
  })

  test.each([
    '',
    't',
    't=',
    'v1=',
    ',',
    't=1750000000',
    `t=1750000000,t=1750000000,${good}`,
    `x,${good}`,
    good,
    `t=,${good}`,
  ])('rejects %j', (header) => {
    expect(judge(header)).toEqual(rejected(header === '' ? 'header_missing' : 'header_malformed'))
  })
})

describe('Standard Webhooks', () => {
  const body = Buffer.from('{}')
  const now = at(1750000000)
  const secret = generateSecret(standardWebhooks)
  const headers = signDelivery(standardWebhooks, { body, secret, now, id: 'msg_1' })

  test('rejects an id with a dot, which could hide another time', () => {
    const shifted = { ...headers, 'webhook-id': 'msg.1' }
    expect(verifySignature(standardWebhooks, { headers: shifted, body }, { secrets: [secret], now })).toEqual(
      rejected('header_malformed'),
    )
  })

  test('does not mix the two families of headers', () => {
    const mixed = {
      'svix-id': headers['webhook-id'],
      'svix-timestamp': headers['webhook-timestamp'],
      'webhook-signature': headers['webhook-signature'],
    }
    expect(verifySignature(standardWebhooks, { headers: mixed, body }, { secrets: [secret], now })).toEqual(
      rejected('header_missing'),
    )
  })
})

describe('a token in the body', () => {
  const judge = (body: unknown, secrets = ['clåent-state'], scheme: SignatureScheme = graph) => {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    return verifySignature(scheme, { headers: {}, body: bytes }, { secrets, now: at(0) })
  }
  const item = (clientState?: unknown) => ({ subscriptionId: 's', changeType: 'created', clientState })

  test('accepts when every notification carries the secret', () => {
    expect(judge({ value: [item('clåent-state')] })).toEqual(verified)
    expect(judge({ value: [item('clåent-state'), item('clåent-state')] })).toEqual(verified)
    expect(judge({ value: [item('old'), item('new')] }, ['new', 'old'])).toEqual(verified)
  })

  test('rejects when one notification carries another value or none', () => {
    const others = ['', 'clåent-stat', 'clåent-state ', 'Clåent-state', null, 1, true, ['clåent-state'], {}, undefined]
    for (const other of others) {
      expect(judge({ value: [item('clåent-state'), item(other)] }), JSON.stringify(other)).toEqual(rejected('mismatch'))
    }
    expect(judge({ value: [item('clåent-state'), null, 'x'] })).toEqual(rejected('mismatch'))
    expect(judge({ value: [item('other')] })).toEqual(rejected('mismatch'))
  })

  test('rejects a body without any token', () => {
    for (const body of [
      {},
      [],
      null,
      'x',
      { value: [] },
      { value: {} },
      { value: [{}] },
      { value: [[]] },
      { value: null },
    ]) {
      expect(judge(body), JSON.stringify(body)).toEqual(rejected('body_malformed'))
    }
    for (const text of ['', 'clåent-state', '{"value":', '\uFEFF{"value":[{"clientState":"clåent-state"}]}']) {
      expect(judge(Buffer.from(text)), text).toEqual(rejected('body_malformed'))
    }
  })

  test('rejects without a secret, also when the body carries an empty one', () => {
    expect(judge({ value: [item('')] }, [''])).toEqual(rejected('secret_missing'))
    expect(judge({ value: [item('')] }, [])).toEqual(rejected('secret_missing'))
  })

  test('reads a plain path and an array at the root', () => {
    expect(judge({ auth: { token: 't' } }, ['t'], { type: 'body_token', path: 'auth.token' })).toEqual(verified)
    expect(judge([{ token: 't' }, { token: 't' }], ['t'], { type: 'body_token', path: '[].token' })).toEqual(verified)
    expect(judge([{ token: 't' }, { token: 'u' }], ['t'], { type: 'body_token', path: '[].token' })).toEqual(
      rejected('mismatch'),
    )
  })
})

describe('a token in a header', () => {
  test('rejects every change, a missing header and a missing secret', () => {
    const token = generateSecret(google)
    const judge = (value: string | string[] | undefined, secrets = [token]) =>
      verifySignature(
        google,
        { headers: { 'x-goog-channel-token': value }, body: Buffer.alloc(0) },
        { secrets, now: at(0) },
      )
    expect(judge(token, ['other', token])).toEqual(verified)
    for (const changed of singleBitChanges(Buffer.from(token))) {
      expect(judge(changed.toString('latin1'))).toEqual(rejected('mismatch'))
    }
    expect(judge(`${token} `)).toEqual(rejected('mismatch'))
    expect(judge(undefined)).toEqual(rejected('header_missing'))
    expect(judge('')).toEqual(rejected('header_missing'))
    expect(judge([token, token])).toEqual(rejected('header_malformed'))
    expect(judge('', [''])).toEqual(rejected('secret_missing'))
    expect(judge(token, [])).toEqual(rejected('secret_missing'))
  })
})

describe('a scheme that makes no sense is refused before it verifies anything', () => {
  const base = { type: 'hmac', algorithm: 'sha256', header: 'x', encoding: 'hex' } as const
  test.each([
    ['the body is not signed', { ...base, signedContent: 'constant' }],
    ['the body is signed twice', { ...base, signedContent: '{body}{body}' }],
    ['a placeholder is unknown', { ...base, signedContent: '{id}.{body}' }],
    ['the time is read but not signed', { ...base, timestamp: { header: 't' } }],
    ['the time is signed but not read', { ...base, signedContent: '{timestamp}.{body}' }],
    [
      'the time comes from two places',
      {
        ...base,
        signedContent: '{timestamp}.{body}',
        timestamp: { header: 't' },
        pairs: { timestampKey: 't', signatureKey: 'v1' },
      },
    ],
    ['the algorithm is unknown', { ...base, algorithm: 'md5' }],
    ['the encoding is unknown', { ...base, encoding: 'latin1' }],
    ['the encoding of the secret is unknown', { ...base, secretEncoding: 'latin1' }],
    ['the tolerance is no number', { ...slack, toleranceSeconds: Number.NaN }],
    ['the tolerance is endless', { ...slack, toleranceSeconds: Number.POSITIVE_INFINITY }],
    ['the type is unknown', { type: 'none' }],
  ])('%s', (_, scheme) => {
    const delivery = { headers: {}, body: Buffer.alloc(0) }
    const error = expect.objectContaining({ code: 'signature_scheme_invalid' })
    expect(() => verifySignature(scheme as SignatureScheme, delivery, { secrets: ['s'], now: at(0) })).toThrow(error)
    expect(() => signDelivery(scheme as SignatureScheme, { body: delivery.body, secret: 's', now: at(0) })).toThrow(
      error,
    )
  })
})

function* singleBitChanges(bytes: Buffer): Generator<Buffer> {
  for (let index = 0; index < bytes.length; index++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ (1 << bit)
      yield changed
    }
  }
}
