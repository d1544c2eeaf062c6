import { parseMvaNumber, validateMvaNumber } from '@koble/core/formats'
import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { nextCursor, page, type StripeList } from './page.ts'
import { sendForm } from './send-form.ts'

/** Who is to pay, as an input says it. */
export const customerFields = {
  name: z.string().min(1).max(256).optional(),
  email: z.email().max(512).optional(),
  phone: z.string().min(1).max(20).optional(),
  description: z.string().max(1_000).optional(),
  address: z
    .strictObject({
      line1: z.string().max(200).optional(),
      line2: z.string().max(200).optional(),
      postalCode: z.string().max(20).optional(),
      city: z.string().max(100).optional(),
      country: z
        .string()
        .regex(/^[A-Z]{2}$/, 'Two capital letters (ISO 3166)')
        .default('NO'),
    })
    .optional(),
  mvaNumber: z
    .string()
    .max(30)
    .refine((text) => validateMvaNumber(text, { synthetic: 'accept' }).valid, 'A VAT number, such as 974 760 673 MVA')
    .optional()
    .describe('Norwegian VAT number, such as 974 760 673 MVA'),
  locales: z.array(z.string().min(2).max(10)).max(10).optional().describe('Preferred languages, such as nb'),
  metadata: z.record(z.string().min(1).max(40), z.string().max(500)).optional(),
}

/** An input of `customerFields`. */
export type CustomerInput = z.infer<z.ZodObject<typeof customerFields>>

const customer = z.object({
  id: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  description: z.string().nullable(),
  createdAt: z.string(),
  metadata: z.record(z.string(), z.string()),
})

/** As Stripe sends it. */
export interface StripeCustomer {
  id: string
  name?: string | null
  email?: string | null
  phone?: string | null
  description?: string | null
  created: number
  metadata?: Record<string, string>
}

/** https://docs.stripe.com/api/customers */
export const customerOperations = {
  createCustomer: defineOperation({
    title: 'Create a customer',
    description: 'Adds a customer, for a Norwegian business with its VAT number.',
    docsUrl: 'https://docs.stripe.com/api/customers/create',
    effect: 'write',
    input: z.strictObject(customerFields),
    output: customer,
    example: { name: 'Ola Nordmann', email: 'ola.nordmann@example.com', metadata: { order: '1001' } },
    run: async (input, context) => toCustomer(await sendForm(context, '/v1/customers', customerForm(input))),
  }),

  listCustomers: defineOperation({
    title: 'List customers',
    description: 'The customers of the account, the newest first.',
    docsUrl: 'https://docs.stripe.com/api/customers/list',
    effect: 'read',
    input: z.strictObject({
      email: z.string().max(512).optional().describe('Exactly this address, in upper and lower case as it was given'),
      ...page,
    }),
    output: z.object({ customers: z.array(customer), nextCursor: z.string().nullable() }),
    example: { limit: 2 },
    async run({ email, limit, cursor }, { send }) {
      const query = { email, limit, starting_after: cursor }
      const { body } = await send({ method: 'GET', path: '/v1/customers', query })
      const list = body as StripeList<StripeCustomer>
      return { customers: list.data.map(toCustomer), nextCursor: nextCursor(list) }
    },
  }),
}

/** The parameters of a new customer. */
export function customerForm({ address, mvaNumber, locales, ...input }: CustomerInput) {
  return {
    ...input,
    address: address && { ...address, postalCode: undefined, postal_code: address.postalCode },
    preferred_locales: locales,
    tax_id_data: mvaNumber === undefined ? undefined : [{ type: 'no_vat', value: taxIdOf(mvaNumber) }],
  }
}

/** As Stripe has Norwegian VAT numbers: `974760673MVA`. https://docs.stripe.com/billing/customer/tax-ids */
export function taxIdOf(mvaNumber: string): string {
  return `${parseMvaNumber(mvaNumber, { synthetic: 'accept' })}MVA`
}

function toCustomer({ id, name, email, phone, description, created, metadata }: StripeCustomer) {
  return {
    id,
    name: name ?? null,
    email: email ?? null,
    phone: phone ?? null,
    description: description ?? null,
    createdAt: new Date(created * 1000).toISOString(),
    metadata: metadata ?? {},
  }
}
