import type { HealthCheck } from '@koble/contract/connections'
import { sql } from 'kysely'
import type { Database } from '../../database/client.ts'

/** A connection whose check is due. */
export interface DueCheck {
  id: string
  organization_id: string
  interval_hours: number
  /** A call got through within the interval: proof enough. */
  proven: boolean
}

const historyMax = 20

export function createConnectionHealthStore(database: Database) {
  return {
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('connections')
          .innerJoin('integrations', 'integrations.id', 'connections.integration_id')
          .select([
            'connections.health',
            'connections.health_due_at',
            'connections.status',
            'integrations.health_check',
          ])
          .where('connections.id', '=', id)
          .executeTakeFirst(),
      )
    },
    /** Puts a result in front of the others; `nextAt` says when the next check is due. */
    async add(id: string, check: HealthCheck, nextAt: Date | null): Promise<void> {
      await database.systemPool.query(
        `UPDATE connections SET health_due_at = $3, health = (
           SELECT jsonb_agg(entry ORDER BY position) FROM (
             SELECT $2::jsonb AS entry, 0 AS position
             UNION ALL
             SELECT * FROM jsonb_array_elements(health) WITH ORDINALITY LIMIT ${historyMax}) AS entries)
         WHERE id = $1 AND status <> 'disconnected'`,
        [id, JSON.stringify(check), nextAt],
      )
    },
    /**
     * Takes at most so many due checks of each integration, and sets their next ones, so that neither another node nor
     * the next minute takes them again. Where the last check failed, no call is proof.
     */
    async takeDue(perIntegration: number, limit: number): Promise<DueCheck[]> {
      const { rows } = await database.systemPool.query<DueCheck>(
        `WITH candidates AS (
           SELECT c.id, c.integration_id, c.health_due_at, (i.health_check->>'intervalHours')::float8 AS interval_hours,
             row_number() OVER (PARTITION BY c.integration_id ORDER BY c.health_due_at) AS place
           FROM connections c JOIN integrations i ON i.id = c.integration_id
           WHERE c.status IN ('connected', 'warning') AND c.health_due_at <= now()
             AND i.status = 'active' AND (i.health_check->>'enabled')::boolean
         ), due AS (
           SELECT c.id, candidates.interval_hours FROM connections c JOIN candidates ON candidates.id = c.id
           WHERE place <= $1 ORDER BY candidates.health_due_at LIMIT $2 FOR UPDATE OF c SKIP LOCKED
         )
         UPDATE connections SET
           health_due_at = now() + (0.9 + random() * 0.2) * due.interval_hours * interval '1 hour'
         FROM due WHERE connections.id = due.id
         RETURNING connections.id, connections.organization_id, due.interval_hours,
           coalesce((connections.health->0->>'ok')::boolean, true) AND connections.status = 'connected' AND EXISTS (
             SELECT 1 FROM integration_requests r
             WHERE r.connection_id = connections.id AND r.status < 400 AND r.error_code IS NULL
               AND r.at > now() - due.interval_hours * interval '1 hour'
               AND r.id > (lpad(to_hex((extract(epoch FROM now() - due.interval_hours * interval '1 hour') * 1000)::bigint),
                 12, '0') || '00000000000000000000')::uuid) AS proven`,
        [perIntegration, limit],
      )
      return rows
    },
    /** Spreads the next checks of an integration's connections over the interval. */
    async spread(organizationId: string, integrationId: string, intervalHours: number): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        sql`UPDATE connections SET health_due_at = now() + random() * ${intervalHours}::float8 * interval '1 hour'
          WHERE integration_id = ${integrationId} AND status <> 'disconnected'
            AND (health_due_at IS NULL OR health_due_at > now() + ${intervalHours}::float8 * interval '1 hour')`.execute(
          transaction,
        ),
      )
    },
  }
}

export type ConnectionHealthStore = ReturnType<typeof createConnectionHealthStore>
