import type { ConnectionService, PortableConnection } from '../connections/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { BundleContent, BundledIntegration } from './bundle.ts'

/** Puts a bundle's content together from its connections. */
export async function contentOf(
  integrations: IntegrationService,
  organizationId: string,
  connections: PortableConnection[],
  options: { includeIntegrations: boolean },
): Promise<BundleContent> {
  const ids = [...new Set(connections.map((connection) => connection.integrationId))]
  const bundled: BundledIntegration[] = []
  for (const id of ids) {
    const { provider, name, clientId, config, endpoints } = await integrations.get(organizationId, id)
    const { secrets, scopes } = await integrations.open(organizationId, id)
    const setUp = { secrets, scopes, config, endpoints: endpoints as Record<string, string> }
    bundled.push({ id, provider, name, clientId, ...(options.includeIntegrations && { setUp }) })
  }
  const exportedAt = new Date().toISOString()
  return { format: 'koble-connections', version: 1, exportedAt, integrations: bundled, connections }
}

/** All connections that fit, with open credentials; stops with what it has when `bytesMax` is passed. */
export async function collect(
  connections: ConnectionService,
  organizationId: string,
  filter: { integrationId?: string; externalUserId?: string; ids?: string[] },
  options: { bytesMax: number; includeRestricted: boolean },
): Promise<PortableConnection[]> {
  const all: PortableConnection[] = []
  let bytes = 0
  let after: string | null = null
  do {
    const page: { data: PortableConnection[]; nextCursor: string | null } = await connections.exportPage(
      organizationId,
      { ...filter, after, limit: 200 },
      options,
    )
    all.push(...page.data)
    bytes += JSON.stringify(page.data).length
    after = page.nextCursor
  } while (after && bytes < options.bytesMax)
  return all
}
