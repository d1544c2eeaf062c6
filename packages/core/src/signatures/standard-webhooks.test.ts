import { expect, test } from 'vitest'
import { generateSecret, generateSigningKeys, signDelivery, verifySignature } from './index.ts'
import { standardWebhooks } from './vendor-schemes.ts'

const now = new Date(1750000000_000)
const body = Buffer.from('{"a":"å"}')
const verified = { verified: true }
const judge = (headers: Record<string, string>, secrets: string[], bytes = body) =>
  verifySignature(standardWebhooks, { headers, body: bytes }, { secrets, now })

test('the vectors of v1a are made exactly', () => {
  const secret = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
  const headers = signDelivery(standardWebhooks, {
    body: Buffer.from('{"test": 2432232314}'),
    secret,
    now: new Date(1614265330_000),
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  })
  expect(headers['webhook-signature']).toBe(
    'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
  )
})

test('what a new pair signs, its public key verifies, and nothing changed', () => {
  const { secret, publicKey } = generateSigningKeys()
  const headers = signDelivery(standardWebhooks, { body, secret, now })
  expect(headers['webhook-signature']).toMatch(/^v1a,/)
  expect(judge(headers, [publicKey])).toEqual(verified)
  expect(judge(headers, [secret])).toEqual(verified)
  expect(judge(headers, [generateSigningKeys().publicKey])).toEqual({ verified: false, reason: 'mismatch' })
  expect(judge(headers, [publicKey], Buffer.from('{}'))).toEqual({ verified: false, reason: 'mismatch' })
  const others = { 'webhook-id': `${headers['webhook-id']}x`, 'webhook-timestamp': String(now.getTime() / 1000 + 1) }
  for (const [name, value] of Object.entries(others)) {
    expect(judge({ ...headers, [name]: value }, [publicKey])).toEqual({ verified: false, reason: 'mismatch' })
  }
})

test('symmetric and asymmetric keys stand side by side, and each knows only its own signatures', () => {
  const pair = generateSigningKeys()
  const symmetric = generateSecret(standardWebhooks)
  const headers = signDelivery(standardWebhooks, { body, secret: [symmetric, pair.secret], now })
  for (const secrets of [[symmetric], [pair.publicKey], [generateSecret(standardWebhooks), pair.publicKey]]) {
    expect(judge(headers, secrets)).toEqual(verified)
  }
  const [v1 = '', v1a = ''] = (headers['webhook-signature'] ?? '').split(' ')
  const only = (signature: string, secret: string) => judge({ ...headers, 'webhook-signature': signature }, [secret])
  expect(only(v1, pair.publicKey)).toEqual({ verified: false, reason: 'header_malformed' })
  expect(only(v1a, symmetric)).toEqual({ verified: false, reason: 'header_malformed' })
  expect(only(v1a.replace('v1a', 'v1'), symmetric)).toMatchObject({ verified: false })
  // The public key is public: nobody may use it as the key of an HMAC.
  const forged = signDelivery(standardWebhooks, { body, secret: pair.publicKey.slice('whpk_'.length), now })
  expect(judge(forged, [pair.publicKey])).toEqual({ verified: false, reason: 'header_malformed' })
})

test('checks at most ten asymmetric signatures of one header', () => {
  const { secret, publicKey } = generateSigningKeys()
  const headers = signDelivery(standardWebhooks, { body, secret, now })
  const other = `v1a,${Buffer.alloc(64, 1).toString('base64')}`
  const after = (count: number) =>
    judge({ ...headers, 'webhook-signature': [...Array(count).fill(other), headers['webhook-signature']].join(' ') }, [
      publicKey,
    ])
  expect(after(9)).toEqual(verified)
  expect(after(10)).toEqual({ verified: false, reason: 'mismatch' })
})

test.each(['whpk_', 'whpk_AAAA', 'whsk_AAAA', 'whsk_', 'whpk_!'])('%s is no key', (secret) => {
  const headers = signDelivery(standardWebhooks, { body, secret: generateSecret(standardWebhooks), now })
  expect(judge(headers, [secret])).toEqual({ verified: false, reason: 'secret_missing' })
  expect(() => signDelivery(standardWebhooks, { body, secret, now })).toThrow(
    expect.objectContaining({ code: 'signature_secret_invalid' }),
  )
})
