import type { PluginHook, PluginVersion } from '@koble/contract/plugins'
import { sql } from 'kysely'
import type { Database } from '../../database/client.ts'

/** What a new version is made of. */
export interface NewPluginVersion {
  id: string
  code: string
  createdBy: PluginVersion['createdBy']
}

/** What can be changed of a plugin, by column. */
export interface PluginChanges {
  name?: string
  enabled?: boolean
  timeout_ms?: number
  version?: number
}

const versionColumns = ['id', 'version', 'created_at', 'created_by'] as const
const codeBytes = sql<number>`octet_length(code)`.as('code_bytes')

/** Plugins, and their versions, of which none ever changes. */
export function createPluginStore(database: Database) {
  return {
    /** Undefined when the name is taken. */
    async insert(
      plugin: {
        id: string
        organizationId: string
        name: string
        hook: PluginHook
        enabled: boolean
        timeoutMs: number
      },
      first: NewPluginVersion,
    ) {
      return await database.tenant(plugin.organizationId, async (transaction) => {
        const made = await transaction
          .insertInto('plugins')
          .values({
            id: plugin.id,
            organization_id: plugin.organizationId,
            name: plugin.name,
            hook: plugin.hook,
            enabled: plugin.enabled,
            timeout_ms: plugin.timeoutMs,
          })
          .onConflict((conflict) => conflict.columns(['organization_id', 'name']).doNothing())
          .returning('id')
          .executeTakeFirst()
        if (!made) return undefined
        await transaction
          .insertInto('plugin_versions')
          .values(toVersionRow(plugin.organizationId, plugin.id, 1, first))
          .execute()
        return made
      })
    },
    /** Adds a version and makes it the one that runs; undefined when there is no such plugin. */
    async insertVersion(organizationId: string, id: string, version: NewPluginVersion): Promise<number | undefined> {
      return await database.tenant(organizationId, async (transaction) => {
        const plugin = await transaction
          .selectFrom('plugins')
          .select('id')
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst()
        if (!plugin) return undefined
        const newest = await transaction
          .selectFrom('plugin_versions')
          .select('version')
          .where('plugin_id', '=', id)
          .orderBy('version', 'desc')
          .limit(1)
          .executeTakeFirst()
        const number = (newest?.version ?? 0) + 1
        await transaction
          .insertInto('plugin_versions')
          .values(toVersionRow(organizationId, id, number, version))
          .execute()
        await transaction
          .updateTable('plugins')
          .set({ version: number, updated_at: sql<Date>`now()` })
          .where('id', '=', id)
          .execute()
        return number
      })
    },
    async list(organizationId: string, query: { limit: number; after: string | null }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('plugins')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    /** With the code that runs. */
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('plugins as p')
          .innerJoin('plugin_versions as v', (join) =>
            join.onRef('v.plugin_id', '=', 'p.id').onRef('v.version', '=', 'p.version'),
          )
          .selectAll('p')
          .select(['v.code', 'v.id as version_id'])
          .where('p.id', '=', id)
          .executeTakeFirst(),
      )
    },
    /** Which of these are no plugins of the organization for that hook. */
    async listUnknown(organizationId: string, hook: PluginHook, ids: string[]): Promise<string[]> {
      const rows = await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('plugins').select('id').where('id', 'in', ids).where('hook', '=', hook).execute(),
      )
      const known = new Set(rows.map((row) => row.id))
      return ids.filter((id) => !known.has(id))
    },
    async update(organizationId: string, id: string, changes: PluginChanges): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('plugins')
          .set({ ...changes, updated_at: sql<Date>`now()` })
          .where('id', '=', id)
          .execute(),
      )
    },
    /** False when another plugin has the name. */
    async isNameFree(organizationId: string, name: string, id: string): Promise<boolean> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('plugins')
          .select('id')
          .where('name', '=', name)
          .where('id', '!=', id)
          .executeTakeFirst(),
      )
      return row === undefined
    },
    async remove(organizationId: string, id: string): Promise<boolean> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction.deleteFrom('plugins').where('id', '=', id).returning('id').executeTakeFirst(),
      )
      return row !== undefined
    },
    async listVersions(organizationId: string, pluginId: string, query: { limit: number; after: string | null }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('plugin_versions')
          .select([...versionColumns, codeBytes])
          .where('plugin_id', '=', pluginId)
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
    async findVersion(organizationId: string, pluginId: string, version: number) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('plugin_versions')
          .select([...versionColumns, codeBytes, 'code'])
          .where('plugin_id', '=', pluginId)
          .where('version', '=', version)
          .executeTakeFirst(),
      )
    },
  }
}

function toVersionRow(organizationId: string, pluginId: string, version: number, input: NewPluginVersion) {
  return {
    id: input.id,
    organization_id: organizationId,
    plugin_id: pluginId,
    version,
    code: input.code,
    created_by: JSON.stringify(input.createdBy),
  }
}

export type PluginStore = ReturnType<typeof createPluginStore>
export type PluginRecord = Awaited<ReturnType<PluginStore['list']>>[number]
export type PluginWithCode = NonNullable<Awaited<ReturnType<PluginStore['find']>>>
export type PluginVersionRecord = Awaited<ReturnType<PluginStore['listVersions']>>[number]
