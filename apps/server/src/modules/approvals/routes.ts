import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { ApprovalService } from './service.ts'

export function registerApprovalRoutes(register: RegisterRoutes, approvals: ApprovalService): void {
  register({
    listApprovals: ({ actor, query }) =>
      approvals.list(actor.organizationId, {
        limit: query.limit,
        after: readCursor(query.cursor),
        status: query.status,
      }),
    getApproval: ({ actor, params }) => approvals.get(actor.organizationId, params.id),
    withdrawApproval: ({ actor, request, params }) => approvals.withdraw(actor, request, params.id),
  })
}
