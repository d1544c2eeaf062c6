import { sql } from 'kysely'
import type { Database } from '../../database/client.ts'

export interface NewConnectSession {
  id: string
  organizationId: string
  tokenHash: string
  externalUserId: string
  integrationIds: string[] | null
  /** What may be asked for at most. */
  scopes: string[] | null
  /** Exactly what is asked for instead, and whether it comes on top of what was granted. */
  asks: string[] | null
  incremental: boolean
  returnTo: string | null
  expiresAt: Date
}

export interface NewState {
  stateHash: string
  organizationId: string
  integrationId: string
  connectSessionId: string | null
  connectionId: string | null
  externalUserId: string
  browserHash: string
  sealed: string
  mode: 'popup' | 'redirect'
  returnTo: string | null
  /** What was asked for, and what the session let be asked for at most. */
  scopes: string[]
  scopeLimit: string[] | null
  incremental: boolean
  expiresAt: Date
}

export interface NewDeviceSignIn {
  id: string
  organizationId: string
  integrationId: string
  connectSessionId: string
  externalUserId: string
  sealed: string
  intervalMs: number
  expiresAt: Date
}

/** Connect sessions of end users, and the sign-ins under way at providers. */
export function createConnectStore(database: Database) {
  const { system } = database
  return {
    async insertSession(session: NewConnectSession): Promise<void> {
      await database.tenant(session.organizationId, (transaction) =>
        transaction
          .insertInto('connect_sessions')
          .values({
            id: session.id,
            organization_id: session.organizationId,
            token_hash: session.tokenHash,
            external_user_id: session.externalUserId,
            integration_ids: session.integrationIds,
            scopes: session.scopes,
            asks: session.asks,
            incremental: session.incremental,
            return_to: session.returnTo,
            expires_at: session.expiresAt,
          })
          .execute(),
      )
    },
    async findSession(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('connect_sessions').selectAll().where('id', '=', id).executeTakeFirst(),
      )
    },
    async findSessionByToken(tokenHash: string) {
      return await system
        .selectFrom('connect_sessions')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .where('expires_at', '>', new Date())
        .executeTakeFirst()
    },
    async finishSession(organizationId: string, id: string, connectionId: string): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('connect_sessions')
          .set({
            status: 'connected',
            error_code: null,
            error_message: null,
            connection_ids: sql`array_append(array_remove(connection_ids, ${connectionId}::uuid), ${connectionId}::uuid)`,
          })
          .where('id', '=', id)
          .execute(),
      )
    },
    async failSession(organizationId: string, id: string, code: string, message: string): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('connect_sessions')
          .set({ status: 'failed', error_code: code, error_message: message })
          .where('id', '=', id)
          .where('status', '<>', 'connected')
          .execute(),
      )
    },
    async reopenSession(organizationId: string, id: string): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('connect_sessions')
          .set({ status: 'pending', error_code: null, error_message: null })
          .where('id', '=', id)
          .where('status', '=', 'failed')
          .execute(),
      )
    },

    async insertState(state: NewState): Promise<void> {
      await database.tenant(state.organizationId, (transaction) =>
        transaction
          .insertInto('oauth_states')
          .values({
            state_hash: state.stateHash,
            organization_id: state.organizationId,
            integration_id: state.integrationId,
            connect_session_id: state.connectSessionId,
            connection_id: state.connectionId,
            external_user_id: state.externalUserId,
            browser_hash: state.browserHash,
            sealed: state.sealed,
            mode: state.mode,
            return_to: state.returnTo,
            scopes: state.scopes,
            scope_limit: state.scopeLimit,
            incremental: state.incremental,
            expires_at: state.expiresAt,
            used_at: null,
          })
          .execute(),
      )
    },
    /** In whatever organization: the browser that comes back brings nothing but the state. */
    async findState(stateHash: string) {
      return await system.selectFrom('oauth_states').selectAll().where('state_hash', '=', stateHash).executeTakeFirst()
    },
    /** True for the one caller who may use it. */
    async consumeState(stateHash: string): Promise<boolean> {
      const row = await system
        .updateTable('oauth_states')
        .set({ used_at: new Date() })
        .where('state_hash', '=', stateHash)
        .where('used_at', 'is', null)
        .returning('state_hash')
        .executeTakeFirst()
      return row !== undefined
    },

    /** One at a time for each integration of a session: a code that was asked for again replaces the earlier one. */
    async insertDeviceSignIn(signIn: NewDeviceSignIn): Promise<void> {
      await database.tenant(signIn.organizationId, async (transaction) => {
        await transaction
          .deleteFrom('device_sign_ins')
          .where('connect_session_id', '=', signIn.connectSessionId)
          .where('integration_id', '=', signIn.integrationId)
          .execute()
        await transaction
          .insertInto('device_sign_ins')
          .values({
            id: signIn.id,
            organization_id: signIn.organizationId,
            integration_id: signIn.integrationId,
            connect_session_id: signIn.connectSessionId,
            external_user_id: signIn.externalUserId,
            sealed: signIn.sealed,
            interval_ms: signIn.intervalMs,
            ask_at: new Date(Date.now() + signIn.intervalMs),
            expires_at: signIn.expiresAt,
          })
          .execute()
      })
    },
    /** Those that may be asked about now, for the caller alone until `questionMs` have passed. */
    async claimDeviceSignIns(filter: { connectSessionId?: string }, questionMs: number, limit: number) {
      return await system
        .updateTable('device_sign_ins')
        .set({ ask_at: new Date(Date.now() + questionMs) })
        .where('id', 'in', (due) =>
          due
            .selectFrom('device_sign_ins')
            .select('id')
            .where('ask_at', '<=', new Date())
            .$if(filter.connectSessionId !== undefined, (select) =>
              select.where('connect_session_id', '=', filter.connectSessionId ?? ''),
            )
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .returningAll()
        .execute()
    },
    async askDeviceAgain(id: string, intervalMs: number): Promise<void> {
      await system
        .updateTable('device_sign_ins')
        .set({ interval_ms: intervalMs, ask_at: new Date(Date.now() + intervalMs) })
        .where('id', '=', id)
        .execute()
    },
    async deleteDeviceSignIn(id: string): Promise<void> {
      await system.deleteFrom('device_sign_ins').where('id', '=', id).execute()
    },

    async purge(before: Date): Promise<void> {
      await system.deleteFrom('oauth_states').where('expires_at', '<', before).execute()
      await system.deleteFrom('connect_sessions').where('expires_at', '<', before).execute()
    },
  }
}

export type ConnectStore = ReturnType<typeof createConnectStore>
export type DeviceSignInRecord = Awaited<ReturnType<ConnectStore['claimDeviceSignIns']>>[number]
export type StateRecord = NonNullable<Awaited<ReturnType<ConnectStore['findState']>>>
