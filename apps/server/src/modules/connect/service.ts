import type { Connection, ConnectSession, CreatedConnectSession, DeviceSignIn } from '@koble/contract/connections'
import type { Page } from '@koble/contract/paging'
import { constantTimeEqual, randomToken, sha256Hex } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { authMethodOf, needsSignIn } from '@koble/providers/auth-methods'
import { connectionFields } from '@koble/providers/fields'
import { v7 as uuidv7 } from 'uuid'
import { type Actor, hasRole } from '../../http/actor.ts'
import { apiError, toProblem } from '../../http/problems.ts'
import type { Origin } from '../audit/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import type { OrganizationService } from '../organizations/service.ts'
import { createDeviceSignIns } from './device-sign-ins.ts'
import { demandReturnTo } from './return-to.ts'
import { beginSignIn, finishSignIn } from './sign-in-request.ts'
import type { ConnectStore, StateRecord } from './store.ts'

export interface StartInput {
  provider: string
  integrationId?: string
  connectionId?: string
  externalUserId?: string
  mode: 'popup' | 'redirect'
  returnTo?: string
}

/** How a sign-in at a provider ended, and where the browser goes from here. */
export interface Outcome {
  status: 'connected' | 'failed'
  provider: string
  connectionId: string | null
  code: string | null
  message: string | null
  mode: 'popup' | 'redirect'
  returnTo: string | null
}

export interface ConnectService {
  createSession(
    actor: Actor,
    input: {
      externalUserId: string
      integrations?: string[]
      scopes?: string[]
      expiresIn: number
      returnTo?: string
    },
  ): Promise<CreatedConnectSession>
  getSession(actor: Actor, id: string): Promise<ConnectSession>
  findSessionActor(token: string): Promise<Actor | null>
  /** Connects an account by what its owner entered in a session. Throws what `ConnectionService.create` does. */
  connectByCredentials(
    actor: Actor,
    origin: Origin,
    input: { integrationId: string; credentials: Record<string, string> },
  ): Promise<Connection>
  /** Begins a sign-in on another device; the session says when it is confirmed. */
  startDevice(actor: Actor, integrationId: string): Promise<DeviceSignIn>
  /** Asks providers about sign-ins on other devices that nobody looks at. */
  askDevices(): Promise<void>
  /** Where to send the browser, whose cookie `browser` binds the sign-in to it. */
  start(actor: Actor, browser: string, input: StartInput): Promise<string>
  /** Judges the provider's callback. Throws `state_*` when there is no sign-in that it could belong to. */
  finish(provider: string, callback: URLSearchParams, browser: string | undefined): Promise<Outcome>
  /** A link by which the owner of the account connects it again; with `scopes`, to grant those on top. */
  reauthorize(actor: Actor, connectionId: string, scopes?: 'missing' | string[]): Promise<{ url: string }>
  /** What the end user of a connect session has connected. */
  listOwn(actor: Actor, query: { limit: number; after: string | null }): Promise<Page<Connection>>
  disconnectOwn(actor: Actor, origin: Origin, connectionId: string): Promise<void>
  /** Forgets what ran out long ago. */
  purge(): Promise<void>
}

const stateLifeMs = 10 * 60_000
const sessionPrefix = 'koble_cs_'

export function createConnectService(parts: {
  store: ConnectStore
  integrations: IntegrationService
  connections: ConnectionService
  organizations: OrganizationService
  encryption: EncryptionService
  publicUrl: string
  mode: 'development' | 'production'
}): ConnectService {
  const { store, integrations, connections, organizations, encryption, publicUrl } = parts
  const devices = createDeviceSignIns(parts)

  async function checkReturnTo(organizationId: string, returnTo: string | undefined): Promise<string | null> {
    if (returnTo === undefined) return null
    const { allowedOrigins } = await organizations.get(organizationId)
    return demandReturnTo(returnTo, { publicUrl, allowedOrigins, mode: parts.mode })
  }

  async function createSession(
    actor: Actor,
    input: {
      externalUserId: string
      integrations?: string[]
      scopes?: string[]
      asks?: { scopes: string[]; incremental: boolean }
      expiresIn: number
      returnTo?: string
    },
  ): Promise<CreatedConnectSession> {
    const { organizationId } = actor
    const named = await Promise.all((input.integrations ?? []).map((id) => integrations.get(organizationId, id)))
    if (input.scopes) {
      const limited = input.integrations ? named : (await integrations.list(actor, { limit: 200, after: null })).data
      const known = new Set(limited.flatMap((integration) => integration.scopes))
      const unknown = input.scopes.filter((scope) => !known.has(scope))
      if (unknown.length > 0) {
        throw apiError('invalid_request', `scopes: no integration of the session asks for ${unknown.join(', ')}.`)
      }
    }
    const token = randomToken(sessionPrefix)
    const session = {
      id: uuidv7(),
      organizationId,
      tokenHash: sha256Hex(token),
      externalUserId: input.externalUserId,
      integrationIds: input.integrations ?? null,
      scopes: input.scopes ?? null,
      asks: input.asks?.scopes ?? null,
      incremental: input.asks?.incremental ?? false,
      returnTo: await checkReturnTo(organizationId, input.returnTo),
      expiresAt: new Date(Date.now() + input.expiresIn * 1000),
    }
    await store.insertSession(session)
    const url = `${publicUrl}/connect?token=${token}`
    return { id: session.id, token, url, expiresAt: session.expiresAt.toISOString() }
  }

  async function findIntegration(actor: Actor, input: StartInput): Promise<OpenIntegration> {
    let id = input.integrationId
    if (id === undefined) {
      const found = await integrations.list(actor, { limit: 200, after: null, provider: input.provider })
      id = found.data.find((integration) => integration.status === 'active')?.id
    }
    if (id === undefined) throw apiError('not_found', 'There is no integration of this provider.')
    const integration = await openAllowed(actor, id)
    if (integration.provider.id !== input.provider) throw apiError('not_found', 'There is no such integration.')
    return integration
  }

  /** An integration that is switched on, and that the actor's session may connect. */
  async function openAllowed(actor: Actor, id: string): Promise<OpenIntegration> {
    const allowed = actor.type === 'connect_session' ? actor.integrationIds : null
    if (allowed && !allowed.includes(id)) throw apiError('not_found', 'There is no such integration.')
    const integration = await integrations.open(actor.organizationId, id)
    integrations.demandUsable(integration)
    return integration
  }

  async function complete(
    state: StateRecord,
    integration: OpenIntegration,
    callback: URLSearchParams,
  ): Promise<string> {
    const context = stateContext(state.organization_id, state.state_hash)
    const kept = JSON.parse(await encryption.decrypt(context, state.sealed))
    const tokens = await finishSignIn(integrations, integration, { kept, scopes: state.scopes }, callback)
    return await connections.saveSignIn(integration, tokens, {
      externalUserId: state.external_user_id,
      connectionId: state.connection_id,
      scopeLimit: state.scope_limit,
      incremental: state.incremental,
    })
  }

  return {
    createSession,

    async getSession(actor, id) {
      if (actor.type === 'connect_session' && actor.id !== id) throw apiError('not_found', 'There is no such session.')
      if (await store.findSession(actor.organizationId, id)) await devices.ask(id)
      const row = await store.findSession(actor.organizationId, id)
      if (!row) throw apiError('not_found', 'There is no such session.')
      const own = { limit: 200, after: null, ids: row.connection_ids }
      const made = row.connection_ids.length > 0 ? (await connections.list(actor.organizationId, own)).data : []
      const all = await integrations.list(actor, { limit: 200, after: null })
      const offered = all.data.filter(
        (integration) =>
          integration.status === 'active' &&
          (row.integration_ids === null || row.integration_ids.includes(integration.id)),
      )
      const expired = row.expires_at.getTime() <= Date.now() && row.status === 'pending'
      return {
        id: row.id,
        externalUserId: row.external_user_id,
        status: expired ? 'expired' : row.status,
        errorCode: row.error_code,
        errorMessage: row.error_message,
        connections: made,
        integrations: await Promise.all(
          offered.map(async (integration) => {
            const { provider } = await integrations.open(actor.organizationId, integration.id)
            const { id: integrationId, name, providerName, authMethod } = integration
            return {
              id: integrationId,
              provider: provider.id,
              providerName,
              name,
              logo: provider.logo,
              color: provider.color,
              authMethod,
              connectionFields: connectionFields(provider, authMethodOf(provider, authMethod)),
            }
          }),
        ),
        returnTo: row.return_to,
        expiresAt: row.expires_at.toISOString(),
      }
    },

    async findSessionActor(token) {
      const row = await store.findSessionByToken(sha256Hex(token))
      if (!row) return null
      return {
        type: 'connect_session',
        id: row.id,
        label: row.external_user_id,
        organizationId: row.organization_id,
        role: null,
        externalUserId: row.external_user_id,
        integrationIds: row.integration_ids,
      }
    },

    async connectByCredentials(actor, origin, { integrationId, credentials }) {
      const session = demandSession(actor)
      await openAllowed(actor, integrationId)
      const input = { integrationId, credentials, externalUserId: session.externalUserId }
      const connection = await connections.create(actor, origin, input)
      await store.finishSession(actor.organizationId, session.id, connection.id)
      return connection
    },

    async startDevice(actor, integrationId) {
      const { id: connectSessionId, externalUserId } = demandSession(actor)
      return await devices.start(await openAllowed(actor, integrationId), { connectSessionId, externalUserId })
    },
    askDevices: devices.askDue,

    async start(actor, browser, input) {
      if (actor.type !== 'connect_session' && !hasRole(actor.role, 'developer')) {
        throw apiError('forbidden', 'Connecting accounts needs the role "developer" or higher.')
      }
      const { organizationId } = actor
      const integration = await findIntegration(actor, input)
      let externalUserId = actor.type === 'connect_session' ? actor.externalUserId : (input.externalUserId ?? actor.id)
      if (input.connectionId) {
        const connection = await connections.get(organizationId, input.connectionId)
        const isForeign = actor.type === 'connect_session' && connection.externalUserId !== actor.externalUserId
        if (isForeign || connection.integrationId !== integration.id) {
          throw apiError('not_found', 'There is no such connection.')
        }
        externalUserId = connection.externalUserId
      }
      const session = actor.type === 'connect_session' ? await store.findSession(organizationId, actor.id) : undefined
      const returnTo = await checkReturnTo(organizationId, input.returnTo ?? session?.return_to ?? undefined)

      const request = await beginSignIn(integrations, integration, session, publicUrl)
      const stateHash = sha256Hex(request.state)
      await store.insertState({
        stateHash,
        organizationId,
        integrationId: integration.id,
        connectSessionId: session?.id ?? null,
        connectionId: input.connectionId ?? null,
        externalUserId,
        browserHash: sha256Hex(browser),
        sealed: await encryption.encrypt(stateContext(organizationId, stateHash), JSON.stringify(request.kept)),
        mode: input.mode,
        returnTo,
        scopes: request.scopes,
        scopeLimit: session?.scopes ?? null,
        incremental: session?.incremental ?? false,
        expiresAt: new Date(Date.now() + stateLifeMs),
      })
      return request.url
    },

    async finish(provider, callback, browser) {
      const given = callback.get('state')
      if (!given) throw apiError('state_missing', 'The provider sent the browser back without its state.')
      const state = await store.findState(sha256Hex(given))
      if (!state || state.used_at) throw apiError('state_unknown', 'This sign-in is unknown or was finished already.')
      if (state.expires_at.getTime() <= Date.now()) {
        throw apiError('state_expired', 'The sign-in took longer than ten minutes; begin again.')
      }
      if (browser === undefined || !constantTimeEqual(sha256Hex(browser), state.browser_hash)) {
        throw apiError('state_other_browser', 'The sign-in was started in another browser.')
      }
      const integration = await integrations.open(state.organization_id, state.integration_id)
      if (integration.provider.id !== provider || !(await store.consumeState(state.state_hash))) {
        throw apiError('state_unknown', 'This sign-in is unknown or was finished already.')
      }
      const base = { provider, mode: state.mode, returnTo: state.return_to }
      try {
        const connectionId = await complete(state, integration, callback)
        if (state.connect_session_id) {
          await store.finishSession(state.organization_id, state.connect_session_id, connectionId)
        }
        return { ...base, status: 'connected', connectionId, code: null, message: null }
      } catch (error) {
        const { code, detail, title } = toProblem(error, '')
        if (code === 'internal_error' && !(error instanceof KobleError)) throw error
        const message = detail ?? title
        if (state.connect_session_id) {
          await store.failSession(state.organization_id, state.connect_session_id, code, message)
        }
        return { ...base, status: 'failed', connectionId: null, code, message }
      }
    },

    async reauthorize(actor, connectionId, scopes) {
      const connection = await connections.get(actor.organizationId, connectionId)
      const integration = await integrations.open(actor.organizationId, connection.integrationId)
      const { auth } = integration.resolved
      const { needed, missing, extra } = connection.scopeReport
      const wanted = scopes === 'missing' ? missing : scopes
      const unknown = wanted?.filter((scope) => !needed.includes(scope)) ?? []
      if (unknown.length > 0) {
        throw apiError('invalid_request', `scopes: the integration does not ask for ${unknown.join(', ')}.`)
      }
      const incremental = auth.type === 'oauth2' && auth.incrementalParams !== undefined
      // Where scopes do not add up at the provider, a token for the missing ones alone would be worth less than the old.
      const kept = needed.filter((scope) => !missing.includes(scope))
      // Whose the others are, the app's or the user's, is not told where there are both.
      const others = auth.type === 'oauth2' && auth.quirks?.userToken ? [] : extra
      const asks = wanted &&
        wanted.length > 0 && {
          scopes: incremental ? wanted : [...new Set([...kept, ...others, ...wanted])],
          incremental,
        }
      const session = await createSession(actor, {
        externalUserId: connection.externalUserId,
        integrations: [connection.integrationId],
        ...(asks && { asks }),
        expiresIn: 1800,
      })
      // Where the owner does not come back from the provider, they begin on the session's page.
      if (!needsSignIn(auth.type) || auth.type === 'device') return { url: session.url }
      const query = new URLSearchParams({
        token: session.token,
        integrationId: connection.integrationId,
        connectionId,
        mode: 'redirect',
      })
      return { url: `${publicUrl}/api/connect/${connection.provider}?${query}` }
    },

    async listOwn(actor, query) {
      if (actor.type !== 'connect_session') throw apiError('forbidden', 'This needs a connect-session token.')
      const { organizationId, externalUserId, integrationIds } = actor
      return await connections.list(organizationId, { ...query, externalUserId, integrationIds })
    },

    async disconnectOwn(actor, origin, connectionId) {
      const connection = await connections.get(actor.organizationId, connectionId)
      if (actor.type !== 'connect_session') throw apiError('forbidden', 'This needs a connect-session token.')
      const isOwn =
        connection.externalUserId === actor.externalUserId &&
        (actor.integrationIds?.includes(connection.integrationId) ?? true)
      if (!isOwn) throw apiError('not_found', 'There is no such connection.')
      await connections.disconnect(actor, origin, connectionId)
    },

    async purge() {
      await store.purge(new Date(Date.now() - 86_400_000))
    },
  }
}

function demandSession(actor: Actor): Actor & { type: 'connect_session' } {
  if (actor.type === 'connect_session') return actor
  throw apiError('forbidden', 'This needs a connect-session token.')
}

const stateContext = (organizationId: string, stateHash: string) => ({
  organizationId,
  table: 'oauth_states',
  row: stateHash,
  column: 'sealed',
})
