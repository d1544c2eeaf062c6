import type { BulkKind, BulkOperation, BulkStatus } from '@koble/contract/bulk'
import type { Page } from '@koble/contract/paging'
import { v7 as uuidv7 } from 'uuid'
import { type Actor, hasRole } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import { type BulkStore, batchSize, type NewItems, type OperationRecord } from './store.ts'

export type { BulkHandlers } from './handlers.ts'
export { runItems } from './handlers.ts'

/**
 * What an operation is to work on: connections, items of any kind, or `slices` of `count` items in all, of which each is
 * worked on at a time. The last two are kept sealed.
 */
export type BulkItems =
  | Exclude<NewItems, { batches: string[] }>
  | { items: unknown[] }
  | { slices: unknown[]; count: number }

export interface BulkService {
  /** Begins an operation; its items are fixed from now on. `input` is kept sealed until it ends. */
  start(
    actor: Actor,
    origin: Origin,
    operation: {
      kind: BulkKind
      filter?: NonNullable<BulkOperation['filter']>
      input?: unknown
      items: BulkItems
      audit?: object
    },
  ): Promise<BulkOperation>
  list(
    organizationId: string,
    query: { limit: number; after: string | null; kind?: BulkKind; status?: BulkStatus },
  ): Promise<Page<BulkOperation>>
  get(organizationId: string, id: string): Promise<BulkOperation>
  /** Throws `conflict` when it is over. */
  cancel(actor: Actor, origin: Origin, id: string): Promise<BulkOperation>
  /** The sealed file that an export made. */
  readBundle(actor: Actor, origin: Origin, id: string): Promise<string>
}

/** Operations that need more than the role that may do the same to a single connection. */
const needsAdmin = new Set<BulkKind>(['delete', 'export', 'import', 'erase'])

export function createBulkService(parts: {
  store: BulkStore
  encryption: EncryptionService
  audit: AuditService
}): BulkService {
  const { store, encryption, audit } = parts

  async function demand(organizationId: string, id: string): Promise<OperationRecord> {
    const row = await store.find(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such bulk operation.')
    return row
  }

  function demandRole(actor: Actor, kind: BulkKind): void {
    if (needsAdmin.has(kind) && !hasRole(actor.role, 'admin')) {
      throw apiError('forbidden', `The operation "${kind}" needs the role "admin" or higher.`)
    }
  }

  async function sealItems(organizationId: string, id: string, items: unknown[], size: number): Promise<string[]> {
    const sealed: string[] = []
    for (let at = 0; at < items.length; at += size) {
      const text = JSON.stringify(items.slice(at, at + size))
      sealed.push(await encryption.encrypt(batchContext(organizationId, id, sealed.length, 'items'), text))
    }
    return sealed
  }

  return {
    async start(actor, origin, { kind, filter, input, items, audit: details }) {
      demandRole(actor, kind)
      const { organizationId } = actor
      const id = uuidv7()
      const sealed = input === undefined ? null : JSON.stringify(input)
      const row = await store.insert(
        {
          id,
          organizationId,
          kind,
          filter: filter ?? null,
          input: sealed && (await encryption.encrypt(inputContext(organizationId, id), sealed)),
          createdBy: { type: actor.type, id: actor.id, label: actor.label },
        },
        'items' in items
          ? { batches: await sealItems(organizationId, id, items.items, batchSize), count: items.items.length }
          : 'slices' in items
            ? { batches: await sealItems(organizationId, id, items.slices, 1), count: items.count }
            : items,
      )
      const target = { targetType: 'bulk_operation', targetId: id, details: { kind, total: row.total, ...details } }
      await audit.record(actor, origin, { action: 'bulk_operation.started', ...target })
      return toOperation(row)
    },

    async list(organizationId, query) {
      return toPage(await store.list(organizationId, query), query.limit, toOperation)
    },
    async get(organizationId, id) {
      return toOperation(await demand(organizationId, id))
    },

    async cancel(actor, origin, id) {
      const { kind } = await demand(actor.organizationId, id)
      demandRole(actor, kind)
      const row = await store.end(actor.organizationId, id, { status: 'cancelled' })
      if (!row) throw apiError('conflict', 'The operation is over already.')
      const target = { targetType: 'bulk_operation', targetId: id, details: { kind, done: row.done, total: row.total } }
      await audit.record(actor, origin, { action: 'bulk_operation.cancelled', ...target })
      return toOperation(row)
    },

    async readBundle(actor, origin, id) {
      const { bundle } = await demand(actor.organizationId, id)
      if (bundle === null) throw apiError('not_found', 'This operation has no bundle, or has it no more.')
      const target = { targetType: 'bulk_operation', targetId: id }
      await audit.record(actor, origin, { action: 'connections.bundle_read', ...target })
      return bundle
    },
  }
}

/** Where an operation's input is sealed for. */
export const inputContext = (organizationId: string, id: string) => ({
  organizationId,
  table: 'bulk_operations',
  row: id,
  column: 'input',
})

/** Where a batch's items or output are sealed for. */
export const batchContext = (organizationId: string, id: string, number: number, column: 'items' | 'output') => ({
  organizationId,
  table: 'bulk_batches',
  row: `${id}/${number}`,
  column,
})

function toOperation(row: OperationRecord): BulkOperation {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    filter: row.filter,
    total: row.total,
    done: row.done,
    failed: row.failed,
    counts: row.counts,
    errors: row.errors,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    hasBundle: row.bundle !== null,
  }
}
