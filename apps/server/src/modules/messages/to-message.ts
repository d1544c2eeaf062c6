import { isUtf8 } from 'node:buffer'
import type { Attempt, Delivery, Message, MessageDetail } from '@koble/contract/messages'
import type { AttemptRecord, DeliveryRecord, MessageRecord } from './store.ts'

/** A message as it is shown. */
export function toMessage(row: MessageRecord): Message {
  return {
    id: row.id,
    externalId: row.external_id,
    eventType: row.event_type,
    eventTypeVersion: row.event_type_version,
    externalUserId: row.external_user_id,
    orderingKey: row.ordering_key,
    source: row.source,
    eventId: row.event_id,
    provider: row.provider_id,
    connectionId: row.connection_id,
    contentType: row.content_type,
    createdAt: row.created_at.toISOString(),
    counts: row.counts,
  }
}

/** Its body as text, or else as base64; empty where there is none to show. */
export function shownBody(body: Buffer | null): Pick<MessageDetail, 'body' | 'bodyEncoding'> {
  if (body === null || isUtf8(body)) return { body: body?.toString('utf8') ?? '', bodyEncoding: 'utf8' }
  return { body: body.toString('base64'), bodyEncoding: 'base64' }
}

/** A delivery as it is shown. */
export function toDelivery(row: DeliveryRecord): Delivery {
  return {
    messageId: row.message_id,
    destinationId: row.destination_id,
    eventType: row.event_type,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    responseStatus: row.response_status,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  }
}

/** An attempt as it is shown. */
export function toAttempt(row: AttemptRecord): Attempt {
  const { body, bodyEncoding } = shownBody(row.response_body)
  return {
    id: row.id,
    messageId: row.message_id,
    destinationId: row.destination_id,
    number: row.number,
    succeeded: row.succeeded,
    target: row.target,
    responseStatus: row.response_status,
    responseHeaders: row.response_headers ?? {},
    responseBody: body,
    responseBodyEncoding: bodyEncoding,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    firstByteMs: row.first_byte_ms,
    durationMs: row.duration_ms,
    at: row.at.toISOString(),
  }
}
