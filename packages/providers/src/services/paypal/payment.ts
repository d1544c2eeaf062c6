import { z } from 'zod'
import { money, type PaypalMoney, toMoney } from './money.ts'

/** A capture, an authorization or a refund, as operations give it. */
export const payment = z.object({
  id: z.string(),
  status: z.string(),
  statusReason: z.string().nullable(),
  amount: money.nullable(),
  invoiceId: z.string().nullable(),
  customId: z.string().nullable(),
  createdAt: z.string().nullable(),
})

/** As PayPal sends it. */
export interface PaypalPayment {
  id: string
  status: string
  status_details?: { reason?: string }
  amount?: PaypalMoney
  invoice_id?: string
  custom_id?: string
  create_time?: string
}

/** One that PayPal sends, in the form that operations give. */
export function toPayment(from: PaypalPayment): z.infer<typeof payment> {
  return {
    id: from.id,
    status: from.status,
    statusReason: from.status_details?.reason ?? null,
    amount: from.amount ? toMoney(from.amount) : null,
    invoiceId: from.invoice_id ?? null,
    customId: from.custom_id ?? null,
    createdAt: from.create_time ?? null,
  }
}
