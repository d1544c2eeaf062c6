import { z } from 'zod'
import { defineOperation, type OperationAnswer, path } from '../../define-operation.ts'
import { amount, currency, digestOf, idempotencyHeader, msisdnOf, oreOf, phoneNumber } from '../../vipps-input.ts'
import { newPayment, paymentBody } from './payment-input.ts'

const guide = (page: string) => `https://developer.vippsmobilepay.com/docs/APIs/epayment-api/api-guide/${page}/`
const reference = z
  .string()
  .regex(/^[a-zA-Z0-9-]{8,64}$/, '8 to 64 letters, digits and hyphens')
  .describe('Your own, as it was when the payment was created')
const modification = z.strictObject({ reference, amount, currency: currency.default('NOK') })
const money = z.object({ currency: z.string(), value: z.int().describe('In øre or cents') })
const totals = { authorized: money, captured: money, refunded: money, cancelled: money }
const modified = z.object({
  reference: z.string(),
  pspReference: z.string(),
  state: z.string().describe('Stays AUTHORIZED; the amounts tell what was done'),
  amount: money,
  ...totals,
})
const details = z.record(z.string(), z.unknown()).nullable()

/** Typed calls of the ePayment API. https://developer.vippsmobilepay.com/docs/APIs/epayment-api/ */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the keys are good, without touching a payment.',
    docsUrl: 'https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/api-guide/',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ merchantSerialNumber: z.string().nullable(), webhooks: z.int() }),
    example: {},
    async run(_input, { send, accountId }) {
      const { body } = await send({ method: 'GET', path: '/webhooks/v1/webhooks' })
      return { merchantSerialNumber: accountId, webhooks: (body as { webhooks: unknown[] }).webhooks.length }
    },
  }),

  createPayment: defineOperation({
    title: 'Create a payment',
    description:
      'Begins a payment that the customer approves in the app: send them to the redirectUrl, then poll or listen for AUTHORIZED.',
    docsUrl: guide('operations/create'),
    effect: 'write',
    input: newPayment,
    output: z.object({ reference: z.string(), redirectUrl: z.string().nullable() }),
    example: { amount: '499.00', returnUrl: 'https://example.com/return', description: 'A pair of socks' },
    async run(input, context) {
      // The same for a repetition, so that a lost answer does not make two payments.
      const own = input.reference ?? `koble-${digestOf(context.idempotencyKey).slice(0, 32)}`
      const { body } = await context.send({
        method: 'POST',
        path: '/epayment/v1/payments',
        headers: idempotencyHeader(context),
        json: paymentBody(input, own),
      })
      const answer = body as { reference: string; redirectUrl?: string }
      return { reference: answer.reference, redirectUrl: answer.redirectUrl ?? null }
    },
  }),

  getPayment: defineOperation({
    title: 'Get a payment',
    description: 'How a payment stands; the sums tell what was captured, refunded and cancelled, the state does not.',
    docsUrl: guide('operations/get'),
    effect: 'read',
    input: z.strictObject({ reference }),
    output: modified.extend({
      paymentMethod: z.string().nullable(),
      captureGuaranteedUntil: z.string().nullable(),
      subject: z.string().nullable().describe('For the profile, where it was asked for'),
      userDetails: details,
      shippingDetails: details,
      metadata: details,
    }),
    example: { reference: 'koble-sandbox-authorized' },
    async run(input, { send }) {
      const answer = await send({ method: 'GET', path: path`/epayment/v1/payments/${input.reference}` })
      const payment = answer.body as VippsPayment
      return {
        ...toModified(answer),
        paymentMethod: payment.paymentMethod?.type ?? null,
        captureGuaranteedUntil: payment.captureGuaranteedUntil ?? null,
        subject: payment.profile?.sub ?? null,
        userDetails: payment.userDetails ?? null,
        shippingDetails: payment.shippingDetails ?? null,
        metadata: payment.metadata ?? null,
      }
    },
  }),

  capturePayment: defineOperation({
    title: 'Capture a payment',
    description: 'Takes all or part of what the customer approved, once the goods are sent; several times if need be.',
    docsUrl: guide('operations/capture'),
    effect: 'write',
    input: modification,
    output: modified,
    example: { reference: 'koble-sandbox-authorized', amount: '100.00' },
    async run(input, context) {
      return toModified(
        await context.send({
          method: 'POST',
          path: path`/epayment/v1/payments/${input.reference}/capture`,
          headers: idempotencyHeader(context),
          json: { modificationAmount: { currency: input.currency, value: oreOf(input.amount) } },
        }),
      )
    },
  }),

  refundPayment: defineOperation({
    title: 'Refund a payment',
    description: 'Gives back all or part of what was captured, within 365 days.',
    docsUrl: guide('operations/refund'),
    effect: 'write',
    input: modification,
    output: modified,
    example: { reference: 'koble-sandbox-captured', amount: '100.00' },
    async run(input, context) {
      return toModified(
        await context.send({
          method: 'POST',
          path: path`/epayment/v1/payments/${input.reference}/refund`,
          headers: idempotencyHeader(context),
          json: { modificationAmount: { currency: input.currency, value: oreOf(input.amount) } },
        }),
      )
    },
  }),

  cancelPayment: defineOperation({
    title: 'Cancel a payment',
    description: 'Ends a payment before its approval, or releases all that is reserved and not captured, for good.',
    docsUrl: guide('operations/cancel'),
    effect: 'write',
    input: z.strictObject({
      reference,
      onlyUnauthorized: z
        .boolean()
        .default(false)
        .describe('Refuse where the customer has approved meanwhile, and release nothing'),
    }),
    output: modified,
    example: { reference: 'koble-sandbox-cancellable' },
    async run(input, context) {
      return toModified(
        await context.send({
          method: 'POST',
          path: path`/epayment/v1/payments/${input.reference}/cancel`,
          headers: idempotencyHeader(context),
          ...(input.onlyUnauthorized && { json: { cancelTransactionOnly: true } }),
        }),
      )
    },
  }),

  listPaymentEvents: defineOperation({
    title: 'List the events of a payment',
    description: 'All that happened to a payment, the oldest first; Vipps gives them in one page.',
    docsUrl: guide('operations/get-event-log'),
    effect: 'read',
    input: z.strictObject({ reference }),
    output: z.object({
      events: z.array(
        z.object({
          name: z.string(),
          amount: money,
          timestamp: z.string(),
          pspReference: z.string(),
          idempotencyKey: z.string().nullable(),
          isSuccess: z.boolean(),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
    example: { reference: 'koble-sandbox-captured' },
    async run(input, { send }) {
      const { body } = await send({ method: 'GET', path: path`/epayment/v1/payments/${input.reference}/events` })
      const events = (body as VippsPaymentEvent[]).map((event) => ({
        name: event.name,
        amount: event.amount,
        timestamp: event.timestamp,
        pspReference: event.pspReference,
        idempotencyKey: event.idempotencyKey ?? null,
        isSuccess: event.success,
      }))
      return { events, nextCursor: null }
    },
  }),

  approveTestPayment: defineOperation({
    title: 'Approve a test payment',
    description: 'Approves a payment in place of its customer; only in the test environment, for users known there.',
    docsUrl: guide('operations/force-approve'),
    effect: 'write',
    input: z.strictObject({ reference, phoneNumber }),
    output: z.object({ reference: z.string() }),
    example: { reference: 'koble-sandbox-created', phoneNumber: '4712345678' },
    async run(input, { send }) {
      await send({
        method: 'POST',
        path: path`/epayment/v1/test/payments/${input.reference}/approve`,
        json: { customer: { phoneNumber: msisdnOf(input.phoneNumber) } },
      })
      return { reference: input.reference }
    },
  }),
}

type VippsMoney = z.infer<typeof money>
interface VippsModified {
  reference: string
  pspReference: string
  state: string
  amount: VippsMoney
  aggregate: Record<'authorizedAmount' | 'capturedAmount' | 'refundedAmount' | 'cancelledAmount', VippsMoney>
}
interface VippsPayment extends VippsModified {
  paymentMethod?: { type?: string }
  captureGuaranteedUntil?: string
  profile?: { sub?: string }
  userDetails?: Record<string, unknown>
  shippingDetails?: Record<string, unknown>
  metadata?: Record<string, unknown>
}
interface VippsPaymentEvent {
  name: string
  amount: VippsMoney
  timestamp: string
  pspReference: string
  idempotencyKey?: string | null
  success: boolean
}

function toModified({ body }: OperationAnswer): z.infer<typeof modified> {
  const { reference, pspReference, state, amount, aggregate } = body as VippsModified
  const { authorizedAmount, capturedAmount, refundedAmount, cancelledAmount } = aggregate
  return {
    ...{ reference, pspReference, state, amount, authorized: authorizedAmount, captured: capturedAmount },
    ...{ refunded: refundedAmount, cancelled: cancelledAmount },
  }
}
