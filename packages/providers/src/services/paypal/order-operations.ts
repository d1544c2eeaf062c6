import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { hrefOf, link, type PaypalLink, toLinks } from './link.ts'
import { currency, decimal, hundredthsOf, money, type PaypalMoney, toMoney, toPaypal } from './money.ts'
import { type PaypalPayment, payment, toPayment } from './payment.ts'
import { sendOnce } from './send-once.ts'

const reference = (page: string) => `https://developer.paypal.com/docs/api/orders/v2/#orders_${page}`
const id = z.string().min(1).max(36)

const order = z.object({
  id: z.string(),
  status: z.string().describe('CREATED, SAVED, PAYER_ACTION_REQUIRED, APPROVED, COMPLETED or VOIDED'),
  intent: z.string().nullable(),
  amount: money.nullable(),
  approveUrl: z.string().nullable().describe('Where the payer consents; send the browser there'),
  payerId: z.string().nullable(),
  payerEmail: z.string().nullable(),
  captures: z.array(payment).describe('Each has a status of its own: a completed order may hold a declined capture'),
  authorizations: z.array(payment),
  createdAt: z.string().nullable(),
  links: z.array(link),
})

interface PaypalOrder {
  id: string
  status: string
  intent?: string
  create_time?: string
  payer?: { payer_id?: string; email_address?: string }
  purchase_units?: {
    amount?: PaypalMoney
    payments?: { captures?: PaypalPayment[]; authorizations?: PaypalPayment[] }
  }[]
  links?: PaypalLink[]
}

const createInput = z
  .strictObject({
    intent: z.enum(['CAPTURE', 'AUTHORIZE']).default('CAPTURE'),
    currency,
    amount: decimal.optional().describe('All in all; left out when there are items'),
    items: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(127),
          quantity: z.int().min(1).max(1_000_000).default(1),
          unitAmount: decimal,
          tax: decimal.optional().describe('For one piece'),
          sku: z.string().max(127).optional(),
          category: z.enum(['DIGITAL_GOODS', 'PHYSICAL_GOODS', 'DONATION']).optional(),
        }),
      )
      .min(1)
      .max(100)
      .optional(),
    shipping: decimal.optional().describe('What is added to the items for it'),
    description: z.string().max(127).optional(),
    invoiceId: z.string().min(1).max(127).optional().describe('Your own number; PayPal refuses to see it twice'),
    customId: z.string().min(1).max(127).optional().describe('Comes back in webhooks'),
    softDescriptor: z.string().max(22).optional(),
    returnUrl: z.url().max(2_048).optional(),
    cancelUrl: z.url().max(2_048).optional(),
    brandName: z.string().max(127).optional(),
    locale: z
      .string()
      .regex(/^[a-z]{2}(?:-[A-Z]{2})?$/)
      .optional()
      .describe('Such as nb-NO'),
    shippingPreference: z.enum(['GET_FROM_FILE', 'NO_SHIPPING', 'SET_PROVIDED_ADDRESS']).optional(),
    payNow: z.boolean().optional().describe('The payer pays at PayPal, and does not come back to confirm'),
  })
  .refine(({ amount, items }) => (amount === undefined) !== (items === undefined), 'Exactly one of amount and items')
  .refine(({ shipping, items }) => shipping === undefined || items !== undefined, 'Shipping is added to items')

/** https://developer.paypal.com/docs/api/orders/v2/ */
export const orderOperations = {
  createOrder: defineOperation({
    title: 'Create an order',
    description: 'Begins a payment; the payer then consents at approveUrl, for which there are three hours.',
    docsUrl: reference('create'),
    effect: 'write',
    input: createInput,
    output: order,
    example: { amount: '199,50', description: 'Order 1001', returnUrl: 'https://shop.example/done' },
    run: async (input, context) => toOrder(await sendOnce(context, '/v2/checkout/orders', orderOf(input))),
  }),

  getOrder: defineOperation({
    title: 'Get an order',
    description: 'How far an order has come.',
    docsUrl: reference('get'),
    effect: 'read',
    input: z.strictObject({ id }),
    output: order,
    example: { id: '5O190127TN364715T' },
    async run(input, { send }) {
      const { body } = await send({ method: 'GET', path: path`/v2/checkout/orders/${input.id}` })
      return toOrder(body as PaypalOrder)
    },
  }),

  captureOrder: defineOperation({
    title: 'Capture an order',
    description: 'Takes the money of an order that the payer has approved.',
    docsUrl: reference('capture'),
    effect: 'write',
    input: z.strictObject({ id }),
    output: order,
    example: { id: '5O190127TN364715T' },
    run: async (input, context) => toOrder(await sendOnce(context, path`/v2/checkout/orders/${input.id}/capture`, {})),
  }),

  authorizeOrder: defineOperation({
    title: 'Authorize an order',
    description: 'Reserves the money of an approved order with the intent AUTHORIZE; it is captured later.',
    docsUrl: reference('authorize'),
    effect: 'write',
    input: z.strictObject({ id }),
    output: order,
    example: { id: '8AB52413XK604702R' },
    run: async (input, context) =>
      toOrder(await sendOnce(context, path`/v2/checkout/orders/${input.id}/authorize`, {})),
  }),
}

/** Items have to add up to the amount, so that it is made of them. */
function orderOf(input: z.infer<typeof createInput>): object {
  const { currency: code, items, shipping } = input
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  const itemTotal = sum((items ?? []).map((item) => hundredthsOf(item.unitAmount) * item.quantity))
  const taxTotal = sum((items ?? []).map((item) => hundredthsOf(item.tax ?? '0') * item.quantity))
  const total = sum([itemTotal, taxTotal, hundredthsOf(shipping ?? '0')])
  const hasTax = items?.some(({ tax }) => tax !== undefined)
  const amount =
    input.amount === undefined
      ? {
          ...toPaypal(total, code),
          breakdown: {
            item_total: toPaypal(itemTotal, code),
            ...(hasTax && { tax_total: toPaypal(taxTotal, code) }),
            ...(shipping !== undefined && { shipping: toPaypal(hundredthsOf(shipping), code) }),
          },
        }
      : toPaypal(hundredthsOf(input.amount), code)
  const experience = {
    return_url: input.returnUrl,
    cancel_url: input.cancelUrl,
    brand_name: input.brandName,
    locale: input.locale,
    shipping_preference: input.shippingPreference,
    user_action: input.payNow === undefined ? undefined : input.payNow ? 'PAY_NOW' : 'CONTINUE',
  }
  const isAsked = Object.values(experience).some((value) => value !== undefined)
  return {
    intent: input.intent,
    purchase_units: [
      {
        amount,
        description: input.description,
        invoice_id: input.invoiceId,
        custom_id: input.customId,
        soft_descriptor: input.softDescriptor,
        items: items?.map(({ name, quantity, unitAmount, tax, sku, category }) => ({
          name,
          quantity: String(quantity),
          unit_amount: toPaypal(hundredthsOf(unitAmount), code),
          ...(tax !== undefined && { tax: toPaypal(hundredthsOf(tax), code) }),
          sku,
          category,
        })),
      },
    ],
    ...(isAsked && { payment_source: { paypal: { experience_context: experience } } }),
  }
}

function toOrder(from: PaypalOrder): z.infer<typeof order> {
  const [unit] = from.purchase_units ?? []
  return {
    id: from.id,
    status: from.status,
    intent: from.intent ?? null,
    amount: unit?.amount ? toMoney(unit.amount) : null,
    approveUrl: hrefOf(from.links, 'payer-action', 'approve'),
    payerId: from.payer?.payer_id ?? null,
    payerEmail: from.payer?.email_address ?? null,
    captures: (unit?.payments?.captures ?? []).map(toPayment),
    authorizations: (unit?.payments?.authorizations ?? []).map(toPayment),
    createdAt: from.create_time ?? null,
    links: toLinks(from.links),
  }
}
