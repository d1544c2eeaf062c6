import type { Notification } from '@koble/contract/notifications'
import { sql } from 'kysely'
import type { Database, Query } from '../../database/client.ts'

export interface NewNotification {
  organizationId: string
  type: string
  severity: Notification['severity']
  /** What is alike has the same. */
  groupKey: string
  title: string
  message: string
  data: Record<string, unknown>
  /** The connection it is about, if it is about one; the first few are kept. */
  connectionId: string | null
}

export interface NotificationFilter {
  limit: number
  after: string | null
  unread?: boolean
}

/** As many of the connections that one notification tells of are named in it. */
const connectionsNamed = 10

export function createNotificationStore(database: Database) {
  const unread = (readerId: string) => sql<boolean>`NOT EXISTS (
    SELECT 1 FROM notification_reads r
    WHERE r.notification_id = notifications.id AND r.reader_id = ${readerId}::uuid AND r.read_at >= notifications.last_at)`
  return {
    /**
     * Adds to the one of its group that grew last, if that was within `togetherMs`, or begins another. The lock makes
     * those who come at the same moment wait for one another until their transactions end.
     */
    async add(notification: NewNotification, id: string, togetherMs: number, query: Query): Promise<void> {
      const { organizationId, groupKey, connectionId } = notification
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`notification/${organizationId}/${groupKey}`}, 0))`.execute(
        query,
      )
      const grown = await sql`
        UPDATE notifications SET count = count + 1, last_at = clock_timestamp(), title = ${notification.title},
          message = ${notification.message},
          data = CASE WHEN ${connectionId}::text IS NULL OR data->'connectionIds' ? ${connectionId}::text
                        OR jsonb_array_length(data->'connectionIds') >= ${connectionsNamed} THEN data
            ELSE jsonb_set(data, '{connectionIds}', data->'connectionIds' || to_jsonb(${connectionId}::text)) END
        WHERE id = (
          SELECT id FROM notifications
          WHERE organization_id = ${organizationId} AND group_key = ${groupKey}
            AND last_at > clock_timestamp() - ${togetherMs} * interval '1 millisecond'
          ORDER BY last_at DESC LIMIT 1)
        RETURNING id`.execute(query)
      if (grown.rows.length > 0) return
      await query
        .insertInto('notifications')
        .values({
          id,
          organization_id: organizationId,
          type: notification.type,
          severity: notification.severity,
          group_key: groupKey,
          title: notification.title,
          message: notification.message,
          data: JSON.stringify({ ...notification.data, ...(connectionId && { connectionIds: [connectionId] }) }),
          first_at: sql<Date>`clock_timestamp()`,
          last_at: sql<Date>`clock_timestamp()`,
        })
        .execute()
    },

    async list(organizationId: string, readerId: string, filter: NotificationFilter) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('notifications')
          .selectAll()
          .select(unread(readerId).as('unread'))
          .$if(filter.after !== null, (select) => select.where('id', '<', filter.after))
          .$if(filter.unread !== undefined, (select) => select.where(unread(readerId), '=', filter.unread ?? true))
          .orderBy('id', 'desc')
          .limit(filter.limit + 1)
          .execute(),
      )
    },
    async countUnread(organizationId: string, readerId: string): Promise<number> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('notifications')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where(unread(readerId), '=', true)
          .executeTakeFirstOrThrow(),
      )
      return row.count
    },
    /** These, or all. What another organization has is not seen, and so not marked. */
    async markRead(organizationId: string, readerId: string, ids: string[] | undefined): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        sql`INSERT INTO notification_reads (organization_id, notification_id, reader_id, read_at)
          SELECT organization_id, id, ${readerId}::uuid, clock_timestamp() FROM notifications
          WHERE ${ids === undefined ? sql`true` : sql`id = ANY(${ids}::uuid[])`} AND ${unread(readerId)}
          ON CONFLICT (notification_id, reader_id) DO UPDATE SET read_at = excluded.read_at`.execute(transaction),
      )
    },
    async purge(before: Date): Promise<void> {
      await database.system.deleteFrom('notifications').where('last_at', '<', before).execute()
    },
  }
}

export type NotificationStore = ReturnType<typeof createNotificationStore>
