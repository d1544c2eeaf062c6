import type { ConnectionStatus } from '@koble/contract/connections'
import { sql } from 'kysely'
import type { Database } from '../../database/client.ts'

export interface NewConnection {
  id: string
  organizationId: string
  integrationId: string
  provider: string
  externalUserId: string
  accountId: string | null
  accountLabel: string | null
  credentials: string
  tokenExpiresAt: Date | null
  scopes: string[]
  metadata: Record<string, unknown>
}

export interface ConnectionFilter {
  limit: number
  after: string | null
  integrationId?: string
  provider?: string
  externalUserId?: string
  status?: ConnectionStatus
  ids?: string[]
}

/** A refresh that this process alone may carry out, until the time runs out. */
export interface Lease {
  generation: number
  /** The holder before us never said how its refresh ended: its token request may have been served. */
  uncertain: boolean
}

export interface StoredCredentials {
  credentials: string
  tokenExpiresAt: Date | null
  scopes: string[]
}

export function createConnectionStore(database: Database) {
  const { system, systemPool } = database
  const joined = (organizationId: string, filter: Partial<ConnectionFilter> & { id?: string }) =>
    database.tenant(organizationId, (transaction) =>
      transaction
        .selectFrom('connections')
        .innerJoin('integrations', 'integrations.id', 'connections.integration_id')
        .selectAll('connections')
        .select(['integrations.name as integration_name', 'integrations.provider_name', 'integrations.sandbox'])
        .$if(filter.id !== undefined, (select) => select.where('connections.id', '=', filter.id ?? ''))
        .$if(filter.ids !== undefined, (select) => select.where('connections.id', 'in', filter.ids ?? []))
        .$if(Boolean(filter.after), (select) => select.where('connections.id', '<', filter.after ?? ''))
        .$if(filter.integrationId !== undefined, (select) =>
          select.where('integration_id', '=', filter.integrationId ?? ''),
        )
        .$if(filter.provider !== undefined, (select) =>
          select.where('connections.provider_id', '=', filter.provider ?? ''),
        )
        .$if(filter.externalUserId !== undefined, (select) =>
          select.where('external_user_id', '=', filter.externalUserId ?? ''),
        )
        .$if(filter.status !== undefined, (select) =>
          select.where('connections.status', '=', filter.status ?? 'connected'),
        )
        .$if(filter.status === undefined && filter.id === undefined, (select) =>
          select.where('connections.status', '<>', 'disconnected'),
        )
        .orderBy('connections.id', 'desc')
        .limit((filter.limit ?? 199) + 1)
        .execute(),
    )

  return {
    list: (organizationId: string, filter: ConnectionFilter) => joined(organizationId, filter),
    async find(organizationId: string, id: string) {
      return (await joined(organizationId, { id }))[0]
    },

    /**
     * Saves a connection; the same account of the same external user under the same integration keeps its row (and
     * with it everything that hangs on its id). The row's id is needed to seal the credentials, hence the callback.
     */
    async save(
      connection: Omit<NewConnection, 'id' | 'credentials'>,
      newId: string,
      seal: (id: string) => Promise<string>,
    ) {
      return await database.tenant(connection.organizationId, async (transaction) => {
        const lockName = [connection.integrationId, connection.externalUserId, connection.accountId].join('/')
        await sql`SELECT pg_advisory_xact_lock(hashtextextended(${lockName}, 0))`.execute(transaction)
        const existing = await transaction
          .selectFrom('connections')
          .select(['id', 'status'])
          .where('integration_id', '=', connection.integrationId)
          .where('external_user_id', '=', connection.externalUserId)
          .where('account_id', 'is not distinct from', connection.accountId)
          .forUpdate()
          .executeTakeFirst()
        const id = existing?.id ?? newId
        const values = {
          account_label: connection.accountLabel,
          status: 'connected' as const,
          error_code: null,
          error_message: null,
          credentials: await seal(id),
          token_expires_at: connection.tokenExpiresAt,
          scopes: connection.scopes,
          refresh_owner: null,
          refresh_until: null,
          refresh_failures: 0,
          refresh_not_before: null,
          connected_at: new Date(),
        }
        if (existing) {
          await transaction
            .updateTable('connections')
            .set({ ...values, credential_version: sql`credential_version + 1` })
            .where('id', '=', id)
            .execute()
        } else {
          await transaction
            .insertInto('connections')
            .values({
              ...values,
              id,
              organization_id: connection.organizationId,
              integration_id: connection.integrationId,
              provider_id: connection.provider,
              external_user_id: connection.externalUserId,
              account_id: connection.accountId,
              metadata: JSON.stringify(connection.metadata),
            })
            .execute()
        }
        return { id, isNew: existing === undefined }
      })
    },

    /**
     * Saves a connection from elsewhere under the first of `ids` that nobody has. Of one that is there already,
     * `onConflict` decides, unless it is disconnected. Nothing is written in a dry run; the id is null when it would be new.
     */
    async import(
      connection: Omit<NewConnection, 'id' | 'credentials' | 'metadata'> & {
        connectedAt: Date
        metadata?: Record<string, unknown>
      },
      options: { ids: string[]; onConflict: 'skip' | 'replace' | 'fail'; dryRun: boolean },
      seal: (id: string) => Promise<string>,
    ): Promise<{ id: string | null; outcome: 'created' | 'replaced' | 'skipped' | 'conflict' }> {
      return await database.tenant(connection.organizationId, async (transaction) => {
        const lockName = [connection.integrationId, connection.externalUserId, connection.accountId].join('/')
        await sql`SELECT pg_advisory_xact_lock(hashtextextended(${lockName}, 0))`.execute(transaction)
        const existing = await transaction
          .selectFrom('connections')
          .select(['id', 'status'])
          .where('integration_id', '=', connection.integrationId)
          .where('external_user_id', '=', connection.externalUserId)
          .where('account_id', 'is not distinct from', connection.accountId)
          .forUpdate()
          .executeTakeFirst()
        if (existing && existing.status !== 'disconnected' && options.onConflict !== 'replace') {
          return { id: existing.id, outcome: options.onConflict === 'skip' ? 'skipped' : 'conflict' }
        }
        const outcome = existing ? 'replaced' : 'created'
        if (options.dryRun) return { id: existing?.id ?? null, outcome }
        const values = async (id: string) => ({
          account_label: connection.accountLabel,
          status: 'connected' as const,
          error_code: null,
          error_message: null,
          credentials: await seal(id),
          token_expires_at: connection.tokenExpiresAt,
          scopes: connection.scopes,
          connected_at: connection.connectedAt,
          refresh_owner: null,
          refresh_until: null,
          refresh_failures: 0,
          refresh_not_before: null,
        })
        const metadata = connection.metadata && JSON.stringify(connection.metadata)
        if (existing) {
          await transaction
            .updateTable('connections')
            .set({
              ...(await values(existing.id)),
              ...(metadata && { metadata }),
              credential_version: sql`credential_version + 1`,
            })
            .where('id', '=', existing.id)
            .execute()
          return { id: existing.id, outcome }
        }
        for (const id of options.ids) {
          const inserted = await transaction
            .insertInto('connections')
            .values({
              ...(await values(id)),
              id,
              organization_id: connection.organizationId,
              integration_id: connection.integrationId,
              provider_id: connection.provider,
              external_user_id: connection.externalUserId,
              account_id: connection.accountId,
              metadata: metadata ?? '{}',
            })
            .onConflict((conflict) => conflict.column('id').doNothing())
            .returning('id')
            .executeTakeFirst()
          if (inserted) return { id, outcome }
        }
        throw new Error('No id is free')
      })
    },

    /** True when it was there. */
    async remove(organizationId: string, id: string): Promise<boolean> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction.deleteFrom('connections').where('id', '=', id).returning('id').executeTakeFirst(),
      )
      return row !== undefined
    },

    async updateMetadata(organizationId: string, id: string, metadata: Record<string, unknown>) {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('connections')
          .set({ metadata: JSON.stringify(metadata) })
          .where('id', '=', id)
          .returning('id')
          .executeTakeFirst(),
      )
      return row !== undefined
    },

    /** Erases the credentials; the row stays, so that its log can still be read. */
    async disconnect(organizationId: string, id: string) {
      await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('connections')
          .set({
            status: 'disconnected',
            credentials: null,
            token_expires_at: null,
            error_code: null,
            error_message: null,
            credential_version: sql`credential_version + 1`,
            refresh_owner: null,
            refresh_until: null,
          })
          .where('id', '=', id)
          .execute(),
      )
    },

    /** Says how credentials of this version fare; newer ones, or none, are not concerned. */
    async setStatus(
      { organizationId, id, version }: { organizationId: string; id: string; version: number },
      state: { status: ConnectionStatus; errorCode: string | null; errorMessage: string | null },
    ): Promise<boolean> {
      const rows = await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('connections')
          .set({ status: state.status, error_code: state.errorCode, error_message: state.errorMessage })
          .where('id', '=', id)
          .where('credential_version', '=', version)
          .where('status', '<>', 'disconnected')
          .where((where) =>
            where.or([where('status', '<>', state.status), where('error_code', 'is distinct from', state.errorCode)]),
          )
          .returning('id')
          .execute(),
      )
      return rows.length > 0
    },

    /** What a refresh works on, read afresh. */
    async readForRefresh(id: string) {
      return await system
        .selectFrom('connections')
        .select([
          'credentials',
          'credential_version',
          'status',
          'refresh_until',
          'refresh_not_before',
          'refresh_failures',
        ])
        .where('id', '=', id)
        .executeTakeFirst()
    },

    /**
     * Takes the lease, which is also the written intent to refresh, if nobody holds it and the credentials are still of
     * the version the caller saw. Null otherwise.
     */
    async takeLease(id: string, version: number, owner: string, leaseMs: number): Promise<Lease | null> {
      const { rows } = await systemPool.query<Lease>(
        `WITH before AS (SELECT refresh_owner IS NOT NULL AS uncertain FROM connections WHERE id = $1 FOR UPDATE)
         UPDATE connections SET refresh_owner = $3, refresh_generation = refresh_generation + 1,
           refresh_until = now() + $4 * interval '1 millisecond'
         FROM before
         WHERE id = $1 AND credential_version = $2 AND (refresh_until IS NULL OR refresh_until < now())
         RETURNING refresh_generation AS generation, before.uncertain`,
        [id, version, owner, leaseMs],
      )
      return rows[0] ?? null
    },

    /** Stores what a refresh brought, if the lease is still ours and nobody changed the credentials meanwhile. */
    async storeRefreshed(
      id: string,
      version: number,
      lease: { owner: string; generation: number },
      fresh: StoredCredentials,
    ): Promise<boolean> {
      const result = await systemPool.query(
        `UPDATE connections SET credentials = $5, token_expires_at = $6, scopes = $7,
           credential_version = credential_version + 1, last_refresh_at = now(), refresh_owner = NULL,
           refresh_until = NULL, refresh_failures = 0, refresh_not_before = NULL,
           status = 'connected', error_code = NULL, error_message = NULL
         WHERE id = $1 AND credential_version = $2 AND refresh_owner = $3 AND refresh_generation = $4`,
        [id, version, lease.owner, lease.generation, fresh.credentials, fresh.tokenExpiresAt, fresh.scopes],
      )
      return result.rowCount === 1
    },

    /** Gives the lease back after a failure, and says when the next try may be. */
    async releaseLease(id: string, lease: { owner: string; generation: number }, retryAfterMs: number): Promise<void> {
      await systemPool.query(
        `UPDATE connections SET refresh_owner = NULL, refresh_until = NULL,
           refresh_failures = refresh_failures + CASE WHEN $4::float8 > 0 THEN 1 ELSE 0 END,
           refresh_not_before = CASE WHEN $4::float8 > 0 THEN now() + $4::float8 * interval '1 millisecond' END
         WHERE id = $1 AND refresh_owner = $2 AND refresh_generation = $3`,
        [id, lease.owner, lease.generation, retryAfterMs],
      )
    },

    /** Connections whose tokens run out before `until` and can be refreshed now; for the keep-alive job. */
    async listExpiring(until: Date, limit: number) {
      return await system
        .selectFrom('connections')
        .select(['id', 'organization_id'])
        .where('status', 'in', ['connected', 'warning'])
        .where('token_expires_at', '<', until)
        .where((where) =>
          where.or([where('refresh_not_before', 'is', null), where('refresh_not_before', '<', new Date())]),
        )
        .orderBy('token_expires_at')
        .limit(limit)
        .execute()
    },

    /** By the account a webhook speaks of; the latest one when several users connected it. */
    async findByAccount(organizationId: string, integrationId: string, accountId: string) {
      return await system
        .selectFrom('connections')
        .select('id')
        .where('organization_id', '=', organizationId)
        .where('integration_id', '=', integrationId)
        .where('account_id', '=', accountId)
        .where('status', '<>', 'disconnected')
        .orderBy('connected_at', 'desc')
        .limit(1)
        .executeTakeFirst()
    },
  }
}

export type ConnectionStore = ReturnType<typeof createConnectionStore>
export type ConnectionRecord = NonNullable<Awaited<ReturnType<ConnectionStore['find']>>>
