import type { EventReplay, ReplayFilter } from '@koble/contract/webhooks'
import { sql } from 'kysely'
import type { Database, Query } from '../../../database/client.ts'
import { eventConditions, putBack } from '../store.ts'

export interface NewReplay {
  id: string
  organizationId: string
  filter: ReplayFilter
  perSecond: number
  total: number
  createdBy: EventReplay['createdBy']
}

/** Of a job that fails only when the database does. */
const jobAttemptsMax = 25

export function createReplayStore(database: Database) {
  return {
    /** How many events a filter chooses now, counted up to `most`. */
    async count(organizationId: string, filter: ReplayFilter, most: number): Promise<number> {
      return await database.tenant(organizationId, async (transaction) => {
        const { rows } = await sql<{ count: number }>`SELECT count(*) FROM (SELECT FROM webhook_events
          WHERE ${sql.join(eventConditions(organizationId, filter), sql` AND `)} LIMIT ${most}) AS beginning`.execute(
          transaction,
        )
        return rows[0]?.count ?? 0
      })
    },
    /** The replay and its first job, in one transaction. */
    async insert(replay: NewReplay) {
      return await database.tenant(replay.organizationId, async (transaction) => {
        const row = await transaction
          .insertInto('webhook_replays')
          .values({
            id: replay.id,
            organization_id: replay.organizationId,
            filter: JSON.stringify(replay.filter),
            per_second: replay.perSecond,
            total: replay.total,
            created_by: JSON.stringify(replay.createdBy),
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        await addJob(transaction, replay.organizationId, replay.id, 0)
        return row
      })
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('webhook_replays').selectAll().where('id', '=', id).executeTakeFirst(),
      )
    },
    async list(organizationId: string, query: { limit: number; after: string | null }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_replays')
          .selectAll()
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    /** Undefined when it is over. */
    async cancel(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('webhook_replays')
          .set({ status: 'cancelled', finished_at: new Date() })
          .where('id', '=', id)
          .where('status', '=', 'running')
          .returningAll()
          .executeTakeFirst(),
      )
    },
    /**
     * Puts the next events back to the start, counts them and adds the job of the next step, all or nothing: a killed
     * node repeats no step, and none is left out. Only events that had arrived when the replay began are meant.
     */
    async step(organizationId: string, id: string, pauseMs: number): Promise<void> {
      await database.tenant(organizationId, async (transaction) => {
        const replay = await transaction
          .selectFrom('webhook_replays')
          .selectAll()
          .where('id', '=', id)
          .where('status', '=', 'running')
          .forUpdate()
          .executeTakeFirst()
        if (!replay) return
        const conditions = [...eventConditions(organizationId, replay.filter), sql`id < ${replay.id}::uuid`]
        if (replay.after_id !== null) conditions.push(sql`id > ${replay.after_id}::uuid`)
        const { rows } = await sql<{ id: string }>`SELECT id FROM webhook_events
          WHERE ${sql.join(conditions, sql` AND `)} ORDER BY id LIMIT ${replay.per_second}`.execute(transaction)
        const ids = rows.map((row) => row.id)
        if (ids.length > 0) await putBack(organizationId, ids, transaction)
        const isOver = ids.length < replay.per_second
        await transaction
          .updateTable('webhook_replays')
          .set({
            done: replay.done + ids.length,
            after_id: ids.at(-1) ?? replay.after_id,
            ...(isOver && { status: 'completed' as const, finished_at: new Date() }),
          })
          .where('id', '=', id)
          .execute()
        if (!isOver) await addJob(transaction, organizationId, id, pauseMs)
      })
    },
    async purge(before: Date): Promise<void> {
      await database.system.deleteFrom('webhook_replays').where('finished_at', '<', before).execute()
    },
  }
}

async function addJob(query: Query, organizationId: string, replayId: string, delayMs: number): Promise<void> {
  const payload = JSON.stringify({ organizationId, replayId })
  await sql`SELECT add_job('webhooks-in.replay', ${payload}::json, ${sql.lit(jobAttemptsMax)},
    now() + ${delayMs}::float8 * interval '1 millisecond')`.execute(query)
}

export type ReplayStore = ReturnType<typeof createReplayStore>
export type ReplayRecord = NonNullable<Awaited<ReturnType<ReplayStore['find']>>>
