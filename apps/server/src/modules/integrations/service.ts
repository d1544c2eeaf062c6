import type { Endpoints, Integration, RateLimits } from '@koble/contract/integrations'
import type { Page } from '@koble/contract/paging'
import { createDPoP, type DPoP, generateDPoPKey, type OAuthSettings } from '@koble/core/oauth'
import { findProvider } from '@koble/providers/catalogue'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { integrationFields, validateFields } from '@koble/providers/fields'
import { type ResolvedProvider, resolveProvider } from '@koble/providers/resolve-provider'
import { v7 as uuidv7 } from 'uuid'
import type { ChangeFeed } from '../../database/changes.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { Sandbox } from '../sandbox/service.ts'
import { oauthSettingsOf } from './oauth-settings.ts'
import type { IntegrationChanges, IntegrationRecord, IntegrationStore } from './store.ts'

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
  config: Values
  secrets: Values
  scopes: string[]
  /** The organization's, over what the provider's definition says. */
  rateLimits: RateLimits
  /** Where tokens are bound to a key: calls with them must be made by it. */
  dpop?: DPoP
  sandbox: boolean
}

export interface IntegrationInput {
  provider: string
  name?: string
  credentials?: Values
  scopes?: string[]
  endpoints?: Endpoints
  config?: Values
  rateLimits?: RateLimits
  sandbox?: boolean
}

export interface IntegrationService {
  create(actor: Actor, origin: Origin, input: IntegrationInput): Promise<Integration>
  list(actor: Actor, query: { limit: number; after: string | null; provider?: string }): Promise<Page<Integration>>
  get(organizationId: string, id: string): Promise<Integration>
  update(
    actor: Actor,
    origin: Origin,
    id: string,
    input: Omit<IntegrationInput, 'provider' | 'sandbox'> & { status?: 'active' | 'inactive' },
  ): Promise<Integration>
  remove(actor: Actor, origin: Origin, id: string): Promise<void>
  /** From memory after its first use. Throws `not_found`. */
  open(organizationId: string, id: string): Promise<OpenIntegration>
  /** How the OAuth client of an integration is set up; throws `invalid_request` for one without OAuth. */
  oauthSettings(integration: OpenIntegration): OAuthSettings
  countByProvider(organizationId: string): Promise<Map<string, number>>
}

/** The provider of that id; throws `provider_unknown`. */
export function demandProvider(id: string): CatalogueEntry {
  const provider = findProvider(id)
  if (!provider) throw apiError('provider_unknown', `There is no provider "${id}".`)
  return provider
}

/** Where the stand-in does not run (a worker, production), its integrations are known all the same; calls reach nobody. */
const absentStandIn = 'http://stand-in.invalid'

export function createIntegrationService(parts: {
  store: IntegrationStore
  encryption: EncryptionService
  audit: AuditService
  sandbox: Sandbox
  changes: ChangeFeed
  fetch: typeof fetch
  publicUrl: string
}): IntegrationService {
  const { store, encryption, audit, sandbox, publicUrl } = parts
  const opened = parts.changes.cache<OpenIntegration>('integrations', (integration) => integration.id)
  const contextOf = (organizationId: string, id: string) => ({
    organizationId,
    table: 'integrations',
    row: id,
    column: 'secrets',
  })

  /** Splits what was entered by where it is kept, after checking it against the provider's declared fields. */
  function sortFields(provider: CatalogueEntry, credentials: Values, config: Values, partial: boolean) {
    const fields = integrationFields(provider)
    validateFields(fields, { ...config, ...credentials }, { partial })
    const { clientId, ...rest } = { ...config, ...credentials }
    const secretKeys = new Set(fields.filter((field) => field.secret).map((field) => field.key))
    const entries = Object.entries(rest)
    return {
      clientId,
      secrets: Object.fromEntries(entries.filter(([key]) => secretKeys.has(key))),
      config: Object.fromEntries(entries.filter(([key]) => !secretKeys.has(key))),
    }
  }

  function fillFromSandbox(provider: CatalogueEntry, input: IntegrationInput): IntegrationInput {
    if (!input.sandbox) return input
    if (!provider.sandbox || !sandbox.originOf(provider.id)) {
      throw apiError('invalid_request', `sandbox: there is no local stand-in for ${provider.name} here.`)
    }
    return {
      ...input,
      credentials: provider.sandbox.credentials,
      config: provider.sandbox.config ?? {},
      endpoints: {},
    }
  }

  const resolve = (provider: CatalogueEntry, row: Pick<IntegrationRecord, 'config' | 'endpoints' | 'sandbox'>) => {
    const sandboxOrigin = row.sandbox ? (sandbox.originOf(provider.id) ?? absentStandIn) : undefined
    return resolveProvider(provider, { config: row.config, endpoints: row.endpoints, sandboxOrigin })
  }

  return {
    async create(actor, origin, given) {
      const provider = demandProvider(given.provider)
      const input = fillFromSandbox(provider, given)
      const isSandbox = input.sandbox ?? false
      const sorted = sortFields(provider, input.credentials ?? {}, input.config ?? {}, false)
      const defaults = provider.auth.scopes?.filter((scope) => scope.default).map((scope) => scope.name) ?? []
      const endpoints = input.endpoints ?? {}
      resolve(provider, { config: sorted.config, endpoints: endpoints as Values, sandbox: isSandbox })
      if (provider.auth.type === 'oauth2' && provider.auth.dpop) {
        sorted.secrets.dpopKey = JSON.stringify(await generateDPoPKey())
      }
      const id = uuidv7()
      const { organizationId } = actor
      const row = await store.insert({
        id,
        organizationId,
        provider: provider.id,
        providerName: provider.name,
        name: input.name ?? (isSandbox ? `${provider.name} sandbox` : provider.name),
        authMethod: provider.auth.type,
        clientId: sorted.clientId ?? null,
        secrets: await encryption.encrypt(contextOf(organizationId, id), JSON.stringify(sorted.secrets)),
        scopes: input.scopes ?? defaults,
        endpoints,
        config: sorted.config,
        rateLimits: input.rateLimits ?? {},
        sandbox: isSandbox,
      })
      const target = { targetType: 'integration', targetId: id, details: { provider: provider.id, name: row.name } }
      await audit.record(actor, origin, { action: 'integration.created', ...target })
      return toIntegration(row)
    },

    async list(actor, query) {
      return toPage(await store.list(actor.organizationId, query), query.limit, toIntegration)
    },
    async get(organizationId, id) {
      const row = await store.find(organizationId, id)
      if (!row) throw notFound()
      return toIntegration(row)
    },

    async update(actor, origin, id, input) {
      const { organizationId } = actor
      const row = await store.find(organizationId, id)
      if (!row) throw notFound()
      const provider = demandProvider(row.provider_id)
      const sorted = sortFields(provider, input.credentials ?? {}, input.config ?? {}, true)
      const config = { ...row.config, ...sorted.config }
      const endpoints = input.endpoints ?? row.endpoints
      resolve(provider, { config, endpoints: endpoints as Values, sandbox: row.sandbox })
      const changes: IntegrationChanges = {
        name: input.name,
        scopes: input.scopes,
        status: input.status,
        config: JSON.stringify(config),
        endpoints: JSON.stringify(endpoints),
        rate_limits: input.rateLimits && JSON.stringify(input.rateLimits),
      }
      if (sorted.clientId !== undefined) changes.client_id = sorted.clientId
      if (Object.keys(sorted.secrets).length > 0) {
        const context = contextOf(organizationId, id)
        const earlier = row.secrets ? JSON.parse(await encryption.decrypt(context, row.secrets)) : {}
        changes.secrets = await encryption.encrypt(context, JSON.stringify({ ...earlier, ...sorted.secrets }))
      }
      const updated = await store.update(organizationId, id, changes)
      if (!updated) throw notFound()
      opened.forget(id)
      const changed = Object.keys(input)
      const target = { targetType: 'integration', targetId: id, details: { changed } }
      await audit.record(actor, origin, { action: 'integration.updated', ...target })
      return toIntegration(updated)
    },

    async remove(actor, origin, id) {
      const row = await store.delete(actor.organizationId, id)
      if (!row) throw notFound()
      opened.forget(id)
      const target = { targetType: 'integration', targetId: id, details: { name: row.name } }
      await audit.record(actor, origin, { action: 'integration.deleted', ...target })
    },

    async open(organizationId, id) {
      const integration = await opened.get(id, async () => {
        const row = await store.find(organizationId, id)
        if (!row) throw notFound()
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
          config: row.config as Values,
          secrets,
          scopes: row.scopes,
          rateLimits: { ...resolved.api.rateLimits, ...row.rate_limits } as RateLimits,
          ...(secrets.dpopKey && { dpop: await createDPoP(JSON.parse(secrets.dpopKey)) }),
          sandbox: row.sandbox,
        }
      })
      // The memory is keyed by id alone: whose it is must still be asked.
      if (integration.organizationId !== organizationId) throw notFound()
      return integration
    },

    oauthSettings: (integration) =>
      oauthSettingsOf(integration, {
        redirectUri: callbackUrlOf(publicUrl, integration.provider.id),
        fetch: parts.fetch,
      }),
    countByProvider: store.countByProvider,
  }
}

/** What is registered at the provider as the redirect address. */
export function callbackUrlOf(publicUrl: string, providerId: string): string {
  return `${publicUrl}/api/auth/callback/${providerId}`
}

const notFound = () => apiError('not_found', 'There is no such integration.')

function toIntegration(row: IntegrationRecord): Integration {
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
    status: row.status,
    sandbox: row.sandbox,
    connectionCount: row.connection_count,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
