import type { SyncDeletes, SyncStatus } from '@koble/contract/syncs'
import { type Selectable, sql } from 'kysely'
import type { Database } from '../../database/client.ts'
import type { Tables } from '../../database/tables.ts'

export interface NewSync {
  id: string
  organizationId: string
  integrationId: string
  connectionId: string
  provider: string
  name: string
  operation: string
  input: object
  items: string
  recordId: string
  everyMinutes: number | null
  nextRunAt: Date | null
  deletes: SyncDeletes
  actor: object
}

/** What is changed; `nextRunAt` goes with `everyMinutes`. */
export interface SyncChanges {
  name?: string
  input?: object
  everyMinutes?: number | null
  nextRunAt?: Date | null
  deletes?: SyncDeletes
}

/** The run that is under way, else the one that waits. Each is looked for in an index of its own. */
const currentRun = sql<'queued' | 'running' | null>`CASE
  WHEN EXISTS (SELECT FROM sync_jobs j WHERE j.sync_id = syncs.id AND j.status = 'running') THEN 'running'
  WHEN EXISTS (SELECT FROM sync_jobs j WHERE j.sync_id = syncs.id AND j.status = 'queued') THEN 'queued' END`

export function createSyncStore(database: Database) {
  return {
    async insert(sync: NewSync): Promise<void> {
      await database.tenant(sync.organizationId, (transaction) =>
        transaction
          .insertInto('syncs')
          .values({
            id: sync.id,
            organization_id: sync.organizationId,
            integration_id: sync.integrationId,
            connection_id: sync.connectionId,
            provider_id: sync.provider,
            name: sync.name,
            operation: sync.operation,
            input: JSON.stringify(sync.input),
            items: sync.items,
            record_id: sync.recordId,
            every_minutes: sync.everyMinutes,
            deletes: sync.deletes,
            actor: JSON.stringify(sync.actor),
            next_run_at: sync.nextRunAt,
          })
          .execute(),
      )
    },
    async find(organizationId: string, id: string): Promise<ListedSync | undefined> {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('syncs')
          .selectAll()
          .select(currentRun.as('current_run'))
          .where('id', '=', id)
          .executeTakeFirst(),
      )
    },
    async list(
      organizationId: string,
      query: {
        limit: number
        after: string | null
        connectionId?: string
        integrationId?: string
        status?: SyncStatus
      },
    ): Promise<ListedSync[]> {
      const { after, connectionId, integrationId, status } = query
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('syncs')
          .selectAll()
          .select(currentRun.as('current_run'))
          .where('organization_id', '=', organizationId)
          .$if(after !== null, (select) => select.where('id', '<', after))
          .$if(connectionId !== undefined, (select) => select.where('connection_id', '=', connectionId ?? ''))
          .$if(integrationId !== undefined, (select) => select.where('integration_id', '=', integrationId ?? ''))
          .$if(status !== undefined, (select) => select.where('status', '=', status ?? 'active'))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    async update(organizationId: string, id: string, changes: SyncChanges): Promise<void> {
      const { name, input, everyMinutes, nextRunAt, deletes } = changes
      await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('syncs')
          .set({
            ...(name !== undefined && { name }),
            ...(input !== undefined && { input: JSON.stringify(input) }),
            ...(everyMinutes !== undefined && { every_minutes: everyMinutes, next_run_at: nextRunAt ?? null }),
            ...(deletes !== undefined && { deletes }),
          })
          .where('id', '=', id)
          .execute(),
      )
    },
    async setStatus(organizationId: string, id: string, status: SyncStatus): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction.updateTable('syncs').set({ status }).where('id', '=', id).execute(),
      )
    },
    /** With its runs and records; false when there is none. */
    async remove(organizationId: string, id: string): Promise<boolean> {
      const rows = await database.tenant(organizationId, (transaction) =>
        transaction.deleteFrom('syncs').where('id', '=', id).returning('id').execute(),
      )
      return rows.length > 0
    },

    /** Those of the ids that are syncs of the integration. */
    async listIdsOf(organizationId: string, integrationId: string, ids: readonly string[]): Promise<string[]> {
      const rows = await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('syncs')
          .select('id')
          .where('integration_id', '=', integrationId)
          .where('id', 'in', ids)
          .execute(),
      )
      return rows.map(({ id }) => id)
    },
    /** Those of the names that syncs of the integration have. */
    async listNamesOf(organizationId: string, integrationId: string, names: readonly string[]): Promise<string[]> {
      const rows = await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('syncs')
          .select('name')
          .distinct()
          .where('integration_id', '=', integrationId)
          .where('name', 'in', names)
          .execute(),
      )
      return rows.map(({ name }) => name)
    },
  }
}

export type SyncStore = ReturnType<typeof createSyncStore>
export type ListedSync = Selectable<Tables['syncs']> & { current_run: 'queued' | 'running' | null }
