import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startStripe } from './start-stripe.ts'

let stripe: Awaited<ReturnType<typeof startStripe>>
beforeEach(async () => {
  stripe = await startStripe()
})
afterEach(() => stripe.stop())

const customer = 'cus_NordlysAS00001'
const sent = { customer, collection_method: 'send_invoice', days_until_due: 14 } as const

async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await call.then(
    () => new Error('It was not refused'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof Stripe.errors.StripeError)) throw error
  return error
}
/** An open one of 100 kroner. */
async function openInvoice(): Promise<string> {
  const { id } = await stripe.sdk.invoices.create(sent)
  await stripe.sdk.invoiceItems.create({ customer, invoice: id, amount: 10000, currency: 'nok' })
  await stripe.sdk.invoices.finalizeInvoice(id)
  return id
}

describe('an invoice', () => {
  test('is reckoned from its items with their taxes, is numbered, sent and paid', async () => {
    const { invoices, invoiceItems, taxRates } = stripe.sdk
    const general = 'txr_1KobleMva25'
    const food = await taxRates.create({ display_name: 'MVA', percentage: 15, inclusive: false, country: 'NO' })
    const within = await taxRates.create({ display_name: 'MVA', percentage: 25, inclusive: true })
    const made = await invoices.create({
      ...sent,
      custom_fields: [{ name: 'KID', value: '602243' }],
      metadata: { a: '1' },
    })
    expect(made).toMatchObject({ status: 'draft', number: null, total: 0, hosted_invoice_url: null, currency: 'nok' })
    const item = { customer, invoice: made.id, currency: 'nok' }
    await invoiceItems.create({ ...item, amount: 149000, description: 'Service', tax_rates: [general] })
    await invoiceItems.create({
      ...item,
      unit_amount_decimal: Stripe.Decimal.from('2000'),
      quantity: 3,
      tax_rates: [food.id],
    })
    await invoiceItems.create({ ...item, amount: 12500, tax_rates: [within.id] })
    await invoiceItems.create({ ...item, pricing: { price: 'price_Basic' } })
    const draft = await invoices.retrieve(made.id)
    const subtotal = 149000 + 6000 + 12500 + 9900
    expect(draft).toMatchObject({ subtotal, total: subtotal + 37250 + 900, amount_due: subtotal + 37250 + 900 })
    expect(draft.total_taxes?.map(({ amount, tax_behavior }) => [amount, tax_behavior])).toEqual([
      [37250, 'exclusive'],
      [900, 'exclusive'],
      [2500, 'inclusive'],
    ])
    expect(draft.lines.data.map(({ amount, description }) => [amount, description])).toContainEqual([149000, 'Service'])

    const open = await invoices.finalizeInvoice(made.id)
    expect(open).toMatchObject({
      status: 'open',
      number: expect.stringMatching(/-0002$/),
      amount_remaining: draft.total,
    })
    expect(open.due_date).toBe((open.status_transitions.finalized_at ?? 0) + 14 * 86400)
    expect(open.custom_fields).toEqual([{ name: 'KID', value: '602243' }])
    expect(await refusal(invoices.finalizeInvoice(made.id))).toMatchObject({ statusCode: 400 })
    expect(await invoices.sendInvoice(made.id)).toMatchObject({ status: 'open' })
    const pdf = await fetch(open.invoice_pdf ?? '')
    expect([pdf.headers.get('content-type'), (await pdf.text()).slice(0, 5)]).toEqual(['application/pdf', '%PDF-'])

    const declined = await refusal(invoices.pay(made.id, { payment_method: 'pm_card_chargeDeclined' }))
    expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' })
    const paid = await invoices.pay(made.id, { payment_method: 'pm_card_visa', expand: ['payments'] })
    expect(paid).toMatchObject({ status: 'paid', amount_paid: draft.total, amount_remaining: 0 })
    const payment = paid.payments?.data[0]?.payment.payment_intent as string
    expect(await stripe.sdk.paymentIntents.retrieve(payment)).toMatchObject({
      amount: draft.total,
      status: 'succeeded',
    })
    expect(await refusal(invoices.pay(made.id))).toMatchObject({ statusCode: 400 })
  })

  test('that is no draft any more cannot be changed but for its metadata', async () => {
    const { invoices, invoiceItems } = stripe.sdk
    const invoice = 'in_1KobleOpen'
    const locked = { statusCode: 400, code: 'invoice_not_editable' }
    expect(await refusal(invoices.update(invoice, { description: 'x' }))).toMatchObject(locked)
    expect(await refusal(invoiceItems.create({ customer, invoice, amount: 100, currency: 'nok' }))).toMatchObject(
      locked,
    )
    expect(await refusal(invoiceItems.update('ii_1KobleOpen', { amount: 1 }))).toMatchObject(locked)
    expect(await refusal(invoiceItems.del('ii_1KobleOpen'))).toMatchObject(locked)
    expect(await refusal(invoices.del(invoice))).toMatchObject({ statusCode: 400 })
    expect(await invoices.update(invoice, { metadata: { seen: 'yes' } })).toMatchObject({ metadata: { seen: 'yes' } })
  })

  test('as a draft is changed, or deleted with its items', async () => {
    const { invoices, invoiceItems } = stripe.sdk
    const changed = await invoices.update('in_1KobleDraft', {
      description: 'December',
      days_until_due: 30,
      default_tax_rates: [],
    })
    expect(changed).toMatchObject({ description: 'December', status: 'draft', total: 600000 })
    await invoiceItems.update('ii_1KobleDraft', { amount: 100, tax_rates: '' })
    expect(await invoices.retrieve('in_1KobleDraft')).toMatchObject({ total: 100 })
    expect(await invoices.del('in_1KobleDraft')).toEqual({ id: 'in_1KobleDraft', object: 'invoice', deleted: true })
    expect(await refusal(invoices.retrieve('in_1KobleDraft'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
    expect(await refusal(invoiceItems.retrieve('ii_1KobleDraft'))).toMatchObject({ statusCode: 404 })
  })

  test('is sent only where it is of those that are sent, and to an address', async () => {
    const { invoices, customers } = stripe.sdk
    const charged = await invoices.create({ customer })
    expect((await refusal(invoices.sendInvoice(charged.id))).message).toContain('collection method')
    expect(await refusal(invoices.create({ customer, days_until_due: 3 }))).toMatchObject({ param: 'days_until_due' })
    expect((await refusal(invoices.create({ customer, collection_method: 'send_invoice' }))).statusCode).toBe(400)
    const silent = await customers.create({ name: 'Nobody' })
    expect((await refusal(invoices.create({ ...sent, customer: silent.id }))).message).toContain('Missing email')
    expect(await refusal(invoices.create({ ...sent, customer: 'cus_none' }))).toMatchObject({
      ...{ statusCode: 400, code: 'resource_missing', param: 'customer' },
    })
    const draft = await invoices.sendInvoice('in_1KobleDraft')
    expect(draft).toMatchObject({ status: 'open', number: expect.stringMatching(/-0002$/) })
  })

  test('is voided, written off, or paid elsewhere, and then is neither open nor paid twice', async () => {
    const { invoices } = stripe.sdk
    const [voided, lost, elsewhere] = [await openInvoice(), await openInvoice(), await openInvoice()]
    expect(await invoices.voidInvoice(voided)).toMatchObject({ status: 'void' })
    expect(await invoices.markUncollectible(lost)).toMatchObject({ status: 'uncollectible' })
    expect(await invoices.pay(elsewhere, { paid_out_of_band: true })).toMatchObject({
      status: 'paid',
      amount_paid: 10000,
    })
    expect((await stripe.sdk.invoicePayments.list({ invoice: elsewhere })).data).toMatchObject([{ amount_paid: 10000 }])
    for (const id of [voided, elsewhere]) {
      expect(await refusal(invoices.pay(id, { payment_method: 'pm_card_visa' }))).toMatchObject({ statusCode: 400 })
      expect(await refusal(invoices.voidInvoice(id))).toMatchObject({ statusCode: 400 })
    }
    expect((await refusal(invoices.voidInvoice('in_1KobleDraft'))).statusCode).toBe(400)
    expect((await refusal(invoices.sendInvoice(voided))).statusCode).toBe(400)
    expect((await refusal(invoices.pay('in_1KobleOpen'))).code).toBe('resource_missing')
  })

  test('has a page on which it is paid', async () => {
    const { hosted_invoice_url: url } = await stripe.sdk.invoices.retrieve('in_1KobleOpen')
    expect(await (await fetch(url ?? '')).text()).toContain('Pay 6000.00 NOK')
    expect((await fetch(url ?? '', { method: 'POST' })).status).toBe(200)
    expect(await stripe.sdk.invoices.retrieve('in_1KobleOpen')).toMatchObject({ status: 'paid' })
    expect((await fetch(url ?? '', { method: 'POST' })).status).toBe(400)
    expect((await fetch(`${stripe.origin}/i/in_1KobleDraft`)).status).toBe(404)
  })

  test('takes what waited for it where that is asked, and lists by status and customer', async () => {
    const { invoices, invoiceItems } = stripe.sdk
    await invoiceItems.create({ customer, amount: 700, currency: 'nok' })
    expect((await invoices.create(sent)).total).toBe(0)
    const made = await invoices.create({ ...sent, pending_invoice_items_behavior: 'include' })
    expect(made.total).toBe(700)
    expect((await invoiceItems.list({ pending: true })).data).toEqual([])
    const open = await invoices.list({ status: 'open', customer })
    expect(open.data.map(({ id, total }) => [id, total])).toEqual([['in_1KobleOpen', 600000]])
    expect((await invoices.list({ status: 'draft' })).data.map(({ total }) => total)).toEqual([700, 0, 600000])
    expect((await invoices.list({ customer: 'cus_OlaHansen00001' })).data).toEqual([])
  })
})

describe('an invoice item', () => {
  const post = (form: Record<string, string>) => stripe.call('POST', '/v1/invoiceitems', form)

  test('names its price in the way of today, and one amount', async () => {
    const item = { customer, currency: 'nok' }
    const former = await post({ ...item, price: 'price_Basic' })
    expect(former).toMatchObject({ status: 400, body: { error: { code: 'parameter_unknown', param: 'price' } } })
    expect((await post({ ...item, 'pricing[price]': 'price_none' })).body.error.code).toBe('resource_missing')
    expect((await post({ ...item, amount: '1', unit_amount_decimal: '2' })).body.error.code).toBe(
      'parameters_exclusive',
    )
    expect((await post(item)).body.error).toMatchObject({ code: 'parameter_missing', param: 'amount' })
    const other = await post({ customer, invoice: 'in_1KobleDraft', currency: 'eur', amount: '1' })
    expect(other).toMatchObject({ status: 400, body: { error: { param: 'currency' } } })
    expect((await post({ ...item, amount: '1', 'tax_rates[0]': 'txr_none' })).body.error.param).toBe('tax_rates[0]')
  })
})

describe('a tax rate', () => {
  test('is archived, but stays what it was', async () => {
    const rates = (query: string) => stripe.call('GET', `/v1/tax_rates?${query}`)
    expect((await rates('active=true&inclusive=false')).body.data).toMatchObject([
      { id: 'txr_1KobleMva25', percentage: 25 },
    ])
    const changed = await stripe.call('POST', '/v1/tax_rates/txr_1KobleMva25', { percentage: '15' })
    expect(changed.body.error).toMatchObject({ code: 'parameter_unknown', param: 'percentage' })
    expect(await stripe.sdk.taxRates.update('txr_1KobleMva25', { active: false })).toMatchObject({ active: false })
    expect((await rates('active=true')).body.data).toEqual([])
  })
})
