import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { AuditService } from './service.ts'

export function registerAuditRoutes(register: RegisterRoutes, audit: AuditService): void {
  register({
    listAuditLog: ({ actor, query }) =>
      audit.list(actor.organizationId, { limit: query.limit, after: readCursor(query.cursor), action: query.action }),
    verifyAuditLog: ({ actor }) => audit.verify(actor.organizationId),
  })
}
