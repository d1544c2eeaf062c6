import type { GatewaySummary } from '@koble/contract/gateway-settings'
import type { Classification, Processing } from '@koble/contract/governance'
import type { GraphqlSettings } from '@koble/contract/graphql'
import type { Endpoints, HealthCheckSettings, RateLimits } from '@koble/contract/integrations'
import { sql } from 'kysely'
import type { Database, Query } from '../../database/client.ts'

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
  healthCheck: HealthCheckSettings
  graphql: GraphqlSettings
  gatewaySettings: object
  bodyLogging: 'off' | 'redacted'
  sandbox: boolean
  status: 'active' | 'pending'
  classification: Classification | null
  processing: Processing | null
  ipAllowList: string[]
}

export interface IntegrationChanges {
  name?: string
  client_id?: string | null
  secrets?: string | null
  scopes?: string[]
  endpoints?: string
  config?: string
  rate_limits?: string
  health_check?: string
  graphql?: string
  gateway_settings?: string
  body_logging?: 'off' | 'redacted'
  status?: 'active' | 'inactive'
  classification?: Classification | null
  processing?: string | null
  ip_allow_list?: string[]
}

/** What belongs to a change of an integration. */
export interface WriteOptions {
  /** Writes in the same transaction, before the integration itself. */
  first?: (query: Query) => Promise<void>
  /** The change is left undone when the row was changed after this. */
  unchangedSince?: Date
}

/** All but the settings of the gateway: an OpenAPI document may be long. */
const listed = [
  'id',
  'organization_id',
  'provider_id',
  'provider_name',
  'name',
  'auth_method',
  'client_id',
  'secrets',
  'scopes',
  'endpoints',
  'config',
  'rate_limits',
  'health_check',
  'body_logging',
  'graphql',
  'classification',
  'processing',
  'ip_allow_list',
  'sandbox',
  'status',
  'created_at',
  'updated_at',
] as const

export function createIntegrationStore(database: Database) {
  const connectionCount = sql<number>`(SELECT count(*) FROM connections
    WHERE connections.integration_id = integrations.id AND connections.status <> 'disconnected')`.as('connection_count')
  const pendingApproval = sql<string | null>`(SELECT id FROM approvals
    WHERE approvals.integration_id = integrations.id AND approvals.status = 'pending')`.as('pending_approval_id')
  const gatewaySummary = sql<GatewaySummary>`jsonb_build_object(
    'cache', coalesce((gateway_settings->'cache'->>'enabled')::boolean, false),
    'transforms', jsonb_array_length(coalesce(gateway_settings->'transforms', '[]')),
    'validation', coalesce(gateway_settings->>'validation', 'off'),
    'openapi', gateway_settings ? 'openapi')`.as('gateway')
  return {
    async insert(integration: NewIntegration, { first }: WriteOptions = {}) {
      return await database.tenant(integration.organizationId, async (transaction) => {
        await first?.(transaction)
        return await transaction
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
            health_check: JSON.stringify(integration.healthCheck),
            graphql: JSON.stringify(integration.graphql),
            gateway_settings: JSON.stringify(integration.gatewaySettings),
            body_logging: integration.bodyLogging,
            sandbox: integration.sandbox,
            status: integration.status,
            classification: integration.classification,
            processing: integration.processing && JSON.stringify(integration.processing),
            ip_allow_list: integration.ipAllowList,
          })
          .returningAll()
          .returning([connectionCount, pendingApproval, gatewaySummary])
          .executeTakeFirstOrThrow()
      })
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('integrations')
          .selectAll()
          .select([connectionCount, pendingApproval, gatewaySummary])
          .where('id', '=', id)
          .executeTakeFirst(),
      )
    },
    async list(organizationId: string, query: { limit: number; after: string | null; provider?: string }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('integrations')
          .select([...listed, connectionCount, pendingApproval, gatewaySummary])
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .$if(query.provider !== undefined, (select) => select.where('provider_id', '=', query.provider ?? ''))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    /**
     * Undefined when there is no such row, or not as it was; what was written `first` is then undone as well. What its
     * connections need to be looked at for, a job does, which is added in the same transaction.
     */
    async update(
      organizationId: string,
      id: string,
      changes: IntegrationChanges,
      { first, unchangedSince }: WriteOptions = {},
    ) {
      return await database
        .tenant(organizationId, async (transaction) => {
          await first?.(transaction)
          const row = await transaction
            .updateTable('integrations')
            .set({ ...changes, updated_at: new Date() })
            .where('id', '=', id)
            .$if(unchangedSince !== undefined, (update) =>
              // Dates of the program are cut off at the millisecond.
              update.where(sql`date_trunc('milliseconds', updated_at)`, '=', unchangedSince),
            )
            .returningAll()
            .returning([connectionCount, pendingApproval, gatewaySummary])
            .executeTakeFirstOrThrow(() => new NoSuchRow())
          if (changes.scopes !== undefined || changes.health_check !== undefined) {
            const payload = JSON.stringify({ organizationId, integrationId: id })
            await sql`SELECT add_job('connections.review', ${payload}::json)`.execute(transaction)
          }
          return row
        })
        .catch((error: unknown) => {
          if (error instanceof NoSuchRow) return undefined
          throw error
        })
    },
    /** Writes what waits for approval and leaves the integration as it is. */
    async write(organizationId: string, write: (query: Query) => Promise<void>): Promise<void> {
      await database.tenant(organizationId, write)
    },
    async delete(organizationId: string, id: string, { first }: WriteOptions = {}) {
      return await database.tenant(organizationId, async (transaction) => {
        await first?.(transaction)
        return await transaction
          .deleteFrom('integrations')
          .where('id', '=', id)
          .returning(['id', 'name'])
          .executeTakeFirst()
      })
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

/** Ends a transaction whose row was not there. */
class NoSuchRow extends Error {}

export type IntegrationStore = ReturnType<typeof createIntegrationStore>
export type IntegrationRecord = NonNullable<Awaited<ReturnType<IntegrationStore['find']>>>
/** As it stands in a list, without the settings of the gateway. */
export type ListedRecord = Omit<IntegrationRecord, 'gateway_settings'>
