import type { SystemEvent, SystemEventType } from '@koble/contract/notifications'
import type { Page } from '@koble/contract/paging'
import type { Query } from '../../database/client.ts'
import { timedId } from '../../database/uuid-time.ts'
import { toPage } from '../../http/paging.ts'
import type { NewSystemEvent, SystemEventFilter, SystemEventStore } from './store.ts'

export type EmitListener = (events: NewSystemEvent[], query: Query) => Promise<void>

export interface SystemEventService {
  /** Writes events within the transaction of what they tell of: they stand or fall with it. Free of secrets. */
  emit(events: Omit<NewSystemEvent, 'id' | 'at'>[], query: Query): Promise<void>
  /** Hears of events within their transaction; what it throws fails that. */
  onEmit(listener: EmitListener): void
  list(organizationId: string, filter: SystemEventFilter): Promise<Page<SystemEvent>>
  /** Removes what is older. */
  purge(before: Date): Promise<void>
}

/** The outbox: what happens inside Koble, for whoever wants to act on it. */
export function createSystemEventService(store: SystemEventStore): SystemEventService {
  const listeners: EmitListener[] = []
  return {
    async emit(events, query) {
      if (events.length === 0) return
      const dated = events.map((event) => ({ ...event, ...timedId() }))
      await store.insert(dated, query)
      for (const listener of listeners) await listener(dated, query)
    },
    onEmit: (listener) => void listeners.push(listener),
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
