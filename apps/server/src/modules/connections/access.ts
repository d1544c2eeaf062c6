import type { ConnectionErrorCode, ConnectionStatus } from '@koble/contract/connections'
import { KobleError } from '@koble/core/errors'
import type { ChangeFeed } from '../../database/changes.ts'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import type { NotificationService } from '../notifications/service.ts'
import type { SystemEventService } from '../system-events/service.ts'
import { type Credentials, canRenew, mainSlot, mainSlotName, readCredentials, slotExpiry } from './credentials.ts'
import type { Grants } from './grants.ts'
import { createRefresher, type RefreshTarget } from './refresh.ts'
import { reportScopes, stateOfScopes } from './scopes.ts'
import { createConnectionStates, type StateTarget } from './state.ts'
import type { ConnectionRecord, ConnectionStore } from './store.ts'

/** A connection ready for calls, its credentials open. Never leaves the process. */
export interface OpenConnection {
  id: string
  organizationId: string
  integrationId: string
  providerId: string
  status: ConnectionStatus
  errorCode: ConnectionErrorCode | null
  errorMessage: string | null
  credentials: Credentials
  version: number
  /** When the account was last connected, in milliseconds since the epoch; a renewed token leaves it as it is. */
  connectedAt: number
  /** Of the main token, in milliseconds since the epoch; infinite when it does not run out. */
  expiresAt: number
  /** When the token came, in the same way. */
  issuedAt: number
  /** So long before its end it is renewed. */
  renewAheadMs: number
  /** Whether the main token can be renewed without its owner. */
  canRefresh: boolean
}

/** A connection about which something is noted. */
export interface NoteTarget {
  id: string
  organizationId: string
  integration: OpenIntegration
}

/** A token that runs out within this time is renewed before the call; sooner, where tokens live so shortly. */
const renewAheadMs = 60_000
const renewAheadShare = 0.2
const shortestLifetimeSeconds = 300

/** Opens connections, keeps their tokens fresh, and says on them what became of it. */
export function createConnectionAccess(parts: {
  store: ConnectionStore
  integrations: IntegrationService
  grants: Grants
  encryption: EncryptionService
  activity: ActivityService
  events: SystemEventService
  notifications: NotificationService
  changes: ChangeFeed
  nodeId: string
  /** Hears how each renewal of a token ended. */
  onRefresh(outcome: 'refreshed' | 'rejected' | 'failed'): void
}) {
  const { store, integrations, encryption, activity } = parts
  const opened = parts.changes.cache<OpenConnection>('connections', (connection) => connection.id)
  const states = createConnectionStates({ ...parts, forget: opened.forget })
  const contextOf = ({ organizationId, id }: { organizationId: string; id: string }) => ({
    organizationId,
    table: 'connections',
    row: id,
    column: 'credentials',
  })
  const seal = (target: { organizationId: string; id: string }, credentials: Credentials) =>
    encryption.encrypt(contextOf(target), JSON.stringify(credentials))
  const unseal = async (target: { organizationId: string; id: string }, sealed: string): Promise<Credentials> =>
    readCredentials(await encryption.decrypt(contextOf(target), sealed))

  async function note(
    target: NoteTarget,
    action: string,
    status: 'success' | 'failure' | 'info',
    summary: string,
    details: Record<string, unknown> = {},
  ): Promise<void> {
    await activity.record({
      organizationId: target.organizationId,
      integrationId: target.integration.id,
      connectionId: target.id,
      provider: target.integration.provider.id,
      type: 'connection',
      action,
      status,
      summary,
      details,
    })
  }

  const refresher = createRefresher({
    store,
    grants: parts.grants,
    seal,
    unseal,
    forget: opened.forget,
    owner: parts.nodeId,
    outcome: {
      async onRefreshed(target, { state, scopes, scopeLimit }) {
        parts.onRefresh('refreshed')
        await note(target, 'token.refreshed', 'success', 'The access token was renewed')
        const now = stateOfScopes(reportScopes(target.integration, scopes, scopeLimit))
        if (now.status !== state.status || now.errorCode !== state.errorCode) await states.judge(target, now)
      },
      async onRejected(target, errorCode, errorMessage) {
        parts.onRefresh('rejected')
        await states.judge(target, { status: 'error', errorCode, errorMessage })
      },
      async onTrouble(target, errorCode, errorMessage, error) {
        parts.onRefresh('failed')
        const state = { status: 'warning' as const, errorCode, errorMessage }
        await states.judge(target, state, { action: 'token.refresh_failed', details: { code: error.code } })
      },
    },
  })

  async function setError(target: StateTarget, errorMessage: string): Promise<void> {
    await states.judge(target, { status: 'error', errorCode: 'needs_reauth', errorMessage })
  }

  async function demand(organizationId: string, id: string): Promise<ConnectionRecord> {
    const row = await store.find(organizationId, id)
    if (!row) throw notFound()
    return row
  }

  async function open(organizationId: string, id: string): Promise<OpenConnection> {
    const connection = await opened.get(id, async () => {
      const row = await demand(organizationId, id)
      if (row.credentials === null)
        throw notUsable(row.error_message ?? 'The connection was disconnected.', factsOf(row))
      const credentials = await unseal({ organizationId, id }, row.credentials)
      const slot = mainSlotName(credentials)
      const main = mainSlot(credentials)
      return {
        id,
        organizationId,
        integrationId: row.integration_id,
        providerId: row.provider_id,
        status: row.status,
        errorCode: row.error_code as ConnectionErrorCode | null,
        errorMessage: row.error_message,
        credentials,
        version: row.credential_version,
        connectedAt: row.connected_at.getTime(),
        // What was learnt of the main token stands in the row, and not in the credentials.
        expiresAt: main ? (row.token_expires_at?.getTime() ?? Number.POSITIVE_INFINITY) : slotExpiry(credentials, slot),
        renewAheadMs: Math.min(
          renewAheadMs,
          (row.token_lifetime_seconds ?? Number.POSITIVE_INFINITY) * 1000 * renewAheadShare,
        ),
        issuedAt: Math.max(row.connected_at.getTime(), row.last_refresh_at?.getTime() ?? 0),
        canRefresh: canRenew(credentials, slot),
      }
    })
    // The memory is keyed by id alone: whose it is must still be asked.
    if (connection.organizationId !== organizationId) throw notFound()
    return connection
  }

  async function targetOf(
    connection: OpenConnection,
    slot = mainSlotName(connection.credentials),
  ): Promise<RefreshTarget> {
    const { id, organizationId, version } = connection
    const integration = await integrations.open(organizationId, connection.integrationId)
    return { id, organizationId, version, slot, integration }
  }

  async function renew(connection: OpenConnection, slot?: string): Promise<OpenConnection> {
    await refresher.refresh(await targetOf(connection, slot))
    return await open(connection.organizationId, connection.id)
  }

  async function fresh(organizationId: string, id: string, slot?: string): Promise<OpenConnection> {
    let connection = await open(organizationId, id)
    // Whoever waited for the renewal of another slot finds this one as it was, and asks for its own.
    for (let round = 0; round < 3; round += 1) {
      if (connection.status === 'error' || connection.status === 'disconnected') {
        throw notUsable(connection.errorMessage ?? 'The connection must be reconnected first.', connection)
      }
      const remainingMs = remainingOf(connection, slot)
      if (remainingMs > (slot === undefined ? connection.renewAheadMs : renewAheadMs)) return connection
      const renewed = await renewIfDue(connection, remainingMs, slot)
      if (renewed === connection || tokenOf(renewed, slot) !== tokenOf(connection, slot)) return renewed
      connection = renewed
    }
    return connection
  }

  function tokenOf({ credentials }: OpenConnection, slot = mainSlotName(credentials)): string | undefined {
    return credentials.slots[slot]?.accessToken
  }

  function remainingOf(connection: OpenConnection, slot: string | undefined): number {
    if (slot === undefined) return connection.expiresAt - Date.now()
    if (!connection.credentials.slots[slot]) throw notUsable(`The connection has no token "${slot}".`, connection)
    return slotExpiry(connection.credentials, slot) - Date.now()
  }

  /** The connection with a new token, or as it is while that is still good. */
  async function renewIfDue(connection: OpenConnection, remainingMs: number, slot?: string): Promise<OpenConnection> {
    const canBeRenewed = slot === undefined ? connection.canRefresh : canRenew(connection.credentials, slot)
    if (!canBeRenewed) {
      if (remainingMs > 0) return connection
      const message = 'The token ran out and cannot be renewed; the account must be connected again.'
      // Without its main token a connection is of no use; another one's end leaves the rest working.
      if (slot !== undefined) throw notUsable(message, connection)
      await setError(await targetOf(connection), message)
      throw notUsable(message, { id: connection.id, status: 'error', errorCode: 'needs_reauth' })
    }
    try {
      return await renew(connection, slot)
    } catch (error) {
      // While the provider cannot renew it, a token that is still good is used on.
      if (error instanceof KobleError && error.code !== 'connection_not_usable' && remainingMs > 0) return connection
      throw error
    }
  }

  return {
    states,
    targetOf,
    demand,
    open,
    fresh,
    renew,
    seal,
    unseal,
    note,
    forget: opened.forget,
    /** Renews every token that runs out before that time; where none does, it is their refresh tokens that want use. */
    async renewDue(connection: OpenConnection, until: number): Promise<void> {
      const { id, organizationId, credentials } = connection
      const main = mainSlotName(credentials)
      const expiry = (slot: string) => (slot === main ? connection.expiresAt : slotExpiry(credentials, slot))
      const renewable = Object.keys(credentials.slots).filter((slot) => canRenew(credentials, slot))
      const due = renewable.filter((slot) => expiry(slot) < until)
      const isDue = due.length > 0 || connection.expiresAt < until
      for (const slot of isDue ? due : renewable) await renew(await open(organizationId, id), slot)
    },
    /** After a 401 to this version of the credentials: renews once; false when there is nothing to renew with. */
    async renewAfterRejection(connection: OpenConnection): Promise<boolean> {
      const current = await open(connection.organizationId, connection.id)
      if (current.version > connection.version) return true
      if (!current.canRefresh) return false
      await renew(current)
      return true
    },
    /**
     * A call with the connection's token was refused, and one with a new token was not: so long did the old one live.
     * What was refused within minutes was rather withdrawn than too old.
     */
    async learnLifetime({ id, issuedAt }: OpenConnection): Promise<void> {
      const seconds = Math.floor((Date.now() - issuedAt) / 1000)
      if (seconds < shortestLifetimeSeconds) return
      await store.learnLifetime(id, seconds)
      opened.forget(id)
    },
    /** Credentials that were just seen to work: whatever was wrong with the connection is over. */
    async markWorking(connection: OpenConnection): Promise<void> {
      if (connection.status === 'connected') return
      const row = await demand(connection.organizationId, connection.id)
      const target = await targetOf(connection)
      await states.judge(target, stateOfScopes(reportScopes(target.integration, row.scopes, row.scope_limit)))
    },
    /** The provider refuses the credentials for good. */
    async markRejected(connection: OpenConnection): Promise<void> {
      const message = 'The provider no longer accepts the credentials; the account must be connected again.'
      await setError(await targetOf(connection), message)
    },
  }
}

export type ConnectionAccess = ReturnType<typeof createConnectionAccess>

export const notFound = () => apiError('not_found', 'There is no such connection.')
/** The refusal of a call as a connection, which says which it is and why. */
export const notUsable = (
  message: string,
  { id, status, errorCode }: Pick<OpenConnection, 'id' | 'status' | 'errorCode'>,
) => apiError('connection_not_usable', message, { connection: { id, status, errorCode } })

const factsOf = (row: ConnectionRecord) => ({
  id: row.id,
  status: row.status,
  errorCode: row.error_code as ConnectionErrorCode | null,
})
