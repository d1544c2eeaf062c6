import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { nextCursorOf, pageAt } from '../../query-cursor.ts'
import { groupId, nextCursor, type OktaUser, page, reference, toUser, user, userId } from './user.ts'

const group = z.object({ id: z.string(), name: z.string(), description: z.string().nullable(), type: z.string() })
const example = { userId: '00ub0oNGTSWTBKOLGLNR', groupId: '00g1emaKYZTWRYYRRTSK' }

/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/ */
export const groupOperations = {
  listGroups: defineOperation({
    title: 'List groups',
    description: 'The groups of the org, page by page.',
    docsUrl: reference('Group', 'listGroups'),
    effect: 'read',
    scopes: ['okta.groups.read'],
    input: z.strictObject({
      ...page,
      query: z.string().min(1).max(200).optional().describe('Begins the name'),
      search: z.string().min(1).max(2_000).optional().describe('As in type eq "OKTA_GROUP"'),
    }),
    output: z.object({ groups: z.array(group), nextCursor }),
    example: {},
    async run({ limit, cursor, query, search }, { send }) {
      const answer = await send({ method: 'GET', ...pageAt('/api/v1/groups', { limit, q: query, search }, cursor) })
      return { groups: (answer.body as OktaGroup[]).map(toGroup), nextCursor: nextCursorOf(answer) }
    },
  }),

  listGroupMembers: defineOperation({
    title: 'List members of a group',
    description: 'The users that are in a group, page by page.',
    docsUrl: reference('Group', 'listGroupUsers'),
    effect: 'read',
    scopes: ['okta.groups.read'],
    input: z.strictObject({ groupId, ...page }),
    output: z.object({ users: z.array(user), nextCursor }),
    example: { groupId: example.groupId },
    async run({ groupId, limit, cursor }, { send }) {
      const members = path`/api/v1/groups/${groupId}/users`
      const answer = await send({ method: 'GET', ...pageAt(members, { limit }, cursor) })
      return { users: (answer.body as OktaUser[]).map(toUser), nextCursor: nextCursorOf(answer) }
    },
  }),

  addUserToGroup: membership('Add a user to a group', 'Puts the user into a group of Okta’s own.', 'PUT'),
  removeUserFromGroup: membership(
    'Remove a user from a group',
    'Takes the user out of a group of Okta’s own.',
    'DELETE',
  ),
}

function membership(title: string, description: string, method: 'PUT' | 'DELETE') {
  return defineOperation({
    title,
    description: `${description.slice(0, -1)}; those of a directory are changed there.`,
    docsUrl: reference('Group', method === 'PUT' ? 'assignUserToGroup' : 'unassignUserFromGroup'),
    effect: 'write',
    scopes: ['okta.groups.manage'],
    input: z.strictObject({ userId, groupId }),
    output: z.object({ userId: z.string(), groupId: z.string() }),
    example,
    async run({ userId, groupId }, { send }) {
      await send({ method, path: path`/api/v1/groups/${groupId}/users/${userId}` })
      return { userId, groupId }
    },
  })
}

interface OktaGroup {
  id: string
  type: string
  profile: { name: string; description?: string | null }
}

function toGroup({ id, type, profile }: OktaGroup): z.infer<typeof group> {
  return { id, name: profile.name, description: profile.description ?? null, type }
}
