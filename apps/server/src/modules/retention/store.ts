import type { UpdatePolicies } from '@koble/contract/governance'
import type { Database } from '../../database/client.ts'
import { firstIdOf } from '../../database/uuid-time.ts'

/** What is deleted, how far back, and in which part of an organization's data. */
export interface Deletion {
  table: 'webhook_events' | 'integration_requests' | 'activities'
  organizationId: string
  /** Of one integration alone. */
  integrationId: string | null
  before: Date
}

/** Only what has come to an end: an event that is still worked on stays, however old. */
const conditions: Record<Deletion['table'], string> = {
  webhook_events: "AND status IN ('completed', 'failed', 'unroutable', 'parked')",
  integration_requests: '',
  activities: '',
}

/** What organizations and integrations want kept for a shorter time than the instance keeps it. */
export function createRetentionStore(database: Database) {
  return {
    async listPolicies() {
      const { rows } = await database.systemPool.query<{ id: string; retention: UpdatePolicies['retention'] }>(
        "SELECT id, policies->'retention' AS retention FROM organizations WHERE policies ? 'retention'",
      )
      return rows
    },
    async listIntegrations() {
      const { rows } = await database.systemPool.query<{ id: string; organization_id: string; days: number }>(
        `SELECT id, organization_id, (processing->>'retentionDays')::integer AS days FROM integrations
         WHERE processing ? 'retentionDays'`,
      )
      return rows
    },
    /**
     * Deletes at most `limit` rows, oldest first and after `afterId`, and says how many and which the last one was. Ids
     * sort by time, so the index that lists are read by finds them.
     */
    async deleteBatch(deletion: Deletion, afterId: string | null, limit: number) {
      const { table, organizationId, integrationId, before } = deletion
      const time = table === 'webhook_events' ? 'received_at' : 'at'
      const { rows } = await database.systemPool.query<{ count: number; last: string | null }>(
        `WITH doomed AS (
           SELECT id, ${time} FROM ${table}
           WHERE organization_id = $1 AND ($2::uuid IS NULL OR integration_id = $2) AND ${time} < $3 AND id < $4
             AND ($5::uuid IS NULL OR id > $5) ${conditions[table]}
           ORDER BY id LIMIT $6 FOR UPDATE SKIP LOCKED
         ), gone AS (
           DELETE FROM ${table} USING doomed WHERE ${table}.id = doomed.id AND ${table}.${time} = doomed.${time}
           RETURNING ${table}.id
         ) SELECT count(*)::integer AS count, max(id::text) AS last FROM gone`,
        [organizationId, integrationId, before, firstIdOf(before), afterId, limit],
      )
      return rows[0] ?? { count: 0, last: null }
    },
    /** Goes on soon with what was left over. */
    async goOn(task: string): Promise<void> {
      await database.systemPool.query("SELECT add_job($1, '{}'::json, 3)", [task])
    },
  }
}

export type RetentionStore = ReturnType<typeof createRetentionStore>
