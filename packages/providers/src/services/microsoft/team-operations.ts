import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { cursorTo, pageAt, queryCursor } from '../../query-cursor.ts'
import { type GraphList, graphId, nextCursor, reference } from './graph.ts'

const channel = z.object({
  id: z.string(),
  displayName: z.string().nullable(),
  description: z.string().nullable(),
  membershipType: z.string().nullable().describe('standard, private or shared'),
  email: z.string().nullable(),
  url: z.string().nullable(),
  createdAt: z.string().nullable(),
})
const exampleTeam = '02bd9fd6-8f93-4758-87c3-1fb73740a315'

/** Teams and their channels. https://learn.microsoft.com/graph/api/resources/teams-api-overview */
export const teamOperations = {
  listTeams: defineOperation({
    title: 'List teams',
    description: 'The teams that the person is in; Graph decides how many stand on a page.',
    docsUrl: reference('user-list-joinedteams'),
    effect: 'read',
    scopes: ['Team.ReadBasic.All'],
    input: z.strictObject({ cursor: queryCursor }),
    output: z.object({
      teams: z.array(
        z.object({
          id: z.string(),
          displayName: z.string().nullable(),
          description: z.string().nullable(),
          isArchived: z.boolean().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: {},
    async run({ cursor }, { send }) {
      const { body } = await send({ method: 'GET', ...pageAt('/me/joinedTeams', undefined, cursor) })
      const { value, '@odata.nextLink': next } = body as GraphList<GraphTeam>
      const teams = value.map(({ id, displayName, description, isArchived }) => ({
        id,
        displayName: displayName ?? null,
        description: description ?? null,
        isArchived: isArchived ?? null,
      }))
      return { teams, nextCursor: cursorTo(next) }
    },
  }),

  listChannels: defineOperation({
    title: 'List channels',
    description: 'The channels of a team that the person can see; Graph decides how many stand on a page.',
    docsUrl: reference('channel-list'),
    effect: 'read',
    scopes: ['Channel.ReadBasic.All'],
    input: z.strictObject({
      teamId: graphId,
      membershipType: z.enum(['standard', 'private', 'shared']).optional(),
      cursor: queryCursor,
    }),
    output: z.object({ channels: z.array(channel), nextCursor }),
    example: { teamId: exampleTeam },
    async run({ teamId, membershipType, cursor }, { send }) {
      const query = { $filter: membershipType && `membershipType eq '${membershipType}'` }
      const { body } = await send({ method: 'GET', ...pageAt(path`/teams/${teamId}/channels`, query, cursor) })
      const { value, '@odata.nextLink': next } = body as GraphList<GraphChannel>
      return { channels: value.map(toChannel), nextCursor: cursorTo(next) }
    },
  }),

  createChannel: defineOperation({
    title: 'Create a channel',
    description: 'Makes a channel in a team. Names are unique within a team, so that a second one is refused.',
    docsUrl: reference('channel-post'),
    effect: 'write',
    scopes: ['Channel.Create'],
    input: z
      .strictObject({
        teamId: graphId,
        displayName: z
          .string()
          .regex(
            /^(?![_.])[^~#%&*{}+/\\:<>?|'",\p{Cc}]{1,50}(?<!\.)$/u,
            'At most 50 characters, none of ~#%&*{}+/\\:<>?|\'"',
          ),
        description: z.string().max(1_024).optional(),
        isPrivate: z.boolean().default(false),
        ownerId: z.guid().optional().describe('A private channel needs an owner, by id'),
      })
      .refine(({ isPrivate, ownerId }) => isPrivate === (ownerId !== undefined), {
        path: ['ownerId'],
        message: 'A private channel needs one, and no other takes one',
      }),
    output: channel,
    example: { teamId: exampleTeam, displayName: 'Koble example' },
    async run({ teamId, displayName, description, isPrivate, ownerId }, { send }) {
      const { body } = await send({
        method: 'POST',
        path: path`/teams/${teamId}/channels`,
        json: {
          displayName,
          description,
          membershipType: isPrivate ? 'private' : 'standard',
          members: ownerId === undefined ? undefined : [ownerOf(ownerId)],
        },
      })
      return toChannel(body as GraphChannel)
    },
  }),
}

interface GraphTeam {
  id: string
  displayName?: string | null
  description?: string | null
  isArchived?: boolean | null
}
interface GraphChannel {
  id: string
  displayName?: string | null
  description?: string | null
  membershipType?: string | null
  email?: string | null
  webUrl?: string | null
  createdDateTime?: string | null
}

function ownerOf(userId: string) {
  return {
    '@odata.type': '#microsoft.graph.aadUserConversationMember',
    'user@odata.bind': `https://graph.microsoft.com/v1.0/users('${userId}')`,
    roles: ['owner'],
  }
}

function toChannel(given: GraphChannel): z.infer<typeof channel> {
  return {
    id: given.id,
    displayName: given.displayName ?? null,
    description: given.description ?? null,
    membershipType: given.membershipType ?? null,
    email: given.email || null,
    url: given.webUrl ?? null,
    createdAt: given.createdDateTime ?? null,
  }
}
