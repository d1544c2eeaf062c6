import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { amountFields, amountOf, hasOneAmount, kronerOf } from './amount.ts'
import { sendForm } from './send-form.ts'

const reference = (page: string) => `https://docs.stripe.com/api/${page}`
const id = z
  .string()
  .regex(/^pi_\w{1,250}$/, 'It begins with pi_')
  .describe('Of the payment, as in pi_3MtwBwLkdIwHu7ix28a3tqPa')
const currency = z
  .string()
  .regex(/^[a-z]{3}$/, 'Three small letters (ISO 4217)')
  .default('nok')
const metadata = z.record(z.string().min(1).max(40), z.string().max(500)).optional()
const onlyNok = 'Kroner are for the currency nok'
const oneAmount = 'Exactly one of amount and kroner is needed'

const payment = z.object({
  id: z.string(),
  status: z
    .string()
    .describe(
      'requires_payment_method, requires_confirmation, requires_action, processing, requires_capture, succeeded or canceled',
    ),
  amount: z.int().describe("In the currency's smallest unit"),
  kroner: z.string().nullable(),
  currency: z.string(),
  amountCapturable: z.int().nullable(),
  amountReceived: z.int().nullable(),
  clientSecret: z.string().nullable().describe('For the browser that pays; keep it out of logs'),
  customerId: z.string().nullable(),
  latestChargeId: z.string().nullable(),
  nextAction: z.string().nullable().describe('What the payer has to do, such as redirect_to_url'),
  redirectUrl: z.string().nullable(),
  failureCode: z.string().nullable(),
  failureMessage: z.string().nullable(),
  createdAt: z.string(),
  metadata: z.record(z.string(), z.string()),
})

interface StripePaymentIntent {
  id: string
  status: string
  amount: number
  currency: string
  amount_capturable?: number
  amount_received?: number
  client_secret?: string | null
  customer?: string | null
  latest_charge?: string | null
  next_action?: { type: string; redirect_to_url?: { url?: string | null } } | null
  last_payment_error?: { code?: string; decline_code?: string; message?: string } | null
  created: number
  metadata?: Record<string, string>
}

/** Payments and refunds. https://docs.stripe.com/payments/paymentintents/lifecycle */
export const paymentOperations = {
  createPaymentIntent: defineOperation({
    title: 'Create a payment',
    description: 'Begins a payment; with confirm and a payment method it is carried out at once.',
    docsUrl: reference('payment_intents/create'),
    effect: 'write',
    input: z
      .strictObject({
        ...amountFields,
        currency,
        customerId: z.string().min(1).max(255).optional(),
        paymentMethodId: z.string().min(1).max(255).optional(),
        confirm: z.boolean().optional(),
        captureMethod: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
        automaticPaymentMethods: z.boolean().optional().describe('Offer what is switched on in the dashboard'),
        offSession: z.boolean().optional().describe('The payer is not there'),
        returnUrl: z.url().max(2_048).optional(),
        description: z.string().max(1_000).optional(),
        receiptEmail: z.email().max(512).optional(),
        statementDescriptorSuffix: z.string().max(22).optional(),
        metadata,
      })
      .refine(hasOneAmount, oneAmount)
      .refine((input) => input.kroner === undefined || input.currency === 'nok', onlyNok),
    output: payment,
    example: { kroner: '199,50', description: 'Order 1001', metadata: { order: '1001' } },
    run: async (input, context) =>
      toPayment(
        await sendForm(context, '/v1/payment_intents', {
          amount: amountOf(input),
          currency: input.currency,
          customer: input.customerId,
          payment_method: input.paymentMethodId,
          confirm: input.confirm,
          capture_method: input.captureMethod,
          automatic_payment_methods:
            input.automaticPaymentMethods === undefined ? undefined : { enabled: input.automaticPaymentMethods },
          off_session: input.offSession,
          return_url: input.returnUrl,
          description: input.description,
          receipt_email: input.receiptEmail,
          statement_descriptor_suffix: input.statementDescriptorSuffix,
          metadata: input.metadata,
        }),
      ),
  }),

  getPaymentIntent: defineOperation({
    title: 'Get a payment',
    description: 'How far a payment has come.',
    docsUrl: reference('payment_intents/retrieve'),
    effect: 'read',
    input: z.strictObject({ id }),
    output: payment,
    example: { id: 'pi_3KoblePaid' },
    async run(input, { send }) {
      const { body } = await send({ method: 'GET', path: path`/v1/payment_intents/${input.id}` })
      return toPayment(body as StripePaymentIntent)
    },
  }),

  confirmPaymentIntent: defineOperation({
    title: 'Confirm a payment',
    description: 'Carries a payment out; the payer may have to do something afterwards (nextAction).',
    docsUrl: reference('payment_intents/confirm'),
    effect: 'write',
    input: z.strictObject({
      id,
      paymentMethodId: z.string().min(1).max(255).optional(),
      returnUrl: z.url().max(2_048).optional(),
      offSession: z.boolean().optional(),
    }),
    output: payment,
    example: { id: 'pi_3KobleToConfirm', paymentMethodId: 'pm_card_visa' },
    run: async (input, context) =>
      toPayment(
        await sendForm(context, path`/v1/payment_intents/${input.id}/confirm`, {
          payment_method: input.paymentMethodId,
          return_url: input.returnUrl,
          off_session: input.offSession,
        }),
      ),
  }),

  capturePaymentIntent: defineOperation({
    title: 'Capture a payment',
    description: 'Takes what was reserved, or a part of it; the rest is released unless finalCapture is false.',
    docsUrl: reference('payment_intents/capture'),
    effect: 'write',
    input: z
      .strictObject({ id, ...amountFields, finalCapture: z.boolean().optional() })
      .refine((input) => input.amount === undefined || input.kroner === undefined, 'Only one of amount and kroner'),
    output: payment,
    example: { id: 'pi_3KobleToCapture', kroner: '100' },
    run: async (input, context) =>
      toPayment(
        await sendForm(context, path`/v1/payment_intents/${input.id}/capture`, {
          amount_to_capture: amountOf(input),
          final_capture: input.finalCapture,
        }),
      ),
  }),

  cancelPaymentIntent: defineOperation({
    title: 'Cancel a payment',
    description: 'Gives a payment up that has not been carried out, and releases what was reserved.',
    docsUrl: reference('payment_intents/cancel'),
    effect: 'write',
    input: z.strictObject({
      id,
      reason: z.enum(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer']).optional(),
    }),
    output: payment,
    example: { id: 'pi_3KobleToCancel', reason: 'requested_by_customer' },
    run: async (input, context) =>
      toPayment(
        await sendForm(context, path`/v1/payment_intents/${input.id}/cancel`, { cancellation_reason: input.reason }),
      ),
  }),

  createRefund: defineOperation({
    title: 'Refund a payment',
    description: 'Gives a payment back, or a part of it; without an amount all that is left.',
    docsUrl: reference('refunds/create'),
    effect: 'write',
    input: z
      .strictObject({
        paymentIntentId: id,
        ...amountFields,
        reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
        metadata,
      })
      .refine((input) => input.amount === undefined || input.kroner === undefined, 'Only one of amount and kroner'),
    output: z.object({
      id: z.string(),
      status: z.string().nullable().describe('pending, requires_action, succeeded, failed or canceled'),
      amount: z.int(),
      kroner: z.string().nullable(),
      currency: z.string(),
      paymentIntentId: z.string().nullable(),
      chargeId: z.string().nullable(),
      createdAt: z.string(),
    }),
    example: { paymentIntentId: 'pi_3KoblePaid', kroner: '50,00' },
    async run(input, context) {
      const refund = await sendForm<StripeRefund>(context, '/v1/refunds', {
        payment_intent: input.paymentIntentId,
        amount: amountOf(input),
        reason: input.reason,
        metadata: input.metadata,
      })
      return {
        id: refund.id,
        status: refund.status ?? null,
        amount: refund.amount,
        kroner: kronerOf(refund.amount, refund.currency),
        currency: refund.currency,
        paymentIntentId: refund.payment_intent ?? null,
        chargeId: refund.charge ?? null,
        createdAt: new Date(refund.created * 1000).toISOString(),
      }
    },
  }),
}

interface StripeRefund {
  id: string
  status?: string | null
  amount: number
  currency: string
  payment_intent?: string | null
  charge?: string | null
  created: number
}

function toPayment(payment: StripePaymentIntent) {
  const { next_action: next, last_payment_error: failure } = payment
  return {
    id: payment.id,
    status: payment.status,
    amount: payment.amount,
    kroner: kronerOf(payment.amount, payment.currency),
    currency: payment.currency,
    amountCapturable: payment.amount_capturable ?? null,
    amountReceived: payment.amount_received ?? null,
    clientSecret: payment.client_secret ?? null,
    customerId: payment.customer ?? null,
    latestChargeId: payment.latest_charge ?? null,
    nextAction: next?.type ?? null,
    redirectUrl: next?.redirect_to_url?.url ?? null,
    failureCode: failure?.decline_code ?? failure?.code ?? null,
    failureMessage: failure?.message ?? null,
    createdAt: new Date(payment.created * 1000).toISOString(),
    metadata: payment.metadata ?? {},
  }
}
