import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startStripe } from './start-stripe.ts'

let stripe: Awaited<ReturnType<typeof startStripe>>
beforeEach(async () => {
  stripe = await startStripe()
})
afterEach(() => stripe.stop())

describe('a call', () => {
  test('needs a test key, also where the emulated Stripe answers', async () => {
    const call = (path: string, authorization: string) => stripe.call('GET', path, undefined, { authorization })
    for (const path of ['/v1/balance', '/v1/products', '/v1/customers', '/v1/nothing']) {
      const none = await call(path, '')
      expect([path, none.status, none.body.error.type]).toEqual([path, 401, 'invalid_request_error'])
      expect((await call(path, 'Bearer sk_live_0123456789')).status).toBe(401)
      expect((await call(path, 'Bearer pk_test_0123456789')).body.error.code).toBe('secret_key_required')
    }
    const basic = Buffer.from('sk_test_KobleSandbox0000:').toString('base64')
    for (const path of ['/v1/balance', '/v1/products']) expect((await call(path, `Basic ${basic}`)).status).toBe(200)
  })

  test('to what is not there says so, and each has an id of its own', async () => {
    const first = await stripe.call('GET', '/v1/nothing')
    expect([first.status, first.body.error.message]).toEqual([
      404,
      expect.stringContaining('Unrecognized request URL (GET: /v1/nothing)'),
    ])
    const other = await stripe.call('GET', '/v1/payment_intents/pi_none')
    expect([other.status, other.body.error]).toMatchObject([404, { code: 'resource_missing', param: 'id' }])
    expect(first.headers.get('request-id')).toMatch(/^req_/)
    expect(other.headers.get('request-id')).not.toBe(first.headers.get('request-id'))
  })

  test('has its parameters checked by name and kind, in a form', async () => {
    const post = (form: Record<string, string>) => stripe.call('POST', '/v1/payment_intents', form)
    const cases: [Record<string, string>, object][] = [
      [{ currency: 'nok' }, { code: 'parameter_missing', param: 'amount' }],
      [
        { amount: 'many', currency: 'nok' },
        { code: 'parameter_invalid_integer', param: 'amount' },
      ],
      [
        { amount: '', currency: 'nok' },
        { code: 'parameter_invalid_empty', param: 'amount' },
      ],
      [
        { amount: '299', currency: 'nok' },
        { code: 'amount_too_small', param: 'amount' },
      ],
      [
        { amount: '100000000', currency: 'nok' },
        { code: 'amount_too_large', param: 'amount' },
      ],
      [{ amount: '300', currency: 'xyz' }, { param: 'currency' }],
      [
        { amount: '300', currency: 'nok', amout: '1' },
        { code: 'parameter_unknown', param: 'amout' },
      ],
      [
        { amount: '300', currency: 'nok', 'automatic_payment_methods[on]': 'true' },
        { param: 'automatic_payment_methods[enabled]', code: 'parameter_missing' },
      ],
      [{ amount: '300', currency: 'nok', capture_method: 'later' }, { param: 'capture_method' }],
      [
        { amount: '300', currency: 'nok', customer: 'cus_none' },
        { code: 'resource_missing', param: 'customer' },
      ],
      [
        { amount: '300', currency: 'nok', payment_method: 'pm_none' },
        { code: 'resource_missing', param: 'payment_method' },
      ],
    ]
    for (const [form, error] of cases) {
      expect([form, await post(form)]).toMatchObject([form, { status: 400, body: { error } }])
    }
    const json = { authorization: 'Bearer sk_test_1', 'content-type': 'application/json' }
    const url = `${stripe.origin}/v1/payment_intents`
    expect((await fetch(url, { method: 'POST', headers: json, body: '{"amount":300}' })).status).toBe(400)
    expect((await stripe.sdk.paymentIntents.list()).data).toHaveLength(4)
  })
})

describe('an idempotency key', () => {
  const create = (key: string, form: Record<string, string>, path = '/v1/payment_intents') =>
    stripe.call('POST', path, form, { 'idempotency-key': key })
  const form = { amount: '19900', currency: 'nok' }

  test('gives a repetition the first answer, and does nothing again', async () => {
    const first = await create('k1', form)
    await stripe.call('POST', `/v1/payment_intents/${first.body.id}`, { description: 'Changed' })
    const again = await create('k1', form)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect((await create('k2', form)).body.id).not.toBe(first.body.id)
    const product = await create('p1', { name: 'Bell' }, '/v1/products')
    expect((await create('p1', { name: 'Bell' }, '/v1/products')).body).toEqual(product.body)
  })

  test('is refused with other parameters, or elsewhere', async () => {
    await create('k1', form)
    for (const again of [create('k1', { ...form, amount: '1' }), create('k1', { name: 'Ola' }, '/v1/customers')]) {
      expect(await again).toMatchObject({ status: 400, body: { error: { type: 'idempotency_error' } } })
    }
    expect(await create('k'.repeat(256), form)).toMatchObject({ status: 400 })
  })

  test('keeps a refusal, but not one of parameters that are none', async () => {
    const declined = { ...form, payment_method: 'pm_card_chargeDeclined', confirm: 'true', return_url: 'https://x.no' }
    const first = await create('k1', declined)
    expect(first.status).toBe(402)
    expect((await create('k1', declined)).body).toEqual(first.body)
    expect((await create('k2', { currency: 'nok' })).status).toBe(400)
    expect((await create('k2', form)).status).toBe(200)
  })

  test('that is in use at the same moment is refused with 409', async () => {
    const both = [create('k1', { name: 'Ola' }, '/v1/customers'), create('k1', { name: 'Ola' }, '/v1/customers')]
    const statuses = (await Promise.all(both)).map(({ status, body }) => [status, body.error?.code])
    expect(statuses.sort()).toEqual([
      [200, undefined],
      [409, 'idempotency_key_in_use'],
    ])
  })
})

describe('lists', () => {
  test('are paged from the newest on, in both directions', async () => {
    for (let index = 0; index < 3; index++)
      await stripe.sdk.paymentIntents.create({ amount: 1000 + index, currency: 'nok' })
    const all: number[] = []
    for await (const { amount } of stripe.sdk.paymentIntents.list({ limit: 2 })) all.push(amount)
    expect(all).toEqual([1002, 1001, 1000, 9900, 19950, 49900, 149000])
    const first = await stripe.sdk.paymentIntents.list({ limit: 3 })
    expect(first).toMatchObject({ object: 'list', url: '/v1/payment_intents', has_more: true })
    const later = await stripe.sdk.paymentIntents.list({ limit: 100, starting_after: first.data[2]?.id ?? '' })
    expect([later.data.length, later.has_more]).toEqual([4, false])
    const back = await stripe.sdk.paymentIntents.list({ limit: 2, ending_before: later.data[0]?.id ?? '' })
    expect([back.data.map(({ amount }) => amount), back.has_more]).toEqual([[1001, 1000], true])
  })

  test('are narrowed by customer and time, and refuse what is no page', async () => {
    const { data } = await stripe.sdk.paymentIntents.list({ customer: 'cus_KariNordmann01' })
    expect(data.map(({ id }) => id)).toEqual(['pi_3KoblePaid'])
    const morning = data[0]?.created ?? 0
    const since = await stripe.sdk.paymentIntents.list({ created: { gt: morning, lte: morning + 120 } })
    expect(since.data.map(({ id }) => id)).toEqual(['pi_3KobleToConfirm', 'pi_3KobleToCapture'])
    for (const query of [
      'limit=101',
      'limit=0',
      'starting_after=pi_none',
      'page=2',
      'starting_after=a&ending_before=b',
    ]) {
      expect([query, (await stripe.call('GET', `/v1/payment_intents?${query}`)).status]).toEqual([query, 400])
    }
  })
})

test('ids are replaced by what they stand for, where that is asked', async () => {
  const intent = await stripe.sdk.paymentIntents.retrieve('pi_3KoblePaid', {
    expand: ['customer', 'latest_charge.refunds'],
  })
  expect(intent).toMatchObject({
    customer: { name: 'Kari Nordmann' },
    latest_charge: { id: 'ch_3KoblePaid', refunds: { data: [] } },
  })
  const list = await stripe.sdk.charges.list({ expand: ['data.payment_intent'] })
  expect(list.data.at(-1)).toMatchObject({ payment_intent: { amount: 149000 } })
  const wrong = await stripe.call('GET', '/v1/payment_intents/pi_3KoblePaid?expand[]=amount')
  expect(wrong).toMatchObject({ status: 400, body: { error: { param: 'expand' } } })
})

test('the account is the bicycle shop, and its balance what was paid and not given back', async () => {
  expect(await stripe.sdk.accounts.retrieveCurrent()).toMatchObject({
    settings: { dashboard: { display_name: 'Fjord Bikes' } },
  })
  expect(await stripe.sdk.balance.retrieve()).toMatchObject({
    livemode: false,
    pending: [{ amount: 149000, currency: 'nok' }],
  })
  await stripe.sdk.refunds.create({ payment_intent: 'pi_3KoblePaid', amount: 49000 })
  expect((await stripe.sdk.balance.retrieve()).pending).toMatchObject([{ amount: 100000, currency: 'nok' }])
})

test('what is there at the start is the same at every start', async () => {
  const other = await startStripe()
  const paths = [
    'payment_intents',
    'charges',
    'refunds',
    'invoices',
    'invoiceitems',
    'tax_rates',
    'events',
    'webhook_endpoints',
  ]
  for (const path of paths) {
    const [one, two] = await Promise.all([stripe.call('GET', `/v1/${path}`), other.call('GET', `/v1/${path}`)])
    const text = JSON.stringify(two.body).replaceAll(other.origin, stripe.origin)
    expect([path, JSON.parse(text)]).toEqual([path, one.body])
  }
  await other.stop()
})
