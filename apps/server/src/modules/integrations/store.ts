import type { Endpoints, RateLimits } from '@koble/contract/integrations'
import { sql } from 'kysely'
import type { Database } from '../../database/client.ts'

export interface NewIntegration {
  id: string
  organizationId: string
  provider: string
  providerName: string
  name: string
  authMethod: string
  clientId: string | null
  secrets: string | null
  scopes: string[]
  endpoints: Endpoints
  config: Record<string, string>
  rateLimits: RateLimits
  sandbox: boolean
}

export interface IntegrationChanges {
  name?: string
  client_id?: string | null
  secrets?: string | null
  scopes?: string[]
  endpoints?: string
  config?: string
  rate_limits?: string
  status?: 'active' | 'inactive'
}

export function createIntegrationStore(database: Database) {
  const connectionCount = sql<number>`(SELECT count(*) FROM connections
    WHERE connections.integration_id = integrations.id AND connections.status <> 'disconnected')`.as('connection_count')
  return {
    async insert(integration: NewIntegration) {
      return await database.tenant(integration.organizationId, (transaction) =>
        transaction
          .insertInto('integrations')
          .values({
            id: integration.id,
            organization_id: integration.organizationId,
            provider_id: integration.provider,
            provider_name: integration.providerName,
            name: integration.name,
            auth_method: integration.authMethod,
            client_id: integration.clientId,
            secrets: integration.secrets,
            scopes: integration.scopes,
            endpoints: JSON.stringify(integration.endpoints),
            config: JSON.stringify(integration.config),
            rate_limits: JSON.stringify(integration.rateLimits),
            sandbox: integration.sandbox,
            status: 'active',
          })
          .returningAll()
          .returning(connectionCount)
          .executeTakeFirstOrThrow(),
      )
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('integrations')
          .selectAll()
          .select(connectionCount)
          .where('id', '=', id)
          .executeTakeFirst(),
      )
    },
    async list(organizationId: string, query: { limit: number; after: string | null; provider?: string }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('integrations')
          .selectAll()
          .select(connectionCount)
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .$if(query.provider !== undefined, (select) => select.where('provider_id', '=', query.provider ?? ''))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    async update(organizationId: string, id: string, changes: IntegrationChanges) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('integrations')
          .set({ ...changes, updated_at: new Date() })
          .where('id', '=', id)
          .returningAll()
          .returning(connectionCount)
          .executeTakeFirst(),
      )
    },
    async delete(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.deleteFrom('integrations').where('id', '=', id).returning(['id', 'name']).executeTakeFirst(),
      )
    },
    async countByProvider(organizationId: string): Promise<Map<string, number>> {
      const rows = await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('integrations')
          .select(['provider_id', (expression) => expression.fn.countAll<number>().as('count')])
          .groupBy('provider_id')
          .execute(),
      )
      return new Map(rows.map((row) => [row.provider_id, row.count]))
    },
  }
}

export type IntegrationStore = ReturnType<typeof createIntegrationStore>
export type IntegrationRecord = NonNullable<Awaited<ReturnType<IntegrationStore['find']>>>
