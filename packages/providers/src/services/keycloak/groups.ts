import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { adminPath, cursorAfter, groupId, nextCursor, page, rangeOf, reference, userId } from './realm.ts'
import { type KeycloakUser, toUser, user } from './user.ts'

const group = z.object({ id: z.string(), name: z.string(), path: z.string(), subGroupCount: z.int().nullable() })
const example = {
  userId: '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511',
  groupId: '9b1d5f0e-2c4a-4f6b-8e7d-6b6f626c6521',
}

/** https://www.keycloak.org/docs-api/latest/rest-api/index.html#_groups */
export const groupOperations = {
  listGroups: defineOperation({
    title: 'List groups',
    description: 'The groups at the top of the realm, page by page; what lies below them is counted alone.',
    docsUrl: reference('groups'),
    effect: 'read',
    input: z.strictObject({ ...page, search: z.string().min(1).max(255).optional().describe('Part of the name') }),
    output: z.object({ groups: z.array(group), nextCursor }),
    example: {},
    async run({ limit, cursor, search }, context) {
      const range = rangeOf({ limit, cursor })
      const query = { ...range, search }
      const { body } = await context.send({ method: 'GET', path: `${adminPath(context)}/groups`, query })
      const groups = body as KeycloakGroup[]
      return { groups: groups.map(toGroup), nextCursor: cursorAfter(groups, range) }
    },
  }),

  listUserGroups: defineOperation({
    title: 'List groups of a user',
    description: 'The groups that a user was put into.',
    docsUrl: reference('users'),
    effect: 'read',
    input: z.strictObject({ userId, ...page }),
    output: z.object({ groups: z.array(group), nextCursor }),
    example: { userId: example.userId },
    async run({ userId, limit, cursor }, context) {
      const range = rangeOf({ limit, cursor })
      const of = `${adminPath(context)}${path`/users/${userId}/groups`}`
      const { body } = await context.send({ method: 'GET', path: of, query: range })
      const groups = body as KeycloakGroup[]
      return { groups: groups.map(toGroup), nextCursor: cursorAfter(groups, range) }
    },
  }),

  listGroupMembers: defineOperation({
    title: 'List members of a group',
    description: 'The users that are in a group itself, page by page.',
    docsUrl: reference('groups'),
    effect: 'read',
    input: z.strictObject({ groupId, ...page }),
    output: z.object({ users: z.array(user), nextCursor }),
    example: { groupId: example.groupId },
    async run({ groupId, limit, cursor }, context) {
      const range = rangeOf({ limit, cursor })
      const of = `${adminPath(context)}${path`/groups/${groupId}/members`}`
      const { body } = await context.send({ method: 'GET', path: of, query: range })
      const users = body as KeycloakUser[]
      return { users: users.map(toUser), nextCursor: cursorAfter(users, range) }
    },
  }),

  addUserToGroup: membership('Add a user to a group', 'Puts the user into the group.', 'PUT'),
  removeUserFromGroup: membership('Remove a user from a group', 'Takes the user out of the group.', 'DELETE'),
}

function membership(title: string, description: string, method: 'PUT' | 'DELETE') {
  return defineOperation({
    title,
    description,
    docsUrl: reference('users'),
    effect: 'write',
    input: z.strictObject({ userId, groupId }),
    output: z.object({ userId: z.string(), groupId: z.string() }),
    example,
    async run({ userId, groupId }, context) {
      await context.send({ method, path: `${adminPath(context)}${path`/users/${userId}/groups/${groupId}`}` })
      return { userId, groupId }
    },
  })
}

interface KeycloakGroup {
  id: string
  name: string
  path: string
  subGroupCount?: number
}

function toGroup({ id, name, path, subGroupCount }: KeycloakGroup): z.infer<typeof group> {
  return { id, name, path, subGroupCount: subGroupCount ?? null }
}
