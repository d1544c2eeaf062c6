import type { Page } from '@koble/contract/paging'
import type { EventReplay, ReplayFilter } from '@koble/contract/webhooks'
import { v7 as uuidv7 } from 'uuid'
import type { Actor } from '../../../http/actor.ts'
import { toPage } from '../../../http/paging.ts'
import { apiError } from '../../../http/problems.ts'
import type { AuditService, Origin } from '../../audit/service.ts'
import type { ReplayRecord, ReplayStore } from './store.ts'

export interface ReplayService {
  /** Begins to process events again; which ones is fixed by their arrival before now. */
  start(actor: Actor, origin: Origin, input: { filter: ReplayFilter; perSecond: number }): Promise<EventReplay>
  list(organizationId: string, query: { limit: number; after: string | null }): Promise<Page<EventReplay>>
  get(organizationId: string, id: string): Promise<EventReplay>
  /** Throws `conflict` when it is over. */
  cancel(actor: Actor, origin: Origin, id: string): Promise<EventReplay>
}

/** Larger ones are asked for in parts. */
const eventsMax = 1_000_000

export function createReplayService(parts: { store: ReplayStore; audit: AuditService }): ReplayService {
  const { store, audit } = parts

  async function demand(organizationId: string, id: string): Promise<ReplayRecord> {
    const row = await store.find(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such replay.')
    return row
  }

  return {
    async start(actor, origin, { filter, perSecond }) {
      const { organizationId, type, id: actorId, label } = actor
      const total = await store.count(organizationId, filter, eventsMax + 1)
      if (total > eventsMax) {
        throw apiError('invalid_request', `The filter chooses more than ${eventsMax} events: narrow it down.`)
      }
      const id = uuidv7()
      const createdBy = { type, id: actorId, label }
      const row = await store.insert({ id, organizationId, filter, perSecond, total, createdBy })
      const details = { filter, perSecond, total }
      await audit.record(actor, origin, {
        action: 'event_replay.started',
        targetType: 'event_replay',
        targetId: id,
        details,
      })
      return toReplay(row)
    },
    async list(organizationId, query) {
      return toPage(await store.list(organizationId, query), query.limit, toReplay)
    },
    async get(organizationId, id) {
      return toReplay(await demand(organizationId, id))
    },
    async cancel(actor, origin, id) {
      await demand(actor.organizationId, id)
      const row = await store.cancel(actor.organizationId, id)
      if (!row) throw apiError('conflict', 'The replay is over already.')
      const details = { done: row.done, total: row.total }
      await audit.record(actor, origin, {
        action: 'event_replay.cancelled',
        targetType: 'event_replay',
        targetId: id,
        details,
      })
      return toReplay(row)
    },
  }
}

function toReplay(row: ReplayRecord): EventReplay {
  return {
    id: row.id,
    status: row.status,
    filter: row.filter,
    perSecond: row.per_second,
    total: row.total,
    done: row.done,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  }
}
