import type { SyncTrigger } from '@koble/contract/syncs'
import { sql } from 'kysely'
import type { Database, Query } from '../../../database/client.ts'
import type { RunRecord } from '../runs/store.ts'

/** An event that asks for runs: of these syncs, or of all of its connection. */
export interface EventAsk {
  eventId: string
  organizationId: string
  connectionId: string | null
  syncIds: string[] | null
}

/** The engine's own attempts, for what is no failure of the provider: a restart, a database that is away. */
export const jobAttemptsMax = 25
/** So many runs are queued at once by the clock; what else is due comes a minute later. */
const dueAtOnce = 1_000

/** The jobs of the first pages of those `added`. */
export const firstJobs = sql`SELECT add_job('syncs.run', json_build_object('organizationId', organization_id, 'runId', id,
  'page', 0, 'attempt', 0), ${sql.lit(jobAttemptsMax)}) FROM added`
/** A run that waits already is joined. */
const unlessOneWaits = sql`ON CONFLICT (sync_id) WHERE status = 'queued' DO NOTHING`

/**
 * Runs that are to be, each with its job. Always in the order of the syncs: two who queue the same ones would otherwise
 * wait for each other.
 */
export function createRunQueue(database: Database) {
  return {
    /** The run of a sync that waits: a new one, or the one that waits already. */
    async queue(organizationId: string, syncId: string, trigger: SyncTrigger): Promise<RunRecord | undefined> {
      for (let tries = 0; tries < 10; tries += 1) {
        const run = await database.tenant(organizationId, async (transaction) => {
          await sql`WITH added AS (
              INSERT INTO sync_jobs (id, organization_id, sync_id, trigger)
              SELECT new_uuidv7(), organization_id, id, ${trigger} FROM syncs WHERE id = ${syncId}::uuid
              ${unlessOneWaits} RETURNING id, organization_id
            ) ${firstJobs}`.execute(transaction)
          return await transaction
            .selectFrom('sync_jobs')
            .selectAll()
            .where('sync_id', '=', syncId)
            .where('status', '=', 'queued')
            .executeTakeFirst()
        })
        // The one that waited may have begun in between.
        if (run) return run
      }
      return undefined
    },
    /** Queues what events ask for, in their transaction and one statement; what is paused or gone is passed over. */
    async queueForEvents(asks: readonly EventAsk[], query: Query): Promise<void> {
      const rows = asks.map(({ eventId, organizationId, connectionId, syncIds }) => ({
        event_id: eventId,
        organization_id: organizationId,
        connection_id: connectionId,
        sync_ids: syncIds,
      }))
      await sql`WITH asked AS (
          SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
            AS a (event_id uuid, organization_id uuid, connection_id uuid, sync_ids uuid[])
        ), meant AS (
          SELECT s.id, s.organization_id, a.event_id
          FROM asked a CROSS JOIN unnest(a.sync_ids) AS named (id)
            JOIN syncs s ON s.id = named.id AND s.organization_id = a.organization_id
          WHERE s.status = 'active'
          UNION ALL
          SELECT s.id, s.organization_id, a.event_id
          FROM asked a JOIN syncs s ON s.connection_id = a.connection_id AND s.organization_id = a.organization_id
          WHERE a.sync_ids IS NULL AND s.status = 'active'
        ), added AS (
          INSERT INTO sync_jobs (id, organization_id, sync_id, trigger, event_id)
          SELECT new_uuidv7(), organization_id, id, 'webhook', event_id
          FROM (SELECT DISTINCT ON (id) * FROM meant ORDER BY id, event_id) AS once ORDER BY id
          ${unlessOneWaits} RETURNING id, organization_id
        ) ${firstJobs}`.execute(query)
    },
    /** Queues the active syncs of an integration, all or those of these names; says how many they are. */
    async queueIntegration(organizationId: string, integrationId: string, names: string[] | null): Promise<number> {
      const { rows } = await database.tenant(organizationId, (transaction) =>
        sql<{ count: number }>`WITH meant AS (
            SELECT id, organization_id FROM syncs WHERE integration_id = ${integrationId}::uuid AND status = 'active'
              AND (${names}::text[] IS NULL OR name = ANY(${names}::text[]))
          ), added AS (
            INSERT INTO sync_jobs (id, organization_id, sync_id, trigger)
            SELECT new_uuidv7(), organization_id, id, 'manual' FROM meant ORDER BY id
            ${unlessOneWaits} RETURNING id, organization_id
          ), jobs AS MATERIALIZED (${firstJobs})
          SELECT (SELECT count(*)::int FROM meant) AS count, (SELECT count(*) FROM jobs) AS added`.execute(transaction),
      )
      return rows[0]?.count ?? 0
    },
    /** Queues what is due by the clock. A disconnected account is left alone. */
    async queueDue(): Promise<void> {
      await sql`WITH due AS (
          SELECT id FROM syncs WHERE status = 'active' AND next_run_at <= now()
          ORDER BY next_run_at LIMIT ${dueAtOnce} FOR NO KEY UPDATE SKIP LOCKED
        ), planned AS (
          UPDATE syncs SET next_run_at = now() + every_minutes * interval '1 minute'
          WHERE id IN (SELECT id FROM due) RETURNING id, organization_id, connection_id
        ), added AS (
          INSERT INTO sync_jobs (id, organization_id, sync_id, trigger)
          SELECT new_uuidv7(), p.organization_id, p.id, 'schedule'
          FROM planned p JOIN connections c ON c.id = p.connection_id AND c.status <> 'disconnected' ORDER BY p.id
          ${unlessOneWaits} RETURNING id, organization_id
        ) ${firstJobs}`.execute(database.system)
    },
  }
}

export type RunQueue = ReturnType<typeof createRunQueue>
