import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'

/** What a kind of message is called: `invoice.paid`. Names that begin with `koble.` are Koble's own. */
export const eventTypeName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*$/, 'Letters, digits and underscores, in parts joined by dots')
  .refine((name) => !/^koble(\.|$)/.test(name), 'Names that begin with "koble." are reserved')

const schemaBytesMax = 64 * 1024
/** A JSON Schema (2020-12) of `data`, complete in itself; up to 64 KiB. */
const schema = z
  .record(z.string(), z.unknown())
  .refine((document) => JSON.stringify(document).length <= schemaBytesMax, 'It is larger than 64 KiB.')

const exampleBytesMax = 64 * 1024
/** Samples of `data`; each must be what the schema describes. */
const examples = z
  .array(z.unknown())
  .max(10)
  .refine((all) => JSON.stringify(all).length <= exampleBytesMax, 'Together they are larger than 64 KiB.')

const description = z.string().max(2_000)

export const eventTypeVersion = z.object({
  /** Counted from 1. */
  version: z.int(),
  /** Null allows anything. */
  schema: schema.nullable(),
  examples: z.array(z.unknown()),
  createdAt: time,
})

/** A kind of message in its newest version. */
export const eventType = eventTypeVersion.extend({
  id,
  name: z.string(),
  description: z.string(),
  /** Not offered to end users any more; messages of it are still taken. */
  archived: z.boolean(),
})
export type EventType = z.infer<typeof eventType>

export const eventTypeDetail = eventType.extend({
  /** All of them, newest first. */
  versions: z.array(eventTypeVersion),
})
export type EventTypeDetail = z.infer<typeof eventTypeDetail>

export const createEventType = z.strictObject({
  name: eventTypeName,
  description: description.default(''),
  schema: schema.nullable().default(null),
  examples: examples.default([]),
})
/** What a version demands stays as it is: another schema is another version. */
export const updateEventType = z.strictObject({
  description: description.optional(),
  archived: z.boolean().optional(),
  /** Of the newest version. */
  examples: examples.optional(),
})
export const createEventTypeVersion = z.strictObject({
  schema: schema.nullable(),
  examples: examples.default([]),
})
export const eventTypeParams = z.strictObject({ name: z.string().min(1).max(200) })

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
export const eventTypesQuery = pageQuery.extend({ archived: flag.optional(), search: z.string().max(100).optional() })
