import { z } from 'zod'
import { connectionStatus } from './connections.ts'
import { deliveryFilter } from './messages.ts'
import { id, pageQuery, time } from './paging.ts'

/**
 * What a bulk operation does; `import` begins at the import route, `erase` at the external user it concerns, `resend` and
 * `discard` at deliveries and destinations.
 */
export const bulkKind = z.enum([
  'disconnect',
  'refresh',
  'test',
  'delete',
  'update-metadata',
  'import',
  'export',
  'erase',
  'resend',
  'discard',
])
export type BulkKind = z.infer<typeof bulkKind>

export const bulkStatus = z.enum(['queued', 'running', 'completed', 'failed', 'cancelled'])
export type BulkStatus = z.infer<typeof bulkStatus>

/** Which connections are meant; those that are disconnected only when their status is asked for. */
export const bulkFilter = z.strictObject({
  integrationId: id.optional(),
  provider: z.string().max(60).optional(),
  externalUserId: z.string().min(1).max(255).optional(),
  status: connectionStatus.optional(),
})
export type BulkFilter = z.infer<typeof bulkFilter>

/** An operation on many connections or deliveries, worked on in the background. */
export const bulkOperation = z.object({
  id,
  kind: bulkKind,
  /** `failed` when nothing could be done at all; single failures stand in `failed` and `errors`. */
  status: bulkStatus,
  /** Of connections, or of deliveries. */
  filter: z.union([bulkFilter, deliveryFilter]).nullable(),
  total: z.int(),
  /** Finished items, failed ones included. */
  done: z.int(),
  failed: z.int(),
  /** How many items ended in which way: `{ disconnected: 40, skipped: 2 }`. */
  counts: z.record(z.string(), z.int()),
  /** The first hundred failures; `item` is a connection's id, or the number of an item of an import, from 0. */
  errors: z.array(z.object({ item: z.string(), code: z.string(), message: z.string() })),
  /** Why the whole operation failed. */
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  createdBy: z.object({ type: z.string(), id: z.string(), label: z.string() }),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  /** An export's bundle can be downloaded. */
  hasBundle: z.boolean(),
})
export type BulkOperation = z.infer<typeof bulkOperation>

/** For whom an export is sealed: whoever knows the passphrase, or the one who has the private key. */
export const bundleLock = {
  passphrase: z.string().min(12).max(1000).optional(),
  recipientPublicKey: z.string().max(5000).optional(),
  /** Also the integrations' secrets, so that they can be made anew where the bundle is opened. */
  includeIntegrations: z.boolean().default(false),
}

/** By `ids` or by `filter`, of which `{}` means all connections. */
export const startBulkOperation = z.strictObject({
  kind: z.enum(['disconnect', 'refresh', 'test', 'delete', 'update-metadata', 'export']),
  ids: z.array(id).min(1).max(10_000).optional(),
  filter: bulkFilter.optional(),
  /** For `update-metadata`: put over what is there; null removes a member. */
  metadata: z.record(z.string().max(200), z.unknown()).optional(),
  ...bundleLock,
})
export const bulkOperationsQuery = pageQuery.extend({ kind: bulkKind.optional(), status: bulkStatus.optional() })
