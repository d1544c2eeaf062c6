import type { ConnectionErrorCode, ConnectionStatus } from '@koble/contract/connections'
import { sql } from 'kysely'
import type { Database, Query } from '../../database/client.ts'

export interface NewConnection {
  id: string
  organizationId: string
  integrationId: string
  provider: string
  externalUserId: string
  accountId: string | null
  accountLabel: string | null
  credentials: string
  lifetime: TokenLifetime
  scopes: string[]
  /** What the connect session allowed to ask for; undefined leaves it as it was. */
  scopeLimit: string[] | null | undefined
  metadata: Record<string, unknown>
  state: ConnectionState
  /** Until the first check of a new connection. */
  firstCheckInMs: number | null
}

/** How a connection fares, and why. */
export interface ConnectionState {
  status: ConnectionStatus
  errorCode: ConnectionErrorCode | null
  errorMessage: string | null
}

/** When an access token ends, and by when its refresh token must be used. */
export interface TokenLifetime {
  expiresAt: Date | null
  seconds: number | null
  /** Whether the provider said so. */
  told: boolean
  refreshBy: Date | null
}

/** What a change of state is told with. */
export interface ChangedConnection {
  id: string
  previousStatus: ConnectionStatus | null
  externalUserId: string
  accountLabel: string | null
}

export interface ConnectionFilter {
  limit: number
  after: string | null
  integrationId?: string
  provider?: string
  externalUserId?: string
  status?: ConnectionStatus
  ids?: string[]
  /** Of these integrations alone; null for all. */
  integrationIds?: string[] | null
}

/** A refresh that this process alone may carry out, until the time runs out. */
export interface Lease {
  generation: number
  /** The holder before us never said how its refresh ended: its token request may have been served. */
  uncertain: boolean
}

export interface StoredCredentials {
  credentials: string
  lifetime: TokenLifetime
  scopes: string[]
}

/** What is written when credentials come in, by a sign-in or from elsewhere. */
const columnsOf = (connection: Omit<NewConnection, 'id' | 'credentials' | 'metadata'>, sealed: string) => ({
  account_label: connection.accountLabel,
  status: connection.state.status,
  error_code: connection.state.errorCode,
  error_message: connection.state.errorMessage,
  credentials: sealed,
  token_expires_at: connection.lifetime.expiresAt,
  token_lifetime_seconds: connection.lifetime.seconds,
  token_lifetime_told: connection.lifetime.told,
  refresh_by: connection.lifetime.refreshBy,
  refresh_uncertain: false,
  revocation: null,
  scopes: connection.scopes,
  ...(connection.scopeLimit !== undefined && { scope_limit: connection.scopeLimit }),
  health_due_at: connection.firstCheckInMs === null ? null : new Date(Date.now() + connection.firstCheckInMs),
  refresh_owner: null,
  refresh_until: null,
  refresh_failures: 0,
  refresh_not_before: null,
})

export function createConnectionStore(database: Database) {
  const { system, systemPool } = database
  const lockState = (query: Query, id: string) =>
    query
      .selectFrom('connections')
      .select(['status', 'error_code', 'credential_version', 'external_user_id', 'account_label'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
  const changedOf = (
    id: string,
    before: { status: ConnectionStatus; external_user_id: string; account_label: string | null },
  ): ChangedConnection => ({
    id,
    previousStatus: before.status,
    externalUserId: before.external_user_id,
    accountLabel: before.account_label,
  })
  const joined = (organizationId: string, filter: Partial<ConnectionFilter> & { id?: string }) =>
    database.tenant(organizationId, (transaction) =>
      transaction
        .selectFrom('connections')
        .innerJoin('integrations', 'integrations.id', 'connections.integration_id')
        .selectAll('connections')
        .select([
          'integrations.name as integration_name',
          'integrations.provider_name',
          'integrations.sandbox',
          'integrations.health_check',
        ])
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
        .$if(Boolean(filter.integrationIds), (select) =>
          select.where('integration_id', 'in', filter.integrationIds ?? []),
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
      also: (changed: ChangedConnection, query: Query) => Promise<void>,
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
        const values = { ...columnsOf(connection, await seal(id)), connected_at: new Date() }
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
        const { externalUserId, accountLabel } = connection
        await also({ id, previousStatus: existing?.status ?? null, externalUserId, accountLabel }, transaction)
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
      also: (changed: ChangedConnection, query: Query) => Promise<void>,
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
          ...columnsOf(connection, await seal(id)),
          connected_at: connection.connectedAt,
        })
        const { externalUserId, accountLabel } = connection
        const told = { previousStatus: existing?.status ?? null, externalUserId, accountLabel }
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
          await also({ id: existing.id, ...told }, transaction)
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
          if (!inserted) continue
          await also({ id, ...told }, transaction)
          return { id, outcome }
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

    /** Erases the credentials; the row stays, so that its log can still be read. False when that was done already. */
    async disconnect(
      organizationId: string,
      id: string,
      revocation: 'unsupported' | 'pending',
      also: (changed: ChangedConnection, query: Query) => Promise<void>,
    ): Promise<boolean> {
      return await database.tenant(organizationId, async (transaction) => {
        const before = await lockState(transaction, id)
        if (!before || before.status === 'disconnected') return false
        await transaction
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
            refresh_by: null,
            health_due_at: null,
            revocation,
          })
          .where('id', '=', id)
          .execute()
        await also(changedOf(id, before), transaction)
        return true
      })
    },

    /**
     * Says how credentials of this version fare; newer ones, or none, are not concerned, and a warning does not soften
     * an error. `also` tells of it in the same transaction. False when nothing changed.
     */
    async setState(
      { organizationId, id, version }: { organizationId: string; id: string; version: number },
      state: ConnectionState,
      also: (changed: ChangedConnection, query: Query) => Promise<void>,
    ): Promise<boolean> {
      return await database.tenant(organizationId, async (transaction) => {
        const before = await lockState(transaction, id)
        if (!before || before.credential_version !== version || before.status === 'disconnected') return false
        if (before.status === state.status && before.error_code === state.errorCode) return false
        if (before.status === 'error' && state.status === 'warning') return false
        await transaction
          .updateTable('connections')
          .set({ status: state.status, error_code: state.errorCode, error_message: state.errorMessage })
          .where('id', '=', id)
          .execute()
        await also(changedOf(id, before), transaction)
        return true
      })
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
          'error_code',
          'scopes',
          'scope_limit',
          'token_expires_at',
          'token_lifetime_seconds',
          'token_lifetime_told',
        ])
        .where('id', '=', id)
        .executeTakeFirst()
    },

    /**
     * Takes the lease, which is also the written intent to refresh, if nobody holds it and the credentials are still of
     * the version the caller saw; all that the caller read before may have changed since, so it is asked here again.
     * Null otherwise.
     */
    async takeLease(id: string, version: number, owner: string, leaseMs: number): Promise<Lease | null> {
      const { rows } = await systemPool.query<Lease>(
        `WITH before AS (SELECT refresh_owner IS NOT NULL OR refresh_uncertain AS uncertain FROM connections WHERE id = $1 FOR UPDATE)
         UPDATE connections SET refresh_owner = $3, refresh_generation = refresh_generation + 1,
           refresh_until = now() + $4 * interval '1 millisecond'
         FROM before
         WHERE id = $1 AND credential_version = $2 AND (refresh_until IS NULL OR refresh_until < now())
           AND (refresh_not_before IS NULL OR refresh_not_before <= now()) AND status IN ('connected', 'warning')
         RETURNING refresh_generation AS generation, before.uncertain`,
        [id, version, owner, leaseMs],
      )
      return rows[0] ?? null
    },

    /**
     * Stores what a refresh brought, if nobody changed the credentials meanwhile. Who holds the lease by now is not
     * asked: tokens that came are better than those that another one is still asking for. How the connection fares is
     * said afterwards, so that nothing can hinder the storing.
     */
    async storeRefreshed(id: string, version: number, fresh: StoredCredentials): Promise<boolean> {
      const { lifetime } = fresh
      const result = await systemPool.query(
        `UPDATE connections SET credentials = $3, token_expires_at = $4, scopes = $5, token_lifetime_seconds = $6,
           token_lifetime_told = $7, refresh_by = $8, credential_version = credential_version + 1,
           last_refresh_at = now(), refresh_owner = NULL, refresh_until = NULL, refresh_failures = 0,
           refresh_not_before = NULL, refresh_uncertain = false
         WHERE id = $1 AND credential_version = $2 AND credentials IS NOT NULL`,
        [
          id,
          version,
          fresh.credentials,
          lifetime.expiresAt,
          fresh.scopes,
          lifetime.seconds,
          lifetime.told,
          lifetime.refreshBy,
        ],
      )
      return result.rowCount === 1
    },

    /**
     * Gives the lease back after a failure, and says when the next try may be. `uncertain` says that the request may
     * have been served.
     */
    async releaseLease(
      id: string,
      lease: { owner: string; generation: number },
      { retryAfterMs, uncertain }: { retryAfterMs: number; uncertain: boolean },
    ): Promise<void> {
      await systemPool.query(
        `UPDATE connections SET refresh_owner = NULL, refresh_until = NULL,
           refresh_failures = refresh_failures + CASE WHEN $4::float8 > 0 THEN 1 ELSE 0 END,
           refresh_not_before = CASE WHEN $4::float8 > 0 THEN now() + $4::float8 * interval '1 millisecond' END,
           refresh_uncertain = refresh_uncertain OR $5
         WHERE id = $1 AND refresh_owner = $2 AND refresh_generation = $3`,
        [id, lease.owner, lease.generation, retryAfterMs, uncertain],
      )
    },

    /**
     * A token whose end nobody told was refused after so many seconds: its successors live no longer. Shorter ones
     * correct it, longer ones do not.
     */
    async learnLifetime(id: string, seconds: number): Promise<void> {
      await systemPool.query(
        `UPDATE connections SET token_lifetime_seconds = least(coalesce(token_lifetime_seconds, $2), $2),
           token_expires_at = greatest(connected_at, last_refresh_at)
             + least(coalesce(token_lifetime_seconds, $2), $2) * interval '1 second'
         WHERE id = $1 AND NOT token_lifetime_told AND credentials IS NOT NULL`,
        [id, seconds],
      )
    },

    /**
     * Connections whose tokens run out before `until`, or whose refresh tokens want to be used, and that nothing keeps
     * from being refreshed now; for the keep-alive job, which walks through them by their ids.
     */
    async listExpiring(until: Date, limit: number, after: string | null) {
      return await system
        .selectFrom('connections')
        .select(['id', 'organization_id'])
        .where('status', 'in', ['connected', 'warning'])
        .where((where) => where.or([where('token_expires_at', '<', until), where('refresh_by', '<', new Date())]))
        .where((where) =>
          where.or([where('refresh_not_before', 'is', null), where('refresh_not_before', '<', new Date())]),
        )
        .where((where) => where.or([where('refresh_until', 'is', null), where('refresh_until', '<', new Date())]))
        .$if(after !== null, (select) => select.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
        .execute()
    },

    /** A page of an integration's connections, for work on all of them. */
    async listOfIntegration(organizationId: string, integrationId: string, after: string | null, limit: number) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('connections')
          .select(['id', 'scopes', 'scope_limit', 'status', 'error_code', 'credential_version'])
          .where('integration_id', '=', integrationId)
          .where('status', '<>', 'disconnected')
          .$if(after !== null, (select) => select.where('id', '>', after))
          .orderBy('id')
          .limit(limit)
          .execute(),
      )
    },

    /** Whether anybody else is connected to the same account under the same integration. */
    async isShared(organizationId: string, id: string): Promise<boolean> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('connections as other')
          .innerJoin('connections as own', (join) =>
            join
              .onRef('own.integration_id', '=', 'other.integration_id')
              .onRef('own.account_id', '=', 'other.account_id')
              .onRef('own.id', '<>', 'other.id'),
          )
          .select('other.id')
          .where('own.id', '=', id)
          .where('other.status', '<>', 'disconnected')
          .limit(1)
          .executeTakeFirst(),
      )
      return row !== undefined
    },

    /** By the account a webhook speaks of; the latest one when several users connected it. */
    async findByAccount(organizationId: string, integrationId: string, accountId: string) {
      return await system
        .selectFrom('connections')
        .select(['id', 'external_user_id'])
        .where('organization_id', '=', organizationId)
        .where('integration_id', '=', integrationId)
        .where('account_id', '=', accountId)
        .where('status', '<>', 'disconnected')
        .orderBy('connected_at', 'desc')
        .limit(1)
        .executeTakeFirst()
    },
    async findOwner(organizationId: string, id: string) {
      return await system
        .selectFrom('connections')
        .select(['id', 'external_user_id'])
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .executeTakeFirst()
    },
  }
}

export type ConnectionStore = ReturnType<typeof createConnectionStore>
export type ConnectionRecord = NonNullable<Awaited<ReturnType<ConnectionStore['find']>>>
