import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'

const docsUrl = 'https://developers.hubspot.com/docs/api-reference/2026-03/webhooks/guide'
const appId = z.int().min(1).describe('The number of the app, as its page in HubSpot shows it')
const settings = z.object({ targetUrl: z.string(), maxConcurrentRequests: z.int(), updatedAt: z.string().nullable() })
const subscription = z.object({
  id: z.string(),
  eventType: z.string(),
  propertyName: z.string().nullable(),
  isActive: z.boolean(),
})

/** Where an app's events go, and which. They are the app's: any account of it may be the one that asks. */
export const webhookSettings = {
  getWebhookSettings: defineOperation({
    title: 'Get webhook settings',
    description: 'Where the events of an app are sent, for all accounts that installed it.',
    docsUrl,
    effect: 'read',
    methods: ['oauth2'],
    input: z.strictObject({ appId }),
    output: settings,
    example: { appId: 54321 },
    async run({ appId }, { send }) {
      const { body } = await send({ method: 'GET', path: path`/webhooks/2026-03/${appId}/settings` })
      return toSettings(body as HubspotSettings)
    },
  }),

  setWebhookSettings: defineOperation({
    title: 'Set webhook settings',
    description: 'Sends the events of an app, of all accounts that installed it, to this address.',
    docsUrl,
    effect: 'write',
    methods: ['oauth2'],
    input: z.strictObject({
      appId,
      targetUrl: z.url({ protocol: /^https?$/ }).max(2_000),
      maxConcurrentRequests: z.int().min(5).max(100).default(10),
    }),
    output: settings,
    example: { appId: 54321, targetUrl: 'https://koble.example.com/webhooks/hubspot' },
    async run({ appId, targetUrl, maxConcurrentRequests }, { send }) {
      const json = { targetUrl, throttling: { maxConcurrentRequests } }
      const { body } = await send({ method: 'PUT', path: path`/webhooks/2026-03/${appId}/settings`, json })
      return toSettings(body as HubspotSettings)
    },
  }),

  listWebhookSubscriptions: defineOperation({
    title: 'List webhook subscriptions',
    description: 'Which events of an app are sent.',
    docsUrl,
    effect: 'read',
    methods: ['oauth2'],
    input: z.strictObject({ appId }),
    output: z.object({ subscriptions: z.array(subscription) }),
    example: { appId: 54321 },
    async run({ appId }, { send }) {
      const { body } = await send({ method: 'GET', path: path`/webhooks/2026-03/${appId}/subscriptions` })
      return { subscriptions: (body as { results: HubspotSubscription[] }).results.map(toSubscription) }
    },
  }),

  createWebhookSubscription: defineOperation({
    title: 'Create a webhook subscription',
    description: 'Lets one more kind of event be sent; of property changes, those of one property.',
    docsUrl,
    effect: 'write',
    methods: ['oauth2'],
    input: z.strictObject({
      appId,
      eventType: z.string().regex(/^[a-z_]+\.[a-zA-Z]+$/),
      propertyName: z.string().min(1).max(100).optional().describe('Needed for propertyChange'),
      active: z.boolean().default(true),
    }),
    output: subscription,
    example: { appId: 54321, eventType: 'contact.propertyChange', propertyName: 'email' },
    async run({ appId, ...json }, { send }) {
      const { body } = await send({ method: 'POST', path: path`/webhooks/2026-03/${appId}/subscriptions`, json })
      return toSubscription(body as HubspotSubscription)
    },
  }),

  deleteWebhookSubscription: defineOperation({
    title: 'Delete a webhook subscription',
    description: 'Ends the sending of one kind of event.',
    docsUrl,
    effect: 'write',
    methods: ['oauth2'],
    input: z.strictObject({ appId, subscriptionId: z.string().regex(/^\d+$/) }),
    output: z.object({ id: z.string() }),
    example: { appId: 54321, subscriptionId: '2301446' },
    async run({ appId, subscriptionId }, { send }) {
      await send({ method: 'DELETE', path: path`/webhooks/2026-03/${appId}/subscriptions/${subscriptionId}` })
      return { id: subscriptionId }
    },
  }),
}

interface HubspotSettings {
  targetUrl: string
  throttling: { maxConcurrentRequests: number }
  updatedAt?: string
}
interface HubspotSubscription {
  id: string | number
  eventType: string
  propertyName?: string | null
  active: boolean
}

function toSettings({ targetUrl, throttling, updatedAt }: HubspotSettings): z.infer<typeof settings> {
  return { targetUrl, maxConcurrentRequests: throttling.maxConcurrentRequests, updatedAt: updatedAt ?? null }
}

function toSubscription({ id, eventType, propertyName, active }: HubspotSubscription): z.infer<typeof subscription> {
  return { id: String(id), eventType, propertyName: propertyName || null, isActive: active }
}
