import type { Page } from '@koble/contract/paging'
import type { LoggedRequest, LoggedRequestDetail } from '@koble/contract/requests'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import { errorClassOf } from '../activity/service.ts'
import type { RequestFilter, RequestLogStore, RequestRecord } from './store.ts'

export interface RequestLogService {
  /** The newest first. A call appears a fraction of a second after its end. */
  list(organizationId: string, filter: RequestFilter): Promise<Page<LoggedRequest>>
  /** Throws `not_found`. */
  get(organizationId: string, id: string): Promise<LoggedRequestDetail>
}

/** The log of the calls made through the gateway, to be read; `activity` writes it. */
export function createRequestLogService(store: RequestLogStore): RequestLogService {
  return {
    async list(organizationId, filter) {
      return toPage(await store.list(organizationId, filter), filter.limit, toLoggedRequest)
    },
    async get(organizationId, id) {
      const row = await store.find(organizationId, id)
      if (!row) throw apiError('not_found', 'There is no such call in the log.')
      return { ...toLoggedRequest(row), timing: timingOf(row), exchange: row.exchange }
    },
  }
}

function toLoggedRequest(row: RequestRecord): LoggedRequest {
  const isFailure = errorClassOf({ status: row.status, errorCode: row.error_code }) !== null
  return {
    id: row.id,
    at: row.at.toISOString(),
    integrationId: row.integration_id,
    connectionId: row.connection_id,
    provider: row.provider_id,
    method: row.method,
    path: row.endpoint,
    status: row.status,
    outcome: isFailure ? 'failure' : 'success',
    errorCode: row.error_code,
    durationMs: row.duration_ms,
    attempts: row.attempts,
    cacheHit: row.cache_hit,
    requestId: row.request_id,
    hasExchange: row.has_exchange,
  }
}

function timingOf(row: RequestRecord): LoggedRequestDetail['timing'] {
  const { queue_ms: queueMs, connect_ms: connectMs, first_byte_ms: firstByteMs } = row
  if (queueMs === null || connectMs === null || firstByteMs === null) return null
  return {
    queueMs,
    connectMs,
    firstByteMs,
    downloadMs: Math.max(0, row.duration_ms - queueMs - connectMs - firstByteMs),
  }
}
