import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { hrefOf, nextPage, type PaypalLink } from './link.ts'
import { currency, decimal, hundredthsOf, money, type PaypalMoney, toMoney, toPaypal } from './money.ts'
import { cursor, pageOf } from './page.ts'

const reference = (page: string) => `https://developer.paypal.com/docs/api/invoicing/v2/#${page}`
const list = '/v2/invoicing/invoices'

const invoice = z.object({
  id: z.string(),
  number: z.string().nullable(),
  status: z.string().nullable().describe('DRAFT, SENT, PAID, CANCELLED and others'),
  amount: money.nullable(),
  dueAmount: money.nullable(),
  recipientEmail: z.string().nullable(),
  viewUrl: z.string().nullable().describe('Where the recipient sees and pays it'),
  invoiceDate: z.string().nullable(),
})

interface PaypalInvoice {
  id?: string
  href?: string
  status?: string
  detail?: { invoice_number?: string; invoice_date?: string; metadata?: { recipient_view_url?: string } }
  primary_recipients?: { billing_info?: { email_address?: string } }[]
  amount?: PaypalMoney
  due_amount?: PaypalMoney
  links?: PaypalLink[]
}

/** https://developer.paypal.com/docs/api/invoicing/v2/ */
export const invoiceOperations = {
  createInvoice: defineOperation({
    title: 'Create an invoice',
    description:
      'Makes a draft. PayPal heeds no idempotency key here; give an invoice number, which it does not take twice.',
    docsUrl: reference('invoices_create'),
    effect: 'write',
    input: z.strictObject({
      invoiceNumber: z.string().min(1).max(25).optional(),
      currency,
      recipient: z.strictObject({
        email: z.email().max(254),
        givenName: z.string().max(140).optional(),
        surname: z.string().max(140).optional(),
        businessName: z.string().max(300).optional(),
      }),
      items: z
        .array(
          z.strictObject({
            name: z.string().min(1).max(200),
            quantity: z.int().min(1).max(1_000_000).default(1),
            unitAmount: decimal,
            taxName: z.string().min(1).max(100).optional(),
            taxPercent: z
              .string()
              .regex(/^\d{1,2}(?:\.\d{1,5})?$/, 'A percentage, such as 25')
              .optional(),
          }),
        )
        .min(1)
        .max(100),
      dueDate: z.iso.date().optional(),
      note: z.string().max(4_000).optional(),
      reference: z.string().max(120).optional(),
    }),
    output: z.object({ id: z.string(), url: z.string().nullable() }),
    example: {
      invoiceNumber: 'F-1001',
      recipient: { email: 'kari@example.com', givenName: 'Kari', surname: 'Nordmann' },
      items: [{ name: 'Service on a bike', unitAmount: '1490', taxName: 'MVA', taxPercent: '25' }],
    },
    async run({ items, recipient, currency: code, ...input }, { send }) {
      const name = { given_name: recipient.givenName, surname: recipient.surname }
      const hasName = recipient.givenName !== undefined || recipient.surname !== undefined
      const { body } = await send({
        method: 'POST',
        path: list,
        json: {
          detail: {
            invoice_number: input.invoiceNumber,
            reference: input.reference,
            currency_code: code,
            note: input.note,
            ...(input.dueDate !== undefined && { payment_term: { due_date: input.dueDate } }),
          },
          primary_recipients: [
            {
              billing_info: {
                email_address: recipient.email,
                business_name: recipient.businessName,
                ...(hasName && { name }),
              },
            },
          ],
          items: items.map(({ name: itemName, quantity, unitAmount, taxName = 'MVA', taxPercent }) => ({
            name: itemName,
            quantity: String(quantity),
            unit_amount: toPaypal(hundredthsOf(unitAmount), code),
            ...(taxPercent !== undefined && { tax: { name: taxName, percent: taxPercent } }),
          })),
        },
      })
      // The answer is a link to the draft unless the whole of it is asked for.
      const made = body as PaypalInvoice
      const url = made.href ?? hrefOf(made.links, 'self')
      return { id: made.id ?? url?.split('/').at(-1) ?? '', url }
    },
  }),

  sendInvoice: defineOperation({
    title: 'Send an invoice',
    description: 'Sends a draft to its recipient by e-mail.',
    docsUrl: reference('invoices_send'),
    effect: 'write',
    input: z.strictObject({
      id: z.string().min(1).max(30),
      subject: z.string().max(4_000).optional(),
      note: z.string().max(4_000).optional(),
      sendToRecipient: z.boolean().default(true).describe('Without it the invoice can be paid, and nobody is told'),
    }),
    output: z.object({ url: z.string().nullable() }),
    example: { id: 'INV2-Z56S-5LLA-Q52L-CPZ5' },
    async run({ id, subject, note, sendToRecipient }, { send }) {
      const { body } = await send({
        method: 'POST',
        path: path`/v2/invoicing/invoices/${id}/send`,
        json: { send_to_recipient: sendToRecipient, subject, note },
      })
      const answer = body as PaypalInvoice | null
      return { url: answer?.href ?? hrefOf(answer?.links, 'payer-view', 'self') }
    },
  }),

  listInvoices: defineOperation({
    title: 'List invoices',
    description: 'The invoices of the account, page by page.',
    docsUrl: reference('invoices_list'),
    effect: 'read',
    input: z.strictObject({ limit: z.int().min(1).max(100).default(20), cursor }),
    output: z.object({ invoices: z.array(invoice), nextCursor: z.string().nullable() }),
    example: { limit: 20 },
    async run(input, { send }) {
      const { body } = await send({ method: 'GET', ...pageOf(list, input.cursor, { page: 1, page_size: input.limit }) })
      const { items = [], links } = body as { items?: PaypalInvoice[]; links?: PaypalLink[] }
      return { invoices: items.map(toInvoice), nextCursor: nextPage(links) }
    },
  }),
}

function toInvoice(from: PaypalInvoice): z.infer<typeof invoice> {
  return {
    id: from.id ?? '',
    number: from.detail?.invoice_number ?? null,
    status: from.status ?? null,
    amount: from.amount ? toMoney(from.amount) : null,
    dueAmount: from.due_amount ? toMoney(from.due_amount) : null,
    recipientEmail: from.primary_recipients?.[0]?.billing_info?.email_address ?? null,
    viewUrl: from.detail?.metadata?.recipient_view_url ?? null,
    invoiceDate: from.detail?.invoice_date ?? null,
  }
}
