import { sql } from 'kysely'
import type { Database } from '../../database/client.ts'
import { allIntegrations } from '../activity/service.ts'

/** Which rows of `request_stats` make up a time: minutes up to the first full hour, hours from there on. */
interface Span {
  from: Date
  firstHour: Date
}

interface Sums {
  calls: number
  failures: number
  cache_hits: number
}

export function createMetricsStore(database: Database) {
  const rowsOf = ({ from, firstHour }: Span, integrationId: string | null) => {
    const which = integrationId
      ? sql`integration_id = ${integrationId}::uuid`
      : sql`integration_id <> ${allIntegrations}::uuid`
    const part = (grain: string, begin: Date, end: Date | null) => sql`SELECT * FROM request_stats
      WHERE organization_id = current_organization() AND grain = ${grain} AND at >= ${begin}::timestamptz
        AND at < ${end ?? 'infinity'}::timestamptz AND ${which}`
    return sql`${part('minute', from, firstHour)} UNION ALL ${part('hour', firstHour, null)}`
  }

  return {
    /** The busiest hundred integrations, or the one. */
    async byIntegration(organizationId: string, span: Span, integrationId: string | null) {
      type Row = Sums & { integration_id: string; name: string | null; provider_id: string | null }
      return await database.tenant(organizationId, async (transaction) => {
        const { rows } = await sql<Row>`SELECT sums.*, name, provider_id FROM (
            SELECT integration_id, sum(calls) AS calls, sum(failures) AS failures, sum(cache_hits) AS cache_hits
            FROM (${rowsOf(span, integrationId)}) AS stats GROUP BY integration_id ORDER BY 2 DESC LIMIT 100
          ) AS sums LEFT JOIN integrations ON id = integration_id ORDER BY calls DESC, integration_id`.execute(
          transaction,
        )
        return rows
      })
    },
    /** How many calls took how long. */
    async durationsByIntegration(organizationId: string, span: Span, integrationId: string | null) {
      return await database.tenant(organizationId, async (transaction) => {
        const { rows } = await sql<{ integration_id: string; bucket: number; count: number }>`
          SELECT integration_id, (place - 1)::int AS bucket, sum(amount) AS count
          FROM (${rowsOf(span, integrationId)}) AS stats, unnest(durations) WITH ORDINALITY AS d (amount, place)
          WHERE amount > 0 GROUP BY 1, 2`.execute(transaction)
        return rows
      })
    },
    async totals(organizationId: string, span: Span, integrationId: string) {
      return await database.tenant(organizationId, async (transaction) => {
        const { rows } = await sql<Sums>`SELECT coalesce(sum(calls), 0)::bigint AS calls,
            coalesce(sum(failures), 0)::bigint AS failures, coalesce(sum(cache_hits), 0)::bigint AS cache_hits
          FROM (${rowsOf(span, integrationId)}) AS stats`.execute(transaction)
        return rows[0] as Sums
      })
    },
    async topErrors(organizationId: string, span: Span, integrationId: string) {
      return await database.tenant(organizationId, async (transaction) => {
        const { rows } = await sql<{ error: string; count: number }>`
          SELECT key AS error, sum(value::bigint)::bigint AS count
          FROM (${rowsOf(span, integrationId)}) AS stats, jsonb_each_text(errors)
          GROUP BY key ORDER BY 2 DESC, 1 LIMIT 10`.execute(transaction)
        return rows
      })
    },
    /** By bucket of time; those without calls are absent. */
    async series(
      organizationId: string,
      range: { grain: 'minute' | 'hour'; from: Date; bucketSeconds: number },
      integrationId: string,
    ) {
      const of = sql`FROM request_stats WHERE organization_id = current_organization() AND grain = ${range.grain}
        AND at >= ${range.from}::timestamptz AND integration_id = ${integrationId}::uuid`
      const point = sql`floor(extract(epoch FROM at - ${range.from}::timestamptz) / ${range.bucketSeconds})::int`
      return await database.tenant(organizationId, async (transaction) => {
        const sums = await sql<Sums & { point: number }>`SELECT ${point} AS point, sum(calls) AS calls,
          sum(failures) AS failures, sum(cache_hits) AS cache_hits ${of} GROUP BY 1`.execute(transaction)
        const durations = await sql<{ point: number; bucket: number; count: number }>`
          SELECT point, (place - 1)::int AS bucket, sum(amount) AS count
          FROM (SELECT ${point} AS point, durations ${of}) AS stats, unnest(durations) WITH ORDINALITY AS d (amount, place)
          WHERE amount > 0 GROUP BY 1, 2`.execute(transaction)
        return { sums: sums.rows, durations: durations.rows }
      })
    },
    /** Jobs that may run now and are not running, by task, with the age of the oldest in seconds. */
    async waitingJobs(): Promise<{ task: string; count: number; oldest_seconds: number }[]> {
      const { rows } = await database.ownerPool.query(
        `SELECT task_identifier AS task, count(*) AS count,
           extract(epoch FROM now() - min(run_at))::float8 AS oldest_seconds
         FROM graphile_worker.jobs WHERE locked_at IS NULL AND run_at <= now() AND attempts < max_attempts GROUP BY 1`,
      )
      return rows
    },
    /** Failed calls that are tried again, over all organizations. */
    async queuedRequests(): Promise<{ status: string; count: number; oldest_seconds: number }[]> {
      const { rows } = await database.systemPool.query(
        `SELECT status, count(*) AS count, extract(epoch FROM now() - min(created_at))::float8 AS oldest_seconds
         FROM queued_requests WHERE finished_at IS NULL GROUP BY 1`,
      )
      return rows
    },
    poolSizes: () => database.poolSizes(),
  }
}

export type MetricsStore = ReturnType<typeof createMetricsStore>
