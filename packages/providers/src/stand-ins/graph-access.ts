import { graphError } from './graph-error.ts'
import type { GraphTenant, GraphUser } from './graph-tenant.ts'
import type { Grant } from './oauth-server.ts'
import type { Refusal, StandInReply, StandInRequest } from './stand-in.ts'

/** The services behind Graph, which refuse in words of their own. */
export type Workload = 'directory' | 'teams' | 'outlook' | 'files'

/** Whose token a request carries, if one of those scopes stands in it; refuses any other with 401 or 403. */
export type GraphAccess = (request: StandInRequest, workload: Workload, scopes: readonly string[]) => GraphUser

/** @param demand What the token stands for; refuses a bad one with the reply given. */
export function createGraphAccess(
  demand: (request: StandInRequest, refusal: StandInReply) => Grant,
  { users }: GraphTenant,
): GraphAccess {
  const unauthorized = (message: string) => graphError(401, 'InvalidAuthenticationToken', message).reply
  return (request, workload, scopes) => {
    const hasToken = /^Bearer ./i.test(request.headers['authorization'] ?? '')
    const refusal = hasToken ? 'Access token has expired or is not yet valid.' : 'Access token is empty.'
    const { person, scope } = demand(request, unauthorized(refusal))
    const user = users.get(String(person?.claims?.['oid']))
    if (!user) {
      throw graphError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
    }
    const held = scope.split(' ').map(plain)
    if (!scopes.some((one) => held.includes(one))) throw refusals[workload](scopes, held)
    return user
  }
}

/** A scope may be asked for with the address of its resource. */
const plain = (scope: string) => scope.replace(/^https:\/\/graph\.microsoft\.com\//, '')

const refusals: Record<Workload, (scopes: readonly string[], held: readonly string[]) => Refusal> = {
  directory: () => graphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
  teams: (scopes, held) =>
    graphError(
      403,
      'Forbidden',
      `Missing scope permissions on the request. API requires one of '${scopes.join(', ')}'. Scopes on the request '${held.join(', ')}'`,
    ),
  outlook: () => graphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.'),
  files: () => graphError(403, 'accessDenied', 'Access denied'),
}
