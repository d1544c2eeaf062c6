import type { RegisterRoutes } from '../../http/route.ts'
import type { PortalService } from './service.ts'

export function registerPortalRoutes(register: RegisterRoutes, portal: PortalService): void {
  register({
    createPortalSession: ({ actor, request, body }) => portal.createSession(actor, request, body),
    getOwnPortalSession: ({ actor }) => portal.getOwn(actor),
  })
}
