import { z } from 'zod'
import type { StandInHandler } from './stand-in.ts'
import { createCollection, removed, type StripeObject, seconds, stripeId } from './stripe-collection.ts'
import type { Customers } from './stripe-customers.ts'
import type { EmulatedStripe } from './stripe-emulated.ts'
import { InvalidParameters, noSuch, stripeError } from './stripe-error.ts'
import {
  currency,
  decimal,
  flag,
  idText,
  integer,
  listOf,
  mergedMetadata,
  metadata,
  stripeForm,
  text,
  unheeded,
} from './stripe-form.ts'
import type { TaxRate, TaxRates } from './stripe-tax-rates.ts'
import type { EmitStripeEvent } from './stripe-webhooks.ts'

/** Something to be paid, on an invoice or waiting for one. */
export interface InvoiceItem extends StripeObject {
  amount: number
  currency: string
  customer: string
  description: string | null
  invoice: string | null
  metadata: Record<string, string>
  quantity: number
  tax_rates: TaxRate[]
}

export interface InvoiceLinesOptions {
  emit: EmitStripeEvent
  emulated: EmulatedStripe
  customers: Customers
  taxRates: TaxRates
  /** Refuses an invoice that is none, or no draft any more. */
  demandDraft(id: string): { id: string; customer: string; currency: string }
}

/** https://docs.stripe.com/api/invoiceitems/create */
const itemsMax = 250
const changeable = {
  amount: integer().optional(),
  quantity: integer({ min: 0 }).optional(),
  unit_amount_decimal: decimal.optional(),
  pricing: z.strictObject({ price: idText }).optional(),
  description: text.optional(),
  discountable: flag.optional(),
  period: z.strictObject({ start: integer(), end: integer() }).optional(),
  tax_rates: listOf(idText).optional(),
  metadata: metadata.optional(),
  ...unheeded('discounts', 'tax_behavior', 'tax_code'),
}
const creation = z.strictObject({
  ...changeable,
  customer: idText.optional(),
  invoice: idText.optional(),
  currency: currency.optional(),
})
const change = z.strictObject(changeable)

/** The items of invoices. Since basil a price is named by `pricing[price]`. */
export function createInvoiceLines(options: InvoiceLinesOptions) {
  const { emit, emulated, customers, taxRates, demandDraft } = options
  const items = createCollection<InvoiceItem>('invoiceitem')
  const itemsOf = (invoice: string) =>
    items
      .all()
      .filter((item) => item.invoice === invoice)
      .reverse()

  function add(
    given: Pick<InvoiceItem, 'amount' | 'currency' | 'customer' | 'invoice'> & Partial<InvoiceItem>,
  ): InvoiceItem {
    const { created = seconds(), quantity = 1, amount } = given
    return items.add({
      id: stripeId('ii'),
      object: 'invoiceitem',
      ...{ created, date: created, description: null, discountable: true, discounts: [], livemode: false },
      ...{ metadata: {}, net_amount: amount, parent: null, period: { start: created, end: created } },
      ...{
        pricing: { price_details: null, type: 'price_details', unit_amount_decimal: String(amount / (quantity || 1)) },
      },
      ...{ proration: false, quantity, tax_rates: [], test_clock: null },
      ...given,
    })
  }

  /** What there is to pay: an amount, or a price for each piece. */
  async function amountOf(given: z.output<typeof change>): Promise<{ amount: number; currency?: string } | undefined> {
    const { amount, quantity = 1, unit_amount_decimal: each, pricing } = given
    if ([amount, each, pricing].filter((way) => way !== undefined).length > 1) {
      const message = 'You may only specify one of these parameters: amount, unit_amount_decimal, pricing.'
      throw new InvalidParameters(message, { code: 'parameters_exclusive', param: 'amount' })
    }
    if (amount !== undefined && given.quantity !== undefined) {
      const message = 'You may only specify one of these parameters: amount, quantity.'
      throw new InvalidParameters(message, { code: 'parameters_exclusive', param: 'amount' })
    }
    if (amount !== undefined) return { amount }
    if (each !== undefined) return { amount: Math.round(each * quantity) }
    if (pricing === undefined) return undefined
    const { status, body } = await emulated.ask('GET', `/v1/prices/${encodeURIComponent(pricing.price)}`)
    if (status !== 200) throw noSuch('price', pricing.price, { param: 'pricing[price]' })
    const price = body as { unit_amount: number; currency: string }
    return { amount: price.unit_amount * quantity, currency: price.currency }
  }

  return {
    add,
    itemsOf,
    /** What waits for the next invoice of a customer. */
    pendingOf: (customer: string) =>
      items
        .all()
        .filter((item) => item.invoice === null && item.customer === customer)
        .reverse(),
    remove: items.remove,
    routes: {
      'GET /v1/invoiceitems': (request) =>
        items.page(
          request,
          { customer: idText.optional(), invoice: idText.optional(), pending: flag.optional() },
          (item, { customer = item.customer, invoice = item.invoice, pending = item.invoice === null }) =>
            item.customer === customer && item.invoice === invoice && pending === (item.invoice === null),
        ),
      'GET /v1/invoiceitems/{id}': ({ params }) => ({ body: items.demand(params['id']) }),
      'POST /v1/invoiceitems': async (request) => {
        const given = stripeForm(request, creation)
        const { invoice: invoiceId, description = null, quantity = 1, period, discountable = true } = given
        if (given.customer !== undefined) await customers.demand(given.customer, { param: 'customer' })
        const priced = await amountOf(given)
        const invoice = invoiceId === undefined ? undefined : demandDraft(invoiceId)
        const customer = given.customer ?? invoice?.customer
        if (customer === undefined) {
          throw new InvalidParameters('Missing required param: customer.', {
            code: 'parameter_missing',
            param: 'customer',
          })
        }
        if (!priced) {
          throw new InvalidParameters('Missing required param: amount.', { code: 'parameter_missing', param: 'amount' })
        }
        if (invoice && invoice.customer !== customer) {
          throw stripeError(400, `The invoice ${invoice.id} does not belong to customer ${customer}.`, {
            param: 'invoice',
          })
        }
        const unit = priced.currency ?? given.currency ?? invoice?.currency ?? 'nok'
        if (invoice && unit !== invoice.currency) {
          const message = `The currency of the invoice item (${unit}) does not match that of the invoice (${invoice.currency}).`
          throw stripeError(400, message, { param: 'currency' })
        }
        if (invoice && itemsOf(invoice.id).length >= itemsMax) {
          throw stripeError(400, `An invoice can have at most ${itemsMax} invoice items.`, { param: 'invoice' })
        }
        const item = add({
          ...{ customer, invoice: invoice?.id ?? null, amount: priced.amount, currency: unit, description, quantity },
          ...{ discountable, ...(period && { period }) },
          metadata: mergedMetadata({}, given.metadata),
          tax_rates: taxRates.demand(given.tax_rates ?? [], 'tax_rates'),
        })
        emit('invoiceitem.created', item)
        return { body: item }
      },
      'POST /v1/invoiceitems/{id}': async (request) => {
        const item = items.demand(request.params['id'])
        const given = stripeForm(request, change)
        if (item.invoice !== null) demandDraft(item.invoice)
        const { description, quantity, tax_rates: rates, metadata: changes } = given
        const priced = await amountOf(given)
        Object.assign(item, {
          ...(priced && { amount: priced.amount, net_amount: priced.amount }),
          ...(description !== undefined && { description }),
          ...(quantity !== undefined && { quantity }),
          ...(rates && { tax_rates: taxRates.demand(rates, 'tax_rates') }),
          metadata: mergedMetadata(item.metadata, changes),
        })
        return { body: item }
      },
      'DELETE /v1/invoiceitems/{id}': ({ params }) => {
        const item = items.demand(params['id'])
        if (item.invoice !== null) demandDraft(item.invoice)
        items.remove(item.id)
        emit('invoiceitem.deleted', item)
        return removed(item)
      },
    } satisfies Record<string, StandInHandler>,
  }
}

export type InvoiceLines = ReturnType<typeof createInvoiceLines>

/** The lines of an invoice and what they come to; those without tax rates have the invoice's. */
export function reckon(invoice: { id: string; default_tax_rates: TaxRate[] }, items: readonly InvoiceItem[]) {
  const lines = items.map((item) => {
    const rates = item.tax_rates.length > 0 ? item.tax_rates : invoice.default_tax_rates
    return {
      ...{ id: item.id.replace(/^ii/, 'il'), object: 'line_item', amount: item.amount, currency: item.currency },
      ...{ description: item.description, discount_amounts: [], discountable: true, discounts: [] },
      ...{ invoice: invoice.id, livemode: false, metadata: item.metadata, quantity: item.quantity },
      parent: {
        type: 'invoice_item_details',
        invoice_item_details: { invoice_item: item.id, proration: false, subscription: null },
        subscription_item_details: null,
      },
      ...{ period: { start: item.created, end: item.created }, subtotal: item.amount },
      taxes: rates.map((rate) => taxOf(item.amount, rate)),
    }
  })
  const byRate = new Map<string, ReturnType<typeof taxOf>>()
  for (const tax of lines.flatMap(({ taxes }) => taxes)) {
    const { tax_rate } = tax.tax_rate_details
    const sum = byRate.get(tax_rate)
    const [amount, taxable_amount] = [tax.amount + (sum?.amount ?? 0), tax.taxable_amount + (sum?.taxable_amount ?? 0)]
    byRate.set(tax_rate, { ...tax, amount, taxable_amount })
  }
  const totalTaxes = [...byRate.values()]
  const sumOf = (behavior: string) =>
    totalTaxes.filter((tax) => tax.tax_behavior === behavior).reduce((sum, { amount }) => sum + amount, 0)
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0)
  return {
    ...{ lines, subtotal, subtotal_excluding_tax: subtotal - sumOf('inclusive'), total: subtotal + sumOf('exclusive') },
    ...{ total_excluding_tax: subtotal - sumOf('inclusive'), total_taxes: totalTaxes },
  }
}

function taxOf(amount: number, { id, inclusive, percentage }: TaxRate) {
  const net = inclusive ? Math.round(amount / (1 + percentage / 100)) : amount
  return {
    amount: inclusive ? amount - net : Math.round((amount * percentage) / 100),
    tax_behavior: inclusive ? 'inclusive' : 'exclusive',
    tax_rate_details: { tax_rate: id },
    taxability_reason: percentage === 0 ? 'zero_rated' : 'standard_rated',
    taxable_amount: net,
    type: 'tax_rate_details',
  }
}
