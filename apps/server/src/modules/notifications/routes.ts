import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { NotificationService } from './service.ts'

export function registerNotificationRoutes(register: RegisterRoutes, notifications: NotificationService): void {
  register({
    listNotifications: ({ actor, query: { cursor, ...filter } }) =>
      notifications.list(actor, { ...filter, after: readCursor(cursor) }),
    readNotifications: ({ actor, body }) => notifications.markRead(actor, body.ids),
  })
}
