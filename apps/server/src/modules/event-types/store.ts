import { sql } from 'kysely'
import type { Database } from '../../database/client.ts'
import { likePattern } from '../../database/like-pattern.ts'

export interface NewVersion {
  id: string
  schema: object | null
  examples: unknown[]
}

/** Kinds of messages; a row for each version of each. */
export function createEventTypeStore(database: Database) {
  return {
    /** Undefined when the name is taken. */
    async insert(organizationId: string, name: string, description: string, first: NewVersion) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .insertInto('event_types')
          .values({ ...toRow(organizationId, name, first), version: 1, description })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst(),
      )
    },
    /** Undefined when there is no such type. */
    async insertVersion(organizationId: string, name: string, version: NewVersion) {
      return await database.tenant(organizationId, async (transaction) => {
        const newest = await transaction
          .selectFrom('event_types')
          .select(['version', 'description', 'archived'])
          .where('organization_id', '=', organizationId)
          .where('name', '=', name)
          .orderBy('version', 'desc')
          .limit(1)
          .forUpdate()
          .executeTakeFirst()
        if (!newest) return undefined
        return await transaction
          .insertInto('event_types')
          .values({ ...toRow(organizationId, name, version), ...newest, version: newest.version + 1 })
          .onConflict((conflict) => conflict.doNothing())
          .returning('version')
          .executeTakeFirst()
      })
    },
    /** Each type in its newest version. */
    async list(
      organizationId: string,
      query: { limit: number; after: string | null; archived?: boolean; search?: string },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('event_types as t')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .where(sql<boolean>`NOT EXISTS (SELECT FROM event_types n
            WHERE n.organization_id = t.organization_id AND n.name = t.name AND n.version > t.version)`)
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .$if(query.archived !== undefined, (select) => select.where('archived', '=', query.archived ?? false))
          .$if(query.search !== undefined, (select) => select.where('name', 'ilike', likePattern(query.search ?? '')))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    /** All versions of a type, newest first. */
    async listVersions(organizationId: string, name: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('event_types')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .where('name', '=', name)
          .orderBy('version', 'desc')
          .execute(),
      )
    },
    /** What all versions share; and the examples of one. */
    async update(
      organizationId: string,
      name: string,
      changes: { description?: string; archived?: boolean },
      examples?: { id: string; examples: unknown[] },
    ): Promise<void> {
      await database.tenant(organizationId, async (transaction) => {
        if (Object.keys(changes).length > 0) {
          await transaction.updateTable('event_types').set(changes).where('name', '=', name).execute()
        }
        if (examples) {
          await transaction
            .updateTable('event_types')
            .set({ examples: JSON.stringify(examples.examples) })
            .where('id', '=', examples.id)
            .execute()
        }
      })
    },
    async remove(organizationId: string, name: string): Promise<boolean> {
      const rows = await database.tenant(organizationId, (transaction) =>
        transaction.deleteFrom('event_types').where('name', '=', name).returning('id').execute(),
      )
      return rows.length > 0
    },
    /** Every version there is, and whether it demands anything. */
    async listAll(organizationId: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('event_types')
          .select(['id', 'name', 'version', sql<boolean>`schema IS NOT NULL`.as('has_schema')])
          .where('organization_id', '=', organizationId)
          .orderBy('version')
          .execute(),
      )
    },
    async findSchema(organizationId: string, id: string) {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('event_types').select('schema').where('id', '=', id).executeTakeFirst(),
      )
      return row?.schema ?? null
    },
  }
}

function toRow(organizationId: string, name: string, { id, schema, examples }: NewVersion) {
  return {
    id,
    organization_id: organizationId,
    name,
    schema: schema && JSON.stringify(schema),
    examples: JSON.stringify(examples),
  }
}

export type EventTypeStore = ReturnType<typeof createEventTypeStore>
export type EventTypeRecord = Awaited<ReturnType<EventTypeStore['listVersions']>>[number]
