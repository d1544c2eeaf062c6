import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { GraphAccess } from './graph-access.ts'
import { graphBody } from './graph-body.ts'
import { graphError } from './graph-error.ts'
import { graphPage } from './graph-page.ts'
import { type GraphChannel, type GraphTeam, type GraphTenant, type GraphUser, newChannel } from './graph-tenant.ts'
import type { Refusal, StandInHandler } from './stand-in.ts'

const readTeams = ['Team.ReadBasic.All', 'TeamSettings.Read.All', 'TeamSettings.ReadWrite.All', 'User.Read.All']
const readChannels = [
  ...['Channel.ReadBasic.All', 'ChannelSettings.Read.All', 'ChannelSettings.ReadWrite.All'],
  ...['Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
]
const createChannels = ['Channel.Create', 'Group.ReadWrite.All', 'Directory.ReadWrite.All']

const channelBody = z.strictObject({
  displayName: z.string(),
  description: z.string().max(1_024).nullish(),
  membershipType: z.enum(['standard', 'private', 'shared']).default('standard'),
  members: z
    .array(
      z.strictObject({
        '@odata.type': z.literal('#microsoft.graph.aadUserConversationMember'),
        'user@odata.bind': z.string(),
        roles: z.array(z.enum(['owner', 'guest'])),
      }),
    )
    .optional(),
})

/** Teams and their channels. https://learn.microsoft.com/graph/api/resources/teams-api-overview */
export function createGraphTeams({
  access,
  origin,
  tenant,
}: {
  access: GraphAccess
  origin: string
  tenant: GraphTenant
}): Record<string, StandInHandler> {
  /** By `users('id')` at Graph's own address, or `users/id`. */
  function owners(bindings: readonly string[]): Set<string> {
    return new Set(
      bindings.map((bound) => {
        const ref = /\/users(?:\('([^']+)'\)|\/([^/]+))$/.exec(bound)?.slice(1).find(Boolean)
        return tenant.user(ref).id
      }),
    )
  }

  return {
    'GET /v1.0/me/joinedTeams': (request) => {
      const { id } = access(request, 'teams', readTeams)
      const value = [...tenant.teams.values()].flatMap((team) => (team.members.has(id) ? [shownTeam(team)] : []))
      return { body: { '@odata.count': value.length, value } }
    },
    'GET /v1.0/teams/{team}/channels': (request) => {
      const user = access(request, 'teams', readChannels)
      const { channels } = tenant.team(request.params['team'], user)
      if (request.query.has('$top')) throw graphError(400, 'BadRequest', "Query option 'Top' is not allowed.")
      const value = [...channels.values()].filter(visibleTo(user)).map(shownChannel)
      return graphPage(origin, request, value)
    },
    'GET /v1.0/teams/{team}/channels/{channel}': (request) => {
      const user = access(request, 'teams', readChannels)
      const team = tenant.team(request.params['team'], user)
      return { body: shownChannel(tenant.channel(team, request.params['channel'], user)) }
    },
    'POST /v1.0/teams/{team}/channels': (request) => {
      const user = access(request, 'teams', createChannels)
      const team = tenant.team(request.params['team'], user)
      const given = graphBody(request, 'channel', channelBody)
      const { displayName, description = null, membershipType, members = [] } = given
      demandName(displayName, team)
      const isOpen = membershipType === 'standard'
      if (isOpen !== (members.length === 0)) {
        throw badChannel(isOpen ? 'A standard channel takes no members.' : 'A channel of this kind needs an owner.')
      }
      const owning = isOpen ? null : owners(members.map((member) => member['user@odata.bind']))
      if (owning && [...owning].some((id) => !team.members.has(id))) {
        throw badChannel('An owner of a channel has to be in the team.')
      }
      const made = newChannel({
        ...{ id: `19:${randomUUID().replaceAll('-', '')}@thread.tacv2`, displayName, description, membershipType },
        ...{ members: owning, createdDateTime: new Date().toISOString() },
      })
      team.channels.set(made.id, made)
      return { status: 201, body: shownChannel(made) }
    },
  }
}

const visibleTo =
  ({ id }: GraphUser) =>
  ({ members }: GraphChannel) =>
    members === null || members.has(id)

/** At most 50 characters, none that would not do in an address; nobody else in the team may have the name. */
function demandName(displayName: string, { channels }: GraphTeam): void {
  if (!/^(?![_.])[^~#%&*{}+/\\:<>?|'"]{1,50}(?<!\.)$/.test(displayName)) {
    throw badChannel('Channel name contains characters that are not allowed, or is too long.')
  }
  const isTaken = [...channels.values()].some((one) => one.displayName.toLowerCase() === displayName.toLowerCase())
  if (isTaken) throw badChannel('Channel name already existed, please use other name.')
}

function badChannel(message: string): Refusal {
  return graphError(400, 'BadRequest', message)
}

function shownTeam({ members: _members, channels: _channels, ...team }: GraphTeam) {
  return team
}

function shownChannel({ members: _members, messages: _messages, ...channel }: GraphChannel) {
  return channel
}
