import type { Line } from '../activity/service.ts'
import type { OpenRun, RunRecord } from './runs/store.ts'

/** What the activity says of a run that ended. */
export function lineOf(run: RunRecord, sync: OpenRun['sync']): Line {
  const { created, updated, unchanged, deleted, status, error_code: errorCode } = run
  const processed = created + updated + unchanged
  const outcome = {
    completed: `brought ${created} new, ${updated} changed and ${deleted} deleted records`,
    failed: `failed after ${processed} records: ${run.error_message}`,
    cancelled: `was cancelled after ${processed} records`,
  }[status as 'completed' | 'failed' | 'cancelled']
  const began = run.started_at ?? run.created_at
  return {
    organizationId: run.organization_id,
    integrationId: sync.integration_id,
    connectionId: sync.connection_id,
    provider: sync.provider_id,
    type: 'system',
    action: `sync.${status}`,
    status: status === 'completed' ? 'success' : status === 'failed' ? 'failure' : 'info',
    summary: `Sync ${sync.name} ${outcome}`,
    details: {
      syncId: sync.id,
      runId: run.id,
      trigger: run.trigger,
      ...{ pages: run.pages, created, updated, unchanged, deleted },
      ...(errorCode !== null && { errorCode }),
    },
    durationMs: run.finished_at === null ? null : run.finished_at.getTime() - began.getTime(),
  }
}
