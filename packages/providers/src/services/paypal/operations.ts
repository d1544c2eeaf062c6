import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { invoiceOperations } from './invoice-operations.ts'
import { orderOperations } from './order-operations.ts'
import { paymentOperations } from './payment-operations.ts'
import { webhookOperations } from './webhook-operations.ts'

/** Typed calls of PayPal's REST APIs. Amounts are decimal texts of whole units, as PayPal has them: `199.50`. */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether client id and secret work, and how many webhooks the app has.',
    docsUrl: 'https://developer.paypal.com/docs/api/webhooks/v1/#webhooks_list',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ webhooks: z.int() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/v1/notifications/webhooks' })
      return { webhooks: (body as { webhooks?: unknown[] }).webhooks?.length ?? 0 }
    },
  }),
  ...orderOperations,
  ...paymentOperations,
  ...invoiceOperations,
  ...webhookOperations,
}
