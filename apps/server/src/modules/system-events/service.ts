import type { SystemEvent, SystemEventType } from '@koble/contract/notifications'
import type { Page } from '@koble/contract/paging'
import type { Query } from '../../database/client.ts'
import { timedId } from '../../database/uuid-time.ts'
import { toPage } from '../../http/paging.ts'
import type { NewSystemEvent, SystemEventFilter, SystemEventStore } from './store.ts'

export interface SystemEventService {
  /** Writes events within the transaction of what they tell of: they stand or fall with it. Free of secrets. */
  emit(events: Omit<NewSystemEvent, 'id' | 'at'>[], query: Query): Promise<void>
  list(organizationId: string, filter: SystemEventFilter): Promise<Page<SystemEvent>>
  /** Removes what is older. */
  purge(before: Date): Promise<void>
}

/** The outbox: what happens inside Koble, for whoever wants to act on it. */
export function createSystemEventService(store: SystemEventStore): SystemEventService {
  return {
    async emit(events, query) {
      if (events.length === 0) return
      await store.insert(
        events.map((event) => ({ ...event, ...timedId() })),
        query,
      )
    },
    async list(organizationId, filter) {
      return toPage(await store.list(organizationId, filter), filter.limit, (row) => ({
        id: row.id,
        type: row.type as SystemEventType,
        data: row.data,
        at: row.at.toISOString(),
      }))
    },
    purge: store.purge,
  }
}
