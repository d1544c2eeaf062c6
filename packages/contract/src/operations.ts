import { z } from 'zod'
import { id } from './paging.ts'

const name = z.string().min(1).max(100)
const jsonSchema = z.record(z.string(), z.unknown())

/** A typed call that a provider offers. */
export const operation = z.object({
  /** camelCase, unique within the provider. */
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** The vendor's page. */
  docsUrl: z.string(),
  effect: z.enum(['read', 'write']),
  /** What the account must have granted. */
  scopes: z.array(z.string()),
  /** Those of them that this account has not granted. */
  missingScopes: z.array(z.string()),
  /** JSON Schemas of what it takes and gives. */
  input: jsonSchema,
  output: jsonSchema,
  /** The fields of its output that a sync can keep up to date: lists of objects that it gives whole or page by page. */
  lists: z.array(z.string()),
  /** An input to begin with. */
  example: z.unknown(),
})
export type Operation = z.infer<typeof operation>

export const operationParams = z.strictObject({ id, operation: name })
export const runOperation = z.strictObject({
  /** As its schema has it. */
  input: z.record(z.string(), z.unknown()).default({}),
  /** For all calls together, in milliseconds; 60,000 unless said otherwise. */
  timeout: z.int().min(1).max(300_000).optional(),
})
export const operationResult = z.object({
  output: z.unknown(),
  /** How many calls to the third party it took. */
  calls: z.int(),
  /** In milliseconds. */
  duration: z.number(),
})
export type OperationResult = z.infer<typeof operationResult>
