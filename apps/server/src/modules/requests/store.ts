import type { LoggedRequestDetail } from '@koble/contract/requests'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../database/client.ts'
import { likePattern } from '../../database/like-pattern.ts'
import { firstIdOf, timeOfId } from '../../database/uuid-time.ts'

export interface RequestFilter {
  integrationId?: string
  connectionId?: string
  status?: 'success' | 'failure' | number
  method?: string
  search?: string
  minDurationMs?: number
  from?: string
  to?: string
  before: string | null
  limit: number
}

export interface RequestRecord {
  id: string
  at: Date
  integration_id: string
  connection_id: string
  provider_id: string
  method: string
  endpoint: string
  status: number | null
  duration_ms: number
  attempts: number
  cache_hit: boolean
  error_code: string | null
  request_id: string | null
  queue_ms: number | null
  connect_ms: number | null
  first_byte_ms: number | null
  has_exchange: boolean
}

const columns = sql`id, at, integration_id, connection_id, provider_id, method, endpoint, status, duration_ms, attempts,
  cache_hit, error_code, request_id, queue_ms, connect_ms, first_byte_ms, exchange IS NOT NULL AS has_exchange`

/** Reads what `activity` writes. */
export function createRequestLogStore(database: Database) {
  return {
    async list(organizationId: string, filter: RequestFilter): Promise<RequestRecord[]> {
      const { rows } = await database.tenant(organizationId, (transaction) =>
        sql<RequestRecord>`SELECT ${columns} FROM integration_requests WHERE ${conditions(filter)}
          ORDER BY id DESC LIMIT ${filter.limit + 1}`.execute(transaction),
      )
      return rows
    },
    async find(organizationId: string, id: string) {
      type Found = RequestRecord & Pick<LoggedRequestDetail, 'exchange'>
      const { rows } = await database.tenant(organizationId, (transaction) =>
        // The time is in the id: with it one partition is looked at instead of all.
        sql<Found>`SELECT ${columns}, exchange FROM integration_requests
          WHERE organization_id = current_organization() AND id = ${id}::uuid AND at = ${timeOfId(id)}`.execute(
          transaction,
        ),
      )
      return rows[0]
    },
  }
}

export type RequestLogStore = ReturnType<typeof createRequestLogStore>

function conditions(filter: RequestFilter): RawBuilder<unknown> {
  const succeeded = sql`(status IS NOT NULL AND status < 400 AND error_code IS NULL)`
  const all = [sql`organization_id = current_organization()`]
  if (filter.before) all.push(sql`id < ${filter.before}::uuid AND at <= ${timeOfId(filter.before)}`)
  if (filter.integrationId) all.push(sql`integration_id = ${filter.integrationId}::uuid`)
  if (filter.connectionId) all.push(sql`connection_id = ${filter.connectionId}::uuid`)
  if (filter.status === 'success') all.push(succeeded)
  else if (filter.status === 'failure') all.push(sql`NOT ${succeeded}`)
  else if (filter.status !== undefined) all.push(sql`status = ${filter.status}`)
  if (filter.method) all.push(sql`method = ${filter.method}`)
  if (filter.search) {
    const pattern = likePattern(filter.search)
    all.push(sql`(endpoint ILIKE ${pattern} OR request_id = ${filter.search})`)
  }
  if (filter.minDurationMs !== undefined) all.push(sql`duration_ms >= ${filter.minDurationMs}`)
  if (filter.from) all.push(sql`at >= ${filter.from}::timestamptz AND id >= ${firstIdOf(new Date(filter.from))}::uuid`)
  if (filter.to) all.push(sql`at <= ${filter.to}::timestamptz`)
  return sql.join(all, sql` AND `)
}
