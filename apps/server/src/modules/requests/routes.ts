import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { RequestLogService } from './service.ts'

export function registerRequestLogRoutes(register: RegisterRoutes, requests: RequestLogService): void {
  register({
    listRequests: ({ actor, query: { cursor, ...filter } }) =>
      requests.list(actor.organizationId, { ...filter, before: readCursor(cursor) }),
    async getRequest({ actor, params, reply }) {
      reply.header('cache-control', 'no-store')
      return await requests.get(actor.organizationId, params.id)
    },
  })
}
