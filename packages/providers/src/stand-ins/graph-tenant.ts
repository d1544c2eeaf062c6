import { graphError } from './graph-error.ts'
import type { GraphItem } from './graph-page.ts'
import type { Refusal } from './stand-in.ts'

export const graphTenantId = '6b6f626c-0000-4000-8000-677261706831'
const kari = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6521'
const ola = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6522'
const nils = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6523'

export interface GraphUser extends GraphItem {
  userPrincipalName: string
  displayName: string
}
export interface GraphTeam extends GraphItem {
  displayName: string
  members: Set<string>
  channels: Map<string, GraphChannel>
}
export interface GraphChannel extends GraphItem {
  displayName: string
  membershipType: string
  /** Of a private one; the others belong to the whole team. */
  members: Set<string> | null
  messages: GraphMessage[]
}
export interface GraphChat {
  id: string
  members: Set<string>
  messages: GraphMessage[]
}
export interface GraphMessage extends GraphItem {
  replyToId: string | null
}
export type GraphTenant = ReturnType<typeof createGraphTenant>

/** The people of a bicycle shop, their teams and their chats; two sign in, and each of them lacks what the other has. */
export function createGraphTenant() {
  const users = new Map<string, GraphUser>(
    [
      person(kari, 'Kari', 'Nordmann', 'Boss', 'Shop'),
      person(ola, 'Ola', 'Hansen', 'Mechanic', 'Workshop'),
      person(nils, 'Nils', 'Dahl', null, null),
    ].map((user) => [user.id, user]),
  )
  const teams = new Map(
    [
      team(
        '02bd9fd6-8f93-4758-87c3-1fb73740a315',
        'Fjord Bikes',
        [kari, ola],
        [['19:general@thread.tacv2', 'General']],
      ),
      team('02bd9fd6-8f93-4758-87c3-1fb73740a316', 'Workshop', [ola], [['19:workshop@thread.tacv2', 'General']]),
    ].map((one) => [one.id, one]),
  )
  const chats = new Map<string, GraphChat>(
    [
      chat('19:4b6bed8d24574f6a9e436813cb2617d8@thread.v2', [kari, ola]),
      chat('19:4b6bed8d24574f6a9e436813cb2617d9@thread.v2', [ola, nils]),
    ].map((one) => [one.id, one]),
  )

  return {
    users,
    teams,
    chats,
    /** By id or by user principal name. */
    user(ref = ''): GraphUser {
      const named = () => [...users.values()].find((user) => user.userPrincipalName === ref.toLowerCase())
      const found = users.get(ref) ?? named()
      if (found) return found
      const message = `Resource '${ref}' does not exist or one of its queried reference-property objects are not present.`
      throw graphError(404, 'Request_ResourceNotFound', message)
    },
    /** One that the person is in. */
    team(id = '', { id: userId }: GraphUser): GraphTeam {
      if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) {
        throw graphError(400, 'BadRequest', 'teamId needs to be a valid GUID.')
      }
      const found = teams.get(id.toLowerCase())
      if (!found) throw graphError(404, 'NotFound', `No team found with Group Id ${id}`)
      if (!found.members.has(userId)) throw insufficient()
      return found
    },
    /** One that the person can see. */
    channel(one: GraphTeam, id: string | undefined, { id: userId }: GraphUser): GraphChannel {
      const found = one.channels.get(id ?? '')
      if (!found) throw graphError(404, 'NotFound', 'Channel not found.')
      if (found.members && !found.members.has(userId)) throw insufficient()
      return found
    },
    /** One that the person is in. */
    chat(id: string | undefined, { id: userId }: GraphUser): GraphChat {
      const found = chats.get(id ?? '')
      if (!found) throw graphError(404, 'NotFound', 'Chat not found.')
      if (!found.members.has(userId)) throw insufficient()
      return found
    },
  }
}

/** For what the scope would allow, and the person may not. */
function insufficient(): Refusal {
  return graphError(403, 'Forbidden', 'InsufficientPrivileges')
}

const createdDateTime = '2026-01-02T03:04:05Z'

function person(id: string, givenName: string, surname: string, jobTitle: string | null, department: string | null) {
  const name = `${givenName.toLowerCase()}@example.com`
  return {
    ...{ id, displayName: `${givenName} ${surname}`, givenName, surname, userPrincipalName: name, mail: name },
    ...{ jobTitle, department, officeLocation: null, mobilePhone: null, businessPhones: [] },
    ...{ preferredLanguage: 'nb-NO', accountEnabled: true, userType: 'Member', createdDateTime },
  }
}

function team(id: string, displayName: string, members: string[], channels: [string, string][]): GraphTeam {
  return {
    ...{ id, displayName, description: `The team ${displayName}`, isArchived: false, tenantId: graphTenantId },
    members: new Set(members),
    channels: new Map(
      channels.map(([channelId, name]) => [channelId, newChannel({ id: channelId, displayName: name })]),
    ),
  }
}

/** A channel without messages; a standard one unless it says otherwise. */
export function newChannel(given: Partial<GraphChannel> & { id: string; displayName: string }): GraphChannel {
  return {
    ...{ description: null, email: '', tenantId: graphTenantId, isFavoriteByDefault: false, isArchived: false },
    ...{ webUrl: `https://teams.microsoft.com/l/channel/${encodeURIComponent(given.id)}`, createdDateTime },
    ...{ membershipType: 'standard', members: null, messages: [], ...given },
  }
}

function chat(id: string, members: string[]): GraphChat {
  return { id, members: new Set(members), messages: [] }
}
