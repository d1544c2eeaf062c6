import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { customerOperations } from './customer-operations.ts'
import { invoiceOperations } from './invoice-operations.ts'
import { paymentOperations } from './payment-operations.ts'

/** Typed calls of Stripe's API. Amounts are in the currency's smallest unit, or in kroner as decimal text. */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the key works, and whether it reaches live or only test data.',
    docsUrl: 'https://docs.stripe.com/api/balance/balance_retrieve',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ live: z.boolean().nullable().describe('Null where a restricted key does not tell') }),
    example: {},
    async run(_input, { send }) {
      const answer = await send({ method: 'GET', path: '/v1/balance', accept: [403] })
      if (answer.status !== 403) return { live: (answer.body as { livemode: boolean }).livemode }
      // A restricted key may be good and yet not read the balance.
      const { body } = await send({ method: 'GET', path: '/v1/customers', query: { limit: 1 } })
      return { live: (body as { data: { livemode?: boolean }[] }).data[0]?.livemode ?? null }
    },
  }),
  ...customerOperations,
  ...paymentOperations,
  ...invoiceOperations,
}
