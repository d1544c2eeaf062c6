import { z } from 'zod'
import { id, pageOf, pageQuery, time } from './paging.ts'

/**
 * What happens inside Koble and others may want to hear of. `connection.created`, `connection.reconnected` and
 * `connection.disconnected` are somebody's doing; `connection.warning`, `connection.error` and `connection.recovered`
 * come by themselves; `connection.revocation_failed` says that a provider could not be told of a disconnection.
 * `destination.disabled` comes when a receiver is gone, or has been failing for days.
 * `webhook_registration.failed` says that a provider does not send to an endpoint as it should, and is not asked again by
 * itself; `webhook_registration.recovered` that it does again.
 */
export const systemEventType = z.enum([
  'connection.created',
  'connection.reconnected',
  'connection.disconnected',
  'connection.warning',
  'connection.error',
  'connection.recovered',
  'connection.revocation_failed',
  'destination.disabled',
  'webhook_registration.failed',
  'webhook_registration.recovered',
])
export type SystemEventType = z.infer<typeof systemEventType>

/** One entry of the outbox. Of a connection, `data` holds `connectionId, integrationId, provider, status, errorCode …`. */
export const systemEvent = z.object({
  id,
  type: systemEventType,
  data: z.record(z.string(), z.unknown()),
  at: time,
})
export type SystemEvent = z.infer<typeof systemEvent>
export const systemEventsQuery = pageQuery.extend({ type: systemEventType.optional() })

/** What owners and admins should know; `count` of the same kind came together. */
export const notification = z.object({
  id,
  type: z.string(),
  severity: z.enum(['info', 'ok', 'warning', 'error']),
  title: z.string(),
  message: z.string(),
  count: z.int(),
  /** Of connections: `integrationId`, `errorCode`, and the first few `connectionIds`. */
  data: z.record(z.string(), z.unknown()),
  /** Whether the caller has read it since it last grew. */
  read: z.boolean(),
  firstAt: time,
  lastAt: time,
})
export type Notification = z.infer<typeof notification>

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
export const notificationsQuery = pageQuery.extend({ unread: flag.optional() })
export const notificationPage = pageOf(notification).extend({ unreadCount: z.int() })
export type NotificationPage = z.infer<typeof notificationPage>

/** Which to mark as read; all when `ids` is absent. */
export const readNotifications = z.strictObject({ ids: z.array(id).min(1).max(200).optional() })
export const unreadNotifications = z.object({ unreadCount: z.int() })
