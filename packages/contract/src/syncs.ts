import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'

/** `paused`: nothing begins by itself. */
export const syncStatus = z.enum(['active', 'paused'])
export type SyncStatus = z.infer<typeof syncStatus>
export const syncRunStatus = z.enum(['queued', 'running', 'completed', 'failed', 'cancelled'])
export type SyncRunStatus = z.infer<typeof syncRunStatus>
export const syncTrigger = z.enum(['manual', 'schedule', 'webhook'])
export type SyncTrigger = z.infer<typeof syncTrigger>
/** What becomes of records that a whole pass did not bring: they get a `deletedAt`, or stay as they are. */
export const syncDeletes = z.enum(['mark', 'keep'])
export type SyncDeletes = z.infer<typeof syncDeletes>

/** A dataset that is kept up to date from a provider: the items that one operation lists, as one account. */
export const sync = z.object({
  id,
  name: z.string(),
  connectionId: id,
  integrationId: id,
  provider: z.string(),
  operation: z.string(),
  input: z.record(z.string(), z.unknown()),
  /** Where the id stands within an item, as a path with dots. */
  recordId: z.string(),
  /** The field of the operation's output that has the items. */
  items: z.string(),
  /** Null: it runs only by hand or by webhook. */
  everyMinutes: z.int().nullable(),
  status: syncStatus,
  deletes: syncDeletes,
  createdAt: time,
  /** When the last run ended, and how. */
  lastRunAt: time.nullable(),
  lastRunStatus: syncRunStatus.nullable(),
  nextRunAt: time.nullable(),
  /** Whether a run is under way or waits. */
  currentRun: z.enum(['queued', 'running']).nullable(),
  /** Those that are not marked as deleted. */
  records: z.int(),
})
export type Sync = z.infer<typeof sync>

const path = z
  .string()
  .max(200)
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'A field, or fields with dots between')
/** How often: up to every 30 days. */
const everyMinutes = z.int().min(1).max(43_200).nullable()
const settings = {
  name: z.string().trim().min(1).max(120),
  input: z.record(z.string().max(100), z.unknown()),
  everyMinutes,
  deletes: syncDeletes,
}
export const createSync = z.strictObject({
  name: settings.name,
  connectionId: id,
  operation: z.string().min(1).max(100),
  /** As its schema has it, without `cursor`. */
  input: settings.input.default({}),
  recordId: path.default('id'),
  /** Needed where the output has several lists. */
  items: z.string().min(1).max(100).optional(),
  everyMinutes: everyMinutes.default(null),
  deletes: settings.deletes.default('mark'),
})
/** Whose, what and by which id is settled: another operation makes another dataset. */
export const updateSync = z.strictObject({
  name: settings.name.optional(),
  input: settings.input.optional(),
  everyMinutes: everyMinutes.optional(),
  deletes: settings.deletes.optional(),
})
export const syncsQuery = pageQuery.extend({
  connectionId: id.optional(),
  integrationId: id.optional(),
  status: syncStatus.optional(),
})

/** One execution of a sync. */
export const syncRun = z.object({
  id,
  syncId: id,
  /** What asked for it first. */
  trigger: syncTrigger,
  eventId: id.nullable(),
  status: syncRunStatus,
  recordsProcessed: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  /** Marked as deleted; known once the pass is over. */
  deleted: z.int(),
  pages: z.int(),
  /** Why it failed; while it is running, why its last attempt at a page did. */
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  /** When that page is tried again. */
  nextAttemptAt: time.nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
})
export type SyncRun = z.infer<typeof syncRun>

/** An item as the provider gave it last. */
export const syncRecord = z.object({
  id,
  /** The provider's. */
  recordId: z.string(),
  payload: z.unknown(),
  /** True when the integration is restricted and the role is below admin: `payload` is then null. */
  payloadWithheld: z.boolean(),
  /** 1 when it came in, and one more with each change. */
  version: z.int(),
  createdAt: time,
  updatedAt: time,
  /** Since when the provider does not list it any more. */
  deletedAt: time.nullable(),
})
export type SyncRecord = z.infer<typeof syncRecord>
export const syncRecordsQuery = pageQuery.extend({
  /** Only those marked as deleted, or only the others. */
  deleted: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  /** A part of the provider's id or of the payload. Each page looks through so many records; one may lead on empty. */
  search: z.string().min(1).max(200).optional(),
})

export const syncIntegration = z.strictObject({
  syncType: z.literal('full'),
  /** Those of these names; all when absent. */
  entities: z.array(z.string().trim().min(1).max(120)).min(1).max(100).optional(),
})
export const integrationSync = z.object({
  /** How many have a run that waits now. */
  syncs: z.int(),
})
