import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startStripe } from './start-stripe.ts'

let stripe: Awaited<ReturnType<typeof startStripe>>
beforeEach(async () => {
  stripe = await startStripe()
})
afterEach(() => stripe.stop())

const money = { amount: 19900, currency: 'nok' }
const card = { payment_method: 'pm_card_visa', return_url: 'https://shop.example/done' }

/** What Stripe's package throws. */
async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await call.then(
    () => new Error('It was not refused'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof Stripe.errors.StripeError)) throw error
  return error
}
const unexpected = { statusCode: 400, code: 'payment_intent_unexpected_state' }

describe('a payment', () => {
  test('goes from the method to the confirmation and is paid, once', async () => {
    const { paymentIntents } = stripe.sdk
    const made = await paymentIntents.create({ ...money, metadata: { order: '1', gone: 'x' } })
    expect(made).toMatchObject({ status: 'requires_payment_method', amount_received: 0, latest_charge: null })
    expect(await refusal(paymentIntents.confirm(made.id, { return_url: card.return_url }))).toMatchObject(unexpected)
    const changed = await paymentIntents.update(made.id, {
      ...{ amount: 20000, payment_method: 'pm_card_visa', metadata: { gone: '', colour: 'red' } },
    })
    expect(changed).toMatchObject({ status: 'requires_confirmation', metadata: { order: '1', colour: 'red' } })
    expect(changed.metadata).not.toHaveProperty('gone')
    expect(await refusal(paymentIntents.confirm(made.id))).toMatchObject({ statusCode: 400 })
    const paid = await paymentIntents.confirm(made.id, { return_url: card.return_url })
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 20000, amount_capturable: 0 })
    expect(await stripe.sdk.charges.retrieve(paid.latest_charge as string)).toMatchObject({
      ...{ amount: 20000, captured: true, paid: true, payment_intent: made.id, status: 'succeeded' },
      payment_method_details: { card: { brand: 'visa', last4: '4242' } },
    })
    for (const call of [
      paymentIntents.confirm(made.id, card),
      paymentIntents.cancel(made.id),
      paymentIntents.capture(made.id),
      paymentIntents.update(made.id, { amount: 500 }),
    ]) {
      expect(await refusal(call)).toMatchObject(unexpected)
    }
    expect(await paymentIntents.update(made.id, { description: 'A bell' })).toMatchObject({ description: 'A bell' })
  })

  test('without redirects needs no address to return to', async () => {
    const automatic_payment_methods = { enabled: true, allow_redirects: 'never' as const }
    const request = { ...money, confirm: true, payment_method: 'pm_card_visa', automatic_payment_methods }
    expect(await stripe.sdk.paymentIntents.create(request)).toMatchObject({ status: 'succeeded' })
  })

  test.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
  ])('with %s is refused with 402, and may be tried again', async (payment_method, code, decline_code) => {
    const error = await refusal(stripe.sdk.paymentIntents.create({ ...money, ...card, payment_method, confirm: true }))
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError)
    expect(error).toMatchObject({ statusCode: 402, code, decline_code })
    const { id = '' } = error.payment_intent ?? {}
    const intent = await stripe.sdk.paymentIntents.retrieve(id, { expand: ['latest_charge'] })
    expect(intent).toMatchObject({
      ...{ status: 'requires_payment_method', payment_method: null, last_payment_error: { code, decline_code } },
      latest_charge: { status: 'failed', paid: false },
    })
    const again = await stripe.sdk.paymentIntents.confirm(id, card)
    expect(again).toMatchObject({ status: 'succeeded', last_payment_error: null })
  })

  test('is reserved, captured in parts, and no more than was reserved', async () => {
    const { paymentIntents, charges } = stripe.sdk
    const made = await paymentIntents.create({ ...money, ...card, confirm: true, capture_method: 'manual' })
    expect(made).toMatchObject({ status: 'requires_capture', amount_capturable: 19900, amount_received: 0 })
    const tooMuch = await refusal(paymentIntents.capture(made.id, { amount_to_capture: 19901 }))
    expect(tooMuch).toMatchObject({ statusCode: 400, code: 'amount_too_large', param: 'amount_to_capture' })
    const part = await paymentIntents.capture(made.id, { amount_to_capture: 5000, final_capture: false })
    expect(part).toMatchObject({ status: 'requires_capture', amount_capturable: 14900, amount_received: 5000 })
    const rest = await paymentIntents.capture(made.id, { amount_to_capture: 1000 })
    expect(rest).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 6000 })
    const { amount_captured, captured } = await charges.retrieve(made.latest_charge as string)
    expect([amount_captured, captured]).toEqual([6000, true])
    expect((await refusal(paymentIntents.capture(made.id))).message).toContain('already been captured')
  })

  test('that is cancelled releases what was reserved, and is no more', async () => {
    const { paymentIntents } = stripe.sdk
    const made = await paymentIntents.create({ ...money, ...card, confirm: true, capture_method: 'manual' })
    const cancelled = await paymentIntents.cancel(made.id, { cancellation_reason: 'duplicate' })
    expect(cancelled).toMatchObject({ status: 'canceled', cancellation_reason: 'duplicate', amount_capturable: 0 })
    expect(await stripe.sdk.charges.retrieve(made.latest_charge as string)).toMatchObject({ refunded: true })
    expect(await refusal(paymentIntents.confirm(made.id, card))).toMatchObject(unexpected)
    expect(await refusal(paymentIntents.capture(made.id))).toMatchObject(unexpected)
    const reason = await stripe.call('POST', '/v1/payment_intents/pi_3KobleToCancel/cancel', {
      cancellation_reason: 'mood',
    })
    expect(reason).toMatchObject({ status: 400, body: { error: { param: 'cancellation_reason' } } })
  })
})

describe('a card whose bank asks the payer', () => {
  const asking = { ...money, ...card, payment_method: 'pm_card_threeDSecure2Required', confirm: true }
  const answer = (url: string, outcome: string) => {
    const client_secret = new URL(url).searchParams.get('client_secret') ?? ''
    return fetch(url, { method: 'POST', body: new URLSearchParams({ client_secret, outcome }), redirect: 'manual' })
  }

  test.each([
    ['complete', 'succeeded', 'succeeded'],
    ['fail', 'failed', 'requires_payment_method'],
  ])('brings the payer back when they %s', async (outcome, redirectStatus, status) => {
    const made = await stripe.sdk.paymentIntents.create(asking)
    expect(made).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } })
    const url = made.next_action?.redirect_to_url?.url ?? ''
    expect(await (await fetch(url)).text()).toContain('199.00 NOK')
    const back = new URL((await answer(url, outcome)).headers.get('location') ?? '')
    expect(back.origin + back.pathname).toBe(card.return_url)
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      payment_intent: made.id,
      redirect_status: redirectStatus,
    })
    expect(await stripe.sdk.paymentIntents.retrieve(made.id)).toMatchObject({ status, next_action: null })
    expect((await answer(url, 'complete')).status).toBe(400)
  })

  test('is asked for nothing without the secret of the payment, and declined where the payer is not there', async () => {
    const made = await stripe.sdk.paymentIntents.create(asking)
    const url = `${stripe.origin}/3d_secure/${made.id}?client_secret=guessed`
    expect((await fetch(url)).status).toBe(404)
    expect((await answer(url, 'complete')).status).toBe(404)
    const error = await refusal(stripe.sdk.paymentIntents.create({ ...asking, off_session: true }))
    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' })
  })
})

describe('a refund', () => {
  const refund = (params: Stripe.RefundCreateParams) => stripe.sdk.refunds.create(params)

  test('gives back a part, then all that is left, and never more', async () => {
    const payment_intent = 'pi_3KoblePaid'
    const part = await refund({ payment_intent, amount: 50000, reason: 'requested_by_customer' })
    expect(part).toMatchObject({ status: 'succeeded', amount: 50000, charge: 'ch_3KoblePaid', payment_intent })
    expect(await stripe.sdk.charges.retrieve('ch_3KoblePaid')).toMatchObject({
      amount_refunded: 50000,
      refunded: false,
    })
    const tooMuch = await refusal(refund({ payment_intent, amount: 99001 }))
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' })
    expect(await refund({ charge: 'ch_3KoblePaid' })).toMatchObject({ amount: 99000 })
    expect(await stripe.sdk.charges.retrieve('ch_3KoblePaid')).toMatchObject({
      amount_refunded: 149000,
      refunded: true,
    })
    expect(await refusal(refund({ payment_intent }))).toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    })
    const { data } = await stripe.sdk.refunds.list({ payment_intent })
    expect(data.map(({ amount }) => amount)).toEqual([99000, 50000])
    expect(await stripe.sdk.refunds.retrieve(part.id)).toMatchObject({ reason: 'requested_by_customer' })
  })

  test('needs a payment that was paid', async () => {
    expect(await refusal(refund({}))).toMatchObject({ statusCode: 400, code: 'parameter_missing' })
    for (const payment_intent of ['pi_3KobleToConfirm', 'pi_3KobleToCapture']) {
      expect((await refusal(refund({ payment_intent }))).message).toContain('does not have a successful charge')
    }
    const missing = { statusCode: 404, code: 'resource_missing' }
    expect(await refusal(refund({ payment_intent: 'pi_none' }))).toMatchObject({ ...missing, param: 'payment_intent' })
    expect(await refusal(refund({ charge: 'ch_none' }))).toMatchObject({ ...missing, param: 'charge' })
  })
})
