import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { SyncService } from './service.ts'

export function registerSyncRoutes(register: RegisterRoutes, syncs: SyncService): void {
  register({
    createSync: ({ actor, request, body }) => syncs.create(actor, request, body),
    listSyncs: ({ actor, query }) => syncs.list(actor.organizationId, { ...query, after: readCursor(query.cursor) }),
    getSync: ({ actor, params }) => syncs.get(actor.organizationId, params.id),
    updateSync: ({ actor, request, params, body }) => syncs.update(actor, request, params.id, body),
    async deleteSync({ actor, request, params }) {
      await syncs.remove(actor, request, params.id)
      return undefined
    },
    runSync: ({ actor, request, params }) => syncs.run(actor, request, params.id),
    pauseSync: ({ actor, request, params }) => syncs.pause(actor, request, params.id),
    resumeSync: ({ actor, request, params }) => syncs.resume(actor, request, params.id),
    cancelSync: ({ actor, request, params }) => syncs.cancel(actor, request, params.id),
    listSyncRuns: ({ actor, params, query }) =>
      syncs.listRuns(actor.organizationId, params.id, { ...query, after: readCursor(query.cursor) }),
    async listSyncRecords({ actor, params, query, reply }) {
      reply.header('cache-control', 'no-store')
      return await syncs.listRecords(actor, params.id, { ...query, after: readCursor(query.cursor) })
    },
    syncIntegration: ({ actor, request, params, body }) =>
      syncs.runIntegration(actor, request, params.id, body.entities),
  })
}
