import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'

/**
 * `request` is a call out through the gateway, `webhook` an event received, `connection` anything that
 * happened to a connection (made, refreshed, failed, removed), `system` the rest.
 */
export const activityType = z.enum(['request', 'webhook', 'connection', 'system'])
export const activityStatus = z.enum(['success', 'failure', 'info'])

/** One line of the log a person reads. */
export const activity = z.object({
  id,
  type: activityType,
  /** What happened: `request`, `webhook.received`, `connection.created`, `token.refreshed` … */
  action: z.string(),
  status: activityStatus,
  /** One sentence, free of secrets. */
  summary: z.string(),
  connectionId: id.nullable(),
  integrationId: id.nullable(),
  provider: z.string().nullable(),
  /**
   * Facts by kind: a request has `method, path, statusCode, attempts, requestId, errorCode, timing {queueMs, connectMs,
   * firstByteMs}`; a webhook
   * `eventId, eventType`.
   */
  details: z.record(z.string(), z.unknown()),
  durationMs: z.number().nullable(),
  at: time,
})
export type Activity = z.infer<typeof activity>

const filters = {
  type: activityType.optional(),
  status: activityStatus.optional(),
  search: z.string().max(100).optional(),
  from: time.optional(),
  to: time.optional(),
}
export const activityQuery = pageQuery.extend({
  ...filters,
  connectionId: id.optional(),
  integrationId: id.optional(),
})
export const connectionLogsQuery = pageQuery.extend(filters)
export const activityStreamQuery = z.strictObject({
  type: activityType.optional(),
  status: activityStatus.optional(),
  connectionId: id.optional(),
})
export const connectionStreamQuery = z.strictObject({
  type: activityType.optional(),
  status: activityStatus.optional(),
})

export const auditEntry = z.object({
  id,
  at: time,
  actorType: z.enum(['user', 'api_key', 'connect_session', 'portal_session', 'system']),
  actorId: z.string().nullable(),
  actorLabel: z.string(),
  action: z.string(),
  targetType: z.string().nullable(),
  targetId: z.string().nullable(),
  ip: z.string().nullable(),
  requestId: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
})
export type AuditEntry = z.infer<typeof auditEntry>

/**
 * Why the chain is broken at an entry: its `content` does not give its hash, it does not follow the entry before it
 * (`order`), it is gone (`missing`), or it was put in past the head that is kept apart (`not_recorded`); or what says up
 * to where retention removed entries was not written by Koble (`anchor`).
 */
export const auditBreak = z.enum(['content', 'order', 'missing', 'not_recorded', 'anchor'])
export type AuditBreak = z.infer<typeof auditBreak>

/** What came of computing the chain again. */
export const auditVerification = z.object({
  ok: z.boolean(),
  /** How many entries were found good, from the first that is there. */
  entries: z.int(),
  /** How many retention removed, from the first ever written, and when it last did; null when it removed none. */
  removed: z.object({ entries: z.int(), at: time }).nullable(),
  /** `id` is null where there is no entry any more. */
  firstBroken: z.object({ sequence: z.int(), id: id.nullable(), reason: auditBreak }).nullable(),
  checkedAt: time,
})
export type AuditVerification = z.infer<typeof auditVerification>
