import { z } from 'zod'
import { defineOperation, type OperationContext, path } from '../../define-operation.ts'
import { currency, decimal, hundredthsOf, toPaypal } from './money.ts'
import { type PaypalPayment, payment, toPayment } from './payment.ts'
import { sendOnce } from './send-once.ts'

const reference = (page: string) => `https://developer.paypal.com/docs/api/payments/v2/#${page}`
const id = z.string().min(1).max(50)
const note = z.string().max(255).optional()
const amountFields = { amount: decimal.optional().describe('Without it all that is left'), currency }

/** https://developer.paypal.com/docs/api/payments/v2/ */
export const paymentOperations = {
  getCapture: defineOperation({
    title: 'Get a capture',
    description: 'A payment that was taken: COMPLETED, DECLINED, PARTIALLY_REFUNDED, PENDING, REFUNDED or FAILED.',
    docsUrl: reference('captures_get'),
    effect: 'read',
    input: z.strictObject({ id }),
    output: payment,
    example: { id: '2GG279541U471931P' },
    run: async (input, context) => await read(context, path`/v2/payments/captures/${input.id}`),
  }),

  refundCapture: defineOperation({
    title: 'Refund a capture',
    description: 'Gives a payment back, or a part of it.',
    docsUrl: reference('captures_refund'),
    effect: 'write',
    input: z.strictObject({
      id,
      ...amountFields,
      invoiceId: z.string().min(1).max(127).optional(),
      customId: z.string().min(1).max(127).optional(),
      noteToPayer: note,
    }),
    output: payment,
    example: { id: '2GG279541U471931P', amount: '50,00', noteToPayer: 'One bell was missing' },
    run: async ({ id: captureId, amount, currency: code, ...input }, context) =>
      toPayment(
        await sendOnce(context, path`/v2/payments/captures/${captureId}/refund`, {
          amount: amount === undefined ? undefined : toPaypal(hundredthsOf(amount), code),
          invoice_id: input.invoiceId,
          custom_id: input.customId,
          note_to_payer: input.noteToPayer,
        }),
      ),
  }),

  getRefund: defineOperation({
    title: 'Get a refund',
    description: 'What became of a refund: CANCELLED, FAILED, PENDING or COMPLETED.',
    docsUrl: reference('refunds_get'),
    effect: 'read',
    input: z.strictObject({ id }),
    output: payment,
    example: { id: '1JU08902781691411' },
    run: async (input, context) => await read(context, path`/v2/payments/refunds/${input.id}`),
  }),

  captureAuthorization: defineOperation({
    title: 'Capture an authorization',
    description: 'Takes money that was reserved, or a part of it; finalCapture releases the rest.',
    docsUrl: reference('authorizations_capture'),
    effect: 'write',
    input: z.strictObject({
      id,
      ...amountFields,
      invoiceId: z.string().min(1).max(127).optional(),
      finalCapture: z.boolean().default(true),
      noteToPayer: note,
    }),
    output: payment,
    example: { id: '0VF52814937998046', amount: '100' },
    run: async ({ id: authorizationId, amount, currency: code, ...input }, context) =>
      toPayment(
        await sendOnce(context, path`/v2/payments/authorizations/${authorizationId}/capture`, {
          amount: amount === undefined ? undefined : toPaypal(hundredthsOf(amount), code),
          invoice_id: input.invoiceId,
          final_capture: input.finalCapture,
          note_to_payer: input.noteToPayer,
        }),
      ),
  }),

  voidAuthorization: defineOperation({
    title: 'Void an authorization',
    description: 'Releases money that was reserved and not taken.',
    docsUrl: reference('authorizations_void'),
    effect: 'write',
    input: z.strictObject({ id }),
    output: payment.nullable().describe('Null where PayPal answers nothing'),
    example: { id: '6DR965477U7140544' },
    async run(input, context) {
      const voided = await sendOnce<PaypalPayment | null>(
        context,
        path`/v2/payments/authorizations/${input.id}/void`,
        {},
      )
      return voided === null ? null : toPayment(voided)
    },
  }),
}

async function read({ send }: OperationContext, target: string): Promise<z.infer<typeof payment>> {
  const { body } = await send({ method: 'GET', path: target })
  return toPayment(body as PaypalPayment)
}
