import type { SystemEventType } from '@koble/contract/notifications'
import type { Database, Query } from '../../database/client.ts'

export interface NewSystemEvent {
  id: string
  organizationId: string
  type: SystemEventType
  data: Record<string, unknown>
  at: Date
}

export interface SystemEventFilter {
  limit: number
  after: string | null
  type?: SystemEventType
}

export function createSystemEventStore(database: Database) {
  return {
    /** In the transaction of the change that it tells of. */
    async insert(events: NewSystemEvent[], query: Query): Promise<void> {
      await query
        .insertInto('system_events')
        .values(
          events.map((event) => ({
            id: event.id,
            organization_id: event.organizationId,
            type: event.type,
            data: JSON.stringify(event.data),
            at: event.at,
          })),
        )
        .execute()
    },
    async list(organizationId: string, filter: SystemEventFilter) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('system_events')
          .selectAll()
          .$if(filter.after !== null, (select) => select.where('id', '<', filter.after))
          .$if(filter.type !== undefined, (select) => select.where('type', '=', filter.type ?? ''))
          .orderBy('id', 'desc')
          .limit(filter.limit + 1)
          .execute(),
      )
    },
    async purge(before: Date): Promise<void> {
      await database.system.deleteFrom('system_events').where('at', '<', before).execute()
    },
  }
}

export type SystemEventStore = ReturnType<typeof createSystemEventStore>
