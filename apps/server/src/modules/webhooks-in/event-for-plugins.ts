import { isUtf8 } from 'node:buffer'
import { createRedactor } from '@koble/core/http'
import type { EventForPlugins } from '../plugins/service.ts'
import type { Routed } from './route-event.ts'
import type { OpenEvent } from './store.ts'

const redactor = createRedactor()

/**
 * An event as plugins see it: JSON as it is, anything else as text, which bytes that are none come to be in base64.
 * Without the headers whose names speak of a secret or a proof; values that look like one are taken out of the others.
 */
export function eventForPlugins(event: OpenEvent, connection: Routed | null): EventForPlugins {
  return {
    id: event.id,
    provider: event.provider_id,
    eventType: event.event_type,
    receivedAt: event.received_at.toISOString(),
    connection: connection && { id: connection.id, externalUserId: connection.externalUserId },
    headers: Object.fromEntries(
      Object.entries(event.headers)
        .filter(([name]) => !redactor.isSecret(name))
        .map(([name, value]) => [name, redactor.text(value, [])]),
    ),
    body: jsonOf(event.body),
  }
}

function jsonOf(body: Buffer): string {
  if (!isUtf8(body)) return JSON.stringify(body.toString('base64'))
  const text = body.toString('utf8')
  try {
    JSON.parse(text)
    return text
  } catch {
    return JSON.stringify(text)
  }
}
