import type { RegistrationStatus } from '@koble/contract/webhook-registrations'
import { type Selectable, sql } from 'kysely'
import type { Database, Query } from '../../database/client.ts'
import type { Tables } from '../../database/tables.ts'

export interface NewRegistration {
  id: string
  organizationId: string
  endpointId: string
  integrationId: string
  connectionId: string
  provider: string
  target: string
  parameters: Record<string, string>
  url: string
  exclusive: boolean
  actor: object
}

/** What is known of one at the provider. */
export interface Placed {
  externalIds: string[]
  facts: Record<string, string>
}

/** What a piece of work changed. */
export type RegistrationChanges = Partial<{
  status: RegistrationStatus
  todo: 'update' | 'renew' | 'recreate' | null
  external_ids: string[]
  facts: string
  in_doubt: boolean
  stale: string
  applied: string | null
  expires_at: Date | null
  renew_at: Date | null
  error_code: string | null
  error_message: string | null
  attempts: number
  told: boolean
  checked_at: Date
  check_at: Date | null
  next_at: Date | null
}>

/** Whose registrations are meant: of an endpoint, a connection or an integration. */
export type RegistrationOwner = { endpointId: string } | { connectionId: string } | { integrationId: string }

/** PostgreSQL's code for a row that a unique index does not let in. */
const uniqueViolation = '23505'

export function createRegistrationStore(database: Database) {
  return {
    /** The intent, before the provider is called. The row, or which rule it would break. */
    async insert(registration: NewRegistration, lease: string, leaseUntil: Date) {
      try {
        return await database.tenant(registration.organizationId, (transaction) =>
          transaction
            .insertInto('webhook_registrations')
            .values({
              id: registration.id,
              organization_id: registration.organizationId,
              endpoint_id: registration.endpointId,
              integration_id: registration.integrationId,
              connection_id: registration.connectionId,
              provider_id: registration.provider,
              target: registration.target,
              parameters: JSON.stringify(registration.parameters),
              url: registration.url,
              exclusive: registration.exclusive,
              actor: JSON.stringify(registration.actor),
              status: 'pending',
              // Should this node be gone by then, another one settles it.
              next_at: leaseUntil,
              lease,
              lease_until: leaseUntil,
            })
            .returningAll()
            .executeTakeFirstOrThrow(),
        )
      } catch (error) {
        const { code, constraint } = error as { code?: string; constraint?: string }
        if (code !== uniqueViolation) throw error
        return constraint === 'webhook_registrations_exclusive' ? ('exclusive' as const) : ('once' as const)
      }
    },

    /** Whose registration at an endpoint this is; null for one that is none. */
    async findConnection(endpointId: string, id: string): Promise<string | null> {
      const row = await database.system
        .selectFrom('webhook_registrations')
        .select('connection_id')
        .where('id', '=', id)
        .where('endpoint_id', '=', endpointId)
        .executeTakeFirst()
      return row?.connection_id ?? null
    },
    /** Whether somebody is about to make it at its provider, and still at it. */
    async isBeingMade(endpointId: string, id: string): Promise<boolean> {
      const row = await database.system
        .selectFrom('webhook_registrations')
        .select('id')
        .where('id', '=', id)
        .where('endpoint_id', '=', endpointId)
        .where('in_doubt', '=', true)
        .where('lease_until', '>', new Date())
        .executeTakeFirst()
      return row !== undefined
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('webhook_registrations').selectAll().where('id', '=', id).executeTakeFirst(),
      )
    },
    async list(
      organizationId: string,
      endpointId: string,
      filter: { limit: number; after: string | null; status?: RegistrationStatus },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_registrations')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .where('endpoint_id', '=', endpointId)
          .$if(filter.after !== null, (select) => select.where('id', '<', filter.after))
          .$if(filter.status === undefined, (select) => select.where('status', '<>', 'removed'))
          .$if(filter.status !== undefined, (select) => select.where('status', '=', filter.status ?? 'active'))
          .orderBy('id', 'desc')
          .limit(filter.limit + 1)
          .execute(),
      )
    },

    /** Takes those that are due out of everybody else's reach until `until`. */
    async takeDue(lease: string, until: Date, limit: number) {
      return await database.system
        .updateTable('webhook_registrations')
        .set({ lease, lease_until: until })
        .where('id', 'in', (select) =>
          select
            .selectFrom('webhook_registrations')
            .select('id')
            .where('next_at', '<=', new Date())
            .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<', new Date())]))
            .orderBy('next_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .returningAll()
        .execute()
    },
    /** Takes one, due or not; undefined while somebody else works on it. */
    async take(organizationId: string, id: string, lease: string, until: Date) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('webhook_registrations')
          .set({ lease, lease_until: until })
          .where('id', '=', id)
          .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<', new Date())]))
          .returningAll()
          .executeTakeFirst(),
      )
    },

    /**
     * Writes what whoever holds the lease has found, and gives the lease back unless it goes on. Undefined when the lease
     * was lost. What was asked for since `row` was read is not forgotten: it is due at once. What `also` writes stands or
     * falls with it.
     */
    async write(
      row: RegistrationRow,
      lease: string,
      changes: RegistrationChanges,
      { goesOn = false, also }: { goesOn?: boolean; also?: (query: Query) => Promise<void> } = {},
    ) {
      return await database.tenant(row.organization_id, async (transaction) => {
        const held = await transaction
          .selectFrom('webhook_registrations')
          .select(['status', 'todo'])
          .where('id', '=', row.id)
          .where('lease', '=', lease)
          .forUpdate()
          .executeTakeFirst()
        if (!held) return undefined
        await also?.(transaction)
        const leaves = held.status === 'removing' && row.status !== 'removing'
        const isAsked = held.todo !== null && held.todo !== row.todo
        return await transaction
          .updateTable('webhook_registrations')
          .set({
            ...changes,
            ...(isAsked && { todo: held.todo, next_at: new Date() }),
            ...(leaves && { status: 'removing' as const, next_at: new Date() }),
            ...(!goesOn && { lease: null, lease_until: null }),
            updated_at: new Date(),
          })
          .where('id', '=', row.id)
          .returningAll()
          .executeTakeFirst()
      })
    },

    /** From now on these are to be removed at the provider. */
    async beginRemoval(organizationId: string, owner: RegistrationOwner | { id: string }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('webhook_registrations')
          .set({ status: 'removing', next_at: new Date(), attempts: 0, todo: null, updated_at: new Date() })
          .$if('id' in owner, (update) => update.where('id', '=', 'id' in owner ? owner.id : ''))
          .$if('endpointId' in owner, (update) =>
            update.where('endpoint_id', '=', 'endpointId' in owner ? owner.endpointId : ''),
          )
          .$if('connectionId' in owner, (update) =>
            update.where('connection_id', '=', 'connectionId' in owner ? owner.connectionId : ''),
          )
          .$if('integrationId' in owner, (update) => {
            const integrationId = 'integrationId' in owner ? owner.integrationId : ''
            // Those that its connections made for endpoints of others, too.
            return update.where((where) =>
              where.or([
                where('integration_id', '=', integrationId),
                where('connection_id', 'in', (select) =>
                  select.selectFrom('connections').select('id').where('integration_id', '=', integrationId),
                ),
              ]),
            )
          })
          .where('status', '<>', 'removed')
          .returningAll()
          .execute(),
      )
    },
    /** Has something done about those that the provider named, as soon as somebody has time. */
    async askFor(token: string, externalIds: string[], todo: 'renew' | 'recreate'): Promise<void> {
      await sql`UPDATE webhook_registrations r SET todo = ${todo}, next_at = now()
        FROM webhook_endpoints e
        WHERE e.token = ${token} AND r.endpoint_id = e.id AND r.organization_id = e.organization_id
          AND r.external_ids && ${externalIds}::text[] AND r.status IN ('active', 'renewing')`.execute(database.system)
    },

    /** What the provider is to be given with a registration. */
    async findEndpoint(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_endpoints')
          .select(['id', 'organization_id', 'events', 'secret', 'previous_secret'])
          .where('id', '=', id)
          .executeTakeFirst(),
      )
    },
    /** The secret that the provider made; the one before it is accepted for a while longer. */
    async setSecret(query: Query, endpointId: string, secret: string, previousUntil: Date): Promise<void> {
      await query
        .updateTable('webhook_endpoints')
        .set((value) => ({
          secret,
          previous_secret: value.ref('secret'),
          previous_secret_until: previousUntil,
        }))
        .where('id', '=', endpointId)
        .execute()
    },
    /** Runs within a transaction that sees one organization. */
    async within<Result>(organizationId: string, work: (query: Query) => Promise<Result>): Promise<Result> {
      return await database.tenant(organizationId, work)
    },
    async purge(before: Date): Promise<void> {
      await database.system
        .deleteFrom('webhook_registrations')
        .where((where) => where.or([where('status', '=', 'removed'), where('error_code', '=', 'not_removed')]))
        .where('updated_at', '<', before)
        .execute()
    },
  }
}

/** A row as it is read. */
export type RegistrationRow = Selectable<Tables['webhook_registrations']>
export type RegistrationStore = ReturnType<typeof createRegistrationStore>
