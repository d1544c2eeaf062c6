import type { DestinationType } from '@koble/contract/destination-types'
import type { Destination } from '@koble/contract/destinations'
import { sql } from 'kysely'
import type { Database, TenantTransaction } from '../../database/client.ts'
import { firstIdOf } from '../../database/uuid-time.ts'

/** What people set, as the row has it; secrets are sealed. */
export interface DestinationValues {
  external_user_id: string | null
  name: string
  config: Record<string, unknown>
  secrets: string | null
  signing: Destination['signing']
  svix_headers: boolean
  signing_secret: string | null
  previous_signing_secret: string | null
  previous_signing_secret_until: Date | null
  payload_format: Destination['payloadFormat']
  event_types: string[]
  filter: Record<string, unknown> | null
  transform: string | null
  headers: Record<string, string>
  rate_limit: Destination['rateLimit']
  concurrency: number
  timeout_ms: number
  retry_schedule: number[]
  ordered: boolean
}

/** Which one is meant; `owner` is an end user who sees the own alone, null sees all. */
export interface Place {
  organizationId: string
  id: string
  owner: string | null
}

/** Destinations. What happens to their deliveries when one is switched off or removed happens in the same transaction. */
export function createDestinationStore(database: Database) {
  return {
    /** Undefined when its owner has `ownedMax` already. */
    async insert(
      organizationId: string,
      destination: DestinationValues & { id: string; type: DestinationType },
      ownedMax: number | null,
    ) {
      return await database.tenant(organizationId, async (transaction) => {
        if (ownedMax !== null) {
          // Two that come at the same time must not both find room.
          const owner = `destinations/${organizationId}/${destination.external_user_id}`
          await sql`SELECT pg_advisory_xact_lock(hashtextextended(${owner}, 0))`.execute(transaction)
          const { count } = await transaction
            .selectFrom('destinations')
            .select(sql<number>`count(*)`.as('count'))
            .where('organization_id', '=', organizationId)
            .where('external_user_id', '=', destination.external_user_id)
            .executeTakeFirstOrThrow()
          if (count >= ownedMax) return undefined
        }
        const { id, type, ...values } = destination
        return await transaction
          .insertInto('destinations')
          .values({ id, type, organization_id: organizationId, ...asRow(values) } as never)
          .returningAll()
          .executeTakeFirstOrThrow()
      })
    },

    async find({ organizationId, id, owner }: Place) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('destinations')
          .selectAll()
          .where('id', '=', id)
          .$if(owner !== null, (select) => select.where('external_user_id', '=', owner))
          .executeTakeFirst(),
      )
    },

    async list(
      organizationId: string,
      query: {
        limit: number
        after: string | null
        externalUserId?: string
        status?: Destination['status']
        type?: DestinationType
      },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('destinations')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .$if(query.externalUserId !== undefined, (select) =>
            select.where('external_user_id', '=', query.externalUserId ?? ''),
          )
          .$if(query.status !== undefined, (select) => select.where('status', '=', query.status ?? 'enabled'))
          .$if(query.type !== undefined, (select) => select.where('type', '=', query.type ?? 'https'))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },

    /** Unless somebody changed it since it was read, at `readAt`: then undefined. */
    async update({ organizationId, id }: Place, readAt: Date, changes: Partial<DestinationValues>) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('destinations')
          .set({ ...asRow(changes), updated_at: laterThan(readAt) } as never)
          .where('id', '=', id)
          // JavaScript knows milliseconds, the database microseconds.
          .where(sql<boolean>`date_trunc('milliseconds', updated_at) = ${readAt}`)
          .returningAll()
          .executeTakeFirst(),
      )
    },

    /** Undefined when it is enabled already. */
    async enable({ organizationId, id }: Place) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('destinations')
          .set({
            status: 'enabled',
            disabled_reason: null,
            disabled_at: null,
            failing_since: null,
            updated_at: new Date(),
          })
          .where('id', '=', id)
          .where('status', '=', 'disabled')
          .returningAll()
          .executeTakeFirst(),
      )
    },

    /** Parks what waits, too. Undefined when it is disabled already. */
    async disable({ organizationId, id }: Place) {
      return await database.tenant(organizationId, async (transaction) => {
        const now = new Date()
        const row = await transaction
          .updateTable('destinations')
          .set({ status: 'disabled', disabled_reason: 'manual', disabled_at: now, updated_at: now })
          .where('id', '=', id)
          .where('status', '=', 'enabled')
          .returningAll()
          .executeTakeFirst()
        if (row) await endWaiting(transaction, id, { status: 'parked', errorCode: null })
        return row
      })
    },

    /** Gives up what waits, too. Undefined when it was gone. */
    async remove({ organizationId, id }: Place) {
      return await database.tenant(organizationId, async (transaction) => {
        const row = await transaction
          .deleteFrom('destinations')
          .where('id', '=', id)
          .returning(['id', 'type'])
          .executeTakeFirst()
        if (row) await endWaiting(transaction, id, { status: 'dead', errorCode: 'destination_deleted' })
        return row
      })
    },

    /** How the time since then went: deliveries of messages sent since, and attempts made since. */
    async stats(organizationId: string, id: string, since: Date) {
      return await database.tenant(organizationId, async (transaction) => {
        const counts = await transaction
          .selectFrom('deliveries')
          .select(['status', sql<number>`count(*)`.as('count')])
          .where('destination_id', '=', id)
          .where('message_id', '>=', firstIdOf(since))
          .where('created_at', '>=', since)
          .groupBy('status')
          .execute()
        const attempts = await transaction
          .selectFrom('attempts')
          .select([
            sql<number>`count(*)`.as('count'),
            sql<number>`count(*) FILTER (WHERE NOT succeeded)`.as('failed'),
            sql<number | null>`percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms)`.as('p50'),
            sql<number | null>`percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms)`.as('p95'),
          ])
          .where('destination_id', '=', id)
          .where('id', '>=', firstIdOf(since))
          .where('at', '>=', since)
          .executeTakeFirstOrThrow()
        return { counts, attempts }
      })
    },
  }
}

/** Ends what is open. What somebody is trying at the moment may still end as delivered, where it is only parked. */
async function endWaiting(
  transaction: TenantTransaction,
  destinationId: string,
  { status, errorCode }: { status: 'parked' | 'dead'; errorCode: string | null },
): Promise<void> {
  await sql`UPDATE deliveries SET status = ${status}, next_attempt_at = NULL, lease_owner = NULL, leased_until = NULL,
      error_code = coalesce(${errorCode}, error_code), finished_at = now()
    WHERE destination_id = ${destinationId}::uuid
      AND (status IN ('pending', 'retrying') OR (status = 'parked' AND ${status} = 'dead'))`.execute(transaction)
}

/** JSON columns as text. */
function asRow<Values extends Partial<DestinationValues>>(values: Values) {
  const json = ['config', 'filter', 'headers', 'rate_limit'] as const
  const texts = json.flatMap((name) => {
    const value = values[name]
    return value === undefined ? [] : [[name, value === null ? null : JSON.stringify(value)]]
  })
  return { ...values, ...Object.fromEntries(texts) }
}

/** What is kept in memory is told apart by this time. */
const laterThan = (time: Date) => new Date(Math.max(Date.now(), time.getTime() + 1))

export type DestinationStore = ReturnType<typeof createDestinationStore>
export type DestinationRow = NonNullable<Awaited<ReturnType<DestinationStore['find']>>>
