import { sql } from 'kysely'
import type { Database } from '../../../database/client.ts'

/** So many requests of an endpoint were refused for a reason within an hour. */
export interface RejectionCount {
  endpointId: string
  organizationId: string
  hour: Date
  reason: string
  count: number
  lastAt: Date
}

/** One refused request, without its body and without whatever may be a secret. */
export interface RejectionSample {
  id: string
  at: Date
  organizationId: string
  endpointId: string
  reason: string
  method: string
  remoteAddress: string | null
  headers: Record<string, string>
  bodyBytes: number
}

/** Of the latest, so many are kept for each endpoint. */
export const samplesKept = 20

export function createRejectionStore(database: Database) {
  return {
    /** Adds counts up and replaces old samples, in one transaction. */
    async write(counts: RejectionCount[], samples: RejectionSample[]): Promise<void> {
      await database.system.transaction().execute(async (transaction) => {
        const column = <Key extends keyof RejectionCount>(key: Key) => counts.map((count) => count[key])
        await sql`INSERT INTO webhook_rejections AS known (endpoint_id, organization_id, hour, reason, count, last_at)
          SELECT r.* FROM unnest(${column('endpointId')}::uuid[], ${column('organizationId')}::uuid[],
            ${column('hour')}::timestamptz[], ${column('reason')}::text[], ${column('count')}::bigint[],
            ${column('lastAt')}::timestamptz[]) AS r (endpoint_id, organization_id, hour, reason, count, last_at)
          WHERE EXISTS (SELECT FROM organizations o WHERE o.id = r.organization_id)
          ORDER BY 1, 3, 4
          ON CONFLICT (endpoint_id, hour, reason) DO UPDATE SET count = known.count + excluded.count,
            last_at = greatest(known.last_at, excluded.last_at)`.execute(transaction)
        if (samples.length === 0) return
        await transaction
          .insertInto('webhook_rejection_samples')
          .values(
            samples.map((sample) => ({
              id: sample.id,
              at: sample.at,
              organization_id: sample.organizationId,
              endpoint_id: sample.endpointId,
              reason: sample.reason,
              method: sample.method,
              remote_address: sample.remoteAddress,
              headers: JSON.stringify(sample.headers),
              body_bytes: sample.bodyBytes,
            })),
          )
          .execute()
        const endpoints = [...new Set(samples.map((sample) => sample.endpointId))]
        await sql`DELETE FROM webhook_rejection_samples USING (
            SELECT id, row_number() OVER (PARTITION BY endpoint_id ORDER BY id DESC) AS number
            FROM webhook_rejection_samples WHERE endpoint_id = ANY(${endpoints}::uuid[])) AS known
          WHERE webhook_rejection_samples.id = known.id AND number > ${samplesKept}`.execute(transaction)
      })
    },
    /** By reason, since a moment. */
    async sum(organizationId: string, endpointId: string, since: Date) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_rejections')
          .select(['reason', sql<number>`sum(count)::bigint`.as('count'), sql<Date>`max(last_at)`.as('last_at')])
          .where('endpoint_id', '=', endpointId)
          .where('hour', '>=', since)
          .groupBy('reason')
          .orderBy('reason')
          .execute(),
      )
    },
    async listSamples(organizationId: string, endpointId: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_rejection_samples')
          .selectAll()
          .where('endpoint_id', '=', endpointId)
          .orderBy('id', 'desc')
          .limit(samplesKept)
          .execute(),
      )
    },
    /** Forgets what is older. */
    async purge(before: Date): Promise<void> {
      await database.system.deleteFrom('webhook_rejections').where('hour', '<', before).execute()
      await database.system.deleteFrom('webhook_rejection_samples').where('at', '<', before).execute()
      await database.system.deleteFrom('webhook_endpoint_stats').where('hour', '<', before).execute()
    },
  }
}

export type RejectionStore = ReturnType<typeof createRejectionStore>
