import type { BulkFilter, BulkKind, BulkOperation, BulkStatus } from '@koble/contract/bulk'
import { sql } from 'kysely'
import type { Database, TenantTransaction } from '../../database/client.ts'

export interface NewOperation {
  id: string
  organizationId: string
  kind: BulkKind
  filter: BulkOperation['filter']
  /** Sealed. */
  input: string | null
  createdBy: BulkOperation['createdBy']
}

/** The items of an operation: connections that are there when it begins, or sealed pieces of `size` items each. */
export type NewItems =
  | { ids: string[] }
  | { filter: BulkFilter; withDisconnected?: boolean }
  | { batches: string[]; count: number }

/** What became of a batch. */
export interface Progress {
  done: number
  failed: number
  counts: Record<string, number>
  errors: BulkOperation['errors']
  /** Sealed. */
  output: string | null
}

/** Connections of one batch: few enough that a kill repeats little, and that cancelling is soon noticed. */
export const batchSize = 25
const errorsMax = 100
/** Of a job that fails only when the database does. */
const jobAttemptsMax = 25

export function createBulkStore(database: Database) {
  return {
    /** The operation, its batches and its first job, in one transaction. */
    async insert(operation: NewOperation, items: NewItems) {
      return await database.tenant(operation.organizationId, async (transaction) => {
        await transaction
          .insertInto('bulk_operations')
          .values({
            id: operation.id,
            organization_id: operation.organizationId,
            kind: operation.kind,
            filter: operation.filter && JSON.stringify(operation.filter),
            input: operation.input,
            total: 0,
            created_by: JSON.stringify(operation.createdBy),
          })
          .execute()
        const total =
          'batches' in items
            ? await insertSealed(transaction, operation, items)
            : await insertConnections(transaction, operation, items)
        const row = await transaction
          .updateTable('bulk_operations')
          .set({ total })
          .where('id', '=', operation.id)
          .returningAll()
          .executeTakeFirstOrThrow()
        await addJob(transaction, operation.organizationId, operation.id, 0)
        return row
      })
    },

    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('bulk_operations').selectAll().where('id', '=', id).executeTakeFirst(),
      )
    },

    async list(
      organizationId: string,
      query: { limit: number; after: string | null; kind?: BulkKind; status?: BulkStatus },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('bulk_operations')
          .selectAll()
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .$if(query.kind !== undefined, (select) => select.where('kind', '=', query.kind ?? 'test'))
          .$if(query.status !== undefined, (select) => select.where('status', '=', query.status ?? 'queued'))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },

    /** The operation, now running; undefined when it is over or gone. */
    async resume(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('bulk_operations')
          .set({ status: 'running', started_at: sql`coalesce(started_at, now())` })
          .where('id', '=', id)
          .where('status', 'in', ['queued', 'running'])
          .returningAll()
          .executeTakeFirst(),
      )
    },

    async nextBatch(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('bulk_batches')
          .selectAll()
          .where('operation_id', '=', id)
          .where('done_at', 'is', null)
          .orderBy('number')
          .limit(1)
          .executeTakeFirst(),
      )
    },

    /** Writes down a batch and what it means, and adds the next job, all or nothing; a batch counts once. */
    async endBatch(organizationId: string, id: string, number: number, progress: Progress, lastDelayMs: number) {
      await database.tenant(organizationId, async (transaction) => {
        const operation = await transaction
          .selectFrom('bulk_operations')
          .selectAll()
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst()
        const ended = await transaction
          .updateTable('bulk_batches')
          .set({ done_at: new Date(), items: null, output: progress.output })
          .where('operation_id', '=', id)
          .where('number', '=', number)
          .where('done_at', 'is', null)
          .returning('number')
          .executeTakeFirst()
        if (!operation || !ended) return
        await transaction
          .updateTable('bulk_operations')
          .set({
            done: operation.done + progress.done,
            failed: operation.failed + progress.failed,
            counts: JSON.stringify(addCounts(operation.counts, progress.counts)),
            errors: JSON.stringify([...operation.errors, ...progress.errors].slice(0, errorsMax)),
          })
          .where('id', '=', id)
          .execute()
        if (operation.status === 'cancelled') return
        const isLast = operation.done + progress.done >= operation.total
        await addJob(transaction, organizationId, id, isLast ? lastDelayMs : 0)
      })
    },

    /** What the batches gave, in order. */
    async listOutputs(organizationId: string, id: string, after: number, limit: number) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('bulk_batches')
          .select(['number', 'output'])
          .where('operation_id', '=', id)
          .where('number', '>', after)
          .orderBy('number')
          .limit(limit)
          .execute(),
      )
    },

    /** Ends an operation that is not over, and erases what it worked with. Undefined when it was over. */
    async end(
      organizationId: string,
      id: string,
      outcome: {
        status: 'completed' | 'failed' | 'cancelled'
        counts?: Record<string, number>
        bundle?: string
        errorCode?: string
        errorMessage?: string
      },
    ) {
      return await database.tenant(organizationId, async (transaction) => {
        const row = await transaction
          .updateTable('bulk_operations')
          .set({
            status: outcome.status,
            counts: sql`counts || ${JSON.stringify(outcome.counts ?? {})}::jsonb`,
            bundle: outcome.bundle ?? null,
            error_code: outcome.errorCode ?? null,
            error_message: outcome.errorMessage ?? null,
            input: null,
            finished_at: new Date(),
          })
          .where('id', '=', id)
          .where('status', 'in', ['queued', 'running'])
          .returningAll()
          .executeTakeFirst()
        if (row) {
          await transaction
            .updateTable('bulk_batches')
            .set({ items: null, output: null })
            .where('operation_id', '=', id)
            .execute()
        }
        return row
      })
    },

    /** Forgets operations that ended before the one moment, and bundles older than the other. */
    async purge(operationsBefore: Date, bundlesBefore: Date): Promise<void> {
      await database.system.deleteFrom('bulk_operations').where('finished_at', '<', operationsBefore).execute()
      await database.system
        .updateTable('bulk_operations')
        .set({ bundle: null })
        .where('bundle', 'is not', null)
        .where('finished_at', '<', bundlesBefore)
        .execute()
    },
  }
}

async function insertSealed(
  transaction: TenantTransaction,
  { organizationId, id }: NewOperation,
  { batches, count }: { batches: string[]; count: number },
): Promise<number> {
  await sql`INSERT INTO bulk_batches (organization_id, operation_id, number, items)
    SELECT ${organizationId}::uuid, ${id}::uuid, number - 1, items
    FROM unnest(${batches}::text[]) WITH ORDINALITY AS b (items, number)`.execute(transaction)
  return count
}

async function insertConnections(
  transaction: TenantTransaction,
  { organizationId, id }: NewOperation,
  items: { ids: string[] } | { filter: BulkFilter; withDisconnected?: boolean },
): Promise<number> {
  const chosen = [sql`organization_id = ${organizationId}::uuid`]
  if ('ids' in items) chosen.push(sql`id = ANY(${items.ids}::uuid[])`)
  else {
    const { integrationId, provider, externalUserId, status } = items.filter
    if (integrationId) chosen.push(sql`integration_id = ${integrationId}::uuid`)
    if (provider) chosen.push(sql`provider_id = ${provider}`)
    if (externalUserId) chosen.push(sql`external_user_id = ${externalUserId}`)
    if (status) chosen.push(sql`status = ${status}`)
    else if (!items.withDisconnected) chosen.push(sql`status <> 'disconnected'`)
  }
  const { rows } = await sql<{ size: number }>`
    INSERT INTO bulk_batches (organization_id, operation_id, number, connection_ids)
    SELECT ${organizationId}::uuid, ${id}::uuid, number, array_agg(connection ORDER BY connection)
    FROM (
      SELECT id AS connection, ((row_number() OVER (ORDER BY id) - 1) / ${batchSize}::int)::int AS number
      FROM connections WHERE ${sql.join(chosen, sql` AND `)}
    ) AS chosen
    GROUP BY number
    RETURNING cardinality(connection_ids) AS size`.execute(transaction)
  return rows.reduce((total, { size }) => total + size, 0)
}

async function addJob(transaction: TenantTransaction, organizationId: string, operationId: string, delayMs: number) {
  const payload = JSON.stringify({ organizationId, operationId })
  await sql`SELECT add_job('bulk.run', ${payload}::json, ${jobAttemptsMax},
    now() + ${delayMs}::float8 * interval '1 millisecond')`.execute(transaction)
}

function addCounts(some: Record<string, number>, more: Record<string, number>): Record<string, number> {
  const sum = { ...some }
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count
  return sum
}

export type BulkStore = ReturnType<typeof createBulkStore>
export type OperationRecord = NonNullable<Awaited<ReturnType<BulkStore['find']>>>
