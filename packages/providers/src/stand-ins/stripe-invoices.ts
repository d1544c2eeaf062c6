import { z } from 'zod'
import type { StandInHandler, StandInRequest } from './stand-in.ts'
import { createCollection, removed, type StripeObject, seconds, stripeId, wholeList } from './stripe-collection.ts'
import type { Customer, Customers } from './stripe-customers.ts'
import type { EmulatedStripe } from './stripe-emulated.ts'
import { stripeError } from './stripe-error.ts'
import { flag, idText, mergedMetadata, stripeForm } from './stripe-form.ts'
import { invoiceChange, invoiceCreation, unheededOfInvoices } from './stripe-invoice-form.ts'
import { createInvoiceLines, reckon } from './stripe-invoice-lines.ts'
import { blankInvoice, demandAddressee, demandOpen, demandTerms, type Invoice } from './stripe-invoice-rules.ts'
import type { Payments } from './stripe-payments.ts'
import type { TaxRates } from './stripe-tax-rates.ts'
import type { EmitStripeEvent } from './stripe-webhooks.ts'

interface InvoicePayment extends StripeObject {
  invoice: string
}

export interface InvoicesOptions {
  origin: string
  emit: EmitStripeEvent
  emulated: EmulatedStripe
  customers: Customers
  taxRates: TaxRates
  payments: Payments
}

const daySeconds = 86_400
const finalization = z.strictObject({ auto_advance: flag.optional() })
const nothing = z.strictObject({})
const paying = z.strictObject({
  paid_out_of_band: flag.default(false),
  payment_method: idText.optional(),
  forgive: flag.optional(),
  off_session: flag.optional(),
})

/** Invoices from the draft to the payment. https://docs.stripe.com/invoicing/integration/workflow-transitions */
export function createInvoices(options: InvoicesOptions) {
  const { origin, emit, emulated, customers, taxRates, payments } = options
  const invoices = createCollection<Invoice>('invoice')
  const paid = createCollection<InvoicePayment>('invoice_payment')
  /** How many invoices of a customer have a number. */
  const numbered = new Map<string, number>()
  /** What a draft was given, from which its day follows. */
  const daysUntilDue = new Map<string, number>()

  const demandDraft = (id: string): Invoice => {
    const invoice = invoices.demand(id, { param: 'invoice' })
    if (invoice.status === 'draft') return invoice
    throw stripeError(400, 'This invoice is no longer editable', { code: 'invoice_not_editable', param: 'invoice' })
  }
  const lines = createInvoiceLines({ emit, emulated, customers, taxRates, demandDraft })

  /** Reckons a draft anew; what is finalized stays as it was. */
  function current(invoice: Invoice): Invoice {
    if (invoice.status !== 'draft') return invoice
    const { lines: data, ...sums } = reckon(invoice, lines.itemsOf(invoice.id))
    const due = Math.max(0, sums.total)
    const amounts = { amount_due: due, amount_remaining: due }
    return Object.assign(invoice, sums, amounts, { lines: wholeList(data, `/v1/invoices/${invoice.id}/lines`) })
  }
  const invoiceOf = ({ params }: StandInRequest) => current(invoices.demand(params['id']))

  /** @param days Until it is due. */
  function add(
    given: Pick<Invoice, 'customer' | 'currency'> & Partial<Invoice>,
    customer: Customer,
    days?: number,
  ): Invoice {
    const { id = stripeId('in'), created = seconds(), ...values } = given
    if (days !== undefined) daysUntilDue.set(id, days)
    const due_date = days === undefined ? null : created + days * daySeconds
    return invoices.add({ ...blankInvoice(id, created, given.currency, customer), due_date, ...values })
  }

  /** Gives a draft its number, and what follows from that. */
  function open(draft: Invoice, customer: Customer, at: number): Invoice {
    const invoice = current(draft)
    const days = daysUntilDue.get(invoice.id)
    if (days !== undefined) invoice.due_date = at + days * daySeconds
    const sequence = (numbered.get(customer.id) ?? 0) + 1
    numbered.set(customer.id, sequence)
    invoice.number ??= `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`
    invoice.hosted_invoice_url = `${origin}/i/${invoice.id}`
    invoice.invoice_pdf = `${origin}/i/${invoice.id}/pdf`
    invoice.status = 'open'
    invoice.status_transitions['finalized_at'] = at
    const customer_tax_ids = customers.taxIdsOf(customer.id).map(({ type, value }) => ({ type, value }))
    return Object.assign(invoice, { customer_tax_ids, effective_at: at, ending_balance: 0 })
  }

  async function finalize(invoice: Invoice): Promise<void> {
    const customer = await customers.demand(invoice.customer, { param: 'customer' })
    if (invoice.status !== 'draft') {
      const message = "This invoice is already finalized, you can't re-finalize a non-draft invoice."
      throw stripeError(400, message, { code: 'invoice_not_editable' })
    }
    open(invoice, customer, seconds())
    emit('invoice.finalized', invoice)
    if (invoice.amount_due === 0) settle(invoice, null)
  }

  /** @param payment What paid it; null where nothing of Stripe's did. */
  function settle(invoice: Invoice, payment: string | null): Invoice {
    const { currency, amount_due: amount } = invoice
    const made = paid.add({
      ...{ id: stripeId('inpay'), object: 'invoice_payment', amount_paid: amount, amount_requested: amount },
      ...{ created: seconds(), currency, invoice: invoice.id, is_default: true, livemode: false, status: 'paid' },
      ...{ payment: payment === null ? { type: 'out_of_band' } : { type: 'payment_intent', payment_intent: payment } },
      ...{ status_transitions: { canceled_at: null, paid_at: seconds() } },
    })
    Object.assign(invoice, { amount_paid: amount, amount_remaining: 0, attempted: payment !== null, status: 'paid' })
    invoice.status_transitions['paid_at'] = seconds()
    emit('invoice_payment.paid', made)
    emit('invoice.paid', invoice)
    emit('invoice.payment_succeeded', invoice)
    return invoice
  }

  /** Refuses with what the bank says. */
  function pay(invoice: Invoice, paymentMethod: string): Invoice {
    const { amount_due: amount, currency, customer, number } = invoice
    const description = `Payment for Invoice ${number}`
    try {
      return settle(invoice, payments.pay({ amount, currency, customer, description }, paymentMethod).id)
    } catch (error) {
      Object.assign(invoice, { attempted: true })
      emit('invoice.payment_failed', invoice)
      throw error
    }
  }

  return {
    add,
    lines,
    open,
    find: invoices.find,
    paymentsOf: (id: string) => paid.all().filter(({ invoice }) => invoice === id),
    /** An open invoice, paid by whoever looks at its page. */
    payOnPage(id: string): Invoice {
      const invoice = invoices.demand(id)
      demandOpen(invoice)
      return pay(invoice, 'pm_card_visa')
    },
    routes: {
      ...lines.routes,
      'GET /v1/invoices': (request) => {
        for (const invoice of invoices.all()) current(invoice)
        const shape = {
          status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
          customer: idText.optional(),
          collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
        }
        return invoices.page(
          request,
          shape,
          (one, { status = one.status, customer = one.customer, collection_method = one.collection_method }) =>
            one.status === status && one.customer === customer && one.collection_method === collection_method,
        )
      },
      'GET /v1/invoices/{id}': (request) => ({ body: invoiceOf(request) }),
      'GET /v1/invoices/{id}/lines': (request) => {
        const { lines: data } = reckon(invoiceOf(request), lines.itemsOf(request.params['id'] ?? ''))
        return { body: wholeList(data, `/v1/invoices/${request.params['id']}/lines`) }
      },
      'GET /v1/invoice_payments': (request) =>
        paid.page(request, { invoice: idText.optional() }, (one, { invoice = one.invoice }) => one.invoice === invoice),
      'GET /v1/invoice_payments/{id}': ({ params }) => ({ body: paid.demand(params['id']) }),
      'POST /v1/invoices': async (request) => {
        const given = stripeForm(request, invoiceCreation)
        const {
          days_until_due: days,
          pending_invoice_items_behavior: pending,
          default_tax_rates: rates,
          ...values
        } = given
        const defaultRates = taxRates.demand(rates ?? [], 'default_tax_rates')
        demandTerms(given.collection_method, days, given.due_date, { isNew: true })
        const customer = await customers.demand(given.customer, { param: 'customer' })
        demandAddressee(given.collection_method, customer)
        const currency = given.currency ?? 'nok'
        const invoice = add(
          {
            ...withoutUnheeded(values),
            ...{ currency, customer: customer.id, default_tax_rates: defaultRates },
            metadata: mergedMetadata({}, given.metadata),
          },
          customer,
          days,
        )
        const waiting = pending === 'include' ? lines.pendingOf(customer.id) : []
        for (const item of waiting) if (item.currency === currency) item.invoice = invoice.id
        emit('invoice.created', current(invoice))
        return { body: invoice }
      },
      'POST /v1/invoices/{id}': async (request) => {
        const invoice = invoiceOf(request)
        const given = stripeForm(request, invoiceChange)
        const { metadata: changes, auto_advance, days_until_due: days, default_tax_rates: rates, ...values } = given
        const method = given.collection_method ?? invoice.collection_method
        const isOfDraft = [days, rates, ...Object.values(values)].some((value) => value !== undefined)
        if (isOfDraft && invoice.status !== 'draft') {
          const message = "Finalized invoices can't be updated in this way"
          throw stripeError(400, message, { code: 'invoice_not_editable' })
        }
        demandTerms(method, days, given.due_date, { isNew: given.collection_method !== undefined })
        if (given.collection_method) demandAddressee(method, await customers.demand(invoice.customer))
        if (rates) invoice.default_tax_rates = taxRates.demand(rates, 'default_tax_rates')
        if (days !== undefined) {
          daysUntilDue.set(invoice.id, days)
          invoice.due_date = seconds() + days * daySeconds
        }
        if (given.due_date !== undefined) daysUntilDue.delete(invoice.id)
        if (auto_advance !== undefined) Object.assign(invoice, { auto_advance })
        Object.assign(invoice, withoutUnheeded(values), { metadata: mergedMetadata(invoice.metadata, changes) })
        emit('invoice.updated', current(invoice))
        return { body: invoice }
      },
      'DELETE /v1/invoices/{id}': (request) => {
        const invoice = invoiceOf(request)
        if (invoice.status !== 'draft') throw stripeError(400, 'You can only delete draft invoices.')
        for (const item of lines.itemsOf(invoice.id)) lines.remove(item.id)
        invoices.remove(invoice.id)
        emit('invoice.deleted', invoice)
        return removed(invoice)
      },
      'POST /v1/invoices/{id}/finalize': async (request) => {
        const invoice = invoiceOf(request)
        const { auto_advance = false } = stripeForm(request, finalization)
        await finalize(invoice)
        return { body: Object.assign(invoice, { auto_advance }) }
      },
      'POST /v1/invoices/{id}/send': async (request) => {
        const invoice = invoiceOf(request)
        stripeForm(request, nothing)
        if (invoice.collection_method !== 'send_invoice') {
          const message = 'You can only manually send an invoice if its collection method is `send_invoice`.'
          throw stripeError(400, message)
        }
        if (invoice.status === 'void') throw stripeError(400, "You can't send an invoice that is void.")
        if (invoice.status === 'draft') await finalize(invoice)
        emit('invoice.sent', invoice)
        return { body: invoice }
      },
      'POST /v1/invoices/{id}/pay': async (request) => {
        const invoice = invoiceOf(request)
        const { paid_out_of_band, payment_method = defaultMethodOf(invoice) } = stripeForm(request, paying)
        if (invoice.status === 'draft') await finalize(invoice)
        demandOpen(invoice)
        if (paid_out_of_band) return { body: settle(invoice, null) }
        if (payment_method === undefined) {
          const message =
            'This customer has no attached payment source or default payment method. Please consider adding a default payment method.'
          throw stripeError(400, message, { code: 'resource_missing' })
        }
        return { body: pay(invoice, payment_method) }
      },
      'POST /v1/invoices/{id}/void': (request) => {
        const invoice = invoiceOf(request)
        demandOpen(invoice)
        Object.assign(invoice, { status: 'void', amount_remaining: 0 })
        invoice.status_transitions['voided_at'] = seconds()
        emit('invoice.voided', invoice)
        return { body: invoice }
      },
      'POST /v1/invoices/{id}/mark_uncollectible': (request) => {
        const invoice = invoiceOf(request)
        demandOpen(invoice)
        invoice.status = 'uncollectible'
        invoice.status_transitions['marked_uncollectible_at'] = seconds()
        emit('invoice.marked_uncollectible', invoice)
        return { body: invoice }
      },
    } satisfies Record<string, StandInHandler>,
  }
}

export type Invoices = ReturnType<typeof createInvoices>

const defaultMethodOf = (invoice: Invoice) =>
  (invoice as unknown as Record<string, string | null>)['default_payment_method'] ?? undefined

function withoutUnheeded<Values extends object>(values: Values): Values {
  const entries = Object.entries(values).filter(([name, value]) => value !== undefined && !(name in unheededOfInvoices))
  return Object.fromEntries(entries) as Values
}
