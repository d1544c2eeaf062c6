import type { Connection, ConnectionStatus, ConnectionTest } from '@koble/contract/connections'
import type { Page } from '@koble/contract/paging'
import { KobleError } from '@koble/core/errors'
import { revokeToken } from '@koble/core/oauth'
import { validateFields } from '@koble/providers/fields'
import { v7 as uuidv7 } from 'uuid'
import type { ChangeFeed } from '../../database/changes.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError, toProblem } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import { type AccountFacts, fetchAccount } from './account.ts'
import { type Credentials, expiryOf, mainSlot, scopesOf } from './credentials.ts'
import { createRefresher, type RefreshTarget } from './refresh.ts'
import type { ConnectionFilter, ConnectionRecord, ConnectionStore } from './store.ts'

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

export interface ConnectionService {
  list(organizationId: string, filter: ConnectionFilter): Promise<Page<Connection>>
  get(organizationId: string, id: string): Promise<Connection>
  /** Connects by credentials the account's owner gave; they are tried before anything is saved. */
  create(
    actor: Actor,
    origin: Origin,
    input: {
      integrationId: string
      externalUserId: string
      credentials: Record<string, string>
      metadata?: Record<string, unknown>
    },
  ): Promise<Connection>
  /** Saves what a sign-in brought. The same account keeps its connection. */
  save(
    integration: OpenIntegration,
    input: { externalUserId: string; credentials: Credentials; account: AccountFacts; scopes: string[] },
  ): Promise<string>
  updateMetadata(organizationId: string, id: string, metadata: Record<string, unknown>): Promise<Connection>
  disconnect(actor: Actor, origin: Origin, id: string): Promise<void>
  test(organizationId: string, id: string): Promise<ConnectionTest>
  refresh(organizationId: string, id: string): Promise<Connection>
  readToken(actor: Actor, origin: Origin, id: string): Promise<{ accessToken: string; tokenExpiresAt: string | null }>
  /** From memory after its first use. Throws `not_found`. */
  open(organizationId: string, id: string): Promise<OpenConnection>
  /** An open connection whose token is good for a while; renews it when it is not. Throws `connection_not_usable`. */
  fresh(organizationId: string, id: string): Promise<OpenConnection>
  /** After a 401 to this version of the credentials: renews once; false when there is nothing to renew with. */
  renewAfterRejection(connection: OpenConnection): Promise<boolean>
  /** The provider refuses the credentials for good: says so on the connection. */
  markRejected(connection: OpenConnection): Promise<void>
  findByAccount(organizationId: string, integrationId: string, accountId: string): Promise<string | null>
  /** Renews tokens that run out soon, a few at a time. */
  keepAlive(): Promise<void>
}

/** A token that runs out within this time is renewed before the call. */
const renewAheadMs = 60_000
/** Idle connections are kept alive by renewing what runs out within this time. */
const keepAliveAheadMs = 10 * 60_000
const keepAliveBatch = 100
const keepAliveParallel = 8

export function createConnectionService(parts: {
  store: ConnectionStore
  integrations: IntegrationService
  encryption: EncryptionService
  activity: ActivityService
  audit: AuditService
  changes: ChangeFeed
  fetch: typeof fetch
  nodeId: string
}): ConnectionService {
  const { store, integrations, encryption, activity, audit } = parts
  const opened = parts.changes.cache<OpenConnection>('connections', (connection) => connection.id)
  const contextOf = (organizationId: string, id: string) => ({
    organizationId,
    table: 'connections',
    row: id,
    column: 'credentials',
  })
  const seal = (target: { organizationId: string; id: string }, credentials: Credentials) =>
    encryption.encrypt(contextOf(target.organizationId, target.id), JSON.stringify(credentials))
  const unseal = async (target: { organizationId: string; id: string }, sealed: string): Promise<Credentials> =>
    JSON.parse(await encryption.decrypt(contextOf(target.organizationId, target.id), sealed))

  async function note(
    target: { id: string; organizationId: string; integration: OpenIntegration },
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
      async onRefreshed(target) {
        opened.forget(target.id)
        await note(target, 'token.refreshed', 'success', 'The access token was renewed')
      },
      async onRejected(target, error) {
        await setError(target, 'needs_reauth', error.message)
      },
      async onTrouble(target, error) {
        const message = 'The provider could not renew the token; it is tried again soon'
        const changed = await store.setStatus(target.organizationId, target.id, {
          status: 'warning',
          errorCode: 'provider_unavailable',
          errorMessage: message,
        })
        opened.forget(target.id)
        if (changed) await note(target, 'token.refresh_failed', 'failure', message, { code: error.code })
      },
    },
  })

  async function setError(target: RefreshTarget, errorCode: string, errorMessage: string): Promise<void> {
    const changed = await store.setStatus(target.organizationId, target.id, { status: 'error', errorCode, errorMessage })
    opened.forget(target.id)
    if (changed) await note(target, 'connection.error', 'failure', errorMessage, { code: errorCode })
  }

  async function demand(organizationId: string, id: string): Promise<ConnectionRecord> {
    const row = await store.find(organizationId, id)
    if (!row) throw notFound()
    return row
  }

  async function open(organizationId: string, id: string): Promise<OpenConnection> {
    // Not every call waits for a promise: the hot path finds the connection in memory.
    const remembered = opened.peek(id)
    const connection =
      remembered ??
      (await opened.get(id, async () => {
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
      }))
    if (connection.organizationId !== organizationId) throw notFound()
    return connection
  }

  async function targetOf(connection: OpenConnection): Promise<RefreshTarget> {
    const integration = await integrations.open(connection.organizationId, connection.integrationId)
    return { id: connection.id, organizationId: connection.organizationId, version: connection.version, integration }
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
      await setError(await targetOf(connection), 'needs_reauth', message)
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

  async function test(organizationId: string, id: string): Promise<ConnectionTest> {
    const startedAt = performance.now()
    const done = (outcome: Omit<ConnectionTest, 'durationMs'>): ConnectionTest => ({
      ...outcome,
      durationMs: Math.round(performance.now() - startedAt),
    })
    const row = await demand(organizationId, id)
    const integration = await integrations.open(organizationId, row.integration_id)
    const target = { id, organizationId, integration }
    try {
      const connection = await fresh(organizationId, id)
      const account = await fetchAccount(integration.resolved, connection.credentials, parts.fetch)
      if (account.status !== null) await note(target, 'connection.tested', 'success', 'The connection works')
      const message = account.status === null ? 'This provider has no address to try the connection with.' : null
      return done({ ok: true, status: account.status, code: null, message })
    } catch (error) {
      const problem = toProblem(error, '')
      if (problem.code === 'internal_error') throw error
      const status = error instanceof KobleError ? error.details['status'] : null
      const message = problem.detail ?? problem.title
      if (problem.code === 'credentials_rejected') await markRejected(await open(organizationId, id))
      else await note(target, 'connection.tested', 'failure', message, { code: problem.code })
      return done({ ok: false, status: typeof status === 'number' ? status : null, code: problem.code, message })
    }
  }

  async function markRejected(connection: OpenConnection): Promise<void> {
    const message = 'The provider no longer accepts the credentials; the account must be connected again.'
    await setError(await targetOf(connection), 'needs_reauth', message)
  }

  async function save(
    integration: OpenIntegration,
    input: {
      externalUserId: string
      credentials: Credentials
      account: AccountFacts
      scopes: string[]
      metadata?: Record<string, unknown>
    },
  ): Promise<string> {
    const { organizationId } = integration
    const saved = await store.save(
      {
        organizationId,
        integrationId: integration.id,
        provider: integration.provider.id,
        externalUserId: input.externalUserId,
        accountId: input.account.id,
        accountLabel: input.account.label,
        tokenExpiresAt: expiryOf(input.credentials),
        scopes: input.scopes,
        metadata: input.metadata ?? {},
      },
      uuidv7(),
      (id) => seal({ organizationId, id }, input.credentials),
    )
    opened.forget(saved.id)
    const label = input.account.label ?? 'the account'
    const target = { id: saved.id, organizationId, integration }
    const [action, verb] = saved.isNew ? ['connection.created', 'connected'] : ['connection.reconnected', 'connected again']
    await note(target, action as string, 'success', `${integration.provider.name}: ${label} was ${verb}`)
    return saved.id
  }

  return {
    open,
    fresh,
    test,
    save,
    markRejected,
    async list(organizationId, filter) {
      return toPage(await store.list(organizationId, filter), filter.limit, toConnection)
    },
    async get(organizationId, id) {
      return toConnection(await demand(organizationId, id))
    },

    async create(actor, origin, input) {
      const integration = await integrations.open(actor.organizationId, input.integrationId)
      if (integration.status !== 'active') throw apiError('conflict', 'The integration is switched off.')
      if (integration.resolved.auth.type !== 'api_key') {
        throw apiError('invalid_request', `${integration.provider.name} is connected by OAuth: use a connect session.`)
      }
      validateFields(integration.provider.connectionFields ?? [], input.credentials, { partial: false })
      const credentials: Credentials = { type: 'api_key', fields: input.credentials }
      const account = await fetchAccount(integration.resolved, credentials, parts.fetch)
      const { externalUserId, metadata } = input
      const id = await save(integration, { externalUserId, credentials, account, scopes: [], metadata })
      const target = { targetType: 'connection', targetId: id, details: { provider: integration.provider.id } }
      await audit.record(actor, origin, { action: 'connection.created', ...target })
      return toConnection(await demand(actor.organizationId, id))
    },

    async updateMetadata(organizationId, id, metadata) {
      if (!(await store.updateMetadata(organizationId, id, metadata))) throw notFound()
      return toConnection(await demand(organizationId, id))
    },

    async disconnect(actor, origin, id) {
      const { organizationId } = actor
      const row = await demand(organizationId, id)
      if (row.status === 'disconnected') return
      const integration = await integrations.open(organizationId, row.integration_id)
      const revoked = row.credentials !== null && (await revoke(integration, await unseal({ organizationId, id }, row.credentials)))
      await store.disconnect(organizationId, id)
      opened.forget(id)
      const summary = `${integration.provider.name}: ${row.account_label ?? 'the account'} was disconnected`
      await note({ id, organizationId, integration }, 'connection.disconnected', 'info', summary, { revoked })
      const target = { targetType: 'connection', targetId: id, details: { provider: row.provider_id, revoked } }
      await audit.record(actor, origin, { action: 'connection.deleted', ...target })
    },

    async refresh(organizationId, id) {
      const connection = await open(organizationId, id)
      if (connection.status === 'error') throw notUsable(connection.errorMessage ?? 'It must be reconnected first.')
      if (!connection.canRefresh) throw apiError('conflict', 'There is nothing to renew this connection with.')
      await renew(connection)
      return toConnection(await demand(organizationId, id))
    },

    async readToken(actor, origin, id) {
      const connection = await fresh(actor.organizationId, id)
      const token = mainSlot(connection.credentials)?.token
      const key = connection.credentials.type === 'api_key' ? Object.values(connection.credentials.fields)[0] : undefined
      const accessToken = token?.accessToken ?? key
      if (accessToken === undefined) throw notUsable('There is no token for this connection.')
      const target = { targetType: 'connection', targetId: id }
      await audit.record(actor, origin, { action: 'connection.token_read', ...target })
      return { accessToken, tokenExpiresAt: token?.expiresAt ?? null }
    },

    async renewAfterRejection(connection) {
      const current = await open(connection.organizationId, connection.id)
      if (current.version > connection.version) return true
      if (!current.canRefresh) return false
      await renew(current)
      return true
    },

    async findByAccount(organizationId, integrationId, accountId) {
      return (await store.findByAccount(organizationId, integrationId, accountId))?.id ?? null
    },

    async keepAlive() {
      const due = await store.listExpiring(new Date(Date.now() + keepAliveAheadMs), keepAliveBatch)
      const work = due.sort(() => Math.random() - 0.5)
      const next = async (): Promise<void> => {
        for (let row = work.pop(); row; row = work.pop()) {
          try {
            const connection = await open(row.organization_id, row.id)
            if (connection.canRefresh) await renew(connection)
          } catch {
            // What happened stands on the connection; the others are not held up by it.
          }
        }
      }
      await Promise.all(Array.from({ length: keepAliveParallel }, next))
    },
  }

  /** Tells the provider that the tokens are no longer wanted; true when it accepted all of them. */
  async function revoke(integration: OpenIntegration, credentials: Credentials): Promise<boolean> {
    const { auth } = integration.resolved
    if (auth.type !== 'oauth2' || !auth.revocationUrl || credentials.type !== 'oauth2') return false
    const settings = integrations.oauthSettings(integration)
    const tokens = Object.values(credentials.slots).map((slot) => slot.refreshToken ?? slot.accessToken)
    const outcomes = await Promise.allSettled(tokens.map((token) => revokeToken(settings, token)))
    return outcomes.every((outcome) => outcome.status === 'fulfilled')
  }
}

/** What the provider granted; when it does not say, what was asked for. */
export function grantedScopes(credentials: Credentials, asked: string[]): string[] {
  const granted = scopesOf(credentials)
  return granted.length > 0 ? granted : asked
}

const notFound = () => apiError('not_found', 'There is no such connection.')
const notUsable = (message: string) => apiError('connection_not_usable', message)

function toConnection(row: ConnectionRecord): Connection {
  return {
    id: row.id,
    integrationId: row.integration_id,
    provider: row.provider_id,
    providerName: row.provider_name,
    integrationName: row.integration_name,
    externalUserId: row.external_user_id,
    accountId: row.account_id,
    accountLabel: row.account_label,
    status: row.status,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    scopes: row.scopes,
    tokenExpiresAt: row.token_expires_at?.toISOString() ?? null,
    connectedAt: row.connected_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    lastRefreshAt: row.last_refresh_at?.toISOString() ?? null,
    lastSyncAt: row.last_sync_at?.toISOString() ?? null,
    sandbox: row.sandbox,
    metadata: row.metadata,
  }
}
