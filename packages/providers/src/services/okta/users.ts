import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { nextCursorOf, pageAt } from '../../query-cursor.ts'
import { nextCursor, type OktaUser, page, reference, toUser, user, userFields, userId, userOf } from './user.ts'

const kari = '00ub0oNGTSWTBKOLGLNR'
const ola = '00uc1pOHUTXUCLPMHMOS'
const nils = '00ud2qPIVUYVDMQNINPT'
const manage = ['okta.users.manage']

/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/ */
export const userOperations = {
  listUsers: defineOperation({
    title: 'List users',
    description:
      'The users of the org, page by page; deactivated ones only where a filter or a search asks for status eq "DEPROVISIONED".',
    docsUrl: reference('User', 'listUsers'),
    effect: 'read',
    scopes: ['okta.users.read'],
    input: z.strictObject({
      ...page,
      query: z.string().min(1).max(200).optional().describe('Begins a name or the e-mail address'),
      filter: z.string().min(1).max(1_000).optional().describe('As in status eq "ACTIVE"'),
      search: z
        .string()
        .min(1)
        .max(2_000)
        .optional()
        .describe('As in lastUpdated gt "2026-01-01T00:00:00.000Z"; it is some seconds late'),
      sortBy: z.string().min(1).max(100).optional().describe('Only with search, as in lastUpdated'),
      sortOrder: z.enum(['asc', 'desc']).optional(),
    }),
    output: z.object({ users: z.array(user), nextCursor }),
    example: { limit: 2 },
    async run({ limit, cursor, query, ...asked }, { send }) {
      const answer = await send({ method: 'GET', ...pageAt('/api/v1/users', { limit, q: query, ...asked }, cursor) })
      return { users: (answer.body as OktaUser[]).map(toUser), nextCursor: nextCursorOf(answer) }
    },
  }),

  getUser: defineOperation({
    title: 'Get a user',
    description: 'One user, by id or by login.',
    docsUrl: reference('User', 'getUser'),
    effect: 'read',
    scopes: ['okta.users.read'],
    input: z.strictObject({ userId }),
    output: user,
    example: { userId: 'kari@example.com' },
    run: async ({ userId }, { send }) => userOf(await send({ method: 'GET', path: path`/api/v1/users/${userId}` })),
  }),

  createUser: defineOperation({
    title: 'Create a user',
    description: 'Makes a user and activates it; without a password Okta sends a mail by which one is chosen.',
    docsUrl: reference('User', 'createUser'),
    effect: 'write',
    scopes: manage,
    input: z.strictObject({
      ...userFields,
      email: z.email().max(100),
      firstName: z.string().min(1).max(50),
      lastName: z.string().min(1).max(50),
      password: z.string().min(1).max(72).optional(),
      groupIds: z.array(z.string().min(1).max(100)).max(20).optional(),
      activate: z.boolean().default(true),
    }),
    output: user,
    example: { email: 'nora@example.com', firstName: 'Nora', lastName: 'Berg' },
    async run({ profile, login, email, firstName, lastName, password, groupIds, activate }, { send }) {
      const json = {
        profile: { ...profile, login: login ?? email, email, firstName, lastName },
        credentials: password === undefined ? undefined : { password: { value: password } },
        groupIds,
      }
      return userOf(await send({ method: 'POST', path: '/api/v1/users', query: { activate }, json }))
    },
  }),

  updateUser: defineOperation({
    title: 'Change a user',
    description: 'Sets the given fields of the profile and leaves the others.',
    docsUrl: reference('User', 'updateUser'),
    effect: 'write',
    scopes: manage,
    input: z.strictObject({ userId, ...userFields }),
    output: user,
    example: { userId: kari, lastName: 'Nordmann-Berg', profile: { department: 'Workshop' } },
    async run({ userId, profile, ...fields }, { send }) {
      const json = { profile: { ...profile, ...fields } }
      return userOf(await send({ method: 'POST', path: path`/api/v1/users/${userId}`, json }))
    },
  }),

  deactivateUser: lifecycle({
    title: 'Deactivate a user',
    description: 'Takes away all applications and ends all sessions; the user can be activated again.',
    step: 'deactivate',
    example: { userId: ola },
  }),
  activateUser: lifecycle({
    title: 'Activate a user',
    description: 'Activates a user that is staged or deactivated, and sends the mail that asks for a password.',
    step: 'activate',
    query: { sendEmail: true },
    example: { userId: ola },
  }),
  suspendUser: lifecycle({
    title: 'Suspend a user',
    description: 'Keeps an active user from signing in, for a while: groups and applications stay.',
    step: 'suspend',
    example: { userId: nils },
  }),
  unsuspendUser: lifecycle({
    title: 'End a suspension',
    description: 'Lets a suspended user sign in again.',
    step: 'unsuspend',
    example: { userId: nils },
  }),
  resetPassword: lifecycle({
    title: 'Reset a password',
    description: 'Sends the user a mail by which a new password is chosen; the former one is void at once.',
    step: 'reset_password',
    query: { sendEmail: true },
    example: { userId: kari },
  }),

  deleteUser: defineOperation({
    title: 'Delete a user',
    description: 'Deletes a deactivated user for good; one that is not deactivated is, and has to be deleted again.',
    docsUrl: reference('User', 'deleteUser'),
    effect: 'write',
    scopes: manage,
    input: z.strictObject({ userId }),
    output: z.object({ id: z.string() }),
    example: { userId: '00ue3rQJWVZWENROJOQU' },
    async run({ userId }, { send }) {
      await send({ method: 'DELETE', path: path`/api/v1/users/${userId}`, query: { sendEmail: false } })
      return { id: userId }
    },
  }),

  endSessions: defineOperation({
    title: 'End all sessions',
    description: 'Signs the user out at Okta everywhere, and revokes the tokens that were given out.',
    docsUrl: reference('UserSessions', 'revokeUserSessions'),
    effect: 'write',
    scopes: ['okta.sessions.manage'],
    input: z.strictObject({ userId }),
    output: z.object({ id: z.string() }),
    example: { userId: kari },
    async run({ userId }, { send }) {
      await send({ method: 'DELETE', path: path`/api/v1/users/${userId}/sessions`, query: { oauthTokens: true } })
      return { id: userId }
    },
  }),
}

/** A change of status, which answers nothing that is of use. */
function lifecycle(parts: {
  title: string
  description: string
  step: string
  query?: Record<string, boolean>
  example: { userId: string }
}) {
  const { title, description, step, query, example } = parts
  return defineOperation({
    title,
    description,
    docsUrl: `https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserLifecycle/`,
    effect: 'write',
    scopes: manage,
    input: z.strictObject({ userId }),
    output: z.object({ id: z.string() }),
    example,
    async run({ userId }, { send }) {
      await send({ method: 'POST', path: path`/api/v1/users/${userId}/lifecycle/${step}`, query })
      return { id: userId }
    },
  })
}
