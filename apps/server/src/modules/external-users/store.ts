import { sql } from 'kysely'
import type { Database, TenantTransaction } from '../../database/client.ts'
import { likePattern } from '../../database/like-pattern.ts'

/** External users, whose traces are in many tables. */
export function createExternalUserStore(database: Database) {
  return {
    async list(organizationId: string, query: { limit: number; after: string | null; search?: string }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('connections')
          .select([
            'external_user_id',
            sql<number>`count(*) FILTER (WHERE status <> 'disconnected')`.as('connection_count'),
            sql<Date>`min(connected_at)`.as('first_connected_at'),
            sql<Date | null>`max(last_used_at)`.as('last_used_at'),
          ])
          .where('organization_id', '=', organizationId)
          .$if(query.after !== null, (select) => select.where('external_user_id', '>', query.after ?? ''))
          .$if(query.search !== undefined, (select) =>
            select.where('external_user_id', 'ilike', likePattern(query.search ?? '')),
          )
          .groupBy('external_user_id')
          .orderBy('external_user_id')
          .limit(query.limit + 1)
          .execute(),
      )
    },

    /** Whether there is anything of that user: a connection, a session, a sign-in under way, a destination or a message. */
    async exists(organizationId: string, externalUserId: string): Promise<boolean> {
      const { rows } = await database.tenant(organizationId, (transaction) =>
        sql<{ found: boolean }>`SELECT EXISTS (
            SELECT FROM connections WHERE organization_id = ${organizationId} AND external_user_id = ${externalUserId}
            UNION ALL
            SELECT FROM connect_sessions
            WHERE organization_id = ${organizationId} AND external_user_id = ${externalUserId}
            UNION ALL
            SELECT FROM oauth_states WHERE organization_id = ${organizationId} AND external_user_id = ${externalUserId}
            UNION ALL
            SELECT FROM destinations WHERE organization_id = ${organizationId} AND external_user_id = ${externalUserId}
            UNION ALL
            SELECT FROM messages WHERE organization_id = ${organizationId} AND external_user_id = ${externalUserId}
            UNION ALL
            SELECT FROM portal_sessions
            WHERE organization_id = ${organizationId} AND external_user_id = ${externalUserId}
          ) AS found`.execute(transaction),
      )
      return rows[0]?.found ?? false
    },

    async listSessions(organizationId: string, externalUserId: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('connect_sessions')
          .select(['id', 'status', 'error_code', 'return_to', 'connection_ids', 'created_at', 'expires_at'])
          .where('external_user_id', '=', externalUserId)
          .orderBy('id')
          .execute(),
      )
    },

    async listPortalSessions(organizationId: string, externalUserId: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('portal_sessions')
          .select(['id', 'read_only', 'created_at', 'expires_at'])
          .where('external_user_id', '=', externalUserId)
          .orderBy('id')
          .execute(),
      )
    },

    async listConnections(organizationId: string, externalUserId: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('connections')
          .select(['id', 'status'])
          .where('organization_id', '=', organizationId)
          .where('external_user_id', '=', externalUserId)
          .execute(),
      )
    },

    /**
     * Removes every row that belongs to the user or to one of these connections, in all tables that name either; the
     * catalogue says which those are, so that a table made tomorrow is no gap. Tells how many rows of which table.
     */
    async erase(organizationId: string, externalUserId: string, ids: string[]): Promise<Record<string, number>> {
      return await database.tenant(organizationId, async (transaction) => {
        const counts: Record<string, number> = {}
        const remove = async (table: string, condition: ReturnType<typeof sql>) => {
          const result = await sql`DELETE FROM ${sql.table(table)}
            WHERE organization_id = ${organizationId}::uuid AND ${condition}`.execute(transaction)
          const removed = Number(result.numAffectedRows ?? 0)
          if (removed > 0) counts[table] = (counts[table] ?? 0) + removed
        }
        await remove(
          'webhook_event_keys',
          sql`event_id IN (SELECT id FROM webhook_events
            WHERE organization_id = ${organizationId}::uuid AND connection_id = ANY(${ids}::uuid[]))`,
        )
        // What was sent for the user alone, or to the user: both have rows that name neither.
        const messages = sql`SELECT id FROM messages WHERE organization_id = ${organizationId}::uuid
          AND (external_user_id = ${externalUserId} OR connection_id = ANY(${ids}::uuid[]))`
        const own = sql`(message_id IN (${messages}) OR destination_id IN (SELECT id FROM destinations
            WHERE organization_id = ${organizationId}::uuid AND external_user_id = ${externalUserId}))`
        await remove('attempts', own)
        await remove('deliveries', own)
        await remove('message_keys', sql`message_id IN (${messages})`)
        for (const { table, column } of await listTraces(transaction)) {
          const condition =
            column === 'connection_id'
              ? sql`connection_id = ANY(${ids}::uuid[])`
              : sql`external_user_id = ${externalUserId}`
          await remove(table, condition)
        }
        for (const table of ['system_events', 'notifications']) {
          await remove(
            table,
            sql`(data ->> 'externalUserId' = ${externalUserId} OR data ->> 'connectionId' = ANY(${ids}::text[]))`,
          )
        }
        await remove('connections', sql`external_user_id = ${externalUserId}`)
        await sql`UPDATE bulk_operations SET filter = NULL
          WHERE organization_id = ${organizationId}::uuid AND filter ->> 'externalUserId' = ${externalUserId}`.execute(
          transaction,
        )
        return counts
      })
    },
  }
}

/** Tables of tenants' data, connections aside, whose rows name a connection or an external user. */
async function listTraces(transaction: TenantTransaction): Promise<{ table: string; column: string }[]> {
  const { rows } = await sql<{ table: string; column: string }>`
    SELECT c.relname AS table, a.attname AS column
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND (a.attname = 'external_user_id' OR (a.attname = 'connection_id' AND a.atttypid = 'uuid'::regtype))
      AND c.relname NOT IN ('connections', 'audit_log')
      AND has_table_privilege(c.oid, 'DELETE')
      AND EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attname = 'organization_id')
    ORDER BY 1, 2`.execute(transaction)
  return rows
}

export type ExternalUserStore = ReturnType<typeof createExternalUserStore>
