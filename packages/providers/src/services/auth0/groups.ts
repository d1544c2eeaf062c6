import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { groupId, nextCursor, reference, userId } from './user.ts'

const group = z.object({ id: z.string(), name: z.string(), description: z.string().nullable() })
const example = { userId: 'auth0|66f1c2a4e3b7d90012ab34cd', groupId: 'rol_Pq3tZ8wX1bYk6mNd' }
const cursor = z
  .string()
  .regex(/^\d{1,6}$/)
  .optional()
  .describe('The nextCursor of the page before')

/** What users are put into: in Auth0 these are roles. https://auth0.com/docs/api/management/v2/roles */
export const groupOperations = {
  listGroups: defineOperation({
    title: 'List roles',
    description: 'The roles of the tenant, which are what Auth0 has for groups.',
    docsUrl: reference('roles/get-roles'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:roles'],
    input: z.strictObject({
      limit: z.int().min(1).max(50).default(50),
      cursor,
      name: z.string().min(1).max(100).optional().describe('Part of the name'),
    }),
    output: z.object({ groups: z.array(group), nextCursor }),
    example: {},
    async run({ limit, cursor, name }, { send }) {
      const page = Number(cursor ?? 0)
      const query = { page, per_page: limit, include_totals: true, name_filter: name }
      const { body } = await send({ method: 'GET', path: '/api/v2/roles', query })
      return toPage(body as RolePage, page, limit)
    },
  }),

  listUserGroups: defineOperation({
    title: 'List roles of a user',
    description: 'The roles that a user has been given.',
    docsUrl: reference('users/get-user-roles'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:users', 'read:roles'],
    input: z.strictObject({ userId, limit: z.int().min(1).max(50).default(50), cursor }),
    output: z.object({ groups: z.array(group), nextCursor }),
    example: { userId: example.userId },
    async run({ userId, limit, cursor }, { send }) {
      const page = Number(cursor ?? 0)
      const query = { page, per_page: limit, include_totals: true }
      const { body } = await send({ method: 'GET', path: path`/api/v2/users/${userId}/roles`, query })
      return toPage(body as RolePage, page, limit)
    },
  }),

  listGroupMembers: defineOperation({
    title: 'List users with a role',
    description: 'Everybody who has a role, however many; the cursor is good for a day.',
    docsUrl: reference('roles/get-role-user'),
    effect: 'read',
    methods: ['client_credentials'],
    scopes: ['read:users', 'read:roles'],
    input: z.strictObject({
      groupId,
      limit: z.int().min(1).max(100).default(100),
      cursor: z.string().min(1).max(2_000).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({
      members: z.array(z.object({ id: z.string(), email: z.string().nullable(), name: z.string().nullable() })),
      nextCursor,
    }),
    example: { groupId: example.groupId },
    async run({ groupId, limit, cursor }, { send }) {
      const query = { take: limit, from: cursor }
      const { body } = await send({ method: 'GET', path: path`/api/v2/roles/${groupId}/users`, query })
      const { users, next } = body as MemberPage
      const members = users.map(({ user_id, email, name }) => ({
        id: user_id,
        email: email ?? null,
        name: name ?? null,
      }))
      return { members, nextCursor: next || null }
    },
  }),

  addUserToGroup: membership('Give a user a role', 'Gives the role; a user who has it keeps it.', 'POST', [
    'read:roles',
    'create:role_members',
  ]),
  removeUserFromGroup: membership('Take a role away', 'Takes the role from the user.', 'DELETE', [
    'update:users',
    'read:roles',
  ]),
}

function membership(title: string, description: string, method: 'POST' | 'DELETE', scopes: string[]) {
  return defineOperation({
    title,
    description,
    docsUrl: reference(method === 'POST' ? 'users/post-user-roles' : 'users/delete-user-roles'),
    effect: 'write',
    methods: ['client_credentials'],
    scopes,
    input: z.strictObject({ userId, groupId }),
    output: z.object({ userId: z.string(), groupId: z.string() }),
    example,
    async run({ userId, groupId }, { send }) {
      await send({ method, path: path`/api/v2/users/${userId}/roles`, json: { roles: [groupId] } })
      return { userId, groupId }
    },
  })
}

interface RolePage {
  roles: { id: string; name: string; description?: string | null }[]
  total: number
}
interface MemberPage {
  users: { user_id: string; email?: string; name?: string }[]
  next?: string | null
}

function toPage({ roles, total }: RolePage, page: number, limit: number) {
  return {
    groups: roles.map(({ id, name, description }) => ({ id, name, description: description ?? null })),
    nextCursor: (page + 1) * limit >= total ? null : String(page + 1),
  }
}
