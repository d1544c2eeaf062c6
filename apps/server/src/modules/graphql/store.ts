import type { Database } from '../../database/client.ts'

export interface NewSchema {
  id: string
  organizationId: string
  integrationId: string
  endpoint: string
  sdl: string | null
  sdlHash: string | null
  notAvailableBecause: 'introspection_disabled' | 'introspection_failed' | null
  fetchedAt: Date
  expiresAt: Date
}

export interface NewOperation {
  id: string
  organizationId: string
  integrationId: string
  name: string
  kind: 'query' | 'mutation' | 'subscription'
  document: string
  description: string | null
}

/** An integration has one endpoint, or a few; callers may name any, so the oldest are forgotten. */
const schemasPerIntegrationMax = 20

export function createGraphqlStore(database: Database) {
  return {
    /** All but the text, which is large and may be in memory already. */
    async findSchema(organizationId: string, integrationId: string, endpoint: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('graphql_schemas')
          .select(['id', 'endpoint', 'sdl_hash', 'not_available_because', 'fetched_at', 'expires_at'])
          .where('integration_id', '=', integrationId)
          .where('endpoint', '=', endpoint)
          .executeTakeFirst(),
      )
    },
    async readSdl(organizationId: string, id: string): Promise<string | null> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('graphql_schemas').select('sdl').where('id', '=', id).executeTakeFirst(),
      )
      return row?.sdl ?? null
    },
    async saveSchema(schema: NewSchema) {
      const found = {
        sdl: schema.sdl,
        sdl_hash: schema.sdlHash,
        not_available_because: schema.notAvailableBecause,
        fetched_at: schema.fetchedAt,
        expires_at: schema.expiresAt,
      }
      return await database.tenant(schema.organizationId, async (transaction) => {
        const row = await transaction
          .insertInto('graphql_schemas')
          .values({
            id: schema.id,
            organization_id: schema.organizationId,
            integration_id: schema.integrationId,
            endpoint: schema.endpoint,
            ...found,
          })
          .onConflict((conflict) => conflict.columns(['integration_id', 'endpoint']).doUpdateSet(found))
          .returning(['id', 'endpoint', 'sdl_hash', 'not_available_because', 'fetched_at', 'expires_at'])
          .executeTakeFirstOrThrow()
        await transaction
          .deleteFrom('graphql_schemas')
          .where('integration_id', '=', schema.integrationId)
          .where('id', 'not in', (select) =>
            select
              .selectFrom('graphql_schemas')
              .select('id')
              .where('integration_id', '=', schema.integrationId)
              .orderBy('fetched_at', 'desc')
              .limit(schemasPerIntegrationMax),
          )
          .execute()
        return row
      })
    },
    async findOperation(organizationId: string, integrationId: string, name: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('graphql_operations')
          .selectAll()
          .where('integration_id', '=', integrationId)
          .where('name', '=', name)
          .executeTakeFirst(),
      )
    },
    async listOperations(
      organizationId: string,
      integrationId: string,
      query: { limit: number; after: string | null },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('graphql_operations')
          .selectAll()
          .where('integration_id', '=', integrationId)
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    async countOperations(organizationId: string, integrationId: string): Promise<number> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('graphql_operations')
          .select((expression) => expression.fn.countAll<number>().as('count'))
          .where('integration_id', '=', integrationId)
          .executeTakeFirstOrThrow(),
      )
      return Number(row.count)
    },
    async saveOperation(operation: NewOperation) {
      const { kind, document, description } = operation
      return await database.tenant(operation.organizationId, (transaction) =>
        transaction
          .insertInto('graphql_operations')
          .values({
            id: operation.id,
            organization_id: operation.organizationId,
            integration_id: operation.integrationId,
            name: operation.name,
            kind,
            document,
            description,
          })
          .onConflict((conflict) =>
            conflict
              .columns(['integration_id', 'name'])
              .doUpdateSet({ kind, document, description, updated_at: new Date() }),
          )
          .returningAll()
          .executeTakeFirstOrThrow(),
      )
    },
    async deleteOperation(organizationId: string, integrationId: string, name: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .deleteFrom('graphql_operations')
          .where('integration_id', '=', integrationId)
          .where('name', '=', name)
          .returning('id')
          .executeTakeFirst(),
      )
    },
  }
}

export type GraphqlStore = ReturnType<typeof createGraphqlStore>
export type OperationRecord = NonNullable<Awaited<ReturnType<GraphqlStore['findOperation']>>>
export type SchemaRecord = NonNullable<Awaited<ReturnType<GraphqlStore['findSchema']>>>
