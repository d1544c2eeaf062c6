import type { GraphAccess, Workload } from './graph-access.ts'
import { graphError } from './graph-error.ts'
import type { ChangeType, GraphTopic } from './graph-subscriptions.ts'
import type { GraphTenant, GraphUser } from './graph-tenant.ts'
import type { StandInRequest } from './stand-in.ts'

interface Kind {
  /** Of the resource, with the person's own id in the place of `me`. */
  pattern: RegExp
  workload: Workload
  scopes: readonly string[]
  minutesMax: number
  changeTypes: readonly ChangeType[]
  needsLifecycleUrl?: boolean
}

const all: readonly ChangeType[] = ['created', 'updated', 'deleted']
const outlook = { workload: 'outlook', minutesMax: 4_230, changeTypes: all } as const
const teams = { workload: 'teams', minutesMax: 4_320, changeTypes: all, needsLifecycleUrl: true } as const
const directory = { workload: 'directory', minutesMax: 41_760, changeTypes: ['updated', 'deleted'] } as const

/** https://learn.microsoft.com/graph/api/resources/subscription */
const kinds: readonly Kind[] = [
  {
    ...outlook,
    pattern: /^users\/(?<person>[^/]+)\/(?:mailFolders\/[^/]+\/)?messages$/,
    scopes: ['Mail.ReadBasic', 'Mail.Read', 'Mail.ReadWrite'],
  },
  { ...outlook, pattern: /^users\/(?<person>[^/]+)\/events$/, scopes: ['Calendars.Read', 'Calendars.ReadWrite'] },
  {
    ...teams,
    pattern: /^teams\/(?<team>[^/]+)\/channels\/(?<channel>[^/]+)\/messages$/,
    scopes: ['ChannelMessage.Read.All', 'Group.Read.All', 'Group.ReadWrite.All'],
  },
  { ...teams, pattern: /^chats\/(?<chat>[^/]+)\/messages$/, scopes: ['Chat.Read', 'Chat.ReadWrite'] },
  {
    ...{ workload: 'files', minutesMax: 42_300, changeTypes: ['updated'] },
    pattern: /^users\/(?<person>[^/]+)\/drive\/root$/,
    scopes: ['Files.Read', 'Files.ReadWrite', 'Files.Read.All', 'Files.ReadWrite.All'],
  },
  { ...directory, pattern: /^users(?:\/[^/]+)?$/, scopes: ['User.Read', 'User.Read.All', 'Directory.Read.All'] },
  { ...directory, pattern: /^groups(?:\/[^/]+)?$/, scopes: ['Group.Read.All', 'Group.ReadWrite.All'] },
  {
    ...{ workload: 'teams', minutesMax: 60, changeTypes: ['updated'] },
    pattern: /^communications\/presences(?:\/[^/]+|\?.+)$/,
    scopes: ['Presence.Read.All'],
  },
]

/** What the resource of a subscription stands for; refuses what is unknown, not there, or not the asker's to read. */
export function graphTopic(
  resource: string,
  request: StandInRequest,
  { access, tenant }: { access: GraphAccess; tenant: GraphTenant },
): GraphTopic {
  const written = resource
    .replace(/^\//, '')
    .replaceAll(/\('([^']+)'\)/g, '/$1')
    .replace(/^me\/chats\//, 'chats/')
  for (const { pattern, workload, scopes, ...limits } of kinds) {
    const match = pattern.exec(written.replace(/^me\//, 'users/me/'))
    if (!match) continue
    const user = access(request, workload, scopes)
    const name = written.replace(/^(?:me|users\/[^/]+)\/(?=.)/, `users/${user.id}/`)
    demandReadable(match.groups ?? {}, user, tenant)
    return { ...limits, name }
  }
  throw graphError(400, 'ExtensionError', `Resource not found for the segment '${written.split('/')[0]}'.`)
}

/** It is there, and the person's own or one that they take part in. */
function demandReadable(named: Record<string, string>, user: GraphUser, tenant: GraphTenant): void {
  const { person, team, channel, chat } = named
  if (person !== undefined && person !== 'me' && tenant.user(person).id !== user.id) {
    throw graphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.')
  }
  if (team !== undefined) tenant.channel(tenant.team(team, user), channel, user)
  if (chat !== undefined) tenant.chat(chat, user)
}
