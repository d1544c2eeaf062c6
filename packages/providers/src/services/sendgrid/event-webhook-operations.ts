import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'

const reference = (page: string) => `https://www.twilio.com/docs/sendgrid/api-reference/webhooks/${page}`
const settings = '/v3/user/webhooks/event/settings'
const id = z.string().min(1).max(100)
const url = z.url({ protocol: /^https?$/ }).max(2_048)

/** Ours on the left, SendGrid's names of the switches on the right. */
const switches = {
  processed: 'processed',
  delivered: 'delivered',
  deferred: 'deferred',
  bounce: 'bounce',
  dropped: 'dropped',
  open: 'open',
  click: 'click',
  spamreport: 'spam_report',
  unsubscribe: 'unsubscribe',
  group_unsubscribe: 'group_unsubscribe',
  group_resubscribe: 'group_resubscribe',
} as const
type EventName = keyof typeof switches
const names = Object.keys(switches) as [EventName, ...EventName[]]
const events = z.array(z.enum(names)).min(1)

const webhook = z.object({
  id: z.string(),
  name: z.string().nullable(),
  url: z.string(),
  enabled: z.boolean(),
  events: z.array(z.string()),
  publicKey: z.string().nullable().describe('The secret of an inbound endpoint; null while nothing is signed'),
})

interface Setting {
  id: string
  friendly_name?: string | null
  url: string
  enabled: boolean
  public_key?: string | null
  [name: string]: unknown
}

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event */
export const eventWebhookOperations = {
  listEventWebhooks: defineOperation({
    title: 'List event webhooks',
    description: 'The addresses that SendGrid tells what became of e-mails.',
    docsUrl: reference('get-all-event-webhooks'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ webhooks: z.array(webhook) }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: `${settings}/all` })
      return { webhooks: ((body as { webhooks?: Setting[] }).webhooks ?? []).map(toWebhook) }
    },
  }),

  getEventWebhook: defineOperation({
    title: 'Get an event webhook',
    description: 'Where the events of one webhook go, and which.',
    docsUrl: reference('get-an-event-webhook'),
    effect: 'read',
    input: z.strictObject({ id }),
    output: webhook,
    example: { id: '77d4a5da-7015-11ed-a1eb-0242ac120002' },
    async run(input, { send }) {
      const { body } = await send({ method: 'GET', path: path`/v3/user/webhooks/event/settings/${input.id}` })
      return toWebhook(body as Setting)
    },
  }),

  createEventWebhook: defineOperation({
    title: 'Register an event webhook',
    description: 'Has events sent to an address, signed; publicKey is then the secret of the inbound endpoint.',
    docsUrl: reference('create-a-new-event-webhook'),
    effect: 'write',
    input: z.strictObject({ url, name: z.string().max(100).optional(), events: events.default(names) }),
    output: webhook,
    example: { url: 'https://koble.example.com/webhooks/sendgrid/x', name: 'Koble', events: ['delivered', 'bounce'] },
    async run(input, { send }) {
      const json = { url: input.url, enabled: true, friendly_name: input.name, ...switchesOf(input.events) }
      const made = await send({ method: 'POST', path: settings, json })
      const created = made.body as Setting
      const signed = path`/v3/user/webhooks/event/settings/signed/${created.id}`
      const { body } = await send({ method: 'PATCH', path: signed, json: { enabled: true } })
      return toWebhook({ ...created, public_key: (body as { public_key?: string }).public_key ?? null })
    },
  }),

  updateEventWebhook: defineOperation({
    title: 'Change an event webhook',
    description: 'Gives an event webhook another address or other events, or switches it on or off.',
    docsUrl: reference('update-an-event-webhook'),
    effect: 'write',
    input: z.strictObject({ id, url: url.optional(), enabled: z.boolean().optional(), events: events.optional() }),
    output: webhook,
    example: { id: '77d4a5da-7015-11ed-a1eb-0242ac120002', events: ['delivered', 'bounce', 'dropped'] },
    async run(input, { send }) {
      const target = path`/v3/user/webhooks/event/settings/${input.id}`
      // What is not named would be switched off.
      const now = (await send({ method: 'GET', path: target })).body as Setting
      const chosen = input.events ?? names.filter((name) => now[switches[name]] === true)
      const json = {
        url: input.url ?? now.url,
        enabled: input.enabled ?? now.enabled,
        ...(now.friendly_name && { friendly_name: now.friendly_name }),
        ...switchesOf(chosen),
      }
      const { body } = await send({ method: 'PATCH', path: target, json })
      return toWebhook({ public_key: now.public_key, ...(body as Setting) })
    },
  }),

  deleteEventWebhook: defineOperation({
    title: 'Delete an event webhook',
    description: 'Ends the sending of events to an address.',
    docsUrl: reference('delete-an-event-webhook'),
    effect: 'write',
    input: z.strictObject({ id }),
    output: z.object({ deleted: z.literal(true) }),
    example: { id: '77d4a5da-7015-11ed-a1eb-0242ac120002' },
    async run(input, { send }) {
      await send({ method: 'DELETE', path: path`/v3/user/webhooks/event/settings/${input.id}` })
      return { deleted: true as const }
    },
  }),

  getEventWebhookKey: defineOperation({
    title: 'Get the key of an event webhook',
    description: 'The public key that its events are checked with: the secret of the inbound endpoint.',
    docsUrl: reference('get-signed-event-webhooks-public-key'),
    effect: 'read',
    input: z.strictObject({ id }),
    output: z.object({ publicKey: z.string().nullable().describe('Null while nothing is signed') }),
    example: { id: '5e6f7a8b-7015-11ed-a1eb-0242ac120002' },
    async run(input, { send }) {
      const { body } = await send({ method: 'GET', path: path`/v3/user/webhooks/event/settings/signed/${input.id}` })
      return { publicKey: (body as { public_key?: string }).public_key || null }
    },
  }),
}

function switchesOf(chosen: readonly EventName[]): Record<string, boolean> {
  return Object.fromEntries(names.map((name) => [switches[name], chosen.includes(name)]))
}

function toWebhook(from: Setting): z.infer<typeof webhook> {
  return {
    id: from.id,
    name: from.friendly_name ?? null,
    url: from.url,
    enabled: from.enabled,
    events: names.filter((name) => from[switches[name]] === true),
    publicKey: from.public_key || null,
  }
}
