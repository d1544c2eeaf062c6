import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { QueuedRequestService } from './service.ts'

export function registerQueuedRequestRoutes(register: RegisterRoutes, queued: QueuedRequestService): void {
  register({
    listQueuedRequests: ({ actor, query }) =>
      queued.list(actor.organizationId, { ...query, after: readCursor(query.cursor) }),
    async getQueuedRequest({ actor, params, reply }) {
      reply.header('cache-control', 'no-store')
      return await queued.get(actor.organizationId, params.id)
    },
    retryQueuedRequest: ({ actor, params, request }) => queued.retry(actor, request, params.id),
    cancelQueuedRequest: ({ actor, params, request }) => queued.cancel(actor, request, params.id),
    async getCallbackSecret({ actor, request, reply }) {
      reply.header('cache-control', 'no-store')
      return await queued.callbackSecret(actor, request)
    },
  })
}
