import type { Page } from '@koble/contract/paging'
import type { createSync, Sync, SyncRecord, SyncRun, SyncStatus, updateSync } from '@koble/contract/syncs'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { Query } from '../../database/client.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError, invalidField } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import { type IntegrationService, isBodyWithheld } from '../integrations/service.ts'
import type { OperationService } from '../operations/service.ts'
import { checkSource } from './check-source.ts'
import type { EventAsk, RunQueue } from './queue/store.ts'
import type { RecordStore } from './records/store.ts'
import { lineOf } from './run-line.ts'
import type { RunStore } from './runs/store.ts'
import type { ListedSync, SyncStore } from './store.ts'
import { toRecord, toRun, toSync } from './sync-answer.ts'

export interface SyncService {
  /**
   * One with an interval runs at once. Throws `invalid_request` that names the field by which the operation cannot be kept
   * up to date.
   */
  create(actor: Actor, origin: Origin, input: z.output<typeof createSync>): Promise<Sync>
  list(
    organizationId: string,
    query: { limit: number; after: string | null; connectionId?: string; integrationId?: string; status?: SyncStatus },
  ): Promise<Page<Sync>>
  get(organizationId: string, id: string): Promise<Sync>
  update(actor: Actor, origin: Origin, id: string, input: z.output<typeof updateSync>): Promise<Sync>
  remove(actor: Actor, origin: Origin, id: string): Promise<void>
  /** The run that waits now, a new one or the one that waited. */
  run(actor: Actor, origin: Origin, id: string): Promise<SyncRun>
  /** What waits is given up, what is under way goes on. */
  pause(actor: Actor, origin: Origin, id: string): Promise<Sync>
  /** Begins a run at once: nobody knows what changed meanwhile. */
  resume(actor: Actor, origin: Origin, id: string): Promise<Sync>
  /** Throws `conflict` when nothing is under way. */
  cancel(actor: Actor, origin: Origin, id: string): Promise<Sync>
  listRuns(organizationId: string, id: string, query: { limit: number; after: string | null }): Promise<Page<SyncRun>>
  /** Without payloads to those who must not read what the integration brings. */
  listRecords(
    actor: Actor,
    id: string,
    query: { limit: number; after: string | null; deleted?: boolean; search?: string },
  ): Promise<Page<SyncRecord>>
  /** Queues all active syncs of an integration, or those of these names; says how many they are. */
  runIntegration(actor: Actor, origin: Origin, integrationId: string, names?: string[]): Promise<{ syncs: number }>
  /** Those of the ids that are no syncs of the integration. */
  unknownOf(organizationId: string, integrationId: string, ids: readonly string[]): Promise<string[]>
  /** Queues what events ask for, in their transaction; what is paused or gone is passed over. */
  queueForEvents(asks: readonly EventAsk[], query: Query): Promise<void>
}

export function createSyncService(parts: {
  store: SyncStore
  queue: RunQueue
  runs: RunStore
  records: RecordStore
  operations: Pick<OperationService, 'list'>
  connections: Pick<ConnectionService, 'get'>
  integrations: IntegrationService
  activity: ActivityService
  audit: AuditService
}): SyncService {
  const { store, queue, runs, operations, activity, audit } = parts

  async function demand(organizationId: string, id: string): Promise<ListedSync> {
    const row = await store.find(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such sync.')
    return row
  }
  const read = async ({ organizationId }: Actor, id: string) => toSync(await demand(organizationId, id))
  const record = (actor: Actor, origin: Origin, action: string, targetId: string, details = {}) =>
    audit.record(actor, origin, { action: `sync.${action}`, targetType: 'sync', targetId, details })

  /** Ends runs that are not over; says how many. */
  async function giveUp(organizationId: string, id: string, statuses: ('queued' | 'running')[]): Promise<number> {
    const count = await runs.transaction(organizationId, async (query) => {
      const open = await runs.lockOpen(id, statuses, query)
      for (const one of open) {
        const ended = await runs.end(one, { status: 'cancelled' }, query)
        await activity.recordAll([lineOf(ended, one.sync)], query)
      }
      return open.length
    })
    if (count > 0) await activity.announce([organizationId])
    return count
  }

  return {
    async create(actor, origin, input) {
      const { organizationId } = actor
      const { connectionId, name, operation, recordId, everyMinutes, deletes } = input
      const connection = await parts.connections.get(organizationId, connectionId)
      const { data: offered } = await operations.list(organizationId, connectionId)
      const items = await checkSource(connection.provider, offered, input)
      const id = uuidv7()
      const { type, id: actorId, label, role } = actor
      await store.insert({
        ...{ id, organizationId, name, connectionId, operation, items, recordId, everyMinutes, deletes },
        nextRunAt: afterInterval(everyMinutes),
        integrationId: connection.integrationId,
        provider: connection.provider,
        input: input.input,
        actor: { type, id: actorId, label, role },
      })
      await record(actor, origin, 'created', id, { connectionId, operation })
      if (everyMinutes !== null) await queue.queue(organizationId, id, 'schedule')
      return await read(actor, id)
    },

    async list(organizationId, query) {
      return toPage(await store.list(organizationId, query), query.limit, toSync)
    },
    async get(organizationId, id) {
      return toSync(await demand(organizationId, id))
    },

    async update(actor, origin, id, changes) {
      const { organizationId } = actor
      const row = await demand(organizationId, id)
      const { input, everyMinutes } = changes
      if (input) {
        const { data: offered } = await operations.list(organizationId, row.connection_id)
        const { operation, items, record_id: recordId } = row
        await checkSource(row.provider_id, offered, { operation, input, items, recordId })
      }
      const nextRunAt = afterInterval(everyMinutes ?? null)
      if (Object.keys(changes).length > 0) await store.update(organizationId, id, { ...changes, nextRunAt })
      await record(actor, origin, 'updated', id, { changed: Object.keys(changes) })
      return await read(actor, id)
    },

    async remove(actor, origin, id) {
      const { name } = await demand(actor.organizationId, id)
      if (!(await store.remove(actor.organizationId, id))) throw apiError('not_found', 'There is no such sync.')
      await record(actor, origin, 'deleted', id, { name })
    },

    async run(actor, origin, id) {
      await demand(actor.organizationId, id)
      const run = await queue.queue(actor.organizationId, id, 'manual')
      if (!run) throw apiError('conflict', 'It began to run while it was asked to.')
      await record(actor, origin, 'run', id, { runId: run.id })
      return toRun(run)
    },

    async pause(actor, origin, id) {
      await demand(actor.organizationId, id)
      await store.setStatus(actor.organizationId, id, 'paused')
      await giveUp(actor.organizationId, id, ['queued'])
      await record(actor, origin, 'paused', id)
      return await read(actor, id)
    },
    async resume(actor, origin, id) {
      await demand(actor.organizationId, id)
      await store.setStatus(actor.organizationId, id, 'active')
      await queue.queue(actor.organizationId, id, 'manual')
      await record(actor, origin, 'resumed', id)
      return await read(actor, id)
    },
    async cancel(actor, origin, id) {
      await demand(actor.organizationId, id)
      const count = await giveUp(actor.organizationId, id, ['queued', 'running'])
      if (count === 0) throw apiError('conflict', 'No run of this sync is under way.')
      await record(actor, origin, 'cancelled', id)
      return await read(actor, id)
    },

    async listRuns(organizationId, id, query) {
      await demand(organizationId, id)
      return toPage(await runs.list(organizationId, id, query), query.limit, toRun)
    },
    async listRecords(actor, id, query) {
      const { integration_id: integrationId } = await demand(actor.organizationId, id)
      const isWithheld = await isBodyWithheld(parts.integrations, actor, integrationId)
      // What one must not read must not be found by its words either.
      if (isWithheld && query.search !== undefined) {
        throw apiError('forbidden', 'The integration is restricted: only admins may search its records.')
      }
      const { rows, searchedTo } = await parts.records.list(actor.organizationId, id, query)
      const page = toPage(rows, query.limit, (row) => toRecord(row, isWithheld))
      return { ...page, nextCursor: page.nextCursor ?? searchedTo }
    },

    async runIntegration(actor, origin, integrationId, names) {
      const { organizationId } = actor
      await parts.integrations.get(organizationId, integrationId)
      const known = names && (await store.listNamesOf(organizationId, integrationId, names))
      const index = names?.findIndex((name) => !known?.includes(name)) ?? -1
      if (index >= 0) {
        throw invalidField(`entities.${index}`, 'The integration has no sync of that name.')
      }
      const syncs = await queue.queueIntegration(organizationId, integrationId, names ?? null)
      const target = { targetType: 'integration', targetId: integrationId }
      await audit.record(actor, origin, { action: 'integration.synced', ...target, details: { syncs } })
      return { syncs }
    },

    async unknownOf(organizationId, integrationId, ids) {
      const known = new Set(await store.listIdsOf(organizationId, integrationId, ids))
      return ids.filter((id) => !known.has(id))
    },
    queueForEvents: (asks, query) => queue.queueForEvents(asks, query),
  }
}

function afterInterval(minutes: number | null): Date | null {
  return minutes === null ? null : new Date(Date.now() + minutes * 60_000)
}
