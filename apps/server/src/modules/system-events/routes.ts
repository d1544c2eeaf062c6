import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { SystemEventService } from './service.ts'

export function registerSystemEventRoutes(register: RegisterRoutes, events: SystemEventService): void {
  register({
    listSystemEvents: ({ actor, query: { cursor, ...filter } }) =>
      events.list(actor.organizationId, { ...filter, after: readCursor(cursor) }),
  })
}
