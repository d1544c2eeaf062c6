import { apiError } from '../../http/problems.ts'
import type { ConnectionService } from '../connections/service.ts'
import { type BulkHandler, type BulkHandlers, type BulkRun, runItems } from './handlers.ts'

/** What can be done to many connections as it can to one. A connection that is gone meanwhile is no failure. */
export function connectionOperations(connections: ConnectionService): BulkHandlers {
  const each = <Input = unknown>(work: (id: string, run: BulkRun<Input>) => Promise<string>): BulkHandler<Input> => ({
    runBatch: async (ids, run) => ({
      outcomes: await runItems(ids as string[], String, async (id) => {
        const found = await connections.list(run.organizationId, { ids: [id], limit: 1, after: null })
        return found.data.length === 0 ? 'skipped' : await work(id, run)
      }),
    }),
  })
  return {
    disconnect: each(async (id, { actor }) => {
      await connections.disconnect(actor, null, id)
      return 'disconnected'
    }),
    delete: {
      runBatch: async (ids, { actor }) => ({
        outcomes: await runItems(ids as string[], String, async (id) =>
          (await connections.remove(actor, null, id)) ? 'deleted' : 'skipped',
        ),
      }),
    },
    refresh: each(async (id, { organizationId }) => {
      await connections.refresh(organizationId, id)
      return 'refreshed'
    }),
    test: each(async (id, { organizationId }) => {
      const { ok, message } = await connections.test(organizationId, id)
      if (!ok) throw apiError('connection_not_usable', message ?? 'The connection does not work.')
      return 'works'
    }),
    'update-metadata': each<{ metadata: Record<string, unknown> }>(async (id, { organizationId, input }) => {
      const { metadata } = await connections.get(organizationId, id)
      const merged = Object.entries({ ...metadata, ...input.metadata }).filter(([, value]) => value !== null)
      await connections.updateMetadata(organizationId, id, Object.fromEntries(merged))
      return 'updated'
    }),
  }
}
