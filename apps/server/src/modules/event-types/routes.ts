import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { EventTypeService } from './service.ts'

export function registerEventTypeRoutes(register: RegisterRoutes, eventTypes: EventTypeService): void {
  register({
    createEventType: ({ actor, request, body }) => eventTypes.create(actor, request, body),
    listEventTypes: ({ actor, query }) => eventTypes.list(actor, { ...query, after: readCursor(query.cursor) }),
    getEventType: ({ actor, params }) => eventTypes.get(actor, params.name),
    updateEventType: ({ actor, request, params, body }) => eventTypes.update(actor, request, params.name, body),
    async deleteEventType({ actor, request, params }) {
      await eventTypes.remove(actor, request, params.name)
      return undefined
    },
    createEventTypeVersion: ({ actor, request, params, body }) =>
      eventTypes.addVersion(actor, request, params.name, body),
  })
}
