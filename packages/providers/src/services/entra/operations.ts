import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { pageAt } from '../../query-cursor.ts'
import {
  type GraphUser,
  listRequest,
  nextCursor,
  nextOf,
  page,
  reference,
  search,
  toUser,
  user,
  userSelect,
  type Wrapped,
} from './directory.ts'
import { groupOperations } from './groups.ts'
import { userOperations } from './users.ts'

/** Typed calls of Microsoft Graph's directory. https://learn.microsoft.com/graph/api/overview */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says which tenant the connection is of.',
    docsUrl: reference('organization-list'),
    effect: 'read',
    scopes: ['User.Read'],
    input: z.strictObject({}),
    output: z.object({ tenantId: z.string().min(1), tenantName: z.string().nullable() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/organization', query: { $select: 'id,displayName' } })
      const [tenant] = (body as Wrapped<{ id: string; displayName?: string | null }>).value
      return { tenantId: tenant?.id ?? '', tenantName: tenant?.displayName ?? null }
    },
  }),

  getUserInfo: defineOperation({
    title: 'Get who is signed in',
    description: 'The profile of the person; only for a connection that somebody signed in to.',
    docsUrl: reference('user-get'),
    effect: 'read',
    methods: ['oauth2'],
    scopes: ['User.Read'],
    input: z.strictObject({}),
    output: user,
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/me', query: { $select: userSelect } })
      return toUser(body as GraphUser)
    },
  }),

  ...userOperations,
  ...groupOperations,

  listApplications: defineOperation({
    title: 'List applications',
    description: 'The applications that are registered in the tenant, page by page.',
    docsUrl: reference('application-list'),
    effect: 'read',
    scopes: ['Application.Read.All'],
    input: z.strictObject({ ...page, ...search }),
    output: z.object({
      applications: z.array(
        z.object({
          id: z.string(),
          clientId: z.string(),
          name: z.string().nullable(),
          audience: z.string().nullable().describe('Who may sign in to it'),
          secretsEndAt: z.array(z.string()).describe('When each of its secrets and certificates ends'),
          createdAt: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: {},
    async run(input, { send }) {
      const select = 'id,appId,displayName,signInAudience,passwordCredentials,keyCredentials,createdDateTime'
      const list = (await send(listRequest('/applications', input, select))).body as Wrapped<GraphApplication>
      return { applications: list.value.map(toApplication), nextCursor: nextOf(list) }
    },
  }),

  listSignIns: defineOperation({
    title: 'List sign-ins',
    description: 'Sign-ins of the last 30 days, the newest first; the tenant needs a P1 licence for its own log.',
    docsUrl: reference('signin-list'),
    effect: 'read',
    scopes: ['AuditLog.Read.All'],
    input: z.strictObject({
      ...page,
      since: z.iso.datetime().optional(),
      userId: z
        .string()
        .regex(/^[0-9a-fA-F-]{36}$/)
        .optional(),
    }),
    output: z.object({
      signIns: z.array(
        z.object({
          id: z.string(),
          happenedAt: z.string(),
          userId: z.string().nullable(),
          userPrincipalName: z.string().nullable(),
          application: z.string().nullable(),
          ip: z.string().nullable(),
          errorCode: z.int().nullable().describe('0 of one that succeeded'),
          reason: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: { limit: 10 },
    async run({ limit, cursor, since, userId }, { send }) {
      const conditions = [since && `createdDateTime ge ${since}`, userId && `userId eq '${userId}'`].filter(Boolean)
      const filter = conditions.length === 0 ? undefined : conditions.join(' and ')
      const { body } = await send({
        method: 'GET',
        ...pageAt('/auditLogs/signIns', { $top: limit, $filter: filter }, cursor),
      })
      const list = body as Wrapped<GraphSignIn>
      return { signIns: list.value.map(toSignIn), nextCursor: nextOf(list) }
    },
  }),
}

interface GraphApplication {
  id: string
  appId: string
  displayName?: string | null
  signInAudience?: string | null
  passwordCredentials?: { endDateTime?: string | null }[]
  keyCredentials?: { endDateTime?: string | null }[]
  createdDateTime?: string | null
}
interface GraphSignIn {
  id: string
  createdDateTime: string
  userId?: string | null
  userPrincipalName?: string | null
  appDisplayName?: string | null
  ipAddress?: string | null
  status?: { errorCode?: number; failureReason?: string | null }
}

function toApplication(found: GraphApplication) {
  const proofs = [...(found.passwordCredentials ?? []), ...(found.keyCredentials ?? [])]
  return {
    id: found.id,
    clientId: found.appId,
    name: found.displayName ?? null,
    audience: found.signInAudience ?? null,
    secretsEndAt: proofs.flatMap(({ endDateTime }) => endDateTime ?? []),
    createdAt: found.createdDateTime ?? null,
  }
}

function toSignIn({ status, ...found }: GraphSignIn) {
  return {
    id: found.id,
    happenedAt: found.createdDateTime,
    userId: found.userId ?? null,
    userPrincipalName: found.userPrincipalName ?? null,
    application: found.appDisplayName ?? null,
    ip: found.ipAddress ?? null,
    errorCode: status?.errorCode ?? null,
    // Of one that succeeded it is "Other.".
    reason: status?.errorCode ? (status.failureReason ?? null) : null,
  }
}
