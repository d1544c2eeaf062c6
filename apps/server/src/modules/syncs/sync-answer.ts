import type { Sync, SyncRecord, SyncRun } from '@koble/contract/syncs'
import type { SyncRecordRecord } from './records/store.ts'
import type { RunRecord } from './runs/store.ts'
import type { ListedSync } from './store.ts'

/** A sync as the API shows it. */
export function toSync(row: ListedSync): Sync {
  return {
    id: row.id,
    name: row.name,
    connectionId: row.connection_id,
    integrationId: row.integration_id,
    provider: row.provider_id,
    operation: row.operation,
    input: row.input,
    recordId: row.record_id,
    items: row.items,
    everyMinutes: row.every_minutes,
    status: row.status,
    deletes: row.deletes,
    createdAt: row.created_at.toISOString(),
    lastRunAt: row.last_run_at?.toISOString() ?? null,
    lastRunStatus: row.last_run_status,
    nextRunAt: row.status === 'active' ? (row.next_run_at?.toISOString() ?? null) : null,
    currentRun: row.current_run,
    records: row.records,
  }
}

/** A run as the API shows it. */
export function toRun(row: RunRecord): SyncRun {
  const { created, updated, unchanged, deleted } = row
  return {
    id: row.id,
    syncId: row.sync_id,
    trigger: row.trigger,
    eventId: row.event_id,
    status: row.status,
    recordsProcessed: created + updated + unchanged,
    created,
    updated,
    unchanged,
    deleted,
    pages: row.pages,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
  }
}

/** A record as the API shows it; without its payload to those who must not read it. */
export function toRecord(row: SyncRecordRecord, isWithheld: boolean): SyncRecord {
  return {
    id: row.id,
    recordId: row.external_id,
    payload: isWithheld ? null : row.payload,
    payloadWithheld: isWithheld,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    deletedAt: row.deleted_at?.toISOString() ?? null,
  }
}
