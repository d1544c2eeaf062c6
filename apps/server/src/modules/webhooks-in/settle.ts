import type { Query } from '../../database/client.ts'
import { timedId } from '../../database/uuid-time.ts'
import type { ActivityService, Line } from '../activity/service.ts'
import type { SyncService } from '../syncs/service.ts'
import type { OutboundService } from '../webhooks-out/service.ts'
import type { Judgement } from './route-event.ts'
import type { AttemptOutcome, WebhookStore } from './store.ts'

/** What `write` leaves to be done once the transaction is committed. */
export type AfterCommit = () => Promise<void>

export interface Settle {
  /**
   * Writes what attempts came to: states, counts, when to try again, messages, and the log that people read. Nothing of an
   * attempt that somebody else has ended meanwhile.
   */
  write(judgements: Judgement[], query: Query): Promise<AfterCommit>
}

const actions = {
  completed: 'webhook.processed',
  failed: 'webhook.failed',
  unroutable: 'webhook.unroutable',
  parked: 'webhook.parked',
} as const

/** Ends attempts, all of what they bring about in the transaction that it is given. */
export function createSettle(parts: {
  store: WebhookStore
  activity: ActivityService
  outbound: Pick<OutboundService, 'publish' | 'offer'>
  syncs: Pick<SyncService, 'queueForEvents'>
}): Settle {
  const { store, activity, outbound, syncs } = parts
  return {
    async write(judged, query) {
      const messages = new Map(judged.flatMap(toForward).map((forward) => [forward.eventId, forward.message]))
      const later = judged.flatMap(({ event, nextAttemptAt }) =>
        nextAttemptAt ? [{ eventId: event.id, organizationId: event.organization_id, at: nextAttemptAt }] : [],
      )
      const outcomes = judged.map((judgement) => toOutcome(judgement, messages.get(judgement.event.id)?.id ?? null))
      const ended = await store.endAttempts(outcomes, later, query)
      const judgements = judged.filter(({ event }) => ended.has(event.id))
      const wanted = judgements.flatMap(({ event }) => messages.get(event.id) ?? [])
      const published = wanted.length === 0 ? [] : await outbound.publish(wanted, query)
      const asks = judgements.flatMap(toSync)
      if (asks.length > 0) await syncs.queueForEvents(asks, query)
      await activity.recordAll(judgements.flatMap(toLine), query)
      return async () => {
        outbound.offer(published.flatMap(({ leased }) => leased))
        await activity.announce([...new Set(judgements.map(({ event }) => event.organization_id))])
      }
    },
  }
}

/** The message that an event becomes, unless its endpoint forwards nothing. */
function toForward({ event, settings, status, connection, handled }: Judgement) {
  const forwarding = settings.handlers.filter((handler) => handler.type === 'forward')
  if (status !== 'completed' || forwarding.length === 0 || handled?.dropped) return []
  const isForAll = forwarding.some(({ destinationIds }) => destinationIds === undefined)
  const message = {
    id: timedId().id,
    organizationId: event.organization_id,
    eventType: handled?.eventType ?? `${event.provider_id}.${event.event_type}`,
    externalUserId: connection?.externalUserId ?? null,
    orderingKey: event.ordering_key,
    externalId: null,
    source: 'webhook' as const,
    contentType: handled?.body ? 'application/json' : (event.content_type ?? 'application/json'),
    body: handled?.body ? Buffer.from(handled.body) : null,
    event: {
      id: event.id,
      provider: event.provider_id,
      connectionId: connection?.id ?? null,
      body: event.body,
      contentType: event.content_type,
    },
    ...(!isForAll && { only: [...new Set(forwarding.flatMap(({ destinationIds = [] }) => destinationIds))] }),
  }
  return [{ eventId: event.id, message }]
}

/** What an event asks to be synced: named syncs, or what its connection has. */
function toSync({ event, settings, status, connection }: Judgement) {
  const handlers = status === 'completed' ? settings.handlers.filter((handler) => handler.type === 'sync') : []
  return handlers.map(({ syncIds = null }) => ({
    eventId: event.id,
    organizationId: event.organization_id,
    connectionId: connection?.id ?? null,
    syncIds,
  }))
}

function toOutcome(judgement: Judgement, messageId: string | null): AttemptOutcome {
  const { event, status, error, nextAttemptAt, connection, handled } = judgement
  return {
    id: event.id,
    status,
    attempts: event.attempts + 1,
    errorMessage: error,
    connectionId: connection?.id ?? null,
    nextAttemptAt,
    entry: {
      number: event.logged + 1,
      replay: event.replays,
      at: new Date().toISOString(),
      outcome: status,
      error,
      connectionId: connection?.id ?? null,
      messageId,
      ...(handled && handled.runs.length > 0 && { plugins: handled.runs }),
    },
  }
}

/** What went wrong is always written down; what went well where the endpoint has it so. */
function toLine({ event, settings, status, error, connection, handled }: Judgement): Line[] {
  if (status === 'retrying') return []
  const isWell = status === 'completed'
  if (isWell && !settings.handlers.some(({ type }) => type === 'activity')) return []
  const summary = {
    completed: `Event ${event.event_type} was ${handled?.dropped ? 'dropped by a plugin' : 'received'}`,
    failed: `Event ${event.event_type} could not be processed`,
    unroutable: `Event ${event.event_type} belongs to no connection`,
    parked: `Event ${event.event_type} is parked`,
  }[status]
  return [
    {
      organizationId: event.organization_id,
      integrationId: event.integration_id,
      connectionId: connection?.id ?? null,
      provider: event.provider_id,
      type: 'webhook',
      action: actions[status],
      status: isWell ? 'success' : 'failure',
      summary,
      details: {
        eventId: event.id,
        eventType: event.event_type,
        externalEventId: event.external_event_id,
        ...(error !== null && { error }),
      },
      durationMs: Date.now() - event.received_at.getTime(),
    },
  ]
}
