import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { nextCursorOf } from '../../query-cursor.ts'
import { groupOperations } from './groups.ts'
import { nextCursor, reference, userId } from './user.ts'
import { userOperations } from './users.ts'

/** Typed calls of Auth0's Management API, and of the sign-in. https://auth0.com/docs/api/management/v2 */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the Management API answers, or else whether whoever signed in is still known.',
    docsUrl: reference('users/get-users'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      domain: z.string().nullable(),
      hasManagementApi: z.boolean(),
      userCount: z.int().nullable(),
      subject: z.string().nullable().describe('Who signed in, where somebody did'),
    }),
    example: {},
    async run(_input, { send, config }) {
      const domain = config['domain'] ?? null
      const query = { per_page: 1, include_totals: true, fields: 'user_id', include_fields: true }
      const users = await send({ method: 'GET', path: '/api/v2/users', query, accept: [401, 403] })
      if (users.status === 200) {
        const { total } = users.body as { total: number }
        return { domain, hasManagementApi: true, userCount: total, subject: null }
      }
      const { body } = await send({ method: 'GET', path: '/userinfo' })
      return { domain, hasManagementApi: false, userCount: null, subject: (body as UserInfo).sub }
    },
  }),

  getUserInfo: defineOperation({
    title: 'Get who is signed in',
    description: 'What Auth0 says of the person; only for a connection that somebody signed in to.',
    docsUrl: 'https://auth0.com/docs/api/authentication/user-profile/get-user-info',
    effect: 'read',
    methods: ['oauth2'],
    scopes: ['openid'],
    input: z.strictObject({}),
    output: z.object({
      subject: z.string(),
      email: z.string().nullable(),
      isEmailVerified: z.boolean(),
      name: z.string().nullable(),
      givenName: z.string().nullable(),
      familyName: z.string().nullable(),
      picture: z.string().nullable(),
    }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/userinfo' })
      const info = body as UserInfo
      return {
        subject: info.sub,
        email: info.email ?? null,
        isEmailVerified: info.email_verified ?? false,
        name: info.name ?? null,
        givenName: info.given_name ?? null,
        familyName: info.family_name ?? null,
        picture: info.picture ?? null,
      }
    },
  }),

  ...userOperations,
  ...groupOperations,

  listOrganizations: defineOperation({
    title: 'List organizations',
    description: 'The organizations of the tenant, by which business customers sign in.',
    docsUrl: reference('organizations/get-organizations'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:organizations'],
    input: z.strictObject({
      limit: z.int().min(1).max(100).default(50),
      cursor: z.string().min(1).max(2_000).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({
      organizations: z.array(z.object({ id: z.string(), name: z.string(), displayName: z.string().nullable() })),
      nextCursor,
    }),
    example: {},
    async run({ limit, cursor }, { send }) {
      const { body } = await send({
        method: 'GET',
        path: '/api/v2/organizations',
        query: { take: limit, from: cursor },
      })
      const { organizations, next } = body as { organizations: Auth0Organization[]; next?: string | null }
      return {
        organizations: organizations.map(({ id, name, display_name }) => ({
          ...{ id, name },
          displayName: display_name ?? null,
        })),
        nextCursor: next || null,
      }
    },
  }),

  listLogs: defineOperation({
    title: 'List log events',
    description:
      'What happened in the tenant, in order and without end: while nothing is new, the same cursor comes back, to be asked again later.',
    docsUrl: reference('logs/get-logs'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:logs'],
    input: z.strictObject({
      limit: z.int().min(1).max(100).default(100).describe('Counts for the first page; the cursor knows it'),
      afterLogId: z.string().min(1).max(200).optional().describe('Begins behind this one, without a cursor'),
      cursor: z.string().min(1).max(2_000).optional().describe('The nextCursor of the page before, or of yesterday'),
    }),
    output: z.object({
      logs: z.array(
        z.object({
          id: z.string(),
          date: z.string(),
          type: z.string().describe('A code, as in s for a sign-in and f for a failed one'),
          description: z.string().nullable(),
          clientId: z.string().nullable(),
          userId: z.string().nullable(),
          userName: z.string().nullable(),
          ip: z.string().nullable(),
          userAgent: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: { limit: 10 },
    async run({ limit, afterLogId, cursor }, { send }) {
      const answer = await send(
        cursor === undefined
          ? { method: 'GET', path: '/api/v2/logs', query: { from: afterLogId, take: limit } }
          : { method: 'GET', path: `/api/v2/logs?${cursor}` },
      )
      return { logs: (answer.body as Auth0Log[]).map(toLog), nextCursor: nextCursorOf(answer) }
    },
  }),

  startUserExport: defineOperation({
    title: 'Start an export of users',
    description: 'Has Auth0 write all users into a file, one JSON object a line; getJob says when it is there.',
    docsUrl: reference('jobs/post-users-exports'),
    effect: 'write',
    methods: ['client_credentials'],
    scopes: ['read:users'],
    input: z.strictObject({
      fields: z.array(z.string().min(1).max(100)).max(50).optional().describe('Names such as email or app_metadata'),
      format: z.enum(['json', 'csv']).default('json'),
    }),
    output: z.object({ jobId: z.string(), status: z.string() }),
    example: { fields: ['user_id', 'email'] },
    async run({ fields, format }, { send }) {
      const json = { format, fields: fields?.map((name) => ({ name })) }
      const { body } = await send({ method: 'POST', path: '/api/v2/jobs/users-exports', json })
      const { id, status } = body as Auth0Job
      return { jobId: id, status }
    },
  }),

  getJob: defineOperation({
    title: 'Get a job',
    description:
      'How far an export is, and once it is completed, where its gzipped file can be had for about a minute.',
    docsUrl: reference('jobs/get-jobs-by-id'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:users'],
    input: z.strictObject({ jobId: z.string().min(1).max(100) }),
    output: z.object({ jobId: z.string(), status: z.string(), downloadUrl: z.string().nullable() }),
    example: { jobId: 'job_0Wk7mZbYx2QpLs9d' },
    async run({ jobId }, { send }) {
      const { body } = await send({ method: 'GET', path: path`/api/v2/jobs/${jobId}` })
      const { id, status, location } = body as Auth0Job
      return { jobId: id, status, downloadUrl: location ?? null }
    },
  }),

  createPasswordTicket: defineOperation({
    title: 'Create a link to set a password',
    description:
      'A link by which the user chooses a new password; it is for whoever has it, so send it to the user alone.',
    docsUrl: reference('tickets/post-password-change'),
    effect: 'write',
    methods: ['client_credentials'],
    scopes: ['create:user_tickets'],
    input: z.strictObject({
      userId,
      resultUrl: z.url().max(2_000).optional().describe('Where the browser goes afterwards'),
      lifetimeSeconds: z.int().min(60).max(2_592_000).optional().describe('Five days when absent'),
    }),
    output: z.object({ url: z.string() }),
    example: { userId: 'auth0|66f1c2a4e3b7d90012ab34cd', lifetimeSeconds: 3600 },
    async run({ userId, resultUrl, lifetimeSeconds }, { send }) {
      const json = { user_id: userId, result_url: resultUrl, ttl_sec: lifetimeSeconds }
      const { body } = await send({ method: 'POST', path: '/api/v2/tickets/password-change', json })
      return { url: (body as { ticket: string }).ticket }
    },
  }),
}

interface UserInfo {
  sub: string
  email?: string
  email_verified?: boolean
  name?: string
  given_name?: string
  family_name?: string
  picture?: string
}
interface Auth0Organization {
  id: string
  name: string
  display_name?: string
}
interface Auth0Job {
  id: string
  status: string
  location?: string
}
interface Auth0Log {
  log_id?: string
  _id?: string
  date: string
  type: string
  description?: string | null
  client_id?: string
  user_id?: string
  user_name?: string
  ip?: string
  user_agent?: string
}

function toLog(log: Auth0Log) {
  return {
    id: log.log_id ?? log._id ?? '',
    date: log.date,
    type: log.type,
    description: log.description || null,
    clientId: log.client_id || null,
    userId: log.user_id || null,
    userName: log.user_name || null,
    ip: log.ip || null,
    userAgent: log.user_agent || null,
  }
}
