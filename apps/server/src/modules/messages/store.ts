import type { DeliveryFilter, DeliveryStatus } from '@koble/contract/messages'
import { type RawBuilder, sql } from 'kysely'
import type { Database, Query, TenantTransaction } from '../../database/client.ts'
import { firstIdOf, timeOfId } from '../../database/uuid-time.ts'

/** A caller's own id, and what was sent with it. */
export interface MessageKey {
  organizationId: string
  externalId: string
  messageId: string
  contentHash: string
  createdAt: Date
}

/** Deliveries between two places in their order, both without the first and with the last. */
export interface Slice {
  after: DeliveryPlace | null
  upTo: DeliveryPlace
  count: number
}

export interface DeliveryPlace {
  messageId: string
  destinationId: string
}

export interface MessageFilter {
  limit: number
  after: string | null
  eventType?: string
  externalUserId?: string
  from?: string
  to?: string
  status?: DeliveryStatus
}

const sliceSize = 500

/** The caller's ids, and lists of messages, deliveries and attempts. They are written where they are sent. */
export function createMessageStore(database: Database) {
  return {
    /** One transaction over all organizations. */
    async transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
      return await database.system.transaction().execute(work)
    },
    /** Those of these ids that were used, with how many deliveries their message has. */
    async findKeys(query: Query, keys: Pick<MessageKey, 'organizationId' | 'externalId'>[]) {
      const { rows } = await sql<{
        organization_id: string
        external_id: string
        message_id: string
        content_hash: string
        created_at: Date
        deliveries: number
      }>`SELECT k.*, (SELECT count(*) FROM deliveries d
            WHERE d.message_id = k.message_id AND d.created_at = k.created_at) AS deliveries
          FROM message_keys k JOIN unnest(${keys.map((key) => key.organizationId)}::uuid[],
            ${keys.map((key) => key.externalId)}::text[]) AS asked (organization_id, external_id)
            USING (organization_id, external_id)`.execute(query)
      return rows
    },
    /** How many of them were free and are taken now. In their order, so that two writers never wait for one another. */
    async insertKeys(query: Query, keys: MessageKey[]): Promise<number> {
      const result =
        await sql`INSERT INTO message_keys (organization_id, external_id, message_id, content_hash, created_at)
        SELECT * FROM unnest(${keys.map((key) => key.organizationId)}::uuid[],
          ${keys.map((key) => key.externalId)}::text[], ${keys.map((key) => key.messageId)}::uuid[],
          ${keys.map((key) => key.contentHash)}::text[], ${keys.map((key) => key.createdAt)}::timestamptz[]) AS k
        ORDER BY 1, 2 ON CONFLICT DO NOTHING`.execute(query)
      return Number(result.numAffectedRows ?? 0)
    },

    async list(organizationId: string, filter: MessageFilter) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('messages as m')
          .select(messageColumns)
          .select(countsOfMessage.as('counts'))
          .where('organization_id', '=', organizationId)
          .$if(filter.after !== null, (select) => select.where('id', '<', filter.after ?? ''))
          .$if(filter.eventType !== undefined, (select) => select.where('event_type', '=', filter.eventType ?? ''))
          .$if(filter.externalUserId !== undefined, (select) =>
            select.where('external_user_id', '=', filter.externalUserId ?? ''),
          )
          .$if(filter.from !== undefined, (select) => {
            const from = new Date(filter.from ?? 0)
            return select.where('id', '>=', firstIdOf(from)).where('created_at', '>=', from)
          })
          .$if(filter.to !== undefined, (select) => {
            const to = new Date(filter.to ?? 0)
            return select.where('id', '<', firstIdOf(to)).where('created_at', '<', to)
          })
          .$if(filter.status !== undefined, (select) =>
            select.where(sql<boolean>`EXISTS (SELECT FROM deliveries d
              WHERE d.message_id = m.id AND d.created_at = m.created_at AND d.status = ${filter.status})`),
          )
          .orderBy('id', 'desc')
          .limit(filter.limit + 1)
          .execute(),
      )
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('messages as m')
          .select([...messageColumns, 'body'])
          .where('id', '=', id)
          .where('created_at', '=', timeOfId(id))
          .executeTakeFirst(),
      )
    },
    /** The inbound event that a message passes on; undefined when it is not kept any more. */
    async findEvent(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_events')
          .select(['integration_id', 'body'])
          .where('id', '=', id)
          .where('received_at', '=', timeOfId(id))
          .executeTakeFirst(),
      )
    },

    async listDeliveries(organizationId: string, messageId: string, limit: number) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('deliveries')
          .select(deliveryColumns)
          .where('message_id', '=', messageId)
          .where('created_at', '=', timeOfId(messageId))
          .orderBy('destination_id')
          .limit(limit)
          .execute(),
      )
    },
    async listDeliveriesOf(
      organizationId: string,
      destinationId: string,
      query: { limit: number; after: string | null; status?: DeliveryStatus; eventType?: string },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('deliveries')
          .select(deliveryColumns)
          .where('destination_id', '=', destinationId)
          .$if(query.after !== null, (select) => select.where('message_id', '<', query.after ?? ''))
          .$if(query.status !== undefined, (select) => select.where('status', '=', query.status ?? 'pending'))
          .$if(query.eventType !== undefined, (select) => select.where('event_type', '=', query.eventType ?? ''))
          .orderBy('message_id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    async listStuck(
      organizationId: string,
      query: {
        limit: number
        after: DeliveryPlace | null
        status: 'dead' | 'parked'
        destinationId?: string
        eventType?: string
      },
    ) {
      const { after } = query
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('deliveries')
          .select(deliveryColumns)
          .where('organization_id', '=', organizationId)
          .where('status', '=', query.status)
          .$if(after !== null, (select) =>
            select.where(
              sql<boolean>`(message_id, destination_id) < (${after?.messageId}::uuid, ${after?.destinationId}::uuid)`,
            ),
          )
          .$if(query.destinationId !== undefined, (select) =>
            select.where('destination_id', '=', query.destinationId ?? ''),
          )
          .$if(query.eventType !== undefined, (select) => select.where('event_type', '=', query.eventType ?? ''))
          .orderBy('message_id', 'desc')
          .orderBy('destination_id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    /** Of a destination, of a message, or of both. */
    async listAttempts(
      organizationId: string,
      query: { limit: number; after: string | null; destinationId?: string; messageId?: string },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('attempts')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .$if(query.after !== null, (select) => select.where('id', '<', query.after ?? ''))
          .$if(query.destinationId !== undefined, (select) =>
            select.where('destination_id', '=', query.destinationId ?? ''),
          )
          .$if(query.messageId !== undefined, (select) => {
            const messageId = query.messageId ?? ''
            return select.where('message_id', '=', messageId).where('at', '>=', timeOfId(messageId))
          })
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },

    /**
     * Begins a message anew at these destinations, those it did not go to before included, and says at how many. What is
     * being sent at the moment stays as it is.
     */
    async resendTo(organizationId: string, messageId: string, destinationIds: string[]): Promise<number> {
      return await database.tenant(organizationId, async (transaction) => {
        const { rows } = await sql<{ destination_id: string }>`
          INSERT INTO deliveries (message_id, destination_id, created_at, organization_id, event_type, status,
            next_attempt_at, ordering_key)
          SELECT m.id, x.id, m.created_at, m.organization_id, m.event_type, 'pending', now(),
            CASE WHEN x.ordered THEN m.ordering_key END
          FROM messages m JOIN destinations x ON x.id = ANY(${destinationIds}::uuid[]) AND x.status = 'enabled'
          WHERE m.id = ${messageId}::uuid AND m.created_at = ${timeOfId(messageId)}
          ON CONFLICT (message_id, destination_id, created_at) DO UPDATE SET ${anew}
          WHERE deliveries.leased_until IS NULL OR deliveries.leased_until < now()
          RETURNING destination_id`.execute(transaction)
        await tell(transaction, rows)
        return rows.length
      })
    },

    /** The deliveries that a filter means now, in pieces. */
    async slices(organizationId: string, filter: DeliveryFilter): Promise<Slice[]> {
      const { rows } = await database.tenant(organizationId, (transaction) =>
        sql<{ count: number; last: string }>`
          SELECT count(*) AS count, max(message_id::text || ' ' || destination_id::text) AS last FROM (
            SELECT message_id, destination_id,
              (row_number() OVER (ORDER BY message_id, destination_id) - 1) / ${sliceSize}::int AS number
            FROM deliveries d WHERE ${meant(organizationId, filter)}
          ) AS numbered GROUP BY number ORDER BY number`.execute(transaction),
      )
      let after: DeliveryPlace | null = null
      return rows.map(({ count, last }) => {
        const [messageId = '', destinationId = ''] = last.split(' ')
        const slice: Slice = { after, upTo: { messageId, destinationId }, count }
        after = slice.upTo
        return slice
      })
    },
    /** Begins deliveries anew whose destination is on, and says how many. */
    async resendSlice(organizationId: string, filter: DeliveryFilter, slice: Slice): Promise<number> {
      return await database.tenant(organizationId, async (transaction) => {
        const { rows } = await sql<{ destination_id: string }>`
          WITH chosen AS (
            SELECT d.message_id, d.destination_id, d.created_at FROM deliveries d
            JOIN destinations x ON x.id = d.destination_id AND x.status = 'enabled'
            WHERE ${meant(organizationId, filter)} AND ${within(slice)} AND ${nobodyTries}
            ORDER BY d.message_id, d.destination_id LIMIT ${slice.count} FOR UPDATE OF d SKIP LOCKED
          )
          UPDATE deliveries SET ${anew} FROM chosen c
          WHERE deliveries.message_id = c.message_id AND deliveries.destination_id = c.destination_id
            AND deliveries.created_at = c.created_at
          RETURNING deliveries.destination_id`.execute(transaction)
        await tell(transaction, rows)
        return rows.length
      })
    },
    /** Gives deliveries up, and says how many. */
    async discardSlice(organizationId: string, filter: DeliveryFilter, slice: Slice): Promise<number> {
      return await database.tenant(organizationId, async (transaction) => {
        const result = await sql`
          WITH chosen AS (
            SELECT d.message_id, d.destination_id, d.created_at FROM deliveries d
            WHERE ${meant(organizationId, filter)} AND ${within(slice)} AND ${nobodyTries}
            ORDER BY d.message_id, d.destination_id LIMIT ${slice.count} FOR UPDATE OF d SKIP LOCKED
          )
          UPDATE deliveries SET status = 'dead', next_attempt_at = NULL, error_code = 'discarded',
            error_message = 'Somebody gave it up.', finished_at = now()
          FROM chosen c
          WHERE deliveries.message_id = c.message_id AND deliveries.destination_id = c.destination_id
            AND deliveries.created_at = c.created_at`.execute(transaction)
        return Number(result.numAffectedRows ?? 0)
      })
    },

    /** Forgets the callers' ids of messages that are not kept any more. */
    async purgeKeys(before: Date): Promise<void> {
      await database.system.deleteFrom('message_keys').where('created_at', '<', before).execute()
    },
  }
}

const messageColumns = [
  'id',
  'created_at',
  'external_id',
  'event_type',
  'event_type_version',
  'external_user_id',
  'ordering_key',
  'source',
  'event_id',
  'provider_id',
  'connection_id',
  'content_type',
] as const

const deliveryColumns = [
  'message_id',
  'destination_id',
  'created_at',
  'event_type',
  'status',
  'attempts',
  'next_attempt_at',
  'response_status',
  'error_code',
  'error_message',
  'finished_at',
] as const

const countsOfMessage = sql<Partial<Record<DeliveryStatus, number>>>`(
  SELECT coalesce(jsonb_object_agg(status, count), '{}') FROM (
    SELECT status, count(*) AS count FROM deliveries d WHERE d.message_id = m.id AND d.created_at = m.created_at
    GROUP BY status
  ) AS grouped)`

/** What a delivery is like that begins anew; how many attempts there were is not forgotten. */
const anew = sql`status = 'pending', step = 0, next_attempt_at = now(), lease_owner = NULL, leased_until = NULL,
  error_code = NULL, error_message = NULL, finished_at = NULL`

const nobodyTries = sql`(d.leased_until IS NULL OR d.leased_until < now())`

function meant(organizationId: string, filter: DeliveryFilter): RawBuilder<unknown> {
  const { destinationId, eventType, status, from, to } = filter
  const conditions = [sql`d.organization_id = ${organizationId}::uuid`, sql`d.status = ANY(${status}::text[])`]
  if (destinationId !== undefined) conditions.push(sql`d.destination_id = ${destinationId}::uuid`)
  if (eventType !== undefined) conditions.push(sql`d.event_type = ${eventType}`)
  if (from !== undefined) {
    const time = new Date(from)
    conditions.push(sql`d.created_at >= ${time} AND d.message_id >= ${firstIdOf(time)}::uuid`)
  }
  if (to !== undefined) {
    const time = new Date(to)
    conditions.push(sql`d.created_at < ${time} AND d.message_id < ${firstIdOf(time)}::uuid`)
  }
  return sql.join(conditions, sql` AND `)
}

function within({ after, upTo }: Slice): RawBuilder<unknown> {
  const place = sql`(d.message_id, d.destination_id)`
  const end = sql`${place} <= (${upTo.messageId}::uuid, ${upTo.destinationId}::uuid)`
  if (after === null) return end
  return sql`${end} AND ${place} > (${after.messageId}::uuid, ${after.destinationId}::uuid)`
}

/** Lets the nodes know that there is something to send. */
async function tell(transaction: TenantTransaction, rows: { destination_id: string }[]): Promise<void> {
  const ids = [...new Set(rows.map((row) => row.destination_id))]
  if (ids.length === 0) return
  await sql`SELECT pg_notify('koble_deliveries', id) FROM unnest(${ids}::text[]) AS changed (id)`.execute(transaction)
}

export type MessageStore = ReturnType<typeof createMessageStore>
export type MessageRecord = Awaited<ReturnType<MessageStore['list']>>[number]
export type DeliveryRecord = Awaited<ReturnType<MessageStore['listDeliveries']>>[number]
export type AttemptRecord = Awaited<ReturnType<MessageStore['listAttempts']>>[number]
