import type { StripeObject } from './stripe-collection.ts'
import type { Customer } from './stripe-customers.ts'
import { InvalidParameters, stripeError } from './stripe-error.ts'
import type { TaxRate } from './stripe-tax-rates.ts'

type InvoiceStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'

export interface Invoice extends StripeObject {
  amount_due: number
  amount_paid: number
  amount_remaining: number
  collection_method: 'charge_automatically' | 'send_invoice'
  currency: string
  customer: string
  customer_email: string | null
  default_tax_rates: TaxRate[]
  description: string | null
  due_date: number | null
  hosted_invoice_url: string | null
  invoice_pdf: string | null
  metadata: Record<string, string>
  number: string | null
  status: InvoiceStatus
  status_transitions: Record<string, number | null>
  total: number
}

/** A draft with nothing on it. */
export function blankInvoice(id: string, created: number, currency: string, customer: Customer): Invoice {
  return {
    ...{ id, object: 'invoice', created, currency, customer: customer.id },
    ...{ account_country: 'NO', account_name: 'Fjord Bikes', account_tax_ids: null, amount_due: 0, amount_paid: 0 },
    ...{ amount_overpaid: 0, amount_remaining: 0, amount_shipping: 0, application: null, attempt_count: 0 },
    ...{ attempted: false, auto_advance: false, automatic_tax: { enabled: false, liability: null, status: null } },
    ...{ automatically_finalizes_at: null, billing_reason: 'manual', collection_method: 'charge_automatically' },
    ...{ custom_fields: null, customer_address: customer.address, customer_email: customer.email },
    ...{ customer_name: customer.name, customer_phone: customer.phone, customer_shipping: null },
    ...{ customer_tax_exempt: customer.tax_exempt, customer_tax_ids: [], default_payment_method: null },
    ...{ default_source: null, default_tax_rates: [], description: null, discounts: [], due_date: null },
    ...{ effective_at: null, ending_balance: null, footer: null, from_invoice: null, hosted_invoice_url: null },
    ...{ invoice_pdf: null, issuer: { type: 'self' }, last_finalization_error: null, latest_revision: null },
    ...{ livemode: false, metadata: {}, next_payment_attempt: null, number: null, on_behalf_of: null, parent: null },
    ...{ payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null } },
    ...{ period_start: created, period_end: created, receipt_number: null, rendering: null, shipping_cost: null },
    ...{ starting_balance: 0, statement_descriptor: null, status: 'draft', test_clock: null, total: 0 },
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  }
}

/** Refuses what is only done with an invoice that waits for its payment. */
export function demandOpen(invoice: Invoice): void {
  if (invoice.status === 'open' || invoice.status === 'uncollectible') return
  const message = invoice.status === 'paid' ? 'Invoice is already paid' : `The invoice is ${invoice.status}.`
  throw stripeError(400, message, { code: 'status_transition_invalid' })
}

/** When it is due is said of invoices that are sent, and of no others. */
export function demandTerms(
  method: Invoice['collection_method'],
  days: number | undefined,
  dueDate: number | undefined,
  { isNew }: { isNew: boolean },
): void {
  const isGiven = days !== undefined || dueDate !== undefined
  if (method === 'charge_automatically' && isGiven) {
    const param = days === undefined ? 'due_date' : 'days_until_due'
    throw new InvalidParameters(`\`${param}\` is only valid for invoices where \`collection_method=send_invoice\`.`, {
      param,
    })
  }
  if (method === 'charge_automatically' || isGiven || !isNew) return
  const message =
    'If invoicing with `collection_method=send_invoice`, you must specify either `due_date` or `days_until_due`.'
  throw new InvalidParameters(message, { param: 'days_until_due' })
}

/** Whoever is sent an invoice has an address. */
export function demandAddressee(method: Invoice['collection_method'], { email }: Customer): void {
  if (method === 'charge_automatically' || email) return
  const message =
    'Missing email. In order to create invoices that are sent to the customer, the customer must have a valid email.'
  throw stripeError(400, message, { param: 'customer' })
}
