import type { AuthType, MarketplaceDetail, MarketplaceEntry } from '@koble/contract/integrations'
import { authMethodsOf, labelOf, needsCallback } from '@koble/providers/auth-methods'
import { catalogue } from '@koble/providers/catalogue'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { connectionFields, integrationFields } from '@koble/providers/fields'
import { sandboxMethodOf } from '@koble/providers/sandbox-methods'
import { callbackUrlOf, demandProvider, type IntegrationService } from '../integrations/service.ts'
import type { Sandbox } from '../sandbox/service.ts'
import { listTargets } from '../webhook-registrations/service.ts'

export interface MarketplaceService {
  list(
    organizationId: string,
    query: { category?: string; search?: string; auth?: AuthType },
  ): Promise<{ data: MarketplaceEntry[] }>
  get(organizationId: string, provider: string): Promise<MarketplaceDetail>
}

export function createMarketplaceService(
  integrations: IntegrationService,
  sandbox: Sandbox,
  publicUrl: string,
): MarketplaceService {
  const toEntry = (provider: CatalogueEntry, counts: Map<string, number>): MarketplaceEntry => ({
    id: provider.id,
    name: provider.name,
    description: provider.description,
    category: provider.category,
    auth: authMethodsOf(provider)[0]?.type ?? 'custom',
    docsUrl: provider.docsUrl,
    logo: provider.logo,
    color: provider.color,
    sandbox: sandbox.originOf(provider.id) !== undefined,
    generic: provider.generic ?? false,
    webhooks: provider.webhooks !== undefined,
    integrationCount: counts.get(provider.id) ?? 0,
  })
  return {
    async list(organizationId, { category, search, auth }) {
      const counts = await integrations.countByProvider(organizationId)
      const wanted = search?.trim().toLowerCase()
      const found = [...catalogue.values()].filter(
        (provider) =>
          (!category || provider.category === category) &&
          (!auth || authMethodsOf(provider).some((method) => method.type === auth)) &&
          (!wanted || `${provider.name} ${provider.id} ${provider.description}`.toLowerCase().includes(wanted)),
      )
      return { data: found.map((provider) => toEntry(provider, counts)) }
    },
    async get(organizationId, id) {
      const provider = demandProvider(id)
      const hasSandbox = sandbox.originOf(id) !== undefined
      const authMethods = authMethodsOf(provider).map((method) => {
        const standIn = hasSandbox ? sandboxMethodOf(provider, method.type) : undefined
        return {
          type: method.type,
          label: labelOf(method),
          integrationFields: integrationFields(provider, method),
          connectionFields: connectionFields(provider, method),
          scopes: method.scopes ?? [],
          sandbox: standIn !== undefined,
          sandboxCredentials: standIn?.connectionCredentials ?? null,
        }
      })
      const [usual] = authMethods
      const needsAddress = authMethods.some((method) => needsCallback(method.type))
      const callbackUrl = needsAddress ? callbackUrlOf(publicUrl, id) : null
      return {
        ...toEntry(provider, await integrations.countByProvider(organizationId)),
        setup: provider.setup.replaceAll('{callbackUrl}', callbackUrl ?? ''),
        callbackUrl,
        scopePresets: provider.scopePresets ?? [],
        authMethods,
        integrationFields: usual?.integrationFields ?? [],
        connectionFields: usual?.connectionFields ?? [],
        scopes: usual?.scopes ?? [],
        samples: provider.samples,
        webhookSetup: provider.webhooks?.setup ?? null,
        webhookEvents: provider.webhooks?.events ?? [],
        webhookTargets: listTargets(provider.webhooks?.registration),
        sandboxCredentials: usual?.sandboxCredentials ?? null,
      }
    },
  }
}
