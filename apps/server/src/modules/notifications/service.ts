import type { NotificationPage } from '@koble/contract/notifications'
import { v7 as uuidv7 } from 'uuid'
import type { Query } from '../../database/client.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import type { NewNotification, NotificationFilter, NotificationStore } from './store.ts'

export interface NotificationService {
  /**
   * Tells the owners and admins of an organization, within the transaction of what it tells of. What has the same
   * `groupKey` and comes within a quarter of an hour of the last becomes one notification with a count.
   */
  notify(notification: NewNotification, query: Query): Promise<void>
  /** For the caller, who alone decides what he has read. */
  list(actor: Actor, filter: NotificationFilter): Promise<NotificationPage>
  /** Marks these as read, or all; a notification that grows is unread again. */
  markRead(actor: Actor, ids: string[] | undefined): Promise<{ unreadCount: number }>
  /** Removes what is older. */
  purge(before: Date): Promise<void>
}

const togetherMs = 15 * 60_000

export function createNotificationService(store: NotificationStore): NotificationService {
  return {
    notify: (notification, query) => store.add(notification, uuidv7(), togetherMs, query),
    async list({ organizationId, id }, filter) {
      const [rows, unreadCount] = await Promise.all([
        store.list(organizationId, id, filter),
        store.countUnread(organizationId, id),
      ])
      const page = toPage(rows, filter.limit, (row) => ({
        id: row.id,
        type: row.type,
        severity: row.severity,
        title: row.title,
        message: row.message,
        count: row.count,
        data: row.data,
        read: !row.unread,
        firstAt: row.first_at.toISOString(),
        lastAt: row.last_at.toISOString(),
      }))
      return { ...page, unreadCount }
    },
    async markRead({ organizationId, id }, ids) {
      await store.markRead(organizationId, id, ids)
      return { unreadCount: await store.countUnread(organizationId, id) }
    },
    purge: store.purge,
  }
}
