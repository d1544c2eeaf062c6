import { generateKid, type MvaKind, mvaRate, parseKontonummer, validateKontonummer } from '@koble/core/formats'
import { z } from 'zod'
import { type OperationContext, path } from '../../define-operation.ts'
import { amountFields, amountOf, hasOneAmount } from './amount.ts'
import { customerFields, customerForm, type StripeCustomer, taxIdOf } from './customer-operations.ts'
import { type StripeInvoice, toInvoice } from './invoice.ts'
import type { StripeList } from './page.ts'
import { sendForm } from './send-form.ts'

const mvaKinds = ['general', 'food', 'low', 'water_sewage', 'raw_fish', 'zero', 'exempt'] as const

/** What an invoice in kroner is made of. */
export const norwegianInvoice = z
  .strictObject({
    customerId: z.string().min(1).max(255).optional().describe('Either this or customer'),
    customer: z.strictObject(customerFields).optional(),
    mvaNumber: customerFields.mvaNumber.describe('Of a customer that is there already; added unless Stripe has it'),
    reference: z
      .string()
      .regex(/^\d{1,24}$/, 'At most 24 digits')
      .describe('Number of the invoice or the customer, of which the KID is made'),
    kidLength: z.int().min(2).max(25).optional().describe('As agreed with the bank; zeros are put in front'),
    kontonummer: z
      .string()
      .max(20)
      .refine((text) => validateKontonummer(text).valid, 'An account of eleven digits')
      .optional()
      .describe('The account to pay to, printed on the invoice'),
    lines: z
      .array(
        z
          .strictObject({
            description: z.string().min(1).max(500),
            ...amountFields,
            quantity: z.int().min(1).max(1_000_000).default(1),
            mva: z.enum(mvaKinds).default('general').describe('Decides the rate of today; exempt has none'),
          })
          .refine(hasOneAmount, 'Exactly one of amount and kroner is needed'),
      )
      .min(1)
      .max(50)
      .describe('Amounts are for one piece, without VAT'),
    daysUntilDue: z.int().min(0).max(365).default(14),
    description: z.string().max(1_500).optional(),
    footer: z.string().max(5_000).optional(),
    metadata: customerFields.metadata,
    finish: z.enum(['draft', 'finalize', 'send']).default('send').describe('How far to go'),
  })
  .refine(
    ({ customerId, customer }) => (customerId === undefined) !== (customer === undefined),
    'Exactly one of customerId and customer is needed',
  )
  .refine(({ reference, kidLength = 25 }) => reference.length < kidLength, 'The reference does not fit into the KID')

type NorwegianInvoice = z.infer<typeof norwegianInvoice>

interface TaxRate {
  id: string
  percentage: number
  inclusive: boolean
  country?: string | null
  tax_type?: string | null
}

/**
 * A draft first, then its lines, then the word that it is complete: nothing that is half done reaches the customer.
 * https://docs.stripe.com/invoicing/integration
 */
export async function createNorwegianInvoice(input: NorwegianInvoice, context: OperationContext) {
  const kid = generateKid(input.reference, {
    algorithm: 'mod10',
    ...(input.kidLength !== undefined && { length: input.kidLength }),
  })
  const rates = await findRates(context, input.lines)
  const customer = await findCustomer(context, input)
  const accountNumber = input.kontonummer === undefined ? undefined : parseKontonummer(input.kontonummer)
  const draft = await sendForm<StripeInvoice>(
    context,
    '/v1/invoices',
    {
      customer,
      currency: 'nok',
      collection_method: 'send_invoice',
      days_until_due: input.daysUntilDue,
      auto_advance: false,
      description: input.description,
      footer: input.footer,
      metadata: input.metadata,
      custom_fields: [
        { name: 'KID', value: kid },
        ...(accountNumber === undefined ? [] : [{ name: 'Kontonummer', value: accountNumber }]),
      ],
    },
    'invoice',
  )
  for (const [index, line] of input.lines.entries()) {
    const rate = line.mva === 'exempt' ? undefined : rates.get(line.mva)
    const amount = amountOf(line)
    const values = {
      customer,
      invoice: draft.id,
      currency: 'nok',
      description: line.description,
      ...(line.quantity === 1 ? { amount } : { unit_amount_decimal: amount, quantity: line.quantity }),
      tax_rates: rate === undefined ? undefined : [rate],
    }
    await sendForm(context, '/v1/invoiceitems', values, `line-${index}`)
  }
  if (input.finish === 'draft') {
    const { body } = await context.send({ method: 'GET', path: path`/v1/invoices/${draft.id}` })
    return { ...toInvoice(body as StripeInvoice), kid }
  }
  let done = await sendForm<StripeInvoice>(context, path`/v1/invoices/${draft.id}/finalize`, {}, 'finalize')
  if (input.finish === 'send') done = await sendForm(context, path`/v1/invoices/${draft.id}/send`, {}, 'send')
  return { ...toInvoice(done), kid }
}

async function findCustomer(
  context: OperationContext,
  { customerId, customer, mvaNumber }: NorwegianInvoice,
): Promise<string> {
  if (customerId === undefined) {
    const form = customerForm({ ...customer, mvaNumber: customer?.mvaNumber ?? mvaNumber })
    return (await sendForm<StripeCustomer>(context, '/v1/customers', form, 'customer')).id
  }
  if (mvaNumber === undefined) return customerId
  const taxIds = path`/v1/customers/${customerId}/tax_ids`
  const { body } = await context.send({ method: 'GET', path: taxIds, query: { limit: 100 } })
  const value = taxIdOf(mvaNumber)
  const isKnown = (body as StripeList<{ type: string; value: string }>).data.some(
    (taxId) => taxId.type === 'no_vat' && taxId.value === value,
  )
  if (!isKnown) await sendForm(context, taxIds, { type: 'no_vat', value }, 'tax-id')
  return customerId
}

/** Stripe's tax rates for the kinds that are there; those that the account does not have are made. */
async function findRates(
  context: OperationContext,
  lines: NorwegianInvoice['lines'],
): Promise<ReadonlyMap<MvaKind, string>> {
  const kinds = [...new Set(lines.flatMap(({ mva }) => (mva === 'exempt' ? [] : [mva])))]
  const found = new Map<MvaKind, string>()
  if (kinds.length === 0) return found
  const query = { active: true, inclusive: false, limit: 100 }
  const { body } = await context.send({ method: 'GET', path: '/v1/tax_rates', query })
  const known = (body as StripeList<TaxRate>).data
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Oslo' }).format(context.now())
  for (const kind of kinds) {
    const percentage = mvaRate(kind, day) / 100
    const own = known.find((rate) => rate.country === 'NO' && !rate.inclusive && rate.percentage === percentage)
    const rate = own ?? (await createRate(context, percentage))
    if (!own) known.push(rate)
    found.set(kind, rate.id)
  }
  return found
}

async function createRate(context: OperationContext, percentage: number): Promise<TaxRate> {
  const values = { display_name: 'MVA', percentage, inclusive: false, country: 'NO', tax_type: 'vat' }
  const { id } = await sendForm<TaxRate>(context, '/v1/tax_rates', values, `rate-${percentage}`)
  return { id, percentage, inclusive: false, country: 'NO', tax_type: 'vat' }
}
