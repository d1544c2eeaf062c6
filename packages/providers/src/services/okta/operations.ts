import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { nextCursorOf, pageAt } from '../../query-cursor.ts'
import { groupOperations } from './groups.ts'
import { nextCursor, page, reference } from './user.ts'
import { userOperations } from './users.ts'

/** Typed calls of Okta's management API, and of the sign-in. https://developer.okta.com/docs/api/ */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the connection may read users of the org.',
    docsUrl: reference('User', 'listUsers'),
    effect: 'read',
    scopes: ['okta.users.read'],
    input: z.strictObject({}),
    output: z.object({ domain: z.string().nullable(), canReadUsers: z.literal(true) }),
    example: {},
    async run(_input, { send, config }) {
      await send({ method: 'GET', path: '/api/v1/users', query: { limit: 1 } })
      return { domain: config['domain'] ?? null, canReadUsers: true as const }
    },
  }),

  getUserInfo: defineOperation({
    title: 'Get who is signed in',
    description: 'What Okta says of the person; only for a connection that somebody signed in to.',
    docsUrl: 'https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/OrgAS/#tag/OrgAS/operation/userinfo',
    effect: 'read',
    methods: ['oauth2'],
    scopes: ['openid'],
    input: z.strictObject({}),
    output: z.object({
      subject: z.string(),
      username: z.string().nullable(),
      email: z.string().nullable(),
      isEmailVerified: z.boolean(),
      name: z.string().nullable(),
      givenName: z.string().nullable(),
      familyName: z.string().nullable(),
    }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/oauth2/v1/userinfo' })
      const info = body as UserInfo
      return {
        subject: info.sub,
        username: info.preferred_username ?? null,
        email: info.email ?? null,
        isEmailVerified: info.email_verified ?? false,
        name: info.name ?? null,
        givenName: info.given_name ?? null,
        familyName: info.family_name ?? null,
      }
    },
  }),

  ...userOperations,
  ...groupOperations,

  listLogs: defineOperation({
    title: 'List log events',
    description:
      'The system log of 90 days: without until it has no end and misses nothing, and its cursor is good for asking again later; with until it ends.',
    docsUrl: reference('SystemLog', 'listLogEvents'),
    effect: 'read',
    scopes: ['okta.logs.read'],
    input: z.strictObject({
      ...page,
      limit: z.int().min(1).max(1_000).default(100).describe('Counts for the first page; the cursor knows it'),
      since: z.iso.datetime().optional().describe('Seven days ago when absent'),
      until: z.iso.datetime().optional(),
      filter: z.string().min(1).max(2_000).optional().describe('As in eventType eq "user.session.start"'),
      query: z.string().min(1).max(500).optional().describe('Words that are looked for in all fields'),
    }),
    output: z.object({
      logs: z.array(
        z.object({
          id: z.string(),
          publishedAt: z.string(),
          eventType: z.string(),
          message: z.string().nullable(),
          severity: z.string().nullable(),
          outcome: z.string().nullable().describe('SUCCESS, FAILURE and others'),
          reason: z.string().nullable(),
          actor: z.object({ id: z.string(), type: z.string(), login: z.string().nullable() }).nullable(),
          targets: z.array(z.object({ id: z.string(), type: z.string(), name: z.string().nullable() })),
          ip: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: { limit: 10 },
    async run({ limit, cursor, query, ...asked }, { send }) {
      // In the order in which they were stored, unless an end is asked for.
      const first = { limit, q: query, ...asked, sortOrder: 'ASCENDING' }
      const answer = await send({ method: 'GET', ...pageAt('/api/v1/logs', first, cursor) })
      return { logs: (answer.body as OktaLog[]).map(toLog), nextCursor: nextCursorOf(answer) }
    },
  }),

  listApplications: defineOperation({
    title: 'List applications',
    description: 'The applications of the org, page by page.',
    docsUrl: reference('Application', 'listApplications'),
    effect: 'read',
    scopes: ['okta.apps.read'],
    input: z.strictObject(page),
    output: z.object({
      applications: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          label: z.string().nullable(),
          status: z.string(),
          signOnMode: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: {},
    async run({ limit, cursor }, { send }) {
      const answer = await send({ method: 'GET', ...pageAt('/api/v1/apps', { limit }, cursor) })
      const applications = (answer.body as OktaApplication[]).map(({ id, name, label, status, signOnMode }) => ({
        ...{ id, name, status },
        label: label ?? null,
        signOnMode: signOnMode ?? null,
      }))
      return { applications, nextCursor: nextCursorOf(answer) }
    },
  }),
}

interface UserInfo {
  sub: string
  preferred_username?: string
  email?: string
  email_verified?: boolean
  name?: string
  given_name?: string
  family_name?: string
}
interface OktaLog {
  uuid: string
  published: string
  eventType: string
  displayMessage?: string | null
  severity?: string | null
  outcome?: { result?: string; reason?: string | null } | null
  actor?: { id: string; type: string; alternateId?: string | null } | null
  target?: { id: string; type: string; displayName?: string | null }[] | null
  client?: { ipAddress?: string | null } | null
}
interface OktaApplication {
  id: string
  name: string
  label?: string
  status: string
  signOnMode?: string
}

function toLog(log: OktaLog) {
  const { actor } = log
  return {
    id: log.uuid,
    publishedAt: log.published,
    eventType: log.eventType,
    message: log.displayMessage ?? null,
    severity: log.severity ?? null,
    outcome: log.outcome?.result ?? null,
    reason: log.outcome?.reason ?? null,
    actor: actor ? { id: actor.id, type: actor.type, login: actor.alternateId ?? null } : null,
    targets: (log.target ?? []).map(({ id, type, displayName }) => ({ id, type, name: displayName ?? null })),
    ip: log.client?.ipAddress ?? null,
  }
}
