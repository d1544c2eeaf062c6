import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import {
  type Auth0User,
  fromUserInput,
  nextCursor,
  reference,
  toUser,
  user,
  userFields,
  userId,
  userOf,
} from './user.ts'

/** More than these are not given for one search, whatever it finds. */
const resultsMax = 1_000

/** https://auth0.com/docs/api/management/v2/users */
export const userOperations = {
  listUsers: defineOperation({
    title: 'List users',
    description:
      'Users that a search finds, at most 1,000 of them, and some seconds late; to have all, split by updated_at or use startUserExport.',
    docsUrl: reference('users/get-users'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:users'],
    input: z.strictObject({
      limit: z.int().min(1).max(50).default(50),
      cursor: z
        .string()
        .regex(/^\d{1,4}$/)
        .optional()
        .describe('The nextCursor of the page before'),
      query: z.string().max(2_000).optional().describe('Lucene, as in email:"kari@example.com" or blocked:true'),
      sort: z
        .string()
        .regex(/^[\w.]+:-?1$/)
        .optional()
        .describe('A field and a direction, as in updated_at:1'),
    }),
    output: z.object({
      users: z.array(user),
      total: z.int(),
      nextCursor: nextCursor.describe('Null at the end, and where Auth0 gives no more'),
      isCutOff: z.boolean().describe('There are more than can be had by this search'),
    }),
    example: { limit: 2, sort: 'created_at:1' },
    async run({ limit, cursor, query, sort }, { send }) {
      const page = Number(cursor ?? 0)
      const engine = query === undefined ? undefined : 'v3'
      const { body } = await send({
        method: 'GET',
        path: '/api/v2/users',
        query: { page, per_page: limit, include_totals: true, q: query, search_engine: engine, sort },
      })
      const { users, total } = body as { users: Auth0User[]; total: number }
      // A page that reaches over the end is refused as a whole.
      const reachable = Math.floor(resultsMax / limit) * limit
      const isLast = (page + 1) * limit >= Math.min(total, reachable)
      return {
        users: users.map(toUser),
        total,
        nextCursor: isLast ? null : String(page + 1),
        isCutOff: total > reachable,
      }
    },
  }),

  findUsersByEmail: defineOperation({
    title: 'Find users by e-mail',
    description:
      'All users with this address, at once and not some seconds late; one for each connection they sign in by.',
    docsUrl: reference('users-by-email/get-users-by-email'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:users'],
    input: z.strictObject({ email: z.email().max(320) }),
    output: z.object({ users: z.array(user) }),
    example: { email: 'kari@example.com' },
    async run({ email }, { send }) {
      // Addresses of databases are kept in lower case, and compared as they are.
      const query = { email: email.toLowerCase() }
      const { body } = await send({ method: 'GET', path: '/api/v2/users-by-email', query })
      return { users: (body as Auth0User[]).map(toUser) }
    },
  }),

  getUser: defineOperation({
    title: 'Get a user',
    description: 'One user, by its id.',
    docsUrl: reference('users/get-users-by-id'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:users'],
    input: z.strictObject({ userId }),
    output: user,
    example: { userId: 'auth0|66f1c2a4e3b7d90012ab34cd' },
    run: async ({ userId }, { send }) => userOf(await send({ method: 'GET', path: path`/api/v2/users/${userId}` })),
  }),

  createUser: defineOperation({
    title: 'Create a user',
    description: 'Makes a user in a database or passwordless connection; a user of a database needs a password.',
    docsUrl: reference('users/post-users'),
    effect: 'write',
    methods: ['client_credentials'],
    scopes: ['create:users'],
    input: z.strictObject({
      connection: z.string().min(1).max(128).default('Username-Password-Authentication'),
      ...userFields,
      verifyEmail: z.boolean().optional().describe('Whether the user is asked by mail to confirm the address'),
    }),
    output: user,
    example: {
      email: 'nora@example.com',
      password: 'Spokes-And-Rims-1897',
      givenName: 'Nora',
      familyName: 'Berg',
      verifyEmail: false,
    },
    async run({ connection, verifyEmail, ...input }, { send }) {
      const json = { connection, ...fromUserInput(input), verify_email: verifyEmail }
      return userOf(await send({ method: 'POST', path: '/api/v2/users', json }))
    },
  }),

  updateUser: defineOperation({
    title: 'Change a user',
    description: 'Sets the given fields; e-mail, user name and password can each only be changed without the others.',
    docsUrl: reference('users/patch-users-by-id'),
    effect: 'write',
    methods: ['client_credentials'],
    scopes: ['update:users'],
    input: z.strictObject({ userId, ...userFields }),
    output: user,
    example: { userId: 'auth0|66f1c2a4e3b7d90012ab34cd', name: 'Kari Nordmann', appMetadata: { plan: 'pro' } },
    async run({ userId, ...input }, { send }) {
      const json = fromUserInput(input)
      return userOf(await send({ method: 'PATCH', path: path`/api/v2/users/${userId}`, json }))
    },
  }),

  deactivateUser: blocking(
    'Block a user',
    'The user can no longer sign in, until activated again; tokens that were given out go on until they end.',
    true,
  ),
  activateUser: blocking('Unblock a user', 'Lets a blocked user sign in again.', false),

  deleteUser: defineOperation({
    title: 'Delete a user',
    description: 'Deletes the user for good; one that is not there is no failure.',
    docsUrl: reference('users/delete-users-by-id'),
    effect: 'write',
    methods: ['client_credentials'],
    scopes: ['delete:users'],
    input: z.strictObject({ userId }),
    output: z.object({ id: z.string() }),
    example: { userId: 'auth0|66f1c2a4e3b7d90012ab34cf' },
    async run({ userId }, { send }) {
      await send({ method: 'DELETE', path: path`/api/v2/users/${userId}` })
      return { id: userId }
    },
  }),
}

function blocking(title: string, description: string, blocked: boolean) {
  return defineOperation({
    title,
    description,
    docsUrl: reference('users/patch-users-by-id'),
    effect: 'write',
    methods: ['client_credentials'],
    scopes: ['update:users'],
    input: z.strictObject({ userId }),
    output: user,
    example: { userId: 'auth0|66f1c2a4e3b7d90012ab34ce' },
    run: async ({ userId }, { send }) =>
      userOf(await send({ method: 'PATCH', path: path`/api/v2/users/${userId}`, json: { blocked } })),
  })
}
