import { z } from 'zod'
import { id, time } from './paging.ts'

/** Where code of one's own is called. */
export const pluginHook = z.enum(['webhook.event'])
export type PluginHook = z.infer<typeof pluginHook>

/** Of a request that brings code, which JSON may write twice as long as it is, and an event to try it on. */
export const pluginBodyBytesMax = 2 * 1024 * 1024
const codeBytesMax = 256 * 1024
const name = z.string().trim().min(1).max(120)
/** An ES module whose default export is called with the event. */
const code = z
  .string()
  .min(1)
  .refine((text) => new TextEncoder().encode(text).length <= codeBytesMax, 'It is larger than 256 KiB.')
/** Milliseconds of computing that one call may take. */
const timeoutMs = z.int().min(50).max(1000)

/** Code that is run at a hook. */
export const plugin = z.object({
  id,
  name: z.string(),
  hook: pluginHook,
  /** One that is switched off is passed over. */
  enabled: z.boolean(),
  timeoutMs: z.int(),
  /** The version that runs. */
  version: z.int(),
  createdAt: time,
  updatedAt: time,
})
export type Plugin = z.infer<typeof plugin>

export const pluginDetail = plugin.extend({
  /** Of the version that runs. */
  code: z.string(),
  /** Endpoints that name it among their handlers. */
  endpoints: z.array(z.object({ id, name: z.string(), provider: z.string() })),
})
export type PluginDetail = z.infer<typeof pluginDetail>

/** What a version says never changes: other code is another version. */
export const pluginVersion = z.object({
  id,
  /** Counted from 1. */
  version: z.int(),
  codeBytes: z.int(),
  createdAt: time,
  createdBy: z.object({ type: z.string(), id: z.string(), label: z.string() }),
})
export type PluginVersion = z.infer<typeof pluginVersion>
export const pluginVersionDetail = pluginVersion.extend({ code: z.string() })
export type PluginVersionDetail = z.infer<typeof pluginVersionDetail>
export const pluginVersionParams = z.strictObject({ id, version: z.coerce.number().int().min(1).max(2_147_483_647) })

export const createPlugin = z.strictObject({
  name,
  hook: pluginHook.default('webhook.event'),
  code,
  enabled: z.boolean().default(true),
  timeoutMs: timeoutMs.default(500),
})
export const updatePlugin = z.strictObject({
  name: name.optional(),
  enabled: z.boolean().optional(),
  timeoutMs: timeoutMs.optional(),
  /** Makes this version, an older one perhaps, the one that runs. */
  version: z.int().min(1).max(2_147_483_647).optional(),
})
export const createPluginVersion = z.strictObject({ code })

/** What the hook `webhook.event` is called with. */
export const pluginEvent = z.strictObject({
  id: z.string().max(100).default('00000000-0000-7000-8000-000000000000'),
  provider: z.string().max(60).default('example'),
  eventType: z.string().max(200).default('example'),
  receivedAt: time.default('2026-01-01T00:00:00.000Z'),
  connection: z
    .strictObject({ id: z.string().max(100), externalUserId: z.string().max(400) })
    .nullable()
    .default(null),
  /** By lower-case name; those that may hold a secret are left out. */
  headers: z.record(z.string().max(200), z.string().max(20_000)).default({}),
  /** As JSON where it is JSON, else as text. */
  body: z.unknown(),
})
export type PluginEvent = z.output<typeof pluginEvent>
export const tryPlugin = z.strictObject({
  code,
  event: pluginEvent,
  timeoutMs: timeoutMs.default(500),
})

/** What may go wrong with a plugin; the same words as in the list of error codes. */
export const pluginErrorCode = z.enum(['plugin_timeout', 'plugin_memory', 'plugin_failed', 'plugin_output_invalid'])
export type PluginErrorCode = z.infer<typeof pluginErrorCode>
/** `unchanged`: it returned nothing. */
export const pluginOutcome = z.enum(['unchanged', 'changed', 'dropped', 'failed'])
export type PluginOutcome = z.infer<typeof pluginOutcome>

const report = {
  outcome: pluginOutcome,
  error: z
    .object({
      code: pluginErrorCode,
      message: z.string(),
      /** Where in the code, both counted from 1. */
      line: z.int().optional(),
      column: z.int().optional(),
    })
    .nullable(),
  /** What it wrote with `console`: the first lines. */
  log: z.array(z.string()),
  durationMs: z.number(),
}
export const pluginTrial = z.object({
  ...report,
  /** What it returned, null for nothing. */
  result: z.unknown(),
})
export type PluginTrial = z.infer<typeof pluginTrial>

/** One call of a plugin for an event. */
export const pluginRun = z.object({
  pluginId: z.string(),
  name: z.string(),
  version: z.int(),
  ...report,
  /** Why it dropped the event, if it says so. */
  reason: z.string().nullable(),
})
export type PluginRun = z.infer<typeof pluginRun>
