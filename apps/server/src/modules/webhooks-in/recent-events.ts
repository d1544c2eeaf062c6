import type { NewEvent, OpenEvent } from './store.ts'

export interface RecentEvents {
  /** Keeps events that were just stored, as long as somebody in this process works on events. */
  remember(events: NewEvent[]): void
  /** Hands out, once, those of the ids that are here. */
  take(ids: string[]): OpenEvent[]
}

const bytesMax = 16 * 1024 * 1024
const ageMaxMs = 5_000

/**
 * Where one process takes deliveries in and works on them, it need not read back what it wrote a moment ago: that was
 * half the cost of processing an event. A shortcut and nothing more: what is not here comes from the database.
 */
export function createRecentEvents(): RecentEvents {
  const events = new Map<string, { event: NewEvent; at: number }>()
  let bytes = 0
  let takenAt = Number.NEGATIVE_INFINITY

  function forget(id: string, { body }: NewEvent): void {
    events.delete(id)
    bytes -= body.length
  }

  return {
    remember(fresh) {
      const at = performance.now()
      if (at - takenAt > ageMaxMs) return
      for (const event of fresh) {
        events.set(event.id, { event, at })
        bytes += event.body.length
      }
      // The oldest come first. Another node took their job, or it waits for a turn.
      for (const [id, { event, at: storedAt }] of events) {
        if (bytes <= bytesMax && at - storedAt <= ageMaxMs) break
        forget(id, event)
      }
    },

    take(ids) {
      takenAt = performance.now()
      return ids.flatMap((id) => {
        const entry = events.get(id)
        if (!entry) return []
        forget(id, entry.event)
        return [toOpenEvent(entry.event)]
      })
    },
  }
}

function toOpenEvent(event: NewEvent): OpenEvent {
  return {
    id: event.id,
    organization_id: event.organizationId,
    integration_id: event.integrationId,
    endpoint_id: event.endpointId,
    connection_id: event.connectionId,
    provider_id: event.provider,
    event_type: event.eventType,
    external_event_id: event.externalEventId,
    attempts: 0,
    replays: 0,
    logged: 0,
    ordering_key: event.orderingKey,
    received_at: event.receivedAt,
    get headers() {
      return JSON.parse(event.headers)
    },
    content_type: event.contentType,
    body: event.body,
  }
}
