import { sql } from 'kysely'
import type { Database, Query } from '../../../database/client.ts'

/** What an endpoint is made of; JSON as text. */
export interface NewEndpoint {
  id: string
  organizationId: string
  integrationId: string
  connectionId: string | null
  provider: string
  token: string
  secret: string | null
  settings: EndpointSettingsColumns
}

/** What can be changed of an endpoint, by column. */
export interface EndpointSettingsColumns {
  name?: string
  events?: string[]
  enabled?: boolean
  verification?: string
  handlers?: string
  unmatched?: 'hold' | 'forward'
  ip_allow_list?: string[]
  rate_limit?: string | null
  body_bytes_max?: number
  retry_policy?: string
  ordering?: string | null
}

const waitingMax = 10_000
/** A person reads them. */
const withPluginMax = 100

export function createEndpointStore(database: Database) {
  // Counted by the hour as processing ends: to count the events themselves would take the longer the more there are.
  const since = sql`date_trunc('hour', now()) - interval '23 hours'`
  const total = (column: 'received' | 'completed' | 'failed' | 'unroutable') =>
    sql<number>`(SELECT coalesce(sum(${sql.ref(column)}), 0)::bigint FROM webhook_endpoint_stats s
      WHERE s.endpoint_id = webhook_endpoints.id AND s.hour >= ${since})`
  const counts = [
    total('received').as('received_24h'),
    total('completed').as('completed_24h'),
    total('failed').as('failed_24h'),
    total('unroutable').as('unroutable_24h'),
    sql<number>`(SELECT coalesce(sum(r.count), 0)::bigint FROM webhook_rejections r
      WHERE r.endpoint_id = webhook_endpoints.id AND r.hour >= ${since})`.as('rejected_24h'),
    sql<number>`(SELECT count(*) FROM (SELECT FROM webhook_event_queue q
      WHERE q.endpoint_id = webhook_endpoints.id LIMIT ${sql.lit(waitingMax)}) AS beginning)`.as('waiting'),
    sql<Date | null>`(SELECT received_at FROM webhook_events e WHERE e.endpoint_id = webhook_endpoints.id
      ORDER BY id DESC LIMIT 1)`.as('last_event_at'),
  ] as const

  return {
    async insert(endpoint: NewEndpoint): Promise<void> {
      await database.tenant(endpoint.organizationId, (transaction) =>
        transaction
          .insertInto('webhook_endpoints')
          .values({
            ...endpoint.settings,
            events: endpoint.settings.events ?? [],
            id: endpoint.id,
            organization_id: endpoint.organizationId,
            integration_id: endpoint.integrationId,
            connection_id: endpoint.connectionId,
            provider_id: endpoint.provider,
            token: endpoint.token,
            secret: endpoint.secret,
            previous_secret: null,
            previous_secret_until: null,
          } as never)
          .execute(),
      )
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('webhook_endpoints').selectAll().select(counts).where('id', '=', id).executeTakeFirst(),
      )
    },
    async list(
      organizationId: string,
      query: { limit: number; after: string | null; integrationId?: string; connectionId?: string },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_endpoints')
          .selectAll()
          .select(counts)
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .$if(query.integrationId !== undefined, (select) =>
            select.where('integration_id', '=', query.integrationId ?? ''),
          )
          .$if(query.connectionId !== undefined, (select) =>
            select.where('connection_id', '=', query.connectionId ?? ''),
          )
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    async update(
      organizationId: string,
      id: string,
      changes: EndpointSettingsColumns & {
        secret?: string
        previous_secret?: string | null
        previous_secret_until?: Date | null
      },
    ): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction.updateTable('webhook_endpoints').set(changes).where('id', '=', id).execute(),
      )
    },
    /** Pauses, or begins to resume what is paused. A job that works off what waited is added in the same transaction. */
    async setProcessing(organizationId: string, id: string, processing: 'paused' | 'resuming'): Promise<void> {
      await database.tenant(organizationId, async (transaction) => {
        const changed = await transaction
          .updateTable('webhook_endpoints')
          .set({ processing })
          .where('id', '=', id)
          .$if(processing === 'resuming', (update) => update.where('processing', '=', 'paused'))
          .returning('id')
          .executeTakeFirst()
        if (changed && processing === 'resuming') await addDrain(transaction, organizationId, id)
      })
    },
    /** The secret that a handshake brings, only while there is none; false when there is one. */
    async takeSecret(organizationId: string, id: string, secret: string): Promise<boolean> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('webhook_endpoints')
          .set({ secret })
          .where('id', '=', id)
          .where('secret', 'is', null)
          .returning('id')
          .executeTakeFirst(),
      )
      return row !== undefined
    },
    async delete(organizationId: string, id: string): Promise<boolean> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction.deleteFrom('webhook_endpoints').where('id', '=', id).returning('id').executeTakeFirst(),
      )
      return row !== undefined
    },
    /** Those with a plugin among their handlers. */
    async listWithPlugin(organizationId: string, pluginId: string) {
      const named = JSON.stringify([{ type: 'plugin', pluginId }])
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_endpoints')
          .select(['id', 'name', 'provider_id'])
          .where('organization_id', '=', organizationId)
          .where(sql<boolean>`handlers @> ${named}::jsonb`)
          .orderBy('id', 'desc')
          .limit(withPluginMax)
          .execute(),
      )
    },
    /** By the unguessable part of its URL, in whatever organization. */
    async findByToken(token: string) {
      return await database.system
        .selectFrom('webhook_endpoints')
        .selectAll()
        .where('token', '=', token)
        .executeTakeFirst()
    },
    /** For working on its events, in whatever organization. */
    async findForWork(id: string) {
      return await database.system.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).executeTakeFirst()
    },
  }
}

async function addDrain(query: Query, organizationId: string, endpointId: string): Promise<void> {
  const payload = JSON.stringify({ organizationId, endpointId })
  await sql`SELECT add_job('webhooks-in.resume', ${payload}::json, 25)`.execute(query)
}

export type EndpointStore = ReturnType<typeof createEndpointStore>
export type EndpointRecord = NonNullable<Awaited<ReturnType<EndpointStore['find']>>>
