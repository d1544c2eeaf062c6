import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { signRequest } from '@koble/core/signatures'
import { sendgrid } from '../services/sendgrid/sendgrid.ts'
import { sendgridSandbox } from '../services/sendgrid/sendgrid-sandbox.ts'
import { type CreateStandIn, createRouter, jsonOf, Refusal, type StandInHandler } from './stand-in.ts'

type Json = Record<string, unknown>
interface Person {
  email?: string
}
interface Mail {
  personalizations?: { to?: Person[]; cc?: Person[]; bcc?: Person[] }[]
  from?: Person
  subject?: string
  content?: { type: string; value: string }[]
  template_id?: string
  custom_args?: Json
  categories?: string[]
  mail_settings?: { sandbox_mode?: { enable?: boolean } }
}
interface Webhook extends Json {
  id: string
  url: string
  enabled: boolean
  public_key?: string
}

const settings = '/v3/user/webhooks/event/settings'

/**
 * Takes e-mails and sends none: to webhooks they are processed and delivered, or bounce where the address begins with
 * `bounce`. https://www.twilio.com/docs/sendgrid/api-reference
 */
export const createStandIn: CreateStandIn = ({ origin }) => {
  const key = `Bearer ${sendgridSandbox.connectionCredentials?.['apiKey']}`
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicText = derOf(publicKey, 'spki')
  const webhooks = new Map<string, Webhook>()
  const signedId = '5e6f7a8b-7015-11ed-a1eb-0242ac120002'
  for (const id of ['77d4a5da-7015-11ed-a1eb-0242ac120002', signedId]) {
    const signs = id === signedId ? { public_key: publicText } : {}
    webhooks.set(id, {
      id,
      url: 'https://shop.example/sendgrid',
      enabled: true,
      delivered: true,
      bounce: true,
      ...signs,
    })
  }
  const suppressed = new Map<string, Json[]>([
    ['bounces', [{ email: 'ola@example.com', created: 1762070100, reason: '550 No such user', status: '5.1.1' }]],
  ])

  const guarded =
    (handler: StandInHandler): StandInHandler =>
    async (request) => {
      if (request.headers['authorization'] !== key) throw refused(401, 'authorization required')
      const reply = await handler(request)
      const limits = {
        'x-ratelimit-limit': '600',
        'x-ratelimit-remaining': '599',
        'x-ratelimit-reset': String(seconds() + 60),
      }
      return { ...reply, headers: { ...limits, ...reply.headers } }
    }

  const webhookOf = (id = '') => {
    const webhook = webhooks.get(id)
    if (!webhook) throw refused(404, 'webhook not found', 'id')
    return webhook
  }

  const takeMail: StandInHandler = (request) => {
    const mail = jsonOf<Mail>(request)
    demandMail(mail)
    if (mail.mail_settings?.sandbox_mode?.enable) return { status: 200 }
    const messageId = randomBytes(16).toString('base64url')
    const people = (mail.personalizations ?? []).flatMap(({ to = [], cc = [], bcc = [] }) => [...to, ...cc, ...bcc])
    const events = people.flatMap(({ email = '' }) => {
      const fate = email.startsWith('bounce') ? 'bounce' : 'delivered'
      if (fate === 'bounce')
        suppress('bounces', { email, created: seconds(), reason: '550 No such user', status: '5.1.1' })
      return ['processed', fate].map((event) => ({
        ...mail.custom_args,
        email,
        event,
        timestamp: seconds(),
        sg_event_id: randomBytes(24).toString('base64url'),
        sg_message_id: `${messageId}.recvd-sandbox-0`,
        ...(mail.categories && { category: mail.categories }),
      }))
    })
    for (const webhook of webhooks.values()) deliver(webhook, events, derOf(privateKey, 'pkcs8'))
    return { status: 202, headers: { 'x-message-id': messageId } }
  }

  const suppress = (list: string, entry: Json) => suppressed.set(list, [...(suppressed.get(list) ?? []), entry])

  const routes: Record<string, StandInHandler> = {
    'GET /v3/scopes': () => ({ body: { scopes: ['mail.send', 'templates.read', 'suppression.read', 'stats.read'] } }),
    'GET /v3/user/username': () => ({ body: { username: 'Fjord Bikes', user_id: 4711 } }),
    'POST /v3/mail/send': takeMail,
    'GET /v3/templates': ({ query }) => {
      if (!query.has('page_size')) throw refused(400, 'page_size is required', 'page_size')
      const id = 'd-0123456789abcdef0123456789abcdef'
      const version = { id: 'f8a2b1d4-0000-4000-8000-000000000001', active: 1, subject: 'Your bike is ready' }
      const template = {
        id,
        name: 'Ready',
        generation: 'dynamic',
        updated_at: '2026-11-02 08:15:00',
        versions: [version],
      }
      return { body: { result: [template], _metadata: { self: `${origin}/v3/templates`, count: 1 } } }
    },
    'GET /v3/suppression/{list}': ({ params, query }) => {
      const offset = Number(query.get('offset') ?? 0)
      const all = suppressed.get(params['list'] ?? '') ?? []
      return { body: all.slice(offset, offset + Number(query.get('limit') ?? 500)) }
    },
    'DELETE /v3/suppression/{list}/{email}': ({ params }) => {
      const { list = '', email } = params
      suppressed.set(
        list,
        (suppressed.get(list) ?? []).filter((entry) => entry['email'] !== email),
      )
      return { status: 204 }
    },
    'DELETE /v3/asm/suppressions/global/{email}': () => ({ status: 204 }),
    'GET /v3/stats': ({ query }) => {
      const date = query.get('start_date')
      if (!date) throw refused(400, 'missing required parameter: start_date', 'start_date')
      return {
        body: [{ date, stats: [{ metrics: { requests: 12, delivered: 11, bounces: 1, opens: 7, clicks: 3 } }] }],
      }
    },
    [`GET ${settings}/all`]: () => ({ body: { max_allowed: 5, webhooks: [...webhooks.values()] } }),
    [`POST ${settings}`]: (request) => {
      const wanted = jsonOf<Webhook>(request)
      if (!/^https?:/.test(wanted.url ?? '')) throw refused(400, 'url is required', 'url')
      const webhook = { ...wanted, id: randomUUID() }
      webhooks.set(webhook.id, webhook)
      return { status: 201, body: webhook }
    },
    [`GET ${settings}/{id}`]: ({ params }) => ({ body: webhookOf(params['id']) }),
    [`PATCH ${settings}/{id}`]: (request) => ({
      body: Object.assign(webhookOf(request.params['id']), jsonOf(request)),
    }),
    [`DELETE ${settings}/{id}`]: ({ params }) => {
      webhooks.delete(webhookOf(params['id']).id)
      return { status: 204 }
    },
    [`GET ${settings}/signed/{id}`]: ({ params }) => ({
      body: { id: params['id'], public_key: webhookOf(params['id']).public_key ?? '' },
    }),
    [`PATCH ${settings}/signed/{id}`]: (request) => {
      const webhook = webhookOf(request.params['id'])
      if (jsonOf(request)['enabled'] === true) webhook.public_key = publicText
      else delete webhook.public_key
      return { body: { id: webhook.id, public_key: webhook.public_key ?? '' } }
    },
  }
  const all = Object.entries(routes).map(([route, handler]) => [route, guarded(handler)] as const)
  return createRouter(Object.fromEntries(all), { notFound: { status: 404, body: failure('not found') } })
}

const seconds = () => Math.floor(Date.now() / 1000)
const failure = (message: string, field: string | null = null) => ({ errors: [{ message, field, help: null }] })
const refused = (status: number, message: string, field?: string) =>
  new Refusal({ status, body: failure(message, field) })

function derOf(key: KeyObject, type: 'spki' | 'pkcs8'): string {
  return (key.export({ type: type as 'spki', format: 'der' }) as Buffer).toString('base64')
}

/** What SendGrid checks before it takes an e-mail. */
function demandMail({ personalizations = [], from, subject, content = [], template_id }: Mail): void {
  if (!from?.email) throw refused(400, 'The from object must be provided for every email send.', 'from.email')
  if (personalizations.length === 0 || personalizations.length > 1_000) {
    throw refused(
      400,
      'The personalizations field is required and must have at least one personalization.',
      'personalizations',
    )
  }
  for (const { to = [], cc = [], bcc = [] } of personalizations) {
    const addresses = [...to, ...cc, ...bcc].map(({ email = '' }) => email.toLowerCase())
    if (to.length === 0)
      throw refused(400, 'The to array is required for all personalization objects.', 'personalizations.0.to')
    if (new Set(addresses).size < addresses.length) {
      throw refused(
        400,
        'Each email address in the personalization block should be unique between to, cc, and bcc.',
        'personalizations',
      )
    }
  }
  if (!template_id && !subject) throw refused(400, 'The subject is required.', 'subject')
  if (!template_id && content.length === 0)
    throw refused(400, 'Unless a valid template_id is provided, the content parameter is required.', 'content')
  const plain = content.findIndex(({ type }) => type === 'text/plain')
  if (plain > 0)
    throw refused(400, 'If present, text/plain and text/html may only be provided once, text/plain first.', 'content')
}

/** A batch, as SendGrid writes it, to a local address. Nobody waits for it. */
function deliver(webhook: Webhook, events: { event: string }[], privateKey: string): void {
  const wanted = events.filter(({ event }) => webhook[event] === true)
  const scheme = sendgrid.webhooks?.signature
  const isLocal = /^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(webhook.url)
  if (!webhook.enabled || !isLocal || wanted.length === 0 || !scheme) return
  const body = Buffer.from(`[${wanted.map((event) => JSON.stringify(event)).join(',\r\n')}]\r\n`)
  const plain = { method: 'POST', url: webhook.url, headers: { 'content-type': 'application/json' }, body }
  const { headers } = webhook.public_key ? signRequest(scheme, plain, { secret: privateKey, now: new Date() }) : plain
  fetch(webhook.url, { method: 'POST', headers, body: new Uint8Array(body) }).catch(() => {})
}
