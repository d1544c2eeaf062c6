import type { Register, RegisterEntry } from '@koble/contract/governance'
import { csvCell } from '../../http/csv-cell.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { type OrganizationService, retentionDaysMax } from '../organizations/service.ts'

export interface RegisterService {
  /** Every integration of the organization with what GDPR article 30 asks about it. */
  list(organizationId: string): Promise<Register>
  /** The same as CSV (RFC 4180), one line for each integration. */
  csv(organizationId: string): Promise<string>
}

export function createRegister(integrations: IntegrationService, organizations: OrganizationService): RegisterService {
  async function list(organizationId: string): Promise<Register> {
    const { name } = await organizations.get(organizationId)
    const { retention } = await organizations.policies(organizationId)
    const all = await integrations.listForRegister(organizationId)
    const data = all.map(({ integration, hosts }): RegisterEntry => {
      const { processing } = integration
      const shortest = (days: number | null) =>
        Math.min(days ?? retentionDaysMax, processing?.retentionDays ?? retentionDaysMax, retentionDaysMax)
      return {
        integrationId: integration.id,
        name: integration.name,
        provider: integration.provider,
        providerName: integration.providerName,
        status: integration.status,
        classification: integration.classification,
        purpose: processing?.purpose ?? null,
        legalBasis: processing?.legalBasis ?? null,
        dataCategories: processing?.dataCategories ?? [],
        hosts,
        scopes: integration.scopes,
        retentionDays: { events: shortest(retention.events), requests: shortest(retention.requests) },
        connectionCount: integration.connectionCount,
      }
    })
    return { generatedAt: new Date().toISOString(), organization: name, data }
  }
  return {
    list,
    async csv(organizationId) {
      const { data } = await list(organizationId)
      const lines = data.map((entry) => columns.map(([, cell]) => csvCell(String(cell(entry) ?? ''))).join(','))
      return `${[columns.map(([name]) => name).join(','), ...lines].join('\r\n')}\r\n`
    },
  }
}

const columns: [string, (entry: RegisterEntry) => string | number | null][] = [
  ['integrationId', (entry) => entry.integrationId],
  ['name', (entry) => entry.name],
  ['provider', (entry) => entry.providerName],
  ['status', (entry) => entry.status],
  ['classification', (entry) => entry.classification],
  ['purpose', (entry) => entry.purpose],
  ['legalBasis', (entry) => entry.legalBasis],
  ['dataCategories', (entry) => entry.dataCategories.join('; ')],
  ['hosts', (entry) => entry.hosts.join('; ')],
  ['scopes', (entry) => entry.scopes.join('; ')],
  ['eventsKeptDays', (entry) => entry.retentionDays.events],
  ['requestsKeptDays', (entry) => entry.retentionDays.requests],
  ['connections', (entry) => entry.connectionCount],
]
