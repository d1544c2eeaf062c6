import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
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
  userSelect,
  type Wrapped,
} from './directory.ts'

const select = 'id,displayName,description,mail,groupTypes,securityEnabled'
const group = z.object({
  id: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  mail: z.string().nullable(),
  isSecurityGroup: z.boolean(),
  isDynamic: z.boolean().describe('A rule says who is in it, so that nobody can be put there'),
})
const member = { userId: objectId.describe('The object id'), groupId: objectId }
const example = { userId: '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6531', groupId: '9b1d5f0e-2c4a-4f6b-8e7d-6b6f626c6541' }
const membership = z.object({ userId: z.string(), groupId: z.string() })

/** https://learn.microsoft.com/graph/api/resources/group */
export const groupOperations = {
  listGroups: defineOperation({
    title: 'List groups',
    description: 'The groups of the tenant, page by page.',
    docsUrl: reference('group-list'),
    effect: 'read',
    scopes: ['Group.Read.All'],
    input: z.strictObject({ ...page, ...search }),
    output: z.object({ groups: z.array(group), nextCursor }),
    example: {},
    async run(input, { send }) {
      const list = (await send(listRequest('/groups', input, select))).body as Wrapped<GraphGroup>
      return { groups: list.value.map(toGroup), nextCursor: nextOf(list) }
    },
  }),

  listGroupMembers: defineOperation({
    title: 'List members of a group',
    description: 'The users that are in a group itself, page by page; other members are left out.',
    docsUrl: reference('group-list-members'),
    effect: 'read',
    scopes: ['Group.Read.All'],
    input: z.strictObject({ groupId: objectId, ...page }),
    output: z.object({ users: z.array(user), nextCursor }),
    example: { groupId: example.groupId },
    async run({ groupId, ...input }, { send }) {
      const of = `${path`/groups/${groupId}/members`}/microsoft.graph.user`
      const list = (await send(listRequest(of, input, userSelect, true))).body as Wrapped<GraphUser>
      return { users: list.value.map(toUser), nextCursor: nextOf(list) }
    },
  }),

  addUserToGroup: defineOperation({
    title: 'Add a user to a group',
    description: 'Puts the user into the group; one who is in it already is refused.',
    docsUrl: reference('group-post-members'),
    effect: 'write',
    scopes: ['GroupMember.ReadWrite.All'],
    input: z.strictObject(member),
    output: membership,
    example,
    async run({ userId, groupId }, { send, config }) {
      const host = config['cloud'] === 'us-government' ? 'graph.microsoft.us' : 'graph.microsoft.com'
      const json = { '@odata.id': `https://${host}/v1.0/directoryObjects/${userId}` }
      await send({ method: 'POST', path: path`/groups/${groupId}/members/$ref`, json })
      return { userId, groupId }
    },
  }),

  removeUserFromGroup: defineOperation({
    title: 'Remove a user from a group',
    description: 'Takes the user out of the group.',
    docsUrl: reference('group-delete-members'),
    effect: 'write',
    scopes: ['GroupMember.ReadWrite.All'],
    input: z.strictObject(member),
    output: membership,
    example,
    async run({ userId, groupId }, { send }) {
      await send({ method: 'DELETE', path: path`/groups/${groupId}/members/${userId}/$ref` })
      return { userId, groupId }
    },
  }),
}

interface GraphGroup {
  id: string
  displayName?: string | null
  description?: string | null
  mail?: string | null
  groupTypes?: string[]
  securityEnabled?: boolean | null
}

function toGroup(found: GraphGroup): z.infer<typeof group> {
  return {
    id: found.id,
    name: found.displayName ?? null,
    description: found.description ?? null,
    mail: found.mail ?? null,
    isSecurityGroup: found.securityEnabled ?? false,
    isDynamic: found.groupTypes?.includes('DynamicMembership') ?? false,
  }
}
