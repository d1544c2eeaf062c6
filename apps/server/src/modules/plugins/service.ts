import type { Page } from '@koble/contract/paging'
import type {
  createPlugin,
  Plugin,
  PluginDetail,
  PluginEvent,
  PluginTrial,
  PluginVersion,
  PluginVersionDetail,
  tryPlugin,
  updatePlugin,
} from '@koble/contract/plugins'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { ChangeFeed } from '../../database/changes.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError, invalidField } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import { type Handled, handleEvent } from './handle-event.ts'
import { type PluginPool, PluginsBusy } from './plugin-pool.ts'
import { judgeOutcome } from './plugin-result.ts'
import type { PluginChanges, PluginRecord, PluginStore, PluginVersionRecord, PluginWithCode } from './store.ts'

export type { Handled } from './handle-event.ts'
export { PluginsBusy } from './plugin-pool.ts'

/** An event as plugins see it; `body` is JSON as it came. */
export type EventForPlugins = Omit<PluginEvent, 'body'> & { body: string }

export interface PluginService {
  /** Code that cannot be loaded is refused: `invalid_request` with line and column. */
  create(actor: Actor, origin: Origin, input: z.output<typeof createPlugin>): Promise<PluginDetail>
  list(organizationId: string, query: { limit: number; after: string | null }): Promise<Page<Plugin>>
  get(organizationId: string, id: string): Promise<PluginDetail>
  update(actor: Actor, origin: Origin, id: string, input: z.output<typeof updatePlugin>): Promise<PluginDetail>
  /** Throws `plugin_in_use` while an endpoint names it. */
  remove(actor: Actor, origin: Origin, id: string): Promise<void>
  addVersion(actor: Actor, origin: Origin, id: string, code: string): Promise<PluginDetail>
  listVersions(
    organizationId: string,
    id: string,
    query: { limit: number; after: string | null },
  ): Promise<Page<PluginVersion>>
  getVersion(organizationId: string, id: string, version: number): Promise<PluginVersionDetail>
  try(organizationId: string, input: z.output<typeof tryPlugin>): Promise<PluginTrial>
  /** Which of these are no plugins for events. */
  unknownOf(organizationId: string, ids: string[]): Promise<string[]>
  /**
   * Has plugins look at an event one after the other, each at what the former made of it, until one drops it or fails.
   * Those that are switched off are passed over; one that is gone is a failure. Rejects with `PluginsBusy`.
   */
  handle(organizationId: string, ids: string[], event: EventForPlugins): Promise<Handled>
}

/** For code that is saved: it is loaded, and not called. */
const loadWithinMs = 1000

export function createPluginService(parts: {
  store: PluginStore
  pool: PluginPool
  audit: AuditService
  changes: ChangeFeed
  /** The endpoints that name a plugin. */
  endpointsWith(organizationId: string, pluginId: string): Promise<PluginDetail['endpoints']>
}): PluginService {
  const { store, pool, audit } = parts
  const known = parts.changes.cache<PluginWithCode | null>('plugins', (plugin) => plugin?.id)

  async function demand(organizationId: string, id: string): Promise<PluginWithCode> {
    const row = await store.find(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such plugin.')
    return row
  }

  async function read(organizationId: string, id: string): Promise<PluginDetail> {
    const row = await demand(organizationId, id)
    return { ...toPlugin(row), code: row.code, endpoints: await parts.endpointsWith(organizationId, id) }
  }

  /** For whoever waits for it at a screen. */
  async function runNow(organizationId: string, call: { code: string; event: string | null; timeoutMs: number }) {
    try {
      return await pool.run({ ...call, organizationId, lane: `${organizationId} trial` })
    } catch (error) {
      if (!(error instanceof PluginsBusy)) throw error
      throw apiError('bulkhead_full', 'Too many plugins are being tried out.', { retryAfterMs: error.retryAfterMs })
    }
  }

  /** Throws `invalid_request` for code that cannot be loaded. */
  async function demandLoadable(organizationId: string, code: string): Promise<void> {
    const { problem } = await runNow(organizationId, { code, event: null, timeoutMs: loadWithinMs })
    if (problem === null) return
    const { message, line, column } = problem
    const place = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `, column ${column}`})`
    const errors = [{ path: 'code', message: `${message}${place}`, ...(line && { line }), ...(column && { column }) }]
    throw apiError('invalid_request', `code: ${message}${place}`, { errors })
  }

  const record = (actor: Actor, origin: Origin, action: string, id: string, details = {}) =>
    audit.record(actor, origin, { action, targetType: 'plugin', targetId: id, details })

  const taken = (name: string) => apiError('conflict', `There is a plugin "${name}" already.`)
  const versionBy = ({ type, id, label }: Actor, code: string) => ({
    id: uuidv7(),
    code,
    createdBy: { type, id, label },
  })

  return {
    async create(actor, origin, { name, hook, code, enabled, timeoutMs }) {
      const { organizationId } = actor
      await demandLoadable(organizationId, code)
      const id = uuidv7()
      const plugin = { id, organizationId, name, hook, enabled, timeoutMs }
      if (!(await store.insert(plugin, versionBy(actor, code)))) throw taken(name)
      await record(actor, origin, 'plugin.created', id, { name })
      return await read(organizationId, id)
    },
    async list(organizationId, query) {
      return toPage(await store.list(organizationId, query), query.limit, toPlugin)
    },
    get: read,

    async update(actor, origin, id, input) {
      const { organizationId } = actor
      const { name, enabled, timeoutMs, version } = input
      await demand(organizationId, id)
      if (name !== undefined && !(await store.isNameFree(organizationId, name, id))) throw taken(name)
      if (version !== undefined && !(await store.findVersion(organizationId, id, version))) {
        throw invalidField('version', `The plugin has no version ${version}.`)
      }
      const columns = { name, enabled, timeout_ms: timeoutMs, version }
      const changes = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
      await store.update(organizationId, id, changes as PluginChanges)
      known.forget(id)
      await record(actor, origin, 'plugin.updated', id, {
        changed: Object.keys(input),
        ...(version !== undefined && { version }),
      })
      return await read(organizationId, id)
    },
    async remove(actor, origin, id) {
      const { organizationId } = actor
      const { name } = await demand(organizationId, id)
      const endpoints = await parts.endpointsWith(organizationId, id)
      if (endpoints.length > 0) {
        const names = endpoints.map((endpoint) => endpoint.name || `${endpoint.provider} (${endpoint.id})`).join(', ')
        throw apiError('plugin_in_use', `Take it out of the handlers of these endpoints first: ${names}.`)
      }
      await store.remove(organizationId, id)
      known.forget(id)
      await record(actor, origin, 'plugin.deleted', id, { name })
    },

    async addVersion(actor, origin, id, code) {
      const { organizationId } = actor
      await demand(organizationId, id)
      await demandLoadable(organizationId, code)
      const version = await store.insertVersion(organizationId, id, versionBy(actor, code))
      if (version === undefined) throw apiError('not_found', 'There is no such plugin.')
      known.forget(id)
      await record(actor, origin, 'plugin.version_created', id, { version })
      return await read(organizationId, id)
    },
    async listVersions(organizationId, id, query) {
      await demand(organizationId, id)
      return toPage(await store.listVersions(organizationId, id, query), query.limit, toVersion)
    },
    async getVersion(organizationId, id, version) {
      const row = await store.findVersion(organizationId, id, version)
      if (!row) throw apiError('not_found', 'There is no such version.')
      return { ...toVersion(row), code: row.code }
    },

    async try(organizationId, { code, event, timeoutMs }) {
      const outcome = await runNow(organizationId, { code, event: JSON.stringify(event), timeoutMs })
      const { report } = judgeOutcome(outcome)
      return { ...report, result: report.error || outcome.result === null ? null : JSON.parse(outcome.result) }
    },

    async unknownOf(organizationId, ids) {
      return await store.listUnknown(organizationId, 'webhook.event', ids)
    },
    handle: (organizationId, ids, event) =>
      handleEvent(
        async (id) => {
          const key = `${organizationId} ${id}`
          return known.peek(key) ?? (await known.get(key, async () => (await store.find(organizationId, id)) ?? null))
        },
        pool,
        organizationId,
        ids,
        event,
      ),
  }
}

const toPlugin = (row: PluginRecord): Plugin => ({
  id: row.id,
  name: row.name,
  hook: row.hook,
  enabled: row.enabled,
  timeoutMs: row.timeout_ms,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

const toVersion = (row: PluginVersionRecord): PluginVersion => ({
  id: row.id,
  version: row.version,
  codeBytes: row.code_bytes,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
})
