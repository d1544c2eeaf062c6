import type { Tasks } from '../../queue/engine.ts'
import type { AuditService } from '../audit/service.ts'
import type { Deletion, RetentionStore } from './store.ts'

const task = 'retention.hourly'
const usualLimits = {
  /** Small enough that nobody waits for the locks of one statement. */
  batchRows: 1000,
  /** A run ends after so many statements, so that a stop of the node need not wait for a backlog; another goes on. */
  batchesMax: 200,
}

const tables = [
  ['events', 'webhook_events'],
  ['requests', 'integration_requests'],
  ['activity', 'activities'],
] as const

/** Deletes what organizations and integrations want kept for a shorter time than partitions live. */
export function retentionTasks(
  store: RetentionStore,
  audit: Pick<AuditService, 'trim'>,
  log: { warn(details: object, message: string): void },
  { batchRows, batchesMax } = usualLimits,
): Tasks {
  async function listDeletions(): Promise<Deletion[]> {
    const now = Date.now()
    const daysAgo = (days: number) => new Date(now - days * 86_400_000)
    const ofOrganizations = (await store.listPolicies()).flatMap(({ id, retention }) =>
      tables.flatMap(([kind, table]) => {
        const days = retention?.[kind] ?? null
        return days === null ? [] : [{ table, organizationId: id, integrationId: null, before: daysAgo(days) }]
      }),
    )
    const ofIntegrations = (await store.listIntegrations()).flatMap(({ id, organization_id: organizationId, days }) =>
      (['webhook_events', 'integration_requests'] as const).map((table) => ({
        table,
        organizationId,
        integrationId: id,
        before: daysAgo(days),
      })),
    )
    return [...ofOrganizations, ...ofIntegrations]
  }

  return {
    async [auditTask]() {
      for (const { id, retention } of await store.listPolicies()) {
        const days = retention?.audit ?? null
        if (days === null) continue
        const { broken } = await audit.trim(id, new Date(Date.now() - days * 86_400_000))
        if (broken === null) continue
        log.warn({ organizationId: id, sequence: broken }, 'the audit log is broken; entries from there on are kept')
      }
    },
    async [task]() {
      let batches = 0
      for (const deletion of await listDeletions()) {
        let after: string | null = null
        let count: number
        do {
          if (batches >= batchesMax) return await store.goOn(task)
          const batch = await store.deleteBatch(deletion, after, batchRows)
          count = batch.count
          after = batch.last
          batches += 1
        } while (count === batchRows)
      }
    },
  }
}

const auditTask = 'retention.audit'

export const retentionSchedule = [
  { task: auditTask, match: '47 3 * * *' },
  { task, match: '37 * * * *' },
]
