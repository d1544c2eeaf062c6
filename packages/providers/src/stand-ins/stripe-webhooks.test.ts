import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { listen } from './start-stand-in.ts'
import { startStripe } from './start-stripe.ts'

let stripe: Awaited<ReturnType<typeof startStripe>>
beforeEach(async () => {
  stripe = await startStripe()
})
afterEach(() => stripe.stop())

const register = (enabled_events: string[], path = '/hook') =>
  stripe.sdk.webhookEndpoints.create({
    url: stripe.kobleOrigin + path,
    enabled_events: enabled_events as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
  })
/** The types that came, once this one is among them. */
async function typesUntil(type: string): Promise<string[]> {
  return await vi.waitFor(() => {
    const types = stripe.deliveries.map(({ body }) => JSON.parse(body).type as string)
    expect(types).toContain(type)
    return types
  })
}
const paying = { amount: 19900, currency: 'nok', confirm: true, return_url: 'https://shop.example/done' }

test('an endpoint hears of the events it asked for, signed with the secret that it was shown once', async () => {
  const endpoint = await register(['payment_intent.succeeded'])
  const { secret = '', ...rest } = endpoint
  expect(secret).toMatch(/^whsec_\w{20,}$/)
  expect(await stripe.sdk.webhookEndpoints.retrieve(endpoint.id)).toEqual(rest)
  const key = { idempotencyKey: 'order-1001' }
  const paid = await stripe.sdk.paymentIntents.create({ ...paying, payment_method: 'pm_card_visa' }, key)
  expect(await typesUntil('payment_intent.succeeded')).toEqual(['payment_intent.succeeded'])
  const [{ headers, body } = { headers: {}, body: '' }] = stripe.deliveries
  const signature = headers['stripe-signature'] ?? ''
  const event = stripe.sdk.webhooks.constructEvent(body, signature, secret)
  expect(event).toMatchObject({ object: 'event', livemode: false, api_version: '2026-10-28.endive' })
  expect(event.data.object).toMatchObject({ id: paid.id, status: 'succeeded' })
  expect(event.request).toMatchObject({ id: expect.stringMatching(/^req_/), idempotency_key: 'order-1001' })
  expect(await stripe.sdk.events.retrieve(event.id)).toMatchObject({ type: 'payment_intent.succeeded' })
  expect(() => stripe.sdk.webhooks.constructEvent(body, signature, 'whsec_another')).toThrow()
})

test('every step of a payment, a refund and an invoice is told', async () => {
  await register(['*'])
  const declined = { ...paying, payment_method: 'pm_card_chargeDeclined' }
  await expect(stripe.sdk.paymentIntents.create(declined)).rejects.toThrow('declined')
  await stripe.sdk.paymentIntents.create({ ...paying, payment_method: 'pm_card_visa', capture_method: 'manual' })
  await stripe.sdk.paymentIntents.create({ ...paying, payment_method: 'pm_card_threeDSecure2Required' })
  await stripe.sdk.paymentIntents.cancel('pi_3KobleToCancel')
  await stripe.sdk.refunds.create({ payment_intent: 'pi_3KoblePaid' })
  await stripe.sdk.invoices.create({ customer: 'cus_KariNordmann01' })
  await stripe.sdk.invoices.sendInvoice('in_1KobleDraft')
  await stripe.sdk.invoices.pay('in_1KobleDraft', { paid_out_of_band: true })
  await stripe.sdk.invoices.voidInvoice('in_1KobleOpen')
  await stripe.sdk.products.create({ name: 'Bell' })
  await stripe.sdk.customers.create({ name: 'Ola' })
  expect(await typesUntil('customer.created')).toEqual([
    ...['payment_intent.created', 'charge.failed', 'payment_intent.payment_failed'],
    ...['payment_intent.created', 'charge.succeeded', 'payment_intent.amount_capturable_updated'],
    ...['payment_intent.created', 'payment_intent.requires_action', 'payment_intent.canceled'],
    ...['refund.created', 'charge.refunded', 'invoice.created', 'invoice.finalized', 'invoice.sent'],
    ...['invoice_payment.paid', 'invoice.paid', 'invoice.payment_succeeded', 'invoice.voided'],
    ...['product.created', 'customer.created'],
  ])
})

test('a checkout that is completed in the browser is told once', async () => {
  await register(['checkout.session.completed'])
  const { id, url } = await stripe.sdk.checkout.sessions.create({
    ...{ mode: 'payment', success_url: 'https://shop.example/done' },
    line_items: [{ price: 'price_Basic', quantity: 1 }],
  })
  const complete = `${stripe.origin}${new URL(url ?? '').pathname}/complete`
  const answer = await fetch(complete, { method: 'POST', redirect: 'manual' })
  expect(answer.headers.get('location')).toBe('https://shop.example/done')
  await typesUntil('checkout.session.completed')
  await fetch(complete, { method: 'POST', redirect: 'manual' })
  await register(['customer.created'])
  await stripe.sdk.customers.create({ name: 'Ola' })
  expect(await typesUntil('customer.created')).toEqual(['checkout.session.completed', 'customer.created'])
  expect(JSON.parse(stripe.deliveries[0]?.body ?? '').data.object).toMatchObject({ id, payment_status: 'paid' })
})

test('an endpoint is changed, paused and removed, and hears no more', async () => {
  const one = await register(['*'], '/one')
  const { webhookEndpoints, customers } = stripe.sdk
  await webhookEndpoints.update(one.id, { enabled_events: ['customer.deleted'] })
  const other = await register(['*'], '/other')
  await webhookEndpoints.update(other.id, { disabled: true })
  expect(await webhookEndpoints.retrieve(other.id)).toMatchObject({ status: 'disabled' })
  const third = await register(['*'], '/third')
  expect((await webhookEndpoints.list()).data.map(({ id }) => id)).toEqual([third.id, other.id, one.id])
  expect(await webhookEndpoints.del(third.id)).toMatchObject({ id: third.id, deleted: true })
  expect((await stripe.call('GET', `/v1/webhook_endpoints/${third.id}`)).status).toBe(404)
  const { id } = await customers.create({ name: 'Ola' })
  await customers.del(id)
  expect(await typesUntil('customer.deleted')).toEqual(['customer.deleted'])
})

test('an endpoint needs an address and events, and only so many are taken', async () => {
  const post = (form: Record<string, string>) => stripe.call('POST', '/v1/webhook_endpoints', form)
  const url = 'https://koble.example/hook'
  expect((await post({ url })).body.error).toMatchObject({ code: 'parameter_missing', param: 'enabled_events' })
  expect((await post({ 'enabled_events[]': '*' })).body.error).toMatchObject({ param: 'url' })
  expect((await post({ url: 'ftp://x', 'enabled_events[]': '*' })).body.error).toMatchObject({ code: 'url_invalid' })
  const both = { url, 'enabled_events[0]': '*', 'enabled_events[1]': 'invoice.paid' }
  expect((await post(both)).body.error.param).toBe('enabled_events')
  for (let count = 0; count < 16; count++) expect((await post({ url, 'enabled_events[]': '*' })).status).toBe(200)
  expect((await post({ url, 'enabled_events[]': '*' })).status).toBe(400)
})

test('nobody but Koble is called, whatever is registered', async () => {
  let calls = 0
  const stranger = await listen((_request, response) => {
    calls += 1
    response.end()
  })
  await register(['*'])
  // The newest is told first.
  await stripe.sdk.webhookEndpoints.create({ url: `${stranger.origin}/hook`, enabled_events: ['*'] })
  await stripe.sdk.customers.create({ name: 'Ola' })
  await typesUntil('customer.created')
  expect(calls).toBe(0)
  await stranger.stop()
})
