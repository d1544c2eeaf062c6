import type {
  createEventType,
  createEventTypeVersion,
  EventType,
  EventTypeDetail,
  updateEventType,
} from '@koble/contract/event-types'
import type { Page } from '@koble/contract/paging'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { ChangeFeed } from '../../database/changes.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { WorkerPool } from '../gateway/service.ts'
import { createSchemaChecks } from './check-data.ts'
import type { EventTypeRecord, EventTypeStore } from './store.ts'

export interface EventTypeService {
  create(actor: Actor, origin: Origin, input: z.output<typeof createEventType>): Promise<EventTypeDetail>
  /** End users see what is not archived. */
  list(
    actor: Actor,
    query: { limit: number; after: string | null; archived?: boolean; search?: string },
  ): Promise<Page<EventType>>
  get(actor: Actor, name: string): Promise<EventTypeDetail>
  update(
    actor: Actor,
    origin: Origin,
    name: string,
    changes: z.output<typeof updateEventType>,
  ): Promise<EventTypeDetail>
  remove(actor: Actor, origin: Origin, name: string): Promise<void>
  addVersion(
    actor: Actor,
    origin: Origin,
    name: string,
    input: z.output<typeof createEventTypeVersion>,
  ): Promise<EventTypeDetail>
  /**
   * Holds the `data` of a message (as JSON) against the version of its type, the newest unless one is named, and says
   * which that was; null for a type that nobody registered, whose data may be anything. Throws `invalid_request`.
   */
  check(message: {
    organizationId: string
    eventType: string
    version: number | undefined
    data: string
  }): Promise<number | null>
}

interface KnownTypes {
  organizationId: string
  /** By name, versions in their order. */
  versions: Map<string, { id: string; version: number; hasSchema: boolean }[]>
}

export function createEventTypeService(parts: {
  store: EventTypeStore
  audit: AuditService
  changes: ChangeFeed
  pool: WorkerPool
}): EventTypeService {
  const { store, audit } = parts
  const checks = createSchemaChecks(parts.pool)
  const known = parts.changes.cache<KnownTypes>('event_types', ({ organizationId }) => organizationId)

  async function demand(organizationId: string, name: string): Promise<[EventTypeRecord, ...EventTypeRecord[]]> {
    const [newest, ...older] = await store.listVersions(organizationId, name)
    if (!newest) throw apiError('not_found', 'There is no such event type.')
    return [newest, ...older]
  }

  const record = (actor: Actor, origin: Origin, action: string, name: string, details = {}) =>
    audit.record(actor, origin, { action, targetType: 'event_type', targetId: name, details })

  const read = async (organizationId: string, name: string) => toDetail(await demand(organizationId, name))

  const load = async (organizationId: string): Promise<KnownTypes> => {
    const versions: KnownTypes['versions'] = new Map()
    for (const { id, name, version, has_schema: hasSchema } of await store.listAll(organizationId)) {
      versions.set(name, [...(versions.get(name) ?? []), { id, version, hasSchema }])
    }
    return { organizationId, versions }
  }

  return {
    async create(actor, origin, { name, description, schema, examples }) {
      const { organizationId } = actor
      await checks.checkSchema(organizationId, schema, examples)
      if (!(await store.insert(organizationId, name, description, { id: uuidv7(), schema, examples }))) {
        throw apiError('conflict', `There is an event type "${name}" already.`)
      }
      known.forget(organizationId)
      await record(actor, origin, 'event_type.created', name)
      return await read(organizationId, name)
    },

    async list(actor, query) {
      const archived = actor.type === 'portal_session' ? false : query.archived
      return toPage(await store.list(actor.organizationId, { ...query, archived }), query.limit, toEventType)
    },

    async get(actor, name) {
      const rows = await demand(actor.organizationId, name)
      if (actor.type === 'portal_session' && rows[0].archived) {
        throw apiError('not_found', 'There is no such event type.')
      }
      return toDetail(rows)
    },

    async update(actor, origin, name, { examples, ...changes }) {
      const { organizationId } = actor
      const [newest] = await demand(organizationId, name)
      if (examples) await checks.checkSchema(organizationId, newest.schema, examples)
      await store.update(organizationId, name, changes, examples && { id: newest.id, examples })
      const changed = [...Object.keys(changes), ...(examples ? ['examples'] : [])]
      await record(actor, origin, 'event_type.updated', name, { changed })
      return await read(organizationId, name)
    },

    async remove(actor, origin, name) {
      if (!(await store.remove(actor.organizationId, name))) {
        throw apiError('not_found', 'There is no such event type.')
      }
      known.forget(actor.organizationId)
      await record(actor, origin, 'event_type.deleted', name)
    },

    async addVersion(actor, origin, name, { schema, examples }) {
      const { organizationId } = actor
      await demand(organizationId, name)
      await checks.checkSchema(organizationId, schema, examples)
      const added = await store.insertVersion(organizationId, name, { id: uuidv7(), schema, examples })
      if (!added) throw apiError('conflict', 'Somebody else has just made another version.')
      known.forget(organizationId)
      await record(actor, origin, 'event_type.version_created', name, { version: added.version })
      return await read(organizationId, name)
    },

    async check({ organizationId, eventType, version, data }) {
      const { versions } = await known.get(organizationId, () => load(organizationId))
      const ofType = versions.get(eventType)
      const meant = version === undefined ? ofType?.at(-1) : ofType?.find((one) => one.version === version)
      if (!meant) {
        if (version === undefined) return null
        const message = `The event type has no version ${version}.`
        const errors = [{ path: 'eventTypeVersion', message }]
        throw apiError('invalid_request', `eventTypeVersion: ${message}`, { errors })
      }
      const { id, hasSchema } = meant
      const loadSchema = () => store.findSchema(organizationId, id)
      if (hasSchema) await checks.checkData({ id, organizationId, loadSchema }, data)
      return meant.version
    },
  }
}

const toVersion = (row: EventTypeRecord) => ({
  version: row.version,
  schema: row.schema,
  examples: row.examples,
  createdAt: row.created_at.toISOString(),
})

const toEventType = (row: EventTypeRecord): EventType => ({
  id: row.id,
  name: row.name,
  description: row.description,
  archived: row.archived,
  ...toVersion(row),
})

const toDetail = (rows: [EventTypeRecord, ...EventTypeRecord[]]): EventTypeDetail => ({
  ...toEventType(rows[0]),
  versions: rows.map(toVersion),
})
