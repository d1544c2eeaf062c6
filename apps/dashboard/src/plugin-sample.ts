import type { EventDetail } from '@koble/contract/webhooks'

/** What one may begin with: it changes some events and drops others. */
export const firstCode = `export default function (event) {
  if (event.body.amount < 10) {
    return { drop: true, reason: 'too small' }
  }
  return { data: { ...event.body, seen: true } }
}
`

/** An event to try a plugin on, before there is one. */
export const firstSample = JSON.stringify(
  { provider: 'example', eventType: 'order.paid', connection: null, headers: {}, body: { id: 'order-1', amount: 250 } },
  null,
  2,
)

/** Names that the server takes out as well. */
const secretName = /auth|token|secret|key|sig|cookie|passw|credential|session/i

/** An event that arrived, as a plugin sees it. */
export function sampleOf(event: EventDetail, externalUserId: string | null): string {
  const { id, provider, eventType, receivedAt, connectionId } = event
  const connection = connectionId !== null && externalUserId !== null ? { id: connectionId, externalUserId } : null
  const headers = Object.fromEntries(Object.entries(event.headers).filter(([name]) => !secretName.test(name)))
  return JSON.stringify({ id, provider, eventType, receivedAt, connection, headers, body: bodyOf(event) }, null, 2)
}

/** The event that is written there, or what is wrong with it. */
export function readSample(text: string): { event: Record<string, unknown> | null; error: string | null } {
  try {
    const event: unknown = JSON.parse(text)
    if (typeof event === 'object' && event !== null && !Array.isArray(event)) {
      return { event: event as Record<string, unknown>, error: null }
    }
    return { event: null, error: 'It is no JSON object.' }
  } catch (error) {
    return { event: null, error: error instanceof Error ? error.message : 'It is no JSON.' }
  }
}

function bodyOf({ body, bodyEncoding }: EventDetail): unknown {
  if (bodyEncoding === 'base64') return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
