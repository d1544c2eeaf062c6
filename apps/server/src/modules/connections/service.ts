import type {
  Connection,
  ConnectionDetail,
  ConnectionErrorCode,
  ConnectionHealth,
  ConnectionTest,
} from '@koble/contract/connections'
import type { Page } from '@koble/contract/paging'
import type { Registration } from '@koble/contract/webhook-registrations'
import { KobleError } from '@koble/core/errors'
import type { TokenSet } from '@koble/core/oauth'
import { authMethodOf, needsSignIn } from '@koble/providers/auth-methods'
import type { Field } from '@koble/providers/define-provider'
import { connectionFields, validateFields } from '@koble/providers/fields'
import { v7 as uuidv7 } from 'uuid'
import type { Query } from '../../database/client.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError, toProblem } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { ConnectionHealthService } from '../connection-health/service.ts'
import { demandTokenReader, type IntegrationService, mayExport, type OpenIntegration } from '../integrations/service.ts'
import type { RevocationOutcome, RevocationService } from '../revocations/service.ts'
import { type ConnectionAccess, notFound, notUsable, type OpenConnection } from './access.ts'
import { type AccountCaller, type AccountFacts, fetchAccount } from './account.ts'
import { demandAccountBase, withAccountBase } from './account-api.ts'
import type { Authorize } from './authorize.ts'
import {
  type Credentials,
  endless,
  fromFields,
  fromTokenSet,
  grantsTokens,
  keepAliveAheadMs,
  lifetimeOf,
  mainSlot,
  mergeRefreshed,
  scopesOf,
} from './credentials.ts'
import { firstCheckOf } from './first-check.ts'
import type { Grants } from './grants.ts'
import { runMany } from './run-many.ts'
import { reportScopes, stateOfScopes } from './scopes.ts'
import type { ConnectionFilter, ConnectionRecord, ConnectionState, ConnectionStore, TokenLifetime } from './store.ts'
import { type ConnectionTransfer, createConnectionTransfer } from './transfer.ts'

export type { OpenConnection } from './access.ts'
export { apiOf } from './account-api.ts'
export { addBodyFields } from './add-body-fields.ts'
export { type Authorization, noteNonce } from './authorize.ts'
export type { Credentials } from './credentials.ts'
export type { ImportOptions, IncomingConnection, PortableConnection } from './transfer.ts'

/** Whose sign-in it was, and what for. */
export interface SignIn {
  externalUserId: string
  /** The connection that is connected again. */
  connectionId: string | null
  /** What the connect session let be asked for at most; null for all of the integration's scopes. */
  scopeLimit: string[] | null
  /** What was granted comes on top of what had been. */
  incremental: boolean
}

export interface ConnectionService extends ConnectionTransfer {
  list(organizationId: string, filter: ConnectionFilter): Promise<Page<Connection>>
  get(organizationId: string, id: string): Promise<ConnectionDetail>
  health(organizationId: string, id: string): Promise<ConnectionHealth>
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
  saveSignIn(integration: OpenIntegration, tokens: TokenSet | Credentials, input: SignIn): Promise<string>
  updateMetadata(organizationId: string, id: string, metadata: Record<string, unknown>): Promise<Connection>
  /** Returns what was registered at the provider in its name and could not be removed there. */
  disconnect(actor: Actor, origin: Origin, id: string): Promise<Registration[]>
  /** Disconnects, and removes the connection itself; false when it is not there. */
  remove(actor: Actor, origin: Origin, id: string): Promise<boolean>
  test(organizationId: string, id: string): Promise<ConnectionTest>
  refresh(organizationId: string, id: string): Promise<Connection>
  readToken(actor: Actor, origin: Origin, id: string): Promise<{ accessToken: string; tokenExpiresAt: string | null }>
  /** Throws `forbidden` unless the caller may export what belongs to the connection. */
  demandExport(actor: Actor, id: string): Promise<void>
  /**
   * An open connection whose token, the main one or that of a slot, is good for a while; renews it when it is not.
   * Throws `connection_not_usable`.
   */
  fresh(organizationId: string, id: string, slot?: string): Promise<OpenConnection>
  /** What a call needs to be made as the account; a promise where a signature has to be made. */
  authorize: Authorize
  /** After a 401 to this version of the credentials: renews once; false when there is nothing to renew with. */
  renewAfterRejection(connection: OpenConnection): Promise<boolean>
  findByAccount(
    organizationId: string,
    integrationId: string,
    accountId: string,
  ): Promise<{ id: string; externalUserId: string } | null>
  /** Whose a connection is; null when there is none of that id. */
  findOwner(organizationId: string, id: string): Promise<{ id: string; externalUserId: string } | null>
  /** A call was refused with this token, and one with a new token was not: that teaches how long tokens live. */
  learnLifetime(connection: OpenConnection): Promise<void>
  /** Renews tokens that run out soon and refresh tokens that would die of disuse, a few at a time. */
  keepAlive(): Promise<void>
  /** Tries the connections whose checks are due, a few at a time. */
  checkHealth(): Promise<void>
  /** Tells providers of disconnections that they could not be told of before. */
  retryRevocations(): Promise<void>
  /** After an integration was changed: judges the scopes of its connections anew, and spreads their checks. */
  review(organizationId: string, integrationId: string): Promise<void>
}

const keepAliveBatch = 100
/** Before the job comes again, it ends; what is left over is taken then. */
const keepAliveForMs = 100_000
const parallel = 8
const reviewBatch = 200

export function createConnectionService(parts: {
  store: ConnectionStore
  access: ConnectionAccess
  integrations: IntegrationService
  audit: AuditService
  health: ConnectionHealthService
  revocations: RevocationService
  grants: Grants
  /** How calls of our own are made as an account. */
  caller: AccountCaller
  /** Ends what needs the credentials to be ended; returns what could not be. */
  beforeDisconnect(organizationId: string, id: string): Promise<Registration[]>
}): ConnectionService {
  const { store, access, integrations, audit, health, revocations, grants, caller } = parts
  const { demand, open, fresh, note, states } = access

  async function test(organizationId: string, id: string): Promise<ConnectionTest> {
    const outcome = await tryOut(organizationId, id)
    // Without a call there is nothing to say about health.
    if (outcome.status === null && outcome.ok) return outcome
    const latencyMs = outcome.durationMs
    const earlier = await health.record(organizationId, id, { ok: outcome.ok, code: outcome.code, latencyMs })
    if (outcome.ok) await access.markWorking(await open(organizationId, id))
    else if (earlier[0]?.ok === false) await warn(organizationId, id, outcome)
    return outcome
  }

  /** Two failures in a row are no accident. What ends a connection was said where it was found. */
  async function warn(organizationId: string, id: string, { code }: ConnectionTest): Promise<void> {
    const connection = await open(organizationId, id)
    if (connection.status !== 'connected' || code === 'connection_not_usable') return
    const isOutage = code !== null && /^provider_(unavailable|unreachable|timeout|throttled|malformed)$/.test(code)
    await states.judge(await access.targetOf(connection), {
      status: 'warning',
      errorCode: isOutage ? 'provider_unavailable' : 'health_check_failed',
      errorMessage: isOutage
        ? 'The provider does not answer, or not usably'
        : 'The call that tells whose account it is fails',
    })
  }

  async function tryOut(organizationId: string, id: string): Promise<ConnectionTest> {
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
      const account = await fetchAccount(integration, connection.credentials, caller)
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
      scopeLimit: string[] | null | undefined
      lifetime: TokenLifetime
      metadata?: Record<string, unknown>
    },
  ): Promise<string> {
    const { organizationId } = integration
    const label = input.account.label ?? 'the account'
    const state = stateOfScopes(reportScopes(integration, input.scopes, input.scopeLimit ?? null))
    const saved = await store.save(
      {
        organizationId,
        integrationId: integration.id,
        provider: integration.provider.id,
        externalUserId: input.externalUserId,
        accountId: input.account.id,
        accountLabel: input.account.label,
        lifetime: input.lifetime,
        scopes: input.scopes,
        scopeLimit: input.scopeLimit,
        metadata: input.metadata ?? {},
        state,
        firstCheckInMs: firstCheckOf(integration),
      },
      uuidv7(),
      (id) => access.seal({ organizationId, id }, input.credentials),
      async (changed, query) => {
        const isNew = changed.previousStatus === null
        const type = isNew ? 'connection.created' : 'connection.reconnected'
        const summary = `${integration.provider.name}: ${label} was connected${isNew ? '' : ' again'}`
        await states.tell({ organizationId, integration }, changed, { type, state, summary }, query)
        if (state.status !== 'warning') return
        const warning = { type: 'connection.warning' as const, state, summary: state.errorMessage ?? '' }
        await states.tell({ organizationId, integration }, changed, warning, query)
      },
    )
    access.forget(saved.id)
    await states.announce(organizationId)
    return saved.id
  }

  return {
    ...createConnectionTransfer(parts),
    fresh,
    test,

    async saveSignIn(integration, tokens, { externalUserId, connectionId, scopeLimit, incremental }) {
      const { auth } = integration.resolved
      const raw = 'type' in tokens ? {} : tokens.raw
      const brought = 'type' in tokens ? tokens : fromTokenSet(tokens, auth.type)
      const credentials = withAccountBase(integration, brought, raw)
      demandAccountBase(integration, credentials)
      const account = await fetchAccount(integration, credentials, caller)
      const earlier = connectionId ? await demand(integration.organizationId, connectionId) : null
      if (earlier && earlier.account_id !== null && earlier.account_id !== account.id) {
        const message = `That was another account (${account.label}); sign in as ${earlier.account_label}.`
        throw apiError('conflict', message)
      }
      const named = scopesOf(credentials)
      // An answer that names no scopes means those that were asked for, and here they came on top.
      const granted = incremental && raw['scope'] === undefined ? [...(earlier?.scopes ?? []), ...named] : named
      const scopes = granted.length > 0 ? [...new Set(granted)] : integration.scopes
      return await save(integration, {
        externalUserId,
        credentials,
        account,
        scopes,
        // To grant more changes nothing about what may be asked for.
        scopeLimit: earlier ? earlier.scope_limit : scopeLimit,
        lifetime: lifetimeOf(credentials, auth, {
          raw,
          earlierSeconds: earlier?.token_lifetime_seconds ?? null,
        }),
      })
    },

    async list(organizationId, filter) {
      return toPage(await store.list(organizationId, filter), filter.limit, toConnection)
    },
    async get(organizationId, id) {
      const row = await demand(organizationId, id)
      const integration = await integrations.open(organizationId, row.integration_id)
      const scopeReport = reportScopes(integration, row.scopes, row.scope_limit)
      return { ...toConnection(row), scopeReport, revocation: row.revocation }
    },
    health: health.read,

    async create(actor, origin, input) {
      const integration = await integrations.open(actor.organizationId, input.integrationId)
      integrations.demandUsable(integration)
      const { auth, name } = integration.resolved
      if (needsSignIn(auth.type)) {
        throw apiError('invalid_request', `${name} is connected by signing in there: use a connect session.`)
      }
      const fields = connectionFields(integration.provider, authMethodOf(integration.provider, auth.type))
      validateFields(fields, input.credentials, { partial: false })
      let credentials = fromFields(auth.type, { ...defaultsOf(fields), ...input.credentials })
      let lifetime = endless
      if (grantsTokens(auth.type)) {
        const granted = await grants.obtain(integration, credentials)
        credentials = withAccountBase(integration, mergeRefreshed(credentials, 'default', granted), granted.raw)
        demandAccountBase(integration, credentials)
        lifetime = lifetimeOf(credentials, auth, { raw: granted.raw, earlierSeconds: null })
      }
      const account = await fetchAccount(integration, credentials, caller)
      const { externalUserId, metadata } = input
      const id = await save(integration, {
        externalUserId,
        credentials,
        account,
        scopes: scopesOf(credentials),
        scopeLimit: null,
        lifetime,
        metadata,
      })
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
      if (row.status === 'disconnected') return []
      const left = await parts.beforeDisconnect(organizationId, id)
      const integration = await integrations.open(organizationId, row.integration_id)
      const plan =
        row.credentials === null
          ? null
          : await planRevocation(integration, id, await access.unseal({ organizationId, id }, row.credentials))
      const summary = `${integration.provider.name}: ${row.account_label ?? 'the account'} was disconnected`
      const state: ConnectionState = { status: 'disconnected', errorCode: null, errorMessage: null }
      const isFirst = await store.disconnect(
        organizationId,
        id,
        plan ? 'pending' : 'unsupported',
        async (changed, query) => {
          await plan?.write(query)
          const change = { type: 'connection.disconnected' as const, state, summary }
          await states.tell({ organizationId, integration }, changed, change, query)
        },
      )
      access.forget(id)
      if (!isFirst) return left
      await states.announce(organizationId)
      // The credentials are gone from the connection by now; whether the provider can be told changes nothing about it.
      const outcome = plan && (await revocations.attempt(plan.id, tellOfRevocation))
      const revoked = outcome?.result === 'done'
      const target = { targetType: 'connection', targetId: id, details: { provider: row.provider_id, revoked } }
      await audit.record(actor, origin, { action: 'connection.deleted', ...target })
      return left
    },

    async remove(actor, origin, id) {
      if (!(await store.find(actor.organizationId, id))) return false
      await this.disconnect(actor, origin, id)
      access.forget(id)
      return await store.remove(actor.organizationId, id)
    },

    async refresh(organizationId, id) {
      const connection = await open(organizationId, id)
      if (connection.status === 'error') {
        throw notUsable(connection.errorMessage ?? 'It must be reconnected first.', connection)
      }
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
      const { type, fields } = connection.credentials
      const key = type === 'api_key' ? Object.values(fields)[0] : undefined
      const accessToken = token?.accessToken ?? key
      if (accessToken === undefined) throw notUsable('There is no token for this connection.', connection)
      const target = { targetType: 'connection', targetId: id }
      await audit.record(actor, origin, { action: 'connection.token_read', ...target })
      const isEndless = !Number.isFinite(connection.expiresAt)
      return { accessToken, tokenExpiresAt: isEndless ? null : new Date(connection.expiresAt).toISOString() }
    },

    async demandExport(actor, id) {
      const row = await demand(actor.organizationId, id)
      if (mayExport(await integrations.open(actor.organizationId, row.integration_id), actor)) return
      throw apiError('forbidden', 'The integration is restricted: only an owner may export what belongs to it.')
    },

    renewAfterRejection: access.renewAfterRejection,
    learnLifetime: access.learnLifetime,
    authorize: caller.authorize,

    async findByAccount(organizationId, integrationId, accountId) {
      return toOwner(await store.findByAccount(organizationId, integrationId, accountId))
    },
    async findOwner(organizationId, id) {
      return toOwner(await store.findOwner(organizationId, id))
    },

    async keepAlive() {
      const startedAt = Date.now()
      let after: string | null = null
      do {
        const due = await store.listExpiring(new Date(startedAt + keepAliveAheadMs), keepAliveBatch, after)
        await runMany(due, parallel, async (row) => {
          const connection = await open(row.organization_id, row.id)
          await access.renewDue(connection, startedAt + keepAliveAheadMs)
          // It says so on the connection when the token has run out, which takes it off this list.
          if (!connection.canRefresh) await fresh(row.organization_id, row.id)
        })
        after = due.length < keepAliveBatch ? null : (due.at(-1)?.id ?? null)
      } while (after !== null && Date.now() - startedAt < keepAliveForMs)
    },

    async checkHealth() {
      const due = await health.takeDue()
      await runMany(due, parallel, async (check) => {
        if (!check.proven) await test(check.organization_id, check.id)
      })
    },

    async retryRevocations() {
      await runMany(await revocations.takeDue(), parallel, (id) => revocations.attempt(id, tellOfRevocation))
    },

    async review(organizationId, integrationId) {
      const integration = await integrations.open(organizationId, integrationId)
      await health.spread(organizationId, integrationId, integration.healthCheck.intervalHours)
      let after: string | null = null
      do {
        const rows = await store.listOfIntegration(organizationId, integrationId, after, reviewBatch)
        for (const row of rows) {
          const now = stateOfScopes(reportScopes(integration, row.scopes, row.scope_limit))
          // Worse things than a missing scope are said by those who find them, and unsaid by them.
          const isItsOwn = row.status === 'connected' || row.error_code === 'scope_missing'
          if (!isItsOwn || now.errorCode === row.error_code) continue
          await states.judge({ id: row.id, organizationId, version: row.credential_version, integration }, now)
        }
        after = rows.length < reviewBatch ? null : (rows.at(-1)?.id ?? null)
      } while (after !== null)
    },
  }

  async function planRevocation(integration: OpenIntegration, id: string, credentials: Credentials) {
    if (!needsSignIn(credentials.type)) return null
    const tokens = Object.values(credentials.slots).map(({ accessToken, refreshToken }) => ({
      accessToken,
      refreshToken,
    }))
    const shared = await store.isShared(integration.organizationId, id)
    return await revocations.plan(id, integration, { tokens, shared })
  }

  /** Says that a provider could not be told, once it is given up. */
  async function tellOfRevocation({ result, pending, code }: RevocationOutcome, query: Query): Promise<void> {
    if (result !== 'failed') return
    const organizationId = pending.organization_id
    const integration = await integrations.open(organizationId, pending.integration_id)
    const row = await demand(organizationId, pending.connection_id)
    const changed = {
      id: row.id,
      previousStatus: row.status,
      externalUserId: row.external_user_id,
      accountLabel: row.account_label,
    }
    const state: ConnectionState = { status: row.status, errorCode: null, errorMessage: null }
    const summary = 'The access could not be revoked at the provider; its owner can do it there'
    const change = { type: 'connection.revocation_failed' as const, state, summary, details: { code } }
    await states.tell({ organizationId, integration }, changed, change, query)
  }
}

function defaultsOf(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(fields.flatMap((field) => (field.default ? [[field.key, field.default]] : [])))
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
    errorCode: row.error_code as ConnectionErrorCode | null,
    errorMessage: row.error_message,
    scopes: row.scopes,
    health: row.health[0] ?? null,
    tokenExpiresAt: row.token_expires_at?.toISOString() ?? null,
    connectedAt: row.connected_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    lastRefreshAt: row.last_refresh_at?.toISOString() ?? null,
    lastSyncAt: row.last_sync_at?.toISOString() ?? null,
    sandbox: row.sandbox,
    metadata: row.metadata,
  }
}

function toOwner(row: { id: string; external_user_id: string } | undefined) {
  return row ? { id: row.id, externalUserId: row.external_user_id } : null
}
