import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { cursorTo, pageAt } from '../../query-cursor.ts'
import {
  type GraphUser,
  listRequest,
  nextCursor,
  nextOf,
  objectId,
  page,
  reference,
  search,
  toUser,
  user,
  userId,
  userSelect,
  type Wrapped,
} from './directory.ts'

const kari = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6531'
const ola = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6532'
const onlyId = z.object({ id: z.string() })
const write = { effect: 'write' as const, scopes: ['User.ReadWrite.All'] }

const details = {
  givenName: z.string().min(1).max(64).optional(),
  surname: z.string().min(1).max(64).optional(),
  jobTitle: z.string().min(1).max(128).optional(),
  department: z.string().min(1).max(64).optional(),
  mobilePhone: z.string().min(1).max(64).optional(),
  usageLocation: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional()
    .describe('The country, as in NO; licences need it'),
}

/** https://learn.microsoft.com/graph/api/resources/user */
export const userOperations = {
  listUsers: defineOperation({
    title: 'List users',
    description: 'The users of the tenant, page by page; what was just changed may be found some minutes later.',
    docsUrl: reference('user-list'),
    effect: 'read',
    scopes: ['User.Read.All'],
    input: z.strictObject({ ...page, ...search }),
    output: z.object({ users: z.array(user), nextCursor }),
    example: { limit: 2 },
    async run(input, { send }) {
      const list = (await send(listRequest('/users', input, userSelect))).body as Wrapped<GraphUser>
      return { users: list.value.map(toUser), nextCursor: nextOf(list) }
    },
  }),

  listUserChanges: defineOperation({
    title: 'List changes of users',
    description:
      'All users at first, then only what changed since: keep the deltaCursor for the next time, within seven days; a page may be empty, and a user come twice.',
    docsUrl: reference('user-delta'),
    effect: 'read',
    scopes: ['User.Read.All'],
    input: z.strictObject({
      cursor: z.string().min(1).max(20_000).optional().describe('The nextCursor of the page before, or a deltaCursor'),
      fromNow: z.boolean().default(false).describe('Gives no users, only a cursor to begin with'),
    }),
    output: z.object({
      users: z.array(
        user.extend({
          isRemoved: z.boolean(),
          canBeRestored: z.boolean().nullable().describe('Of one that was removed'),
        }),
      ),
      nextCursor,
      deltaCursor: z.string().nullable().describe('Null until the last page'),
    }),
    example: {},
    async run({ cursor, fromNow }, { send }) {
      const { body } = await send({
        method: 'GET',
        ...pageAt('/users/delta', { $select: userSelect, $deltatoken: fromNow ? 'latest' : undefined }, cursor),
      })
      const list = body as Wrapped<GraphUser & { '@removed'?: { reason: string } }>
      return {
        users: list.value.map((found) => ({
          ...toUser(found),
          isRemoved: found['@removed'] !== undefined,
          canBeRestored: found['@removed'] === undefined ? null : found['@removed'].reason === 'changed',
        })),
        nextCursor: nextOf(list),
        deltaCursor: cursorTo(list['@odata.deltaLink']),
      }
    },
  }),

  getUser: defineOperation({
    title: 'Get a user',
    description: 'One user, by its object id or user principal name.',
    docsUrl: reference('user-get'),
    effect: 'read',
    scopes: ['User.Read.All'],
    input: z.strictObject({ userId }),
    output: user,
    example: { userId: 'kari@fjord.example' },
    async run({ userId }, { send }) {
      const { body } = await send({ method: 'GET', path: path`/users/${userId}`, query: { $select: userSelect } })
      return toUser(body as GraphUser)
    },
  }),

  createUser: defineOperation({
    ...write,
    title: 'Create a user',
    description: 'Makes a user with a first password, below a domain that the tenant has verified.',
    docsUrl: reference('user-post-users'),
    input: z.strictObject({
      userPrincipalName: z.email().max(113),
      displayName: z.string().min(1).max(256),
      mailNickname: z
        .string()
        .regex(/^[\w.'-]{1,64}$/)
        .optional()
        .describe('What stands before the @ when absent'),
      password: z.string().min(8).max(256),
      mustChangePassword: z.boolean().default(true).describe('At the first sign-in'),
      enabled: z.boolean().default(true),
      ...details,
    }),
    output: user,
    example: {
      userPrincipalName: 'nora@fjord.example',
      displayName: 'Nora Berg',
      password: 'Spokes-And-Rims-1897',
      givenName: 'Nora',
      surname: 'Berg',
    },
    async run({ mailNickname, password, mustChangePassword, enabled, ...input }, { send }) {
      const json = {
        ...input,
        mailNickname: mailNickname ?? input.userPrincipalName.split('@')[0]?.replaceAll(/[^\w.'-]/g, ''),
        accountEnabled: enabled,
        passwordProfile: { password, forceChangePasswordNextSignIn: mustChangePassword },
      }
      return toUser((await send({ method: 'POST', path: '/users', json })).body as GraphUser)
    },
  }),

  updateUser: defineOperation({
    ...write,
    title: 'Change a user',
    description:
      'Sets the given fields and leaves the others; those of a user that comes from a local directory are changed there.',
    docsUrl: reference('user-update'),
    input: z.strictObject({ userId, displayName: z.string().min(1).max(256).optional(), ...details }),
    output: onlyId,
    example: { userId: kari, jobTitle: 'Head of workshop' },
    async run({ userId, ...json }, { send }) {
      await send({ method: 'PATCH', path: path`/users/${userId}`, json })
      return { id: userId }
    },
  }),

  deactivateUser: enabling('Block a user', 'The user can no longer sign in; endSessions ends what is open.', false),
  activateUser: enabling('Unblock a user', 'Lets a blocked user sign in again.', true),

  deleteUser: defineOperation({
    ...write,
    title: 'Delete a user',
    description: 'Moves the user to the deleted ones, from where it can be restored for 30 days.',
    docsUrl: reference('user-delete'),
    input: z.strictObject({ userId }),
    output: onlyId,
    example: { userId: '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6533' },
    async run({ userId }, { send }) {
      await send({ method: 'DELETE', path: path`/users/${userId}` })
      return { id: userId }
    },
  }),

  endSessions: defineOperation({
    title: 'End all sessions',
    description: 'Revokes all refresh tokens of a user; access tokens that were given out are good until they end.',
    docsUrl: reference('user-revokesigninsessions'),
    effect: 'write',
    scopes: ['User.RevokeSessions.All'],
    input: z.strictObject({ userId: objectId }),
    output: onlyId,
    example: { userId: ola },
    async run({ userId }, { send }) {
      await send({ method: 'POST', path: path`/users/${userId}/revokeSignInSessions` })
      return { id: userId }
    },
  }),
}

function enabling(title: string, description: string, accountEnabled: boolean) {
  return defineOperation({
    ...write,
    title,
    description,
    docsUrl: reference('user-update'),
    input: z.strictObject({ userId }),
    output: onlyId,
    example: { userId: ola },
    async run({ userId }, { send }) {
      await send({ method: 'PATCH', path: path`/users/${userId}`, json: { accountEnabled } })
      return { id: userId }
    },
  })
}
