import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { eventWebhookOperations } from './event-webhook-operations.ts'
import { mail, toSendgrid } from './mail.ts'

const reference = (page: string) => `https://www.twilio.com/docs/sendgrid/api-reference/${page}`
const lists = {
  bounces: 'bounces',
  blocks: 'blocks',
  invalidEmails: 'invalid_emails',
  spamReports: 'spam_reports',
  unsubscribes: 'unsubscribes',
} as const
const listName = z.enum(['bounces', 'blocks', 'invalidEmails', 'spamReports', 'unsubscribes'])

/** Typed calls of SendGrid's API, version 3. */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says what the key may do.',
    docsUrl: reference('api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ scopes: z.array(z.string()), maySend: z.boolean() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/v3/scopes' })
      const { scopes } = body as { scopes: string[] }
      return { scopes, maySend: scopes.includes('mail.send') }
    },
  }),

  sendEmail: defineOperation({
    title: 'Send an e-mail',
    description: 'Hands an e-mail over. SendGrid knows no idempotency: after a lost answer it may have been sent.',
    docsUrl: reference('mail-send/mail-send'),
    effect: 'write',
    input: mail,
    output: z.object({
      messageId: z.string().nullable().describe('What sg_message_id of its events begins with'),
      accepted: z.boolean().describe('False for a test, which is not sent'),
    }),
    example: {
      from: { email: 'post@fjord.example', name: 'Fjord Bikes' },
      to: [{ email: 'kari@example.com' }],
      subject: 'Your bike is ready',
      text: 'Hello from Koble',
    },
    async run(input, { send }) {
      const { status, headers } = await send({ method: 'POST', path: '/v3/mail/send', json: toSendgrid(input) })
      const messageId = headers['x-message-id']
      return { messageId: typeof messageId === 'string' ? messageId : null, accepted: status === 202 }
    },
  }),

  listTemplates: defineOperation({
    title: 'List templates',
    description: 'The templates of the account, page by page.',
    docsUrl: reference('transactional-templates/retrieve-paged-transactional-templates'),
    effect: 'read',
    input: z.strictObject({
      generation: z.enum(['dynamic', 'legacy']).default('dynamic'),
      limit: z.int().min(1).max(200).default(50),
      cursor: z.string().max(2_000).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({
      templates: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          updatedAt: z.string().nullable(),
          activeVersionId: z.string().nullable(),
          subject: z.string().nullable(),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
    example: { limit: 20 },
    async run({ generation, limit, cursor }, { send }) {
      const query = { generations: generation, page_size: limit, page_token: cursor }
      const { body } = await send({ method: 'GET', path: '/v3/templates', query })
      const { result, templates, _metadata } = body as TemplatePage
      const next = URL.parse(_metadata?.next ?? '')?.searchParams.get('page_token')
      return { templates: (result ?? templates ?? []).map(toTemplate), nextCursor: next ?? null }
    },
  }),

  listSuppressions: defineOperation({
    title: 'List suppressions',
    description: 'Addresses that SendGrid no longer writes to, and why.',
    docsUrl: reference('bounces-api/retrieve-all-bounces'),
    effect: 'read',
    input: z.strictObject({
      list: listName,
      from: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
      limit: z.int().min(1).max(500).default(100),
      cursor: z
        .string()
        .regex(/^\d{1,9}$/, 'A nextCursor')
        .optional(),
    }),
    output: z.object({
      suppressions: z.array(
        z.object({
          email: z.string(),
          createdAt: z.string(),
          reason: z.string().nullable(),
          status: z.string().nullable(),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
    example: { list: 'bounces', limit: 20 },
    async run({ list, from, until, limit, cursor = '0' }, { send }) {
      const offset = Number(cursor)
      const query = { start_time: secondsOf(from), end_time: secondsOf(until), limit, offset }
      const { body } = await send({ method: 'GET', path: path`/v3/suppression/${lists[list]}`, query })
      const found = body as Suppression[]
      return {
        suppressions: found.map(({ email, created, reason, status }) => ({
          email,
          createdAt: new Date(created * 1000).toISOString(),
          reason: reason ?? null,
          status: status ?? null,
        })),
        // SendGrid does not say whether there are more.
        nextCursor: found.length < limit ? null : String(offset + limit),
      }
    },
  }),

  deleteSuppression: defineOperation({
    title: 'Delete a suppression',
    description: 'Has SendGrid write to an address again.',
    docsUrl: reference('bounces-api/delete-a-bounce'),
    effect: 'write',
    input: z.strictObject({ list: listName, email: z.email().max(320) }),
    output: z.object({ deleted: z.literal(true) }),
    example: { list: 'bounces', email: 'ola@example.com' },
    async run({ list, email }, { send }) {
      const target =
        list === 'unsubscribes'
          ? path`/v3/asm/suppressions/global/${email}`
          : path`/v3/suppression/${lists[list]}/${email}`
      await send({ method: 'DELETE', path: target })
      return { deleted: true as const }
    },
  }),

  getStats: defineOperation({
    title: 'Get statistics',
    description: 'How many e-mails were sent, delivered, opened and refused, by day, week or month.',
    docsUrl: reference('stats/retrieve-global-email-statistics'),
    effect: 'read',
    input: z.strictObject({
      from: z.iso.date(),
      until: z.iso.date().optional(),
      by: z.enum(['day', 'week', 'month']).default('day'),
    }),
    output: z.object({
      periods: z.array(z.object({ date: z.string(), metrics: z.record(z.string(), z.int()) })),
    }),
    example: { from: '2026-11-01', by: 'day' },
    async run({ from, until, by }, { send }) {
      const query = { start_date: from, end_date: until, aggregated_by: by }
      const { body } = await send({ method: 'GET', path: '/v3/stats', query })
      const periods = body as { date: string; stats: { metrics: Record<string, number> }[] }[]
      return { periods: periods.map(({ date, stats }) => ({ date, metrics: stats[0]?.metrics ?? {} })) }
    },
  }),

  ...eventWebhookOperations,
}

interface Template {
  id: string
  name: string
  updated_at?: string
  versions?: { id: string; active: number; subject?: string }[]
}
interface TemplatePage {
  result?: Template[]
  templates?: Template[]
  _metadata?: { next?: string }
}
interface Suppression {
  email: string
  created: number
  reason?: string
  status?: string
}

function secondsOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Math.floor(Date.parse(time) / 1000)
}

function toTemplate({ id, name, updated_at, versions = [] }: Template) {
  const active = versions.find((version) => version.active === 1)
  return {
    id,
    name,
    updatedAt: updated_at ?? null,
    activeVersionId: active?.id ?? null,
    subject: active?.subject ?? null,
  }
}
