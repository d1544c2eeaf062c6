import type { Event, EventAttempt, EventDetail } from '@koble/contract/webhooks'
import type { EventDetailRecord, EventRecord } from './store.ts'

/** An event as the API shows it. */
export function toEvent(row: EventRecord): Event {
  return {
    id: row.id,
    provider: row.provider_id,
    endpointId: row.endpoint_id,
    integrationId: row.integration_id,
    connectionId: row.connection_id,
    eventType: row.event_type,
    externalEventId: row.external_event_id,
    orderingKey: row.ordering_key,
    status: row.status,
    attempts: row.attempts,
    replays: row.replays,
    receivedAt: row.received_at.toISOString(),
    processedAt: row.processed_at?.toISOString() ?? null,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    errorMessage: row.error_message,
  }
}

/** The same with headers, body and attempts. */
export function toDetail(row: EventDetailRecord, bodyWithheld: boolean): EventDetail {
  const text = row.body.toString('utf8')
  const isText = Buffer.from(text, 'utf8').equals(row.body)
  return {
    ...toEvent(row),
    headers: row.headers,
    contentType: row.content_type,
    bodyBytes: row.body.length,
    body: bodyWithheld ? '' : isText ? text : row.body.toString('base64'),
    bodyEncoding: isText || bodyWithheld ? 'utf8' : 'base64',
    bodyWithheld,
    attemptLog: bodyWithheld ? row.attempt_log.map(withoutWords) : row.attempt_log,
  }
}

/** What plugins said may repeat what the body says. */
function withoutWords({ plugins, ...attempt }: EventAttempt): EventAttempt {
  if (plugins === undefined) return attempt
  const quiet = plugins.map((run) => ({
    ...run,
    log: [],
    reason: null,
    error: run.error && { ...run.error, message: '' },
  }))
  return { ...attempt, plugins: quiet }
}
