import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import { readStart } from './read-start.ts'
import type { BulkService } from './service.ts'

export function registerBulkRoutes(register: RegisterRoutes, bulk: BulkService): void {
  register({
    startBulkOperation: ({ actor, request, body }) => bulk.start(actor, request, readStart(body, actor)),
    listBulkOperations: ({ actor, query }) =>
      bulk.list(actor.organizationId, { ...query, after: readCursor(query.cursor) }),
    getBulkOperation: ({ actor, params }) => bulk.get(actor.organizationId, params.id),
    cancelBulkOperation: ({ actor, request, params }) => bulk.cancel(actor, request, params.id),
    async getBulkOperationBundle({ actor, request, reply, params }) {
      const bundle = await bulk.readBundle(actor, request, params.id)
      reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store')
      reply.header('content-disposition', 'attachment; filename="connections.koble"')
      return reply.send(bundle)
    },
  })
}
