import type { GatewaySettings, GatewaySettingsInput } from '@koble/contract/gateway-settings'
import type { Approval, Classification, Processing } from '@koble/contract/governance'
import type { GraphqlSettings } from '@koble/contract/graphql'
import type { Endpoints, HealthCheckSettings, Integration, RateLimits } from '@koble/contract/integrations'
import type { Page } from '@koble/contract/paging'
import type { Registration } from '@koble/contract/webhook-registrations'
import { type AddressList, type ClientCertificate, createAddressList } from '@koble/core/http'
import { createDPoP, type DPoP, generateDPoPKey, type OAuth1Settings, type OAuthSettings } from '@koble/core/oauth'
import type { AuthMethod } from '@koble/providers/auth-method'
import { authMethodOf, labelOf } from '@koble/providers/auth-methods'
import { findProvider } from '@koble/providers/catalogue'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { integrationFields } from '@koble/providers/fields'
import { neededScopes } from '@koble/providers/needed-scopes'
import { operationsOf } from '@koble/providers/operations'
import { type ResolvedProvider, resolveProvider } from '@koble/providers/resolve-provider'
import { sandboxMethodOf, sandboxMethodsOf } from '@koble/providers/sandbox-methods'
import { v7 as uuidv7 } from 'uuid'
import type { ChangeFeed } from '../../database/changes.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { ApprovalService, Prepared, Subject } from '../approvals/service.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { GovernanceService } from '../governance/service.ts'
import type { OrganizationService } from '../organizations/service.ts'
import type { Sandbox } from '../sandbox/service.ts'
import { asksOf, asksTheSame, hostsOf, isWidening } from './asks.ts'
import { clientCertificateOf, demandCertificate } from './client-certificate.ts'
import { changedSettings, type KeptGatewaySettings, shownSettings, usedSettings } from './gateway-settings.ts'
import { oauthSettingsOf } from './oauth-settings.ts'
import { demandClassification, type Settings, settingsOf, sortFields } from './settings.ts'
import { oauth1Settings } from './sign-in-settings.ts'
import type { IntegrationChanges, IntegrationRecord, IntegrationStore, ListedRecord, WriteOptions } from './store.ts'

export { bodyLoggingOf, demandTokenReader, mayExport } from './classification.ts'

export { clientCertificateOf } from './client-certificate.ts'
export type { KeptGatewaySettings } from './gateway-settings.ts'
export { isBodyWithheld } from './withheld.ts'

type Values = Record<string, string>

/** An integration ready for use: its provider resolved, its secrets open. Never leaves the process. */
export interface OpenIntegration {
  id: string
  organizationId: string
  name: string
  status: Integration['status']
  provider: CatalogueEntry
  resolved: ResolvedProvider
  clientId: string | null
  secrets: Values
  /** All that was entered, by key: client id, secrets and config. What a method's templates are filled with. */
  values: Readonly<Values>
  scopes: string[]
  /** The organization's, over what the provider's definition says. */
  rateLimits: RateLimits
  /** The same for its GraphQL API. */
  graphql: GraphqlSettings
  /** Cache, transforms and validation; null where calls are only passed on. */
  gateway: KeptGatewaySettings | null
  bodyLogging: Integration['bodyLogging']
  /** Where tokens are bound to a key: calls with them must be made by it. */
  dpop?: DPoP
  healthCheck: HealthCheckSettings
  sandbox: boolean
  classification: Classification | null
  /** From where its connections may be used. */
  callers: AddressList
}

export interface IntegrationInput {
  provider: string
  name?: string
  authMethod?: string
  credentials?: Values
  scopes?: string[]
  endpoints?: Endpoints
  config?: Values
  rateLimits?: RateLimits
  healthCheck?: Partial<HealthCheckSettings>
  graphql?: GraphqlSettings
  gatewaySettings?: GatewaySettingsInput
  bodyLogging?: Integration['bodyLogging']
  sandbox?: boolean
  classification?: Classification | null
  processing?: Processing | null
  ipAllowList?: string[]
  justification?: string
}

export type IntegrationUpdate = Omit<IntegrationInput, 'provider' | 'sandbox' | 'authMethod'> & {
  status?: 'active' | 'inactive'
}

export interface IntegrationService {
  create(actor: Actor, origin: Origin, input: IntegrationInput): Promise<Integration>
  list(actor: Actor, query: { limit: number; after: string | null; provider?: string }): Promise<Page<Integration>>
  get(organizationId: string, id: string): Promise<Integration>
  /** Changes it at once, or asks for approval first where the change widens it and the organization demands that. */
  update(actor: Actor, origin: Origin, id: string, input: IntegrationUpdate): Promise<Integration>
  /** Approves what is pending: a new integration becomes active, a change takes effect. */
  approve(actor: Actor, origin: Origin, id: string, input: DecisionInput): Promise<Approval>
  reject(actor: Actor, origin: Origin, id: string, input: DecisionInput): Promise<Approval>
  /** Returns what was registered at providers for it and could not be removed there. */
  remove(actor: Actor, origin: Origin, id: string): Promise<Registration[]>
  gatewaySettings(organizationId: string, id: string): Promise<GatewaySettings>
  /** From memory after its first use. Throws `not_found`. */
  open(organizationId: string, id: string): Promise<OpenIntegration>
  /** Throws `approval_required` or `conflict` unless accounts may be connected and called under it. */
  demandUsable(integration: Pick<OpenIntegration, 'status'>): void
  /**
   * Throws `address_not_allowed` unless the integration lets callers in from that address; costs no statement. The
   * refusal is audited, in the name of the actor where one is given.
   */
  demandCallerAllowed(integration: OpenIntegration, address: string, actor?: Actor, requestId?: string): void
  /** The hosts that are called under each integration of a page, with what stands in the register about it. */
  listForRegister(organizationId: string): Promise<{ integration: Integration; hosts: string[] }[]>
  /** How the OAuth client of an integration is set up; throws `invalid_request` for one without OAuth 2.0. */
  oauthSettings(integration: OpenIntegration): OAuthSettings
  /** The same for OAuth 1.0a; throws `invalid_request` for one without it. */
  oauth1Settings(integration: OpenIntegration): OAuth1Settings
  countByProvider(organizationId: string): Promise<Map<string, number>>
}

export interface DecisionInput {
  reason?: string
  /** The request that was read; the decision is refused when another has taken its place. */
  approvalId?: string
}

/** The provider of that id; throws `provider_unknown`. */
export function demandProvider(id: string): CatalogueEntry {
  const provider = findProvider(id)
  if (!provider) throw apiError('provider_unknown', `There is no provider "${id}".`)
  return provider
}

const usualHealthCheck: HealthCheckSettings = { enabled: true, intervalHours: 24 }

/** Where the stand-in does not run (a worker, production), its integrations are known all the same; calls reach nobody. */
const absentStandIn = 'http://stand-in.invalid'

export function createIntegrationService(parts: {
  store: IntegrationStore
  encryption: EncryptionService
  organizations: OrganizationService
  approvals: ApprovalService
  governance: GovernanceService
  audit: AuditService
  sandbox: Sandbox
  changes: ChangeFeed
  /** A `fetch` whose connections present the certificate. */
  fetchWith(certificate?: ClientCertificate): typeof fetch
  publicUrl: string
  /** Ends what needs its connections to be ended; returns what could not be. */
  beforeRemoval(organizationId: string, id: string): Promise<Registration[]>
  /** Refuses settings that could not be used; throws `invalid_request`. */
  checkGatewaySettings(settings: GatewaySettingsInput): Promise<void>
}): IntegrationService {
  const { store, encryption, organizations, approvals, audit, sandbox, publicUrl } = parts
  const opened = parts.changes.cache<OpenIntegration>('integrations', (integration) => integration.id)
  const contextOf = (organizationId: string, id: string) => ({
    organizationId,
    table: 'integrations',
    row: id,
    column: 'secrets',
  })

  /** A sandbox is there for trying things out, so that it asks for all that its operations need. */
  async function fillFromSandbox(provider: CatalogueEntry, input: IntegrationInput): Promise<IntegrationInput> {
    if (!input.sandbox) return input
    if (!provider.sandbox || !sandbox.originOf(provider.id)) {
      throw apiError('invalid_request', `sandbox: there is no local stand-in for ${provider.name} here.`)
    }
    const method = authMethodOf(provider, input.authMethod)
    const filled = sandboxMethodOf(provider, method.type)
    if (!filled) {
      const taken = sandboxMethodsOf(provider).map(({ type }) => type)
      const message = `authMethod: the stand-in for ${provider.name} takes ${taken.join(', ')}.`
      throw apiError('invalid_request', message)
    }
    const isUsual = method === authMethodOf(provider)
    const usual = defaultScopes(method)
    const needed = usual.length > 0 ? neededScopes(await operationsOf(provider.id), method.type) : []
    return {
      ...input,
      scopes: input.scopes ?? [...new Set([...usual, ...needed])],
      name: input.name ?? `${provider.name} sandbox${isUsual ? '' : `, ${labelOf(method)}`}`,
      credentials: filled.credentials,
      config: filled.config ?? {},
      endpoints: {},
    }
  }

  const resolve = (
    provider: CatalogueEntry,
    row: Pick<IntegrationRecord, 'config' | 'endpoints' | 'sandbox' | 'auth_method'>,
  ) => {
    const { config, endpoints, auth_method: authMethod } = row
    const sandboxOrigin = row.sandbox ? (sandbox.originOf(provider.id) ?? absentStandIn) : undefined
    return resolveProvider(provider, { config, endpoints, authMethod, sandboxOrigin })
  }

  const fetchOf = ({ resolved, values }: OpenIntegration) => parts.fetchWith(clientCertificateOf(resolved.auth, values))

  /** Certificate and key have to fit: better refused now than at the first sign-in. */
  function tryCertificate({ auth }: ResolvedProvider, values: Values): void {
    if (auth.type === 'oauth2') parts.fetchWith(clientCertificateOf(auth, values))
  }

  async function demand(organizationId: string, id: string): Promise<IntegrationRecord> {
    const row = await store.find(organizationId, id)
    if (!row) throw notFound()
    return row
  }

  /** What an input makes of an integration: the columns to write, and the settings that come of it. */
  async function changesOf(row: IntegrationRecord, input: Omit<IntegrationUpdate, 'justification'>) {
    const provider = demandProvider(row.provider_id)
    const sorted = sortFields(provider, authMethodOf(provider, row.auth_method), input, true)
    const config = { ...row.config, ...sorted.config }
    const endpoints = input.endpoints ?? row.endpoints
    const resolved = resolve(provider, { ...row, config, endpoints: endpoints as Values })
    demandCertificate(resolved.auth, config)
    if (input.ipAllowList) createAddressList(input.ipAllowList)
    const columns: IntegrationChanges = {
      name: input.name,
      scopes: input.scopes,
      status: input.status,
      config: JSON.stringify(config),
      endpoints: JSON.stringify(endpoints),
      rate_limits: input.rateLimits && JSON.stringify(input.rateLimits),
      graphql: input.graphql && JSON.stringify(input.graphql),
      body_logging: input.bodyLogging,
      ...(input.healthCheck && { health_check: JSON.stringify({ ...row.health_check, ...input.healthCheck }) }),
      ip_allow_list: input.ipAllowList,
      classification: input.classification,
    }
    if (input.gatewaySettings) {
      await parts.checkGatewaySettings(input.gatewaySettings)
      columns.gateway_settings = JSON.stringify(changedSettings(row.gateway_settings, input.gatewaySettings))
    }
    if (input.processing !== undefined) columns.processing = input.processing && JSON.stringify(input.processing)
    if (sorted.clientId !== undefined) columns.client_id = sorted.clientId
    const changedSecrets = Object.keys(sorted.secrets)
    if (changedSecrets.length > 0) {
      const context = contextOf(row.organization_id, row.id)
      const earlier = row.secrets ? JSON.parse(await encryption.decrypt(context, row.secrets)) : {}
      const secrets = { ...earlier, ...sorted.secrets }
      tryCertificate(resolved, { ...config, ...secrets })
      columns.secrets = await encryption.encrypt(context, JSON.stringify(secrets))
    }
    const before = settingsOf(row, resolved)
    const after: Settings = {
      ...before,
      name: input.name ?? before.name,
      clientId: sorted.clientId ?? before.clientId,
      scopes: input.scopes ?? before.scopes,
      endpoints,
      config,
      classification: input.classification === undefined ? before.classification : input.classification,
      processing: input.processing === undefined ? before.processing : input.processing,
      ipAllowList: input.ipAllowList ?? before.ipAllowList,
    }
    return { columns, after, changedSecrets }
  }

  return {
    async create(actor, origin, given) {
      const provider = demandProvider(given.provider)
      const input = await fillFromSandbox(provider, given)
      const isSandbox = input.sandbox ?? false
      const method = authMethodOf(provider, input.authMethod)
      const sorted = sortFields(provider, method, input, false)
      const endpoints = input.endpoints ?? {}
      if (method.type === 'oauth2' && method.dpop) {
        sorted.secrets.dpopKey = JSON.stringify(await generateDPoPKey())
      }
      await parts.checkGatewaySettings(input.gatewaySettings ?? {})
      const id = uuidv7()
      const { organizationId } = actor
      const policies = await organizations.policies(organizationId)
      const settings = {
        name: input.name ?? provider.name,
        authMethod: method.type,
        clientId: sorted.clientId ?? null,
        scopes: input.scopes ?? defaultScopes(method),
        endpoints,
        config: sorted.config,
        classification: input.classification ?? null,
        processing: input.processing ?? null,
        ipAllowList: input.ipAllowList ?? [],
        resolved: resolve(provider, {
          config: sorted.config,
          endpoints: endpoints as Values,
          sandbox: isSandbox,
          auth_method: method.type,
        }),
      }
      demandCertificate(settings.resolved.auth, sorted.config)
      tryCertificate(settings.resolved, { ...sorted.config, ...sorted.secrets })
      demandClassification(policies, settings)
      const waits = policies.integrationApproval === 'required'
      const subject = { id, organizationId, name: settings.name, provider: provider.id }
      const request = waits
        ? await approvals.prepare(actor, subject, {
            kind: 'new',
            justification: input.justification,
            asks: asksOf(provider, null, settings, Object.keys(sorted.secrets)),
            change: null,
          })
        : null
      const { resolved: _resolved, ...columns } = settings
      const row = await store.insert(
        {
          ...columns,
          id,
          organizationId,
          provider: provider.id,
          providerName: provider.name,
          secrets: await encryption.encrypt(contextOf(organizationId, id), JSON.stringify(sorted.secrets)),
          rateLimits: input.rateLimits ?? {},
          gatewaySettings: changedSettings({}, input.gatewaySettings ?? {}),
          bodyLogging: input.bodyLogging ?? 'off',
          graphql: input.graphql ?? {},
          healthCheck: { ...usualHealthCheck, ...input.healthCheck },
          sandbox: isSandbox,
          status: waits ? 'pending' : 'active',
        },
        { first: request?.write },
      )
      const target = { targetType: 'integration', targetId: id, details: { provider: provider.id, name: row.name } }
      await audit.record(actor, origin, { action: 'integration.created', ...target })
      if (request) await approvals.announce(actor, origin, subject, request.id)
      return toIntegration(row)
    },

    async list(actor, query) {
      return toPage(await store.list(actor.organizationId, query), query.limit, toIntegration)
    },
    async get(organizationId, id) {
      return toIntegration(await demand(organizationId, id))
    },

    async update(actor, origin, id, { justification, ...input }) {
      const { organizationId } = actor
      const row = await demand(organizationId, id)
      const provider = demandProvider(row.provider_id)
      const policies = await organizations.policies(organizationId)
      const next = await changesOf(row, input)
      if ('classification' in input) demandClassification(policies, next.after)
      const options: WriteOptions = {}
      let request: Prepared | null = null
      const isPending = row.status === 'pending'
      if (policies.integrationApproval === 'required') {
        if (isPending && input.status !== undefined) throw awaitsApproval()
        const before = isPending ? null : settingsOf(row, resolve(provider, row))
        const asks = asksOf(provider, before, next.after, next.changedSecrets)
        if (isPending || isWidening(asks)) {
          const kind = isPending ? 'new' : 'change'
          const change = isPending ? null : input
          request = await approvals.prepare(actor, subjectOf(row), { kind, justification, asks, change })
        }
        // What was judged is what must be changed: nobody may slip in a change in between.
        options.unchangedSince = row.updated_at
        options.first = request?.write
      } else if (isPending) {
        const reason = 'Approval is no longer required.'
        options.first = (query) => approvals.dismiss(actor, id, reason, query)
      }
      if (request && !isPending) {
        // The present settings stay in force while the change waits.
        await store.write(organizationId, request.write)
        await approvals.announce(actor, origin, subjectOf(row), request.id)
        return toIntegration(await demand(organizationId, id))
      }
      const updated = await store.update(organizationId, id, next.columns, options)
      if (!updated) throw changedMeanwhile()
      opened.forget(id)
      const changed = Object.keys(input)
      const target = { targetType: 'integration', targetId: id, details: { changed } }
      await audit.record(actor, origin, { action: 'integration.updated', ...target })
      if (request) await approvals.announce(actor, origin, subjectOf(updated), request.id)
      return toIntegration(updated)
    },

    async approve(actor, origin, id, { approvalId, reason }) {
      const { organizationId } = actor
      const row = await demand(organizationId, id)
      const approval = await approvals.open(actor, id, { status: 'approved', approvalId })
      const next = await changesOf(
        row,
        approval.kind === 'new' ? { status: 'active' } : (approval.change as IntegrationUpdate),
      )
      // Changes that need no approval may have come in between; with them it must still be what was read.
      if (!asksTheSame(approval.asks, asksOf(demandProvider(row.provider_id), null, next.after, []))) {
        throw apiError('conflict', 'The integration was changed since this was asked; it has to be asked for again.')
      }
      const decision = { status: 'approved', reason } as const
      const decided = await approvals.decide(actor, origin, subjectOf(row), approval, decision, async (write) => {
        const options = { first: write, unchangedSince: row.updated_at }
        if (!(await store.update(organizationId, id, next.columns, options))) throw changedMeanwhile()
      })
      opened.forget(id)
      return decided
    },
    async reject(actor, origin, id, { approvalId, reason }) {
      const row = await demand(actor.organizationId, id)
      const approval = await approvals.open(actor, id, { status: 'rejected', approvalId })
      return await approvals.decide(actor, origin, subjectOf(row), approval, { status: 'rejected', reason })
    },

    async remove(actor, origin, id) {
      await demand(actor.organizationId, id)
      const left = await parts.beforeRemoval(actor.organizationId, id)
      const row = await store.delete(actor.organizationId, id, {
        first: (query) => approvals.dismiss(actor, id, 'The integration was removed.', query),
      })
      if (!row) throw notFound()
      opened.forget(id)
      const target = { targetType: 'integration', targetId: id, details: { name: row.name } }
      await audit.record(actor, origin, { action: 'integration.deleted', ...target })
      return left
    },

    async gatewaySettings(organizationId, id) {
      const row = await store.find(organizationId, id)
      if (!row) throw notFound()
      return shownSettings(row.gateway_settings)
    },

    async open(organizationId, id) {
      const integration = await opened.get(id, async () => {
        const row = await demand(organizationId, id)
        const provider = demandProvider(row.provider_id)
        const resolved = resolve(provider, row)
        const json = row.secrets ? await encryption.decrypt(contextOf(organizationId, id), row.secrets) : '{}'
        const secrets = JSON.parse(json) as Values
        return {
          id,
          organizationId,
          name: row.name,
          status: row.status,
          provider,
          resolved,
          clientId: row.client_id,
          secrets,
          values: {
            ...defaultsOf(provider, row.auth_method),
            ...row.config,
            ...secrets,
            clientId: row.client_id ?? '',
          },
          scopes: row.scopes,
          rateLimits: { ...resolved.api.rateLimits, ...row.rate_limits } as RateLimits,
          graphql: graphqlOf(resolved, row.graphql as GraphqlSettings),
          gateway: usedSettings(row.gateway_settings),
          bodyLogging: row.body_logging,
          ...(secrets.dpopKey && { dpop: await createDPoP(JSON.parse(secrets.dpopKey)) }),
          healthCheck: row.health_check,
          sandbox: row.sandbox,
          classification: row.classification,
          callers: createAddressList(row.ip_allow_list),
        }
      })
      // The memory is keyed by id alone: whose it is must still be asked.
      if (integration.organizationId !== organizationId) throw notFound()
      return integration
    },

    demandUsable({ status }) {
      if (status === 'pending') throw awaitsApproval()
      if (status !== 'active') throw apiError('conflict', 'The integration is switched off.')
    },
    demandCallerAllowed(integration, address, actor, requestId = '') {
      if (integration.callers.includes(address)) return
      const { id, organizationId } = integration
      const target = { targetType: 'integration', targetId: id }
      void parts.governance.noteRefusal(actor ?? { organizationId }, { id: requestId, ip: address }, target)
      throw apiError('address_not_allowed', `The connections of this integration may not be used from ${address}.`)
    },
    async listForRegister(organizationId) {
      const all: { integration: Integration; hosts: string[] }[] = []
      let after: string | null = null
      do {
        const rows: ListedRecord[] = await store.list(organizationId, { limit: 200, after })
        const page = toPage(rows, 200, (row) => row)
        for (const row of page.data) {
          const hosts = hostsOf(resolve(demandProvider(row.provider_id), row))
          all.push({ integration: toIntegration(row), hosts })
        }
        after = page.nextCursor
      } while (after !== null)
      return all
    },

    oauthSettings: (integration) =>
      oauthSettingsOf(integration, {
        redirectUri: callbackUrlOf(publicUrl, integration.provider.id),
        fetch: fetchOf(integration),
      }),
    oauth1Settings(integration) {
      const { auth } = integration.resolved
      if (auth.type === 'oauth1') return oauth1Settings(auth, integration, fetchOf(integration))
      throw apiError('invalid_request', `${integration.provider.name} is not connected by OAuth 1.0a.`)
    },
    countByProvider: store.countByProvider,
  }
}

/** What the organization says of the GraphQL API, over what the provider's definition says. */
function graphqlOf({ api }: ResolvedProvider, own: GraphqlSettings): GraphqlSettings {
  const { path, subscriptionPath, ...rest } = api.graphql ?? {}
  return {
    ...rest,
    ...(path !== undefined && { endpoint: path }),
    ...(subscriptionPath !== undefined && { subscriptionEndpoint: subscriptionPath }),
    ...own,
  }
}

function defaultsOf(provider: CatalogueEntry, authMethod: string): Values {
  const fields = integrationFields(provider, authMethodOf(provider, authMethod))
  return Object.fromEntries(fields.flatMap(({ key, default: value }) => (value ? [[key, value]] : [])))
}

const defaultScopes = ({ scopes = [] }: AuthMethod) => scopes.flatMap((scope) => (scope.default ? [scope.name] : []))

/** What is registered at the provider as the redirect address. */
export function callbackUrlOf(publicUrl: string, providerId: string): string {
  return `${publicUrl}/api/auth/callback/${providerId}`
}

const notFound = () => apiError('not_found', 'There is no such integration.')
const awaitsApproval = () => apiError('approval_required', 'The integration waits for approval by an admin or owner.')
const changedMeanwhile = () => apiError('conflict', 'The integration was changed in the meantime; read it again.')

function subjectOf(row: IntegrationRecord): Subject {
  return { id: row.id, organizationId: row.organization_id, name: row.name, provider: row.provider_id }
}

function toIntegration(row: ListedRecord): Integration {
  return {
    id: row.id,
    provider: row.provider_id,
    providerName: row.provider_name,
    name: row.name,
    authMethod: row.auth_method as Integration['authMethod'],
    clientId: row.client_id,
    scopes: row.scopes,
    endpoints: row.endpoints,
    config: row.config,
    rateLimits: row.rate_limits as RateLimits,
    healthCheck: row.health_check,
    graphql: row.graphql as GraphqlSettings,
    gateway: row.gateway,
    bodyLogging: row.body_logging,
    status: row.status,
    sandbox: row.sandbox,
    connectionCount: row.connection_count,
    classification: row.classification,
    processing: row.processing,
    ipAllowList: row.ip_allow_list,
    pendingApprovalId: row.pending_approval_id,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
