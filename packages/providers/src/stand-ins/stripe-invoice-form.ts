import { z } from 'zod'
import { currency, flag, idText, integer, listOf, metadata, text, unheeded } from './stripe-form.ts'

/** Parameters of invoices that change nothing here. */
export const unheededOfInvoices = unheeded(
  ...(['account_tax_ids', 'application_fee_amount', 'automatic_tax', 'automatically_finalizes_at'] as const),
  ...(['default_source', 'discounts', 'effective_at', 'issuer', 'on_behalf_of', 'payment_settings'] as const),
  ...(['rendering', 'shipping_cost', 'shipping_details', 'statement_descriptor', 'transfer_data'] as const),
)

const customField = z.strictObject({ name: z.string().min(1).max(40), value: z.string().min(1).max(140) })
const changeable = {
  ...unheededOfInvoices,
  auto_advance: flag.optional(),
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  // They replace all that were there.
  custom_fields: z.union([z.literal('').transform(() => null), z.array(customField).max(4)]).optional(),
  days_until_due: integer({ min: 0 }).optional(),
  default_payment_method: idText.optional(),
  default_tax_rates: listOf(idText).optional(),
  description: text.optional(),
  due_date: integer({ min: 0 }).optional(),
  footer: text.optional(),
  metadata: metadata.optional(),
  number: z.string().min(1).max(26).optional(),
}

/** https://docs.stripe.com/api/invoices/create */
export const invoiceCreation = z.strictObject({
  ...changeable,
  collection_method: z.enum(['charge_automatically', 'send_invoice']).default('charge_automatically'),
  currency: currency.optional(),
  customer: idText,
  pending_invoice_items_behavior: z.enum(['exclude', 'include']).default('exclude'),
  ...unheeded('customer_account'),
})

/** https://docs.stripe.com/api/invoices/update */
export const invoiceChange = z.strictObject(changeable)
