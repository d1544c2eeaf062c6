import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { webhookEvents } from '../../vipps-events.ts'

const docsUrl = 'https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/api-guide/'
const webhook = z.object({ id: z.string(), url: z.string(), events: z.array(z.string()) })

/** Typed calls of the Webhooks API. https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/ */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the keys are good, by listing what is registered.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ merchantSerialNumber: z.string().nullable(), webhooks: z.int() }),
    example: {},
    async run(_input, { send, accountId }) {
      const { body } = await send({ method: 'GET', path: '/webhooks/v1/webhooks' })
      return { merchantSerialNumber: accountId, webhooks: (body as VippsWebhooks).webhooks.length }
    },
  }),

  registerWebhook: defineOperation({
    title: 'Register a webhook',
    description:
      'Has events sent to a public https address, at most 25 for each event. The secret is shown this once: who loses it registers anew.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({
      url: z.url({ protocol: /^https?$/ }).max(2_000),
      events: z.array(z.enum(webhookEvents)).min(1).max(webhookEvents.length),
    }),
    output: z.object({ id: z.string(), secret: z.string() }),
    example: { url: 'https://example.com/webhooks/vipps', events: ['epayments.payment.authorized.v1'] },
    async run({ url, events }, { send }) {
      const { body } = await send({
        method: 'POST',
        path: '/webhooks/v1/webhooks',
        json: { url, events },
      })
      return body as { id: string; secret: string }
    },
  }),

  listWebhooks: defineOperation({
    title: 'List webhooks',
    description:
      'All that is registered for the sales unit, in one page; one that did not answer for two weeks is gone.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ webhooks: z.array(webhook), nextCursor: z.string().nullable() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/webhooks/v1/webhooks' })
      return { webhooks: (body as VippsWebhooks).webhooks, nextCursor: null }
    },
  }),

  deleteWebhook: defineOperation({
    title: 'Delete a webhook',
    description: 'Ends a registration; to change one, register the new one first and delete the old one then.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({ id: z.string().min(1).max(100) }),
    output: z.object({ id: z.string() }),
    example: { id: '497f6eca-6276-4993-bfeb-53cbbbba6f08' },
    async run({ id }, { send }) {
      await send({
        method: 'DELETE',
        path: path`/webhooks/v1/webhooks/${id}`,
      })
      return { id }
    },
  }),
}

interface VippsWebhooks {
  webhooks: z.infer<typeof webhook>[]
}
