import type { Connection, ConnectionTest } from '@koble/contract/connections'
import type { Page } from '@koble/contract/paging'
import { KobleError } from '@koble/core/errors'
import { revokeToken, type TokenSet } from '@koble/core/oauth'
import { validateFields } from '@koble/providers/fields'
import { v7 as uuidv7 } from 'uuid'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError, toProblem } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import { demandTokenReader, type IntegrationService, mayExport, type OpenIntegration } from '../integrations/service.ts'
import { type ConnectionAccess, notFound, notUsable, type OpenConnection } from './access.ts'
import { type AccountFacts, type Authorization, authorizationOf, fetchAccount } from './account.ts'
import { type Credentials, expiryOf, fromTokenSet, mainSlot, scopesOf } from './credentials.ts'
import type { ConnectionFilter, ConnectionRecord, ConnectionStore } from './store.ts'
import { type ConnectionTransfer, createConnectionTransfer } from './transfer.ts'

export type { OpenConnection } from './access.ts'
export type { ImportOptions, IncomingConnection, PortableConnection } from './transfer.ts'

export interface ConnectionService extends ConnectionTransfer {
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
  /**
   * Saves what a sign-in brought, after asking whose account it is; returns the id. The same account keeps its
   * connection; when `connectionId` is reconnected, another account is refused (`conflict`).
   */
  saveSignIn(
    integration: OpenIntegration,
    tokens: TokenSet,
    input: { externalUserId: string; connectionId: string | null },
  ): Promise<string>
  updateMetadata(organizationId: string, id: string, metadata: Record<string, unknown>): Promise<Connection>
  disconnect(actor: Actor, origin: Origin, id: string): Promise<void>
  /** Disconnects, and removes the connection itself; false when it is not there. */
  remove(actor: Actor, origin: Origin, id: string): Promise<boolean>
  test(organizationId: string, id: string): Promise<ConnectionTest>
  refresh(organizationId: string, id: string): Promise<Connection>
  readToken(actor: Actor, origin: Origin, id: string): Promise<{ accessToken: string; tokenExpiresAt: string | null }>
  /** Throws `forbidden` unless the caller may export what belongs to the connection. */
  demandExport(actor: Actor, id: string): Promise<void>
  /** An open connection whose token is good for a while; renews it when it is not. Throws `connection_not_usable`. */
  fresh(organizationId: string, id: string): Promise<OpenConnection>
  /** The header or query parameter by which a call is made as the account. */
  authorizationOf(integration: OpenIntegration, connection: OpenConnection): Authorization
  /** After a 401 to this version of the credentials: renews once; false when there is nothing to renew with. */
  renewAfterRejection(connection: OpenConnection): Promise<boolean>
  findByAccount(organizationId: string, integrationId: string, accountId: string): Promise<string | null>
  /** Renews tokens that run out soon, a few at a time. */
  keepAlive(): Promise<void>
}

/** Idle connections are kept alive by renewing what runs out within this time. */
const keepAliveAheadMs = 10 * 60_000
const keepAliveBatch = 100
const keepAliveParallel = 8

export function createConnectionService(parts: {
  store: ConnectionStore
  access: ConnectionAccess
  integrations: IntegrationService
  audit: AuditService
  fetch: typeof fetch
}): ConnectionService {
  const { store, access, integrations, audit } = parts
  const { demand, open, fresh, note } = access

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
      const account = await fetchAccount(integration.resolved, connection.credentials, parts.fetch, integration.dpop)
      if (account.status !== null) await note(target, 'connection.tested', 'success', 'The connection works')
      const message = account.status === null ? 'This provider has no address to try the connection with.' : null
      return done({ ok: true, status: account.status, code: null, message })
    } catch (error) {
      const problem = toProblem(error, '')
      if (problem.code === 'internal_error') throw error
      const status = error instanceof KobleError ? error.details['status'] : null
      const message = problem.detail ?? problem.title
      if (problem.code === 'credentials_rejected') await access.markRejected(await open(organizationId, id))
      else await note(target, 'connection.tested', 'failure', message, { code: problem.code })
      return done({ ok: false, status: typeof status === 'number' ? status : null, code: problem.code, message })
    }
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
      (id) => access.seal({ organizationId, id }, input.credentials),
    )
    access.forget(saved.id)
    const label = input.account.label ?? 'the account'
    const target = { id: saved.id, organizationId, integration }
    const [action, verb] = saved.isNew
      ? ['connection.created', 'connected']
      : ['connection.reconnected', 'connected again']
    await note(target, action as string, 'success', `${integration.provider.name}: ${label} was ${verb}`)
    return saved.id
  }

  return {
    ...createConnectionTransfer(parts),
    fresh,
    test,

    async saveSignIn(integration, tokens, { externalUserId, connectionId }) {
      const credentials = fromTokenSet(tokens)
      const account = await fetchAccount(integration.resolved, credentials, parts.fetch, integration.dpop)
      if (connectionId) {
        const earlier = await demand(integration.organizationId, connectionId)
        if (earlier.account_id !== null && earlier.account_id !== account.id) {
          const message = `That was another account (${account.label}); sign in as ${earlier.account_label}.`
          throw apiError('conflict', message)
        }
      }
      const granted = scopesOf(credentials)
      const scopes = granted.length > 0 ? granted : integration.scopes
      return await save(integration, { externalUserId, credentials, account, scopes })
    },

    async list(organizationId, filter) {
      return toPage(await store.list(organizationId, filter), filter.limit, toConnection)
    },
    async get(organizationId, id) {
      return toConnection(await demand(organizationId, id))
    },

    async create(actor, origin, input) {
      const integration = await integrations.open(actor.organizationId, input.integrationId)
      integrations.demandUsable(integration)
      if (integration.resolved.auth.type !== 'api_key') {
        throw apiError('invalid_request', `${integration.provider.name} is connected by OAuth: use a connect session.`)
      }
      validateFields(integration.provider.connectionFields ?? [], input.credentials, { partial: false })
      const credentials: Credentials = { type: 'api_key', fields: input.credentials }
      const account = await fetchAccount(integration.resolved, credentials, parts.fetch, integration.dpop)
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
      const revoked =
        row.credentials !== null &&
        (await revoke(integration, await access.unseal({ organizationId, id }, row.credentials)))
      await store.disconnect(organizationId, id)
      access.forget(id)
      const summary = `${integration.provider.name}: ${row.account_label ?? 'the account'} was disconnected`
      await note({ id, organizationId, integration }, 'connection.disconnected', 'info', summary, { revoked })
      const target = { targetType: 'connection', targetId: id, details: { provider: row.provider_id, revoked } }
      await audit.record(actor, origin, { action: 'connection.deleted', ...target })
    },

    async remove(actor, origin, id) {
      if (!(await store.find(actor.organizationId, id))) return false
      await this.disconnect(actor, origin, id)
      access.forget(id)
      return await store.remove(actor.organizationId, id)
    },

    async refresh(organizationId, id) {
      const connection = await open(organizationId, id)
      if (connection.status === 'error') throw notUsable(connection.errorMessage ?? 'It must be reconnected first.')
      if (!connection.canRefresh) throw apiError('conflict', 'There is nothing to renew this connection with.')
      await access.renew(connection)
      return toConnection(await demand(organizationId, id))
    },

    async readToken(actor, origin, id) {
      const { integration_id: integrationId } = await demand(actor.organizationId, id)
      const integration = await integrations.open(actor.organizationId, integrationId)
      integrations.demandCallerAllowed(integration, origin?.ip ?? '', actor, origin?.id)
      demandTokenReader(integration, actor)
      const connection = await fresh(actor.organizationId, id)
      const token = mainSlot(connection.credentials)?.token
      const key =
        connection.credentials.type === 'api_key' ? Object.values(connection.credentials.fields)[0] : undefined
      const accessToken = token?.accessToken ?? key
      if (accessToken === undefined) throw notUsable('There is no token for this connection.')
      const target = { targetType: 'connection', targetId: id }
      await audit.record(actor, origin, { action: 'connection.token_read', ...target })
      return { accessToken, tokenExpiresAt: token?.expiresAt ?? null }
    },

    async demandExport(actor, id) {
      const row = await demand(actor.organizationId, id)
      if (mayExport(await integrations.open(actor.organizationId, row.integration_id), actor)) return
      throw apiError('forbidden', 'The integration is restricted: only an owner may export what belongs to it.')
    },

    renewAfterRejection: access.renewAfterRejection,
    authorizationOf: (integration, connection) => authorizationOf(integration.resolved, connection.credentials),

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
            if (connection.canRefresh) await access.renew(connection)
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
