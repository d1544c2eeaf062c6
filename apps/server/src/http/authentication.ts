import type { RouteDefinition } from '@koble/contract/routes'
import type { FastifyRequest } from 'fastify'
import type { ApiKeyService } from '../modules/api-keys/service.ts'
import type { ConnectService } from '../modules/connect/service.ts'
import type { PortalService } from '../modules/portal/service.ts'
import type { SessionService } from '../modules/sessions/service.ts'
import { type Actor, hasRole, type PortalActor } from './actor.ts'
import { apiError } from './problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor
  }
}

export interface Authentication {
  /** The caller, who must have what the route asks for; throws `unauthenticated`, `csrf_refused` or `forbidden`. */
  demand(
    request: FastifyRequest,
    access: Exclude<RouteDefinition['access'], 'public'>,
    portal?: RouteDefinition['portal'],
  ): Promise<Actor>
  /** The caller if there is one, without demands. */
  identify(request: FastifyRequest): Promise<Actor | null>
}

/**
 * Finds out who calls: an API key, a connect-session token or a portal token as bearer, or the dashboard's session cookie.
 * A request with a cookie that changes something must carry the header `Koble-Csrf: 1`, which another site cannot add.
 */
export function createAuthentication(parts: {
  apiKeys: ApiKeyService
  sessions: SessionService
  connect: () => ConnectService
  portal: PortalService
}): Authentication {
  async function identify(request: FastifyRequest): Promise<Actor | null> {
    const header = request.headers.authorization
    if (header !== undefined) {
      const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1]
      if (!token) return null
      if (token.startsWith('koble_cs_')) return await parts.connect().findSessionActor(token)
      if (token.startsWith('koble_ps_')) return await parts.portal.findSessionActor(token)
      return await parts.apiKeys.authenticate(token, request)
    }
    if (!request.headers.cookie) return null
    return await parts.sessions.authenticate(request.headers.cookie)
  }

  return {
    identify,
    async demand(request, access, portal) {
      const actor = await identify(request)
      if (!actor) throw apiError('unauthenticated', 'Send an API key as "Authorization: Bearer …", or sign in.')
      if (actor.type === 'user' && !/^(GET|HEAD)$/.test(request.method) && request.headers['koble-csrf'] !== '1') {
        throw apiError('csrf_refused', 'A change made with the session cookie needs the header "Koble-Csrf: 1".')
      }
      if (actor.type === 'portal_session') return demandPortal(actor, access, portal)
      if (access === 'connect') return actor
      if (access === 'portal') throw apiError('forbidden', 'This needs a portal token.')
      if (!hasRole(actor.role, access)) throw apiError('forbidden', `This needs the role "${access}" or higher.`)
      return actor
    },
  }
}

function demandPortal(
  actor: PortalActor,
  access: RouteDefinition['access'],
  portal: RouteDefinition['portal'],
): PortalActor {
  if (access !== 'portal' && portal === undefined) throw apiError('forbidden', 'A portal token does not allow this.')
  if (portal === 'write' && actor.readOnly) throw apiError('forbidden', 'This portal session may only look.')
  return actor
}
