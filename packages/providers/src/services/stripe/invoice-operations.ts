import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { invoice, type StripeInvoice, toInvoice } from './invoice.ts'
import { createNorwegianInvoice, norwegianInvoice } from './norwegian-invoice.ts'
import { nextCursor, page, type StripeList } from './page.ts'
import { sendForm } from './send-form.ts'

const reference = (page: string) => `https://docs.stripe.com/api/invoices/${page}`
const id = z.string().regex(/^in_\w{1,250}$/, 'It begins with in_')

/** https://docs.stripe.com/invoicing */
export const invoiceOperations = {
  createNorwegianInvoice: defineOperation({
    title: 'Create a Norwegian invoice',
    description:
      'Makes an invoice in kroner with a KID, VAT by kind and, for a new customer, the VAT number; then sends it. A repetition under the same idempotency key goes on where it was interrupted.',
    docsUrl: reference('create'),
    effect: 'write',
    input: norwegianInvoice,
    output: invoice.extend({ kid: z.string() }),
    example: {
      customerId: 'cus_KariNordmann01',
      reference: '1001',
      lines: [{ description: 'Service on a bike', kroner: '1 490,00', mva: 'general' }],
    },
    run: createNorwegianInvoice,
  }),

  listInvoices: defineOperation({
    title: 'List invoices',
    description: 'The invoices of the account, the newest first.',
    docsUrl: reference('list'),
    effect: 'read',
    input: z.strictObject({
      status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
      customerId: z.string().min(1).max(255).optional(),
      createdFrom: z.iso.datetime({ offset: true }).optional(),
      ...page,
    }),
    output: z.object({ invoices: z.array(invoice), nextCursor: z.string().nullable() }),
    example: { status: 'open', limit: 10 },
    async run({ status, customerId, createdFrom, limit, cursor }, { send }) {
      const since = createdFrom === undefined ? undefined : Math.floor(Date.parse(createdFrom) / 1000)
      const query = { status, customer: customerId, 'created[gte]': since, limit, starting_after: cursor }
      const { body } = await send({ method: 'GET', path: '/v1/invoices', query })
      const list = body as StripeList<StripeInvoice>
      return { invoices: list.data.map(toInvoice), nextCursor: nextCursor(list) }
    },
  }),

  finalizeInvoice: defineOperation({
    title: 'Finalize an invoice',
    description: 'Gives a draft its number; from then on it cannot be changed.',
    docsUrl: reference('finalize'),
    effect: 'write',
    input: z.strictObject({ id }),
    output: invoice,
    example: { id: 'in_1KobleDraft' },
    run: async (input, context) => toInvoice(await sendForm(context, path`/v1/invoices/${input.id}/finalize`, {})),
  }),

  sendInvoice: defineOperation({
    title: 'Send an invoice',
    description: 'Sends it by e-mail, and finalizes it first if need be. With a test key no e-mail goes out.',
    docsUrl: reference('send'),
    effect: 'write',
    input: z.strictObject({ id }),
    output: invoice,
    example: { id: 'in_1KobleOpen' },
    run: async (input, context) => toInvoice(await sendForm(context, path`/v1/invoices/${input.id}/send`, {})),
  }),
}
