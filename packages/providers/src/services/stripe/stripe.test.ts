import { signDelivery, verifySignature } from '@koble/core/signatures'
import Stripe from 'stripe'
import { describe, expect, test } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { validateFields } from '../../fields.ts'
import { readAccount, readSource } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { toWire } from '../../run-operation.ts'
import { bracketForm } from './bracket-form.ts'
import { stripe } from './stripe.ts'

const webhooks = stripe.webhooks as Webhooks
const secret = 'whsec_test_secret'
const seconds = 1700000000
const now = new Date(seconds * 1000)
const body = Buffer.from(
  '{"id":"evt_1Test","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","amount":19900,"currency":"nok"}}}',
)
const sdk = new Stripe('sk_test_KobleSandbox0000')

describe('Stripe webhooks', () => {
  test('accept a signature computed by hand', () => {
    const signature = `t=${seconds},v1=01ca921a2d163b3d0eab0730db839447ef0c689a2447421bc7a1a961ad5ff56b`
    const headers = { 'stripe-signature': signature }
    expect(verifySignature(webhooks.signature, { headers, body }, { secrets: [secret], now })).toEqual({
      verified: true,
    })
  })

  test("agree with Stripe's own library in both directions", () => {
    const theirs = sdk.webhooks.generateTestHeaderString({ payload: body.toString(), secret, timestamp: seconds })
    const delivery = { headers: { 'stripe-signature': `${theirs},v0=abc` }, body }
    expect(verifySignature(webhooks.signature, delivery, { secrets: [secret], now })).toEqual({ verified: true })
    const ours = signDelivery(webhooks.signature, { body, secret, now: new Date() })
    expect(sdk.webhooks.constructEvent(body, ours['stripe-signature'] as string, secret).id).toBe('evt_1Test')
  })

  test('find type and id, and the account only of connected accounts', () => {
    const delivery = { headers: {}, body }
    expect(readSource(webhooks.eventType, delivery)).toBe('payment_intent.succeeded')
    expect(readSource(webhooks.eventId as Source, delivery)).toBe('evt_1Test')
    expect(readSource(webhooks.account as Source, delivery)).toBeUndefined()
  })
})

describe('a Stripe key', () => {
  const accepts = (apiKey: string) => {
    try {
      validateFields(stripe.connectionFields ?? [], { apiKey }, { partial: false })
      return true
    } catch {
      return false
    }
  }
  test('is a secret or restricted key, never a publishable one', () => {
    for (const key of ['sk_test_4eC39HqLyjWDarjtT1zdp7dc', 'rk_live_4eC39HqLyjWDarjtT1zdp7dc'])
      expect(accepts(key)).toBe(true)
    for (const key of [
      'pk_test_4eC39HqLyjWDarjtT1zdp7dc',
      'sk_test_',
      ' sk_test_4eC39HqLyjWDarjtT1zdp7dc',
      'whsec_4eC39HqLyj',
    ]) {
      expect(accepts(key)).toBe(false)
    }
  })

  test('shows the name of its account; one that may not read it is tried out on the customers', () => {
    const account = resolveProvider(stripe).account
    if (!account) throw new Error('there is no account call')
    const answer = { id: 'acct_1', email: 'post@example.com', settings: { dashboard: { display_name: 'Fjord Bikes' } } }
    expect(readAccount(account, answer)).toEqual({ id: 'acct_1', label: 'Fjord Bikes' })
    expect(account.fallback).toMatchObject({ statuses: [403], url: 'https://api.stripe.com/v1/customers?limit=1' })
  })
})

describe("Stripe's nested parameters", () => {
  test('are written as its own library writes them', async () => {
    const values = {
      amount: 19900,
      metadata: { order: '1001', note: 'a&b=c [d]' },
      custom_fields: [{ name: 'KID', value: '602243' }],
      preferred_locales: ['nb', 'en'],
      absent: undefined,
    }
    let theirs = ''
    const httpClient = Stripe.createFetchHttpClient(async (_url: unknown, init?: RequestInit) => {
      theirs = String(init?.body)
      return Response.json({ id: 'cus_1' })
    })
    const library = new Stripe('sk_test_KobleSandbox0000', { httpClient, telemetry: false })
    await library.rawRequest('POST', '/v1/customers', values as never)
    const ours = toWire({ method: 'POST', path: '/', form: bracketForm(values) }).body?.toString()
    const sorted = (form = '') => [...new URLSearchParams(form)].sort()
    expect(sorted(ours)).toEqual(sorted(theirs))
    expect(ours).toContain('custom_fields%5B0%5D%5Bname%5D=KID')
  })
})
