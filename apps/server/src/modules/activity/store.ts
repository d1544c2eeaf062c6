import type { Activity } from '@koble/contract/activity'
import { type RawBuilder, sql } from 'kysely'
import type { Database, Query } from '../../database/client.ts'
import { likePattern } from '../../database/like-pattern.ts'
import { firstIdOf } from '../../database/uuid-time.ts'
import { summarize } from './request-stats.ts'

type Status = Activity['status']

/** A line to write; requests have a table of their own. */
export interface NewActivity {
  id: string
  at: Date
  organizationId: string
  integrationId: string | null
  connectionId: string | null
  provider: string | null
  type: 'webhook' | 'connection' | 'system'
  action: string
  status: Status
  summary: string
  details: Record<string, unknown>
  durationMs: number | null
}

/** One gateway call. */
export interface NewRequest {
  id: string
  at: Date
  organizationId: string
  integrationId: string
  connectionId: string
  provider: string
  method: string
  endpoint: string
  status: number | null
  /** Until the end of the answer's body. */
  durationMs: number
  /** Null when there was no answer. */
  timing: { queueMs: number; connectMs: number; firstByteMs: number } | null
  attempts: number
  errorCode: string | null
  requestId: string
  /** The answer came from memory; nobody was called. */
  cacheHit?: boolean
  /** Redacted request and response, as JSON. */
  exchange?: string | null
}

export interface ActivityFilter {
  connectionId?: string
  integrationId?: string
  type?: Activity['type']
  status?: Status
  search?: string
  from?: string
  to?: string
  before?: string | null
  after?: string
  limit: number
}

export interface ActivityRow {
  id: string
  at: Date
  type: Activity['type']
  action: string
  status: Status
  summary: string
  connection_id: string | null
  integration_id: string | null
  provider_id: string | null
  details: Record<string, unknown>
  duration_ms: number | null
}

export function createActivityStore(database: Database) {
  return {
    /** Within `query`'s transaction when given, so that a line stands or falls with what it tells. */
    async insert(rows: NewActivity[], query: Query = database.system): Promise<void> {
      const column = <Key extends keyof NewActivity>(key: Key) => rows.map((row) => row[key])
      // One parameter per column, not per value: a batch of webhooks writes hundreds of lines.
      await sql`INSERT INTO activities (id, at, organization_id, integration_id, connection_id, provider_id, type, action,
          status, summary, duration_ms, details)
        SELECT * FROM ROWS FROM (
          unnest(${column('id')}::uuid[], ${column('at')}::timestamptz[], ${column('organizationId')}::uuid[],
            ${column('integrationId')}::uuid[], ${column('connectionId')}::uuid[], ${column('provider')}::text[],
            ${column('type')}::text[], ${column('action')}::text[], ${column('status')}::text[],
            ${column('summary')}::text[], ${column('durationMs')}::float8[]),
          jsonb_array_elements(${JSON.stringify(column('details'))}::jsonb))`.execute(query)
    },

    /**
     * One statement for a whole batch, across organizations, which also sums it up in `request_stats` and says when
     * connections were last used. May be sent again, the same batch as it was, when it is not known whether it got
     * through: then its rows are found to be there, and nothing is logged or summed up twice.
     */
    async insertRequests(rows: NewRequest[]): Promise<void> {
      const { subjects, subjectOf } = subjectsOf(rows)
      const stats = summarize(rows)
      const writing = database.systemPool.query({
        name: 'insert-requests',
        text: `WITH incoming AS (
            SELECT id, timestamptz 'epoch' + at_ms * interval '1 millisecond' AS at, organization_id, integration_id,
              connection_id, provider_id, method, endpoint, status, duration_ms, queue_ms, connect_ms, first_byte_ms,
              attempts, error_code, request_id, cache_hit, exchange
            FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::int[], $6::float8[], $7::real[], $8::real[],
              $9::real[], $10::int[], $11::text[], $12::text[], $18::bool[], $19::jsonb[])
              AS r (id, at_ms, subject, endpoint, status, duration_ms, queue_ms, connect_ms, first_byte_ms, attempts,
                error_code, request_id, cache_hit, exchange)
            JOIN unnest($13::uuid[], $14::uuid[], $15::uuid[], $16::text[], $17::text[]) WITH ORDINALITY
              AS s (organization_id, integration_id, connection_id, provider_id, method, number) ON number = subject
          ), logged AS (
            INSERT INTO integration_requests (id, at, organization_id, integration_id, connection_id, provider_id, method,
              endpoint, status, duration_ms, queue_ms, connect_ms, first_byte_ms, attempts, error_code, request_id,
              cache_hit, exchange)
            SELECT * FROM incoming
          ), summed AS (
            INSERT INTO request_stats AS known (organization_id, integration_id, grain, at, calls, failures, cache_hits,
              errors, durations)
            SELECT organization_id, integration_id, grain, timestamptz 'epoch' + at_ms * interval '1 millisecond', calls,
              failures, cache_hits, errors::jsonb, durations::int[]
            FROM unnest($20::uuid[], $21::uuid[], $22::text[], $23::bigint[], $24::int[], $25::int[], $26::int[],
              $27::text[], $28::text[]) WITH ORDINALITY
              AS s (organization_id, integration_id, grain, at_ms, calls, failures, cache_hits, errors, durations, number)
            ORDER BY number
            ON CONFLICT (organization_id, grain, at, integration_id) DO UPDATE SET
              calls = known.calls + excluded.calls, failures = known.failures + excluded.failures,
              cache_hits = known.cache_hits + excluded.cache_hits,
              errors = add_counts(known.errors, excluded.errors),
              durations = add_counts(known.durations, excluded.durations)
          )
          UPDATE connections SET last_used_at = used.at
          FROM (SELECT connection_id, max(at) AS at FROM incoming GROUP BY connection_id) AS used
          WHERE connections.id = used.connection_id`,
        values: [
          rows.map((row) => row.id),
          rows.map((row) => row.at.getTime()),
          subjectOf,
          rows.map((row) => row.endpoint),
          rows.map((row) => row.status),
          rows.map((row) => rounded(row.durationMs)),
          rows.map((row) => row.timing && rounded(row.timing.queueMs)),
          rows.map((row) => row.timing && rounded(row.timing.connectMs)),
          rows.map((row) => row.timing && rounded(row.timing.firstByteMs)),
          rows.map((row) => row.attempts),
          rows.map((row) => row.errorCode),
          rows.map((row) => row.requestId),
          subjects.map((row) => row.organizationId),
          subjects.map((row) => row.integrationId),
          subjects.map((row) => row.connectionId),
          subjects.map((row) => row.provider),
          subjects.map((row) => row.method),
          rows.map((row) => row.cacheHit ?? false),
          rows.map((row) => row.exchange ?? null),
          stats.map((row) => row.organizationId),
          stats.map((row) => row.integrationId),
          stats.map((row) => row.grain),
          stats.map((row) => row.atMs),
          stats.map((row) => row.calls),
          stats.map((row) => row.failures),
          stats.map((row) => row.cacheHits),
          stats.map((row) => JSON.stringify(row.errors)),
          stats.map((row) => `{${row.durations.join(',')}}`),
        ],
      })
      // All or nothing: where one row is there, all are. To ask for each (ON CONFLICT) costs a tenth of the statement.
      await writing.catch((error) => {
        if (!isWritten(error)) throw error
      })
    },

    /** Activities and gateway calls as one list, newest first (oldest first when it follows `after`). */
    async list(organizationId: string, filter: ActivityFilter): Promise<ActivityRow[]> {
      const direction = filter.after === undefined ? sql`DESC` : sql`ASC`
      const parts: RawBuilder<ActivityRow>[] = []
      if (filter.type !== 'request') parts.push(sql`(${activitiesPart(filter, direction)})`)
      if (filter.type === undefined || filter.type === 'request') parts.push(sql`(${requestsPart(filter, direction)})`)
      const union = sql.join(parts, sql` UNION ALL `)
      return await database.tenant(organizationId, async (transaction) => {
        const result = await sql<ActivityRow>`
          SELECT * FROM (${union}) AS lines ORDER BY id ${direction} LIMIT ${filter.limit}`.execute(transaction)
        return result.rows
      })
    },

    /** Says that there is something new; nothing is stored, so the commit need not wait for the disk. */
    async notify(organizationIds: string[]): Promise<void> {
      await database.systemPool.query(
        `SELECT pg_notify('koble_activity', organization)
         FROM unnest($1::text[]) AS organization, set_config('synchronous_commit', 'off', true)`,
        [organizationIds],
      )
    },
  }
}

/** Whether the log refused rows because it has them; each of its partitions has a key, named after itself. */
function isWritten(error: { code?: string; constraint?: string }): boolean {
  return error.code === '23505' && /^integration_requests_\w*pkey$/.test(error.constraint ?? '')
}

/** To a microsecond: a number of seventeen digits takes its time to write and to read. */
const rounded = (milliseconds: number) => Math.round(milliseconds * 1000) / 1000

/**
 * Who was called as what, each once, and for each row the number of its own, from one. A batch has many rows of few
 * connections; to write all of it out for each was half of what the log costs the process that serves the calls.
 */
function subjectsOf(rows: NewRequest[]): { subjects: NewRequest[]; subjectOf: number[] } {
  const subjects: NewRequest[] = []
  const numbers = new Map<string, number>()
  const subjectOf = rows.map((row) => {
    const key = `${row.connectionId} ${row.method}`
    let number = numbers.get(key)
    if (number === undefined) {
      number = subjects.push(row)
      numbers.set(key, number)
    }
    return number
  })
  return { subjects, subjectOf }
}

export type ActivityStore = ReturnType<typeof createActivityStore>

function conditions(filter: ActivityFilter, extra: RawBuilder<unknown>[]): RawBuilder<unknown> {
  const all = [sql`organization_id = current_organization()`, ...extra]
  if (filter.connectionId) all.push(sql`connection_id = ${filter.connectionId}::uuid`)
  if (filter.integrationId) all.push(sql`integration_id = ${filter.integrationId}::uuid`)
  if (filter.before) all.push(sql`id < ${filter.before}::uuid`)
  if (filter.after) all.push(sql`id > ${filter.after}::uuid`)
  if (filter.from) all.push(sql`at >= ${filter.from}::timestamptz AND id >= ${firstIdOf(new Date(filter.from))}::uuid`)
  if (filter.to) all.push(sql`at <= ${filter.to}::timestamptz`)
  return sql.join(all, sql` AND `)
}

function activitiesPart(filter: ActivityFilter, direction: RawBuilder<unknown>) {
  const extra = []
  if (filter.type) extra.push(sql`type = ${filter.type}`)
  if (filter.status) extra.push(sql`status = ${filter.status}`)
  if (filter.search) extra.push(sql`summary ILIKE ${likePattern(filter.search)}`)
  return sql`SELECT id, at, type, action, status, summary, connection_id, integration_id, provider_id, details, duration_ms
    FROM activities WHERE ${conditions(filter, extra)} ORDER BY id ${direction} LIMIT ${filter.limit}`
}

function requestsPart(filter: ActivityFilter, direction: RawBuilder<unknown>) {
  const succeeded = sql`(status IS NOT NULL AND status < 400 AND error_code IS NULL)`
  const summary = sql`(method || ' ' || endpoint)`
  const extra = []
  if (filter.status) {
    extra.push(
      filter.status === 'success' ? succeeded : filter.status === 'failure' ? sql`NOT ${succeeded}` : sql`false`,
    )
  }
  if (filter.search) extra.push(sql`${summary} ILIKE ${likePattern(filter.search)}`)
  return sql`SELECT id, at, 'request' AS type, 'request' AS action,
      CASE WHEN ${succeeded} THEN 'success' ELSE 'failure' END AS status, ${summary} AS summary,
      connection_id, integration_id, provider_id,
      jsonb_build_object('method', method, 'path', endpoint, 'statusCode', status, 'attempts', attempts,
        'errorCode', error_code, 'requestId', request_id, 'cacheHit', cache_hit, 'timing', CASE WHEN first_byte_ms IS NOT NULL THEN
          jsonb_build_object('queueMs', queue_ms, 'connectMs', connect_ms, 'firstByteMs', first_byte_ms) END) AS details, duration_ms
    FROM integration_requests WHERE ${conditions(filter, extra)} ORDER BY id ${direction} LIMIT ${filter.limit}`
}
