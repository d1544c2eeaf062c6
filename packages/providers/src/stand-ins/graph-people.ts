import type { GraphAccess } from './graph-access.ts'
import { type GraphItem, type GraphType, graphPage, selected } from './graph-page.ts'
import type { GraphTenant, GraphUser } from './graph-tenant.ts'
import { Refusal, type StandInHandler, type StandInRequest } from './stand-in.ts'

const basic = ['id', 'displayName', 'givenName', 'surname', 'mail', 'userPrincipalName']
const userType: GraphType = {
  name: 'user',
  properties: [
    ...[...basic, 'jobTitle', 'department', 'officeLocation', 'mobilePhone', 'businessPhones'],
    ...['preferredLanguage', 'accountEnabled', 'userType', 'createdDateTime'],
  ],
}
/** What Graph gives of a person when nothing is selected. */
const usual = [...basic, 'jobTitle', 'officeLocation', 'mobilePhone', 'businessPhones', 'preferredLanguage']
const readAll = ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All']
const readSelf = ['User.Read', 'User.ReadWrite', ...readAll]
const readBasic = ['User.ReadBasic.All', ...readAll]

/** Who the person is, and the people of the tenant. https://learn.microsoft.com/graph/api/resources/users */
export function createGraphPeople({
  access,
  origin,
  tenant,
}: {
  access: GraphAccess
  origin: string
  tenant: GraphTenant
}): Record<string, StandInHandler> {
  /** With the lesser permission there is no more than names and addresses. */
  function seenBy(request: StandInRequest, user: GraphItem): GraphItem {
    const sees = mayReadAll(request) ? userType.properties : basic
    return Object.fromEntries(Object.entries(user).filter(([name]) => sees.includes(name))) as GraphItem
  }
  function mayReadAll(request: StandInRequest): boolean {
    try {
      return access(request, 'directory', readAll) !== undefined
    } catch (error) {
      if (error instanceof Refusal) return false
      throw error
    }
  }
  const shown = ({ query }: StandInRequest, user: GraphItem) => {
    const asked = query.has('$select') ? query : new URLSearchParams({ $select: usual.join() })
    return { body: selected(user, asked, userType) }
  }
  const isSelf = (user: GraphUser, ref: string | undefined) => ref === user.id || ref === user.userPrincipalName

  return {
    'GET /v1.0/me': (request) => shown(request, access(request, 'directory', readSelf)),
    'GET /v1.0/users': (request) => {
      access(request, 'directory', readBasic)
      const users = [...tenant.users.values()].map((user) => seenBy(request, user))
      return graphPage(origin, request, users, { type: userType })
    },
    'GET /v1.0/users/{user}': (request) => {
      const { user: ref } = request.params
      const caller = access(request, 'directory', [...readSelf, 'User.ReadBasic.All'])
      if (isSelf(caller, ref)) return shown(request, caller)
      access(request, 'directory', readBasic)
      return shown(request, seenBy(request, tenant.user(ref)))
    },
  }
}
