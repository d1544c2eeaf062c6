import type { BulkOperation } from '@koble/contract/bulk'
import type { Connection } from '@koble/contract/connections'
import type { ExternalUser } from '@koble/contract/external-users'
import type { Page } from '@koble/contract/paging'
import { sha256Hex } from '@koble/core/crypto'
import type { Actor } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import { type BulkHandlers, type BulkService, runItems } from '../bulk/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { DestinationService } from '../destinations/service.ts'
import type { IdempotencyService } from '../idempotency/service.ts'
import type { MessageService } from '../messages/service.ts'
import type { SyncService } from '../syncs/service.ts'
import type { WebhookService } from '../webhooks-in/service.ts'
import type { ExternalUserStore } from './store.ts'

export interface ExternalUserService {
  list(organizationId: string, query: { limit: number; cursor?: string; search?: string }): Promise<Page<ExternalUser>>
  /** Everything stored about the user as the pieces of one JSON document, without secrets. Throws `not_found`. */
  export(actor: Actor, origin: Origin, externalUserId: string): Promise<AsyncIterable<string>>
  /** Begins to erase the user. Throws `not_found` when there is nothing of that user. */
  erase(actor: Actor, origin: Origin, externalUserId: string): Promise<BulkOperation>
  /** What becomes of erasures in the background. */
  bulkHandlers: BulkHandlers
}

/**
 * Calls noted on any node are written within a fraction of a second: what was under way when the connections were
 * disconnected is in the database by then, and is erased too.
 */
const settleMs = 1500

export function createExternalUserService(parts: {
  store: ExternalUserStore
  connections: ConnectionService
  activity: ActivityService
  webhooks: WebhookService
  syncs: SyncService
  destinations: DestinationService
  messages: MessageService
  idempotency: IdempotencyService
  bulk: BulkService
  audit: AuditService
}): ExternalUserService {
  const { store, connections, activity, webhooks, syncs, destinations, messages, idempotency, bulk, audit } = parts

  async function demand(organizationId: string, externalUserId: string): Promise<void> {
    if (await store.exists(organizationId, externalUserId)) return
    throw apiError('not_found', 'There is nothing of such an external user.')
  }

  async function listConnections(organizationId: string, externalUserId: string): Promise<Connection[]> {
    const all: Connection[] = []
    for (const status of [undefined, 'disconnected'] as const) {
      const filter = { externalUserId, status, limit: 200 }
      for await (const connection of everyPage((after) => connections.list(organizationId, { ...filter, after }))) {
        all.push(connection)
      }
    }
    return all
  }

  async function* sections(actor: Actor, externalUserId: string): AsyncGenerator<[string, unknown]> {
    const { organizationId } = actor
    const own = await listConnections(organizationId, externalUserId)
    for (const connection of own) yield ['connections', connection]
    for (const session of await store.listSessions(organizationId, externalUserId)) {
      yield ['connectSessions', { ...camelCased(session) }]
    }
    for (const session of await store.listPortalSessions(organizationId, externalUserId)) {
      yield ['portalSessions', { ...camelCased(session) }]
    }
    for (const [section, types] of [
      ['requests', ['request']],
      ['activities', ['connection', 'webhook', 'system']],
    ] as const) {
      for (const { id: connectionId } of own) {
        for (const type of types) {
          const filter = { connectionId, type, limit: 500 }
          const pages = everyPage((before) => activity.list(organizationId, { ...filter, before }))
          for await (const line of pages) yield [section, line]
        }
      }
    }
    for (const { id: connectionId } of own) {
      const pages = everyPage((after) => webhooks.listEvents(organizationId, { connectionId }, { after, limit: 200 }))
      for await (const { id } of pages) yield ['events', await webhooks.getEvent(actor, id)]
    }
    for (const { id: connectionId } of own) {
      const all = everyPage((after) => syncs.list(organizationId, { connectionId, after, limit: 200 }))
      for await (const { id: syncId } of all) {
        const pages = everyPage((after) => syncs.listRecords(actor, syncId, { after, limit: 200 }))
        for await (const record of pages) yield ['records', { syncId, ...record }]
      }
    }
    const theirs = { externalUserId, limit: 200 }
    for await (const one of everyPage((after) => destinations.list(actor, { ...theirs, after }))) {
      yield ['destinations', one]
    }
    for await (const { id } of everyPage((after) => messages.list(actor, { ...theirs, after }))) {
      yield ['messages', await messages.get(actor, id)]
    }
  }

  return {
    async list(organizationId, { limit, cursor, search }) {
      const after = cursor === undefined ? null : Buffer.from(cursor, 'base64url').toString('utf8')
      const rows = await store.list(organizationId, { limit, after, search })
      const data = rows.slice(0, limit).map((row) => ({
        externalUserId: row.external_user_id,
        connectionCount: row.connection_count,
        firstConnectedAt: row.first_connected_at.toISOString(),
        lastUsedAt: row.last_used_at?.toISOString() ?? null,
      }))
      const last = rows.length > limit ? data.at(-1) : undefined
      return { data, nextCursor: last ? Buffer.from(last.externalUserId).toString('base64url') : null }
    },

    async export(actor, origin, externalUserId) {
      const { organizationId } = actor
      await demand(organizationId, externalUserId)
      const targetId = pseudonymOf(organizationId, externalUserId)
      await audit.record(actor, origin, { action: 'external_user.exported', targetType: 'external_user', targetId })
      return toJson({ externalUserId, exportedAt: new Date().toISOString() }, sections(actor, externalUserId))
    },

    async erase(actor, origin, externalUserId) {
      const { organizationId } = actor
      await demand(organizationId, externalUserId)
      const targetId = pseudonymOf(organizationId, externalUserId)
      await audit.record(actor, origin, { action: 'external_user.erasing', targetType: 'external_user', targetId })
      return await bulk.start(actor, origin, {
        kind: 'erase',
        input: { externalUserId },
        items: { filter: { externalUserId }, withDisconnected: true },
      })
    },

    bulkHandlers: {
      erase: {
        finishAfterMs: settleMs,
        runBatch: async (ids, { actor }) => ({
          outcomes: await runItems(ids as string[], String, async (id) => {
            await connections.disconnect(actor, null, id)
            return 'disconnected'
          }),
        }),
        async finish({ organizationId, actor, input }) {
          const { externalUserId } = input as { externalUserId: string }
          const own = await store.listConnections(organizationId, externalUserId)
          // Somebody may have connected an account since this began.
          for (const { id, status } of own) {
            if (status !== 'disconnected') await connections.disconnect(actor, null, id)
          }
          await activity.flush()
          const ids = own.map(({ id }) => id)
          const sessions = await store.listSessions(organizationId, externalUserId)
          const portalSessions = await store.listPortalSessions(organizationId, externalUserId)
          const words = [externalUserId, ...ids, ...[...sessions, ...portalSessions].map(({ id }) => id)]
          const answers = await idempotency.forgetMentions(organizationId, words)
          const rows = camelCased(await store.erase(organizationId, externalUserId, ids)) as Record<string, number>
          const counts = { ...rows, ...(answers > 0 && { idempotencyKeys: answers }) }
          const targetId = pseudonymOf(organizationId, externalUserId)
          const target = { targetType: 'external_user', targetId, details: counts }
          await audit.recordSystem(organizationId, { action: 'external_user.erased', ...target })
          return { counts }
        },
      },
    },
  }
}

/**
 * What stands for an external user in the audit log, which cannot be changed afterwards: whoever knows the id finds the
 * entries by it, and nobody reads the id from them.
 */
function pseudonymOf(organizationId: string, externalUserId: string): string {
  return sha256Hex(`${organizationId}/${externalUserId}`)
}

async function* everyPage<Item>(read: (after: string | null) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let after: string | null = null
  do {
    const page: Page<Item> = await read(after)
    yield* page.data
    after = page.nextCursor
  } while (after)
}

/** One JSON object: the head's members, and one array for each run of rows of the same name. */
async function* toJson(head: object, rows: AsyncIterable<[string, unknown]>): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1)
  const waiting = [
    'connections',
    'connectSessions',
    'portalSessions',
    'requests',
    'activities',
    'events',
    'records',
    'destinations',
    'messages',
  ]
  let open: string | null = null
  // Every section is there, an empty one too.
  const enter = (section: string | null) => {
    let text = open === null ? '' : ']'
    while (waiting.length > 0) {
      const next = waiting.shift() as string
      text += `,${JSON.stringify(next)}:[`
      if (next === section) break
      text += ']'
    }
    open = section
    return text
  }
  for await (const [section, row] of rows) {
    yield section === open ? `,\n${JSON.stringify(row)}` : `${enter(section)}${JSON.stringify(row)}`
  }
  yield `${enter(null)}}\n`
}

function camelCased(row: object): Record<string, unknown> {
  const entries = Object.entries(row).map(([name, value]) => [
    name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ])
  return Object.fromEntries(entries)
}
