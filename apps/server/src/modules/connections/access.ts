import type { ConnectionStatus } from '@koble/contract/connections'
import { KobleError } from '@koble/core/errors'
import type { ChangeFeed } from '../../database/changes.ts'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import { type Credentials, mainSlot } from './credentials.ts'
import { createRefresher, type RefreshTarget } from './refresh.ts'
import type { ConnectionRecord, ConnectionStore } from './store.ts'

/** A connection ready for calls, its credentials open. Never leaves the process. */
export interface OpenConnection {
  id: string
  organizationId: string
  integrationId: string
  providerId: string
  status: ConnectionStatus
  errorMessage: string | null
  credentials: Credentials
  version: number
  /** Milliseconds since the epoch; infinite when the token does not run out. */
  expiresAt: number
  canRefresh: boolean
}

/** A connection about which something is noted. */
export interface NoteTarget {
  id: string
  organizationId: string
  integration: OpenIntegration
}

/** A token that runs out within this time is renewed before the call. */
const renewAheadMs = 60_000

/** Opens connections, keeps their tokens fresh, and says on them what became of it. */
export function createConnectionAccess(parts: {
  store: ConnectionStore
  integrations: IntegrationService
  encryption: EncryptionService
  activity: ActivityService
  changes: ChangeFeed
  nodeId: string
}) {
  const { store, integrations, encryption, activity } = parts
  const opened = parts.changes.cache<OpenConnection>('connections', (connection) => connection.id)
  const contextOf = ({ organizationId, id }: { organizationId: string; id: string }) => ({
    organizationId,
    table: 'connections',
    row: id,
    column: 'credentials',
  })
  const seal = (target: { organizationId: string; id: string }, credentials: Credentials) =>
    encryption.encrypt(contextOf(target), JSON.stringify(credentials))
  const unseal = async (target: { organizationId: string; id: string }, sealed: string): Promise<Credentials> =>
    JSON.parse(await encryption.decrypt(contextOf(target), sealed))

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
    integrations,
    seal,
    unseal,
    owner: parts.nodeId,
    outcome: {
      async onRefreshed(target, before) {
        opened.forget(target.id)
        const recovered = before === 'warning' ? ' and the connection works again' : ''
        await note(target, 'token.refreshed', 'success', `The access token was renewed${recovered}`)
      },
      async onRejected(target, error) {
        await setError(target, error.message)
      },
      async onTrouble(target, error) {
        const message = 'The provider could not renew the token; it is tried again soon'
        const changed = await store.setStatus(target, {
          status: 'warning',
          errorCode: 'provider_unavailable',
          errorMessage: message,
        })
        opened.forget(target.id)
        if (changed) await note(target, 'token.refresh_failed', 'failure', message, { code: error.code })
      },
    },
  })

  async function setError(target: RefreshTarget, errorMessage: string): Promise<void> {
    const errorCode = 'needs_reauth'
    const state = { status: 'error' as const, errorCode, errorMessage }
    const changed = await store.setStatus(target, state)
    opened.forget(target.id)
    if (changed) await note(target, 'connection.error', 'failure', errorMessage, { code: errorCode })
  }

  async function demand(organizationId: string, id: string): Promise<ConnectionRecord> {
    const row = await store.find(organizationId, id)
    if (!row) throw notFound()
    return row
  }

  async function open(organizationId: string, id: string): Promise<OpenConnection> {
    const connection = await opened.get(id, async () => {
      const row = await demand(organizationId, id)
      if (row.credentials === null) throw notUsable(row.error_message ?? 'The connection was disconnected.')
      const credentials = await unseal({ organizationId, id }, row.credentials)
      return {
        id,
        organizationId,
        integrationId: row.integration_id,
        providerId: row.provider_id,
        status: row.status,
        errorMessage: row.error_message,
        credentials,
        version: row.credential_version,
        expiresAt: row.token_expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
        canRefresh: mainSlot(credentials)?.token.refreshToken !== undefined,
      }
    })
    // The memory is keyed by id alone: whose it is must still be asked.
    if (connection.organizationId !== organizationId) throw notFound()
    return connection
  }

  async function targetOf(connection: OpenConnection): Promise<RefreshTarget> {
    const { id, organizationId, version } = connection
    return {
      id,
      organizationId,
      version,
      integration: await integrations.open(organizationId, connection.integrationId),
    }
  }

  async function renew(connection: OpenConnection): Promise<OpenConnection> {
    await refresher.refresh(await targetOf(connection))
    opened.forget(connection.id)
    return await open(connection.organizationId, connection.id)
  }

  async function fresh(organizationId: string, id: string): Promise<OpenConnection> {
    const connection = await open(organizationId, id)
    if (connection.status === 'error' || connection.status === 'disconnected') {
      throw notUsable(connection.errorMessage ?? 'The connection must be reconnected first.')
    }
    const remainingMs = connection.expiresAt - Date.now()
    if (remainingMs > renewAheadMs) return connection
    if (!connection.canRefresh) {
      if (remainingMs > 0) return connection
      const message = 'The token ran out and cannot be renewed; the account must be connected again.'
      await setError(await targetOf(connection), message)
      throw notUsable(message)
    }
    try {
      return await renew(connection)
    } catch (error) {
      // While the provider cannot renew it, a token that is still good is used on.
      if (error instanceof KobleError && error.code !== 'connection_not_usable' && remainingMs > 0) return connection
      throw error
    }
  }

  return {
    demand,
    open,
    fresh,
    renew,
    seal,
    unseal,
    note,
    forget: opened.forget,
    /** After a 401 to this version of the credentials: renews once; false when there is nothing to renew with. */
    async renewAfterRejection(connection: OpenConnection): Promise<boolean> {
      const current = await open(connection.organizationId, connection.id)
      if (current.version > connection.version) return true
      if (!current.canRefresh) return false
      await renew(current)
      return true
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
export const notUsable = (message: string) => apiError('connection_not_usable', message)
