import { createHash } from 'node:crypto'
import type { SyncRunStatus } from '@koble/contract/syncs'
import { type Selectable, sql } from 'kysely'
import type { Database, Query } from '../../../database/client.ts'
import type { Tables } from '../../../database/tables.ts'
import { firstJobs, jobAttemptsMax } from '../queue/store.ts'
import type { PageCounts } from '../records/store.ts'

/** Names the one attempt at the one page that a job is for. */
export interface Step {
  runId: string
  page: number
  attempt: number
}

/** A run with its sync, both locked for as long as the transaction lasts. */
export interface OpenRun {
  run: RunRecord
  sync: Selectable<Tables['syncs']>
}

export interface RunEnd {
  status: 'completed' | 'failed' | 'cancelled'
  deleted?: number
  errorCode?: string
  errorMessage?: string
}

const purgedAtOnce = 10_000

/** Runs with their pages, and the jobs of the pages. Whoever changes a run locks its sync first and then the run. */
export function createRunStore(database: Database) {
  async function lock(runId: string, query: Query): Promise<OpenRun | undefined> {
    const sync = await query
      .selectFrom('syncs')
      .selectAll()
      .where('id', '=', (select) => select.selectFrom('sync_jobs').select('sync_id').where('id', '=', runId))
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (!sync) return undefined
    const run = await query.selectFrom('sync_jobs').selectAll().where('id', '=', runId).forUpdate().executeTakeFirst()
    return run && { run, sync }
  }

  async function addJob(organizationId: string, step: Step, at: Date | null, query: Query): Promise<void> {
    const payload = JSON.stringify({ organizationId, ...step })
    await sql`SELECT add_job('syncs.run', ${payload}::json, ${jobAttemptsMax}, ${at}::timestamptz)`.execute(query)
  }

  return {
    async transaction<Result>(organizationId: string, work: (query: Query) => Promise<Result>): Promise<Result> {
      return await database.tenant(organizationId, work)
    },

    /**
     * What a job is to do: the run, begun if it is its first page. Undefined where that is done or given up already, and
     * where another run of the sync is under way, whose end gives this one a job again.
     */
    async open(organizationId: string, step: Step): Promise<OpenRun | undefined> {
      return await database.tenant(organizationId, async (transaction) => {
        const found = await lock(step.runId, transaction)
        if (!found || !isAt(found.run, step)) return undefined
        const { run, sync } = found
        if (run.status === 'running') return found
        if (run.status !== 'queued') return undefined
        const begun = await transaction
          .updateTable('sync_jobs')
          .set({ status: 'running', started_at: new Date(), input: JSON.stringify(sync.input) })
          .where('id', '=', run.id)
          .where(
            sql<boolean>`NOT EXISTS (SELECT FROM sync_jobs o WHERE o.sync_id = ${sync.id}::uuid AND o.status = 'running')`,
          )
          .returningAll()
          .executeTakeFirst()
        return begun && { run: begun, sync }
      })
    },
    /** Does the same step later, since this node has enough to do. */
    async defer(organizationId: string, step: Step, at: Date): Promise<void> {
      await database.tenant(organizationId, (transaction) => addJob(organizationId, step, at, transaction))
    },

    /** Locks a run for what a step brought; undefined when it was cancelled, or the step was done by somebody else. */
    async lockForStep(step: Step, query: Query): Promise<OpenRun | undefined> {
      const found = await lock(step.runId, query)
      return found && found.run.status === 'running' && isAt(found.run, step) ? found : undefined
    },
    /** Writes the checkpoint after a page. Says whether its cursor leads back to a page that there was. */
    async endPage(
      { run, sync }: OpenRun,
      page: { counts: PageCounts; recordIds: string[]; nextCursor: string | null },
      query: Query,
    ): Promise<{ repeats: boolean }> {
      const { counts, recordIds, nextCursor } = page
      await query
        .insertInto('sync_pages')
        .values({
          organization_id: run.organization_id,
          job_id: run.id,
          number: run.pages,
          cursor_hash: hashOf(run.cursor),
          record_ids: recordIds,
        })
        .execute()
      if (nextCursor !== null) {
        const before = await query
          .selectFrom('sync_pages')
          .select('number')
          .where('job_id', '=', run.id)
          .where('cursor_hash', '=', hashOf(nextCursor))
          .executeTakeFirst()
        if (before) return { repeats: true }
      }
      await query
        .updateTable('sync_jobs')
        .set({
          cursor: nextCursor,
          pages: run.pages + 1,
          created: run.created + counts.created,
          updated: run.updated + counts.updated,
          unchanged: run.unchanged + counts.unchanged,
          attempts: 0,
          next_attempt_at: null,
          error_code: null,
          error_message: null,
        })
        .where('id', '=', run.id)
        .execute()
      const added = counts.created + counts.revived
      if (added > 0) {
        await query
          .updateTable('syncs')
          .set({ records: sync.records + added })
          .where('id', '=', sync.id)
          .execute()
      }
      if (nextCursor !== null) {
        await addJob(run.organization_id, { runId: run.id, page: run.pages + 1, attempt: 0 }, null, query)
      }
      return { repeats: false }
    },
    /** Has the same page tried again then. */
    async postpone(
      { run }: OpenRun,
      failure: { at: Date; errorCode: string; errorMessage: string },
      query: Query,
    ): Promise<void> {
      const attempt = run.attempts + 1
      await query
        .updateTable('sync_jobs')
        .set({
          attempts: attempt,
          next_attempt_at: failure.at,
          error_code: failure.errorCode,
          error_message: failure.errorMessage,
        })
        .where('id', '=', run.id)
        .execute()
      await addJob(run.organization_id, { runId: run.id, page: run.pages, attempt }, failure.at, query)
    },
    /** Ends a run that was locked, and gives the one that waits behind it a job. */
    async end({ run, sync }: OpenRun, end: RunEnd, query: Query): Promise<RunRecord> {
      const ended = await query
        .updateTable('sync_jobs')
        .set({
          status: end.status,
          deleted: end.deleted ?? 0,
          error_code: end.errorCode ?? null,
          error_message: end.errorMessage ?? null,
          input: null,
          cursor: null,
          next_attempt_at: null,
          finished_at: sql<Date>`clock_timestamp()`,
        })
        .where('id', '=', run.id)
        .returningAll()
        .executeTakeFirstOrThrow()
      await query.deleteFrom('sync_pages').where('job_id', '=', run.id).execute()
      if (run.status === 'running') {
        await query
          .updateTable('syncs')
          .set({
            last_run_at: ended.finished_at,
            last_run_status: end.status,
            records: sql<number>`records - ${end.deleted ?? 0}::int`,
          })
          .where('id', '=', sync.id)
          .execute()
      }
      if (end.status === 'completed') {
        await query
          .updateTable('connections')
          .set({ last_sync_at: ended.finished_at })
          .where('id', '=', sync.connection_id)
          .execute()
      }
      await sql`WITH added AS (SELECT id, organization_id FROM sync_jobs
          WHERE sync_id = ${sync.id}::uuid AND status = 'queued') ${firstJobs}`.execute(query)
      return ended
    },

    /** The runs of a sync that are not over, the waiting one first; locked. */
    async lockOpen(syncId: string, statuses: SyncRunStatus[], query: Query): Promise<OpenRun[]> {
      const sync = await query
        .selectFrom('syncs')
        .selectAll()
        .where('id', '=', syncId)
        .forNoKeyUpdate()
        .executeTakeFirst()
      if (!sync) return []
      const runs = await query
        .selectFrom('sync_jobs')
        .selectAll()
        .where('sync_id', '=', syncId)
        .where('status', 'in', statuses)
        .orderBy('status')
        .forUpdate()
        .execute()
      return runs.map((run) => ({ run, sync }))
    },

    async list(organizationId: string, syncId: string, page: { limit: number; after: string | null }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('sync_jobs')
          .selectAll()
          .where('sync_id', '=', syncId)
          .$if(page.after !== null, (select) => select.where('id', '<', page.after))
          .orderBy('id', 'desc')
          .limit(page.limit + 1)
          .execute(),
      )
    },
    /** Forgets runs that ended before then. */
    async purge(before: Date): Promise<void> {
      let count: number | null
      do {
        const { rowCount } = await database.systemPool.query(
          'DELETE FROM sync_jobs WHERE ctid = ANY(ARRAY(SELECT ctid FROM sync_jobs WHERE finished_at < $1 LIMIT $2))',
          [before, purgedAtOnce],
        )
        count = rowCount
      } while (count === purgedAtOnce)
    },
  }
}

const isAt = (run: RunRecord, step: Step) => run.pages === step.page && run.attempts === step.attempt
const hashOf = (cursor: string | null) => (cursor === null ? null : createHash('sha256').update(cursor).digest())

export type RunStore = ReturnType<typeof createRunStore>
export type RunRecord = Selectable<Tables['sync_jobs']>
