import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { nextPage, type PaypalLink } from './link.ts'
import { cursor, pageOf } from './page.ts'

const reference = (page: string) => `https://developer.paypal.com/docs/api/webhooks/v1/#${page}`
const id = z.string().min(1).max(50)
const webhooks = '/v1/notifications/webhooks'
const eventTypes = z.array(z.string().min(1).max(100)).min(1).max(500)
const events = '/v1/notifications/webhooks-events'

const webhook = z.object({
  id: z.string().describe('The secret of an inbound endpoint: it is part of what PayPal signs'),
  url: z.string(),
  eventTypes: z.array(z.string()),
})

interface PaypalWebhook {
  id: string
  url: string
  event_types?: { name: string }[]
}
interface PaypalEvent {
  id: string
  event_type: string
  resource_type?: string
  summary?: string
  create_time?: string
}

/** https://developer.paypal.com/docs/api/webhooks/v1/ */
export const webhookOperations = {
  createWebhook: defineOperation({
    title: 'Register a webhook',
    description:
      'Has events sent to an address; its id is then the secret of the inbound endpoint. At most ten per app.',
    docsUrl: reference('webhooks_post'),
    effect: 'write',
    input: z.strictObject({
      url: z
        .url({ protocol: /^https?$/ })
        .max(2_048)
        .describe('Of an inbound endpoint, with https on port 443'),
      eventTypes: eventTypes.default(['*']).describe('* for all'),
    }),
    output: webhook,
    example: { url: 'https://koble.example.com/webhooks/paypal/x', eventTypes: ['PAYMENT.CAPTURE.COMPLETED'] },
    async run(input, { send }) {
      const json = { url: input.url, event_types: input.eventTypes.map((name) => ({ name })) }
      const { body } = await send({ method: 'POST', path: webhooks, json })
      return toWebhook(body as PaypalWebhook)
    },
  }),

  listWebhooks: defineOperation({
    title: 'List webhooks',
    description: 'The addresses that the app sends events to.',
    docsUrl: reference('webhooks_list'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ webhooks: z.array(webhook) }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: webhooks })
      return { webhooks: ((body as { webhooks?: PaypalWebhook[] }).webhooks ?? []).map(toWebhook) }
    },
  }),

  updateWebhook: defineOperation({
    title: 'Change a webhook',
    description: 'Gives a webhook another address or other events.',
    docsUrl: reference('webhooks_update'),
    effect: 'write',
    input: z
      .strictObject({
        id,
        url: z
          .url({ protocol: /^https?$/ })
          .max(2_048)
          .optional(),
        eventTypes: eventTypes.optional(),
      })
      .refine(({ url, eventTypes: types }) => url !== undefined || types !== undefined, 'Nothing is changed'),
    output: webhook,
    example: { id: '0EH40505U7160970P', eventTypes: ['*'] },
    async run(input, { send }) {
      const changes = [
        ...(input.url === undefined ? [] : [{ op: 'replace', path: '/url', value: input.url }]),
        ...(input.eventTypes === undefined
          ? []
          : [{ op: 'replace', path: '/event_types', value: input.eventTypes.map((name) => ({ name })) }]),
      ]
      const { body } = await send({
        method: 'PATCH',
        path: path`/v1/notifications/webhooks/${input.id}`,
        json: changes,
      })
      return toWebhook(body as PaypalWebhook)
    },
  }),

  deleteWebhook: defineOperation({
    title: 'Delete a webhook',
    description: 'Ends the sending of events to an address.',
    docsUrl: reference('webhooks_delete'),
    effect: 'write',
    input: z.strictObject({ id }),
    output: z.object({ deleted: z.literal(true) }),
    example: { id: '0EH40505U7160970P' },
    async run(input, { send }) {
      await send({ method: 'DELETE', path: path`/v1/notifications/webhooks/${input.id}` })
      return { deleted: true as const }
    },
  }),

  listWebhookEvents: defineOperation({
    title: 'List events',
    description: 'Events of the last days, whether or not they arrived: for finding what was missed.',
    docsUrl: reference('webhooks-events_list'),
    effect: 'read',
    input: z.strictObject({
      from: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
      eventType: z.string().max(100).optional(),
      transactionId: z.string().max(50).optional(),
      limit: z.int().min(1).max(300).default(10),
      cursor,
    }),
    output: z.object({
      events: z.array(
        z.object({
          id: z.string(),
          eventType: z.string(),
          resourceType: z.string().nullable(),
          summary: z.string().nullable(),
          createdAt: z.string().nullable(),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
    example: { limit: 10 },
    async run(input, { send }) {
      const query = {
        page_size: input.limit,
        start_time: input.from,
        end_time: input.until,
        event_type: input.eventType,
        transaction_id: input.transactionId,
      }
      const { body } = await send({ method: 'GET', ...pageOf(events, input.cursor, query) })
      const page = body as { events?: PaypalEvent[]; links?: PaypalLink[] }
      return { events: (page.events ?? []).map(toEvent), nextCursor: nextPage(page.links) }
    },
  }),

  resendWebhookEvent: defineOperation({
    title: 'Send an event again',
    description: 'Has an event delivered once more, to all webhooks or to those named.',
    docsUrl: reference('webhooks-events_resend'),
    effect: 'write',
    input: z.strictObject({ id, webhookIds: z.array(id).max(10).optional() }),
    output: z.object({ id: z.string(), eventType: z.string() }),
    example: { id: 'WH-2WR32451HC0233532-67976317FL4543714' },
    async run(input, { send }) {
      const target = path`/v1/notifications/webhooks-events/${input.id}/resend`
      const { body } = await send({ method: 'POST', path: target, json: { webhook_ids: input.webhookIds } })
      const event = body as PaypalEvent
      return { id: event.id, eventType: event.event_type }
    },
  }),
}

function toWebhook({ id: webhookId, url, event_types: types = [] }: PaypalWebhook): z.infer<typeof webhook> {
  return { id: webhookId, url, eventTypes: types.map(({ name }) => name) }
}

function toEvent({ id: eventId, event_type, resource_type, summary, create_time }: PaypalEvent) {
  return {
    id: eventId,
    eventType: event_type,
    resourceType: resource_type ?? null,
    summary: summary ?? null,
    createdAt: create_time ?? null,
  }
}
