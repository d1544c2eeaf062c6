import { verify as octokitVerify } from '@octokit/webhooks-methods'
import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { type SignatureScheme, signDelivery } from './index.ts'

const now = new Date(1750000000_000)
const text = '{"title":"Blåbærsyltetøy 🫐"}'
const body = Buffer.from(text)

const github: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'X-Hub-Signature-256',
  encoding: 'hex',
  prefix: 'sha256=',
}
const stripe: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'Stripe-Signature',
  encoding: 'hex',
  signedContent: '{timestamp}.{body}',
  pairs: { timestampKey: 't', signatureKey: 'v1' },
}

test('@octokit/webhooks-methods accepts what we sign as GitHub', async () => {
  const header = signDelivery(github, { body, secret: 's3cret', now })['x-hub-signature-256'] ?? ''
  expect(await octokitVerify('s3cret', text, header)).toBe(true)
  expect(await octokitVerify('s3cret', `${text} `, header)).toBe(false)
})

test('the stripe package accepts what we sign as Stripe', () => {
  const header = signDelivery(stripe, { body, secret: 'whsec_x', now })['stripe-signature'] ?? ''
  const construct = (payload: Buffer) =>
    Stripe.webhooks.constructEvent(payload, header, 'whsec_x', 300, undefined, now.getTime())
  expect(construct(body)).toEqual(JSON.parse(text))
  expect(() => construct(Buffer.from(`${text} `))).toThrow('No signatures found')
})

test('a token goes into its header, and a token of the body into none', () => {
  expect(signDelivery({ type: 'token', header: 'X-Goog-Channel-Token' }, { body, secret: 't', now })).toEqual({
    'x-goog-channel-token': 't',
  })
  expect(signDelivery({ type: 'body_token', path: 'value[].clientState' }, { body, secret: 't', now })).toEqual({})
})

test('makes a new id for each Standard Webhooks delivery unless one is given', () => {
  const sign = (id?: string) => signDelivery({ type: 'standard_webhooks' }, { body, secret: 'whsec_c2VjcmV0', now, id })
  expect(sign()['webhook-id']).toMatch(/^msg_[0-9a-f]{32}$/)
  expect(sign()['webhook-id']).not.toBe(sign()['webhook-id'])
  expect(sign('evt-1')['webhook-id']).toBe('evt-1')
})

test.each(['', 'a.b', 'a b', 'a\r\nx: y', 'å'])('refuses %j as the id of a delivery', (id) => {
  const sign = () => signDelivery({ type: 'standard_webhooks' }, { body, secret: 'whsec_c2VjcmV0', now, id })
  expect(sign).toThrow(expect.objectContaining({ code: 'delivery_id_invalid', status: 400 }))
})

test.each<[SignatureScheme, string]>([
  [github, ''],
  [github, '  '],
  [{ type: 'token', header: 'x' }, ''],
  [{ type: 'standard_webhooks' }, 'whsec_'],
  [{ type: 'standard_webhooks' }, 'whsec_not base64'],
])('refuses to sign with an unusable secret (%o, %j), without repeating it', (scheme, secret) => {
  const sign = () => signDelivery(scheme, { body, secret, now })
  expect(sign).toThrow(expect.objectContaining({ code: 'signature_secret_invalid', status: 400 }))
  expect(sign).not.toThrow(/not base64/)
})
