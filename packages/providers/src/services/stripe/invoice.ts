import { z } from 'zod'
import { kronerOf } from './amount.ts'

/** An invoice as operations give it. */
export const invoice = z.object({
  id: z.string(),
  number: z.string().nullable().describe('There once it is finalized'),
  status: z.string().nullable().describe('draft, open, paid, uncollectible or void'),
  currency: z.string(),
  total: z.int().describe("In the currency's smallest unit"),
  totalKroner: z.string().nullable(),
  amountDue: z.int(),
  amountPaid: z.int(),
  amountRemaining: z.int(),
  customerId: z.string().nullable(),
  dueAt: z.string().nullable(),
  url: z.string().nullable().describe('Where the customer sees and pays it'),
  pdfUrl: z.string().nullable(),
  createdAt: z.string(),
})

/** As Stripe sends it. */
export interface StripeInvoice {
  id: string
  number?: string | null
  status?: string | null
  currency: string
  total: number
  amount_due: number
  amount_paid: number
  amount_remaining: number
  customer?: string | null
  due_date?: number | null
  hosted_invoice_url?: string | null
  invoice_pdf?: string | null
  created: number
}

/** An invoice as Stripe sends it, in the form that operations give. */
export function toInvoice(from: StripeInvoice): z.infer<typeof invoice> {
  return {
    id: from.id,
    number: from.number ?? null,
    status: from.status ?? null,
    currency: from.currency,
    total: from.total,
    totalKroner: kronerOf(from.total, from.currency),
    amountDue: from.amount_due,
    amountPaid: from.amount_paid,
    amountRemaining: from.amount_remaining,
    customerId: from.customer ?? null,
    dueAt: typeof from.due_date === 'number' ? new Date(from.due_date * 1000).toISOString() : null,
    url: from.hosted_invoice_url ?? null,
    pdfUrl: from.invoice_pdf ?? null,
    createdAt: new Date(from.created * 1000).toISOString(),
  }
}
