import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { EventDetail } from '@koble/contract/webhooks'

/** What became of an event at the program it was forwarded to. */
export type Forwarded = { status: number; durationMs: number } | { failure: string; durationMs: number }

const timeoutMs = 30_000

/**
 * Posts an event as it arrived: the raw body, the headers that Koble kept of the delivery, and Koble's ids beside them
 * (`koble-event-id`, `koble-event-type`, `koble-provider`, `koble-endpoint-id`, `koble-integration-id` and, where one is
 * known, `koble-connection-id`). A redirect is an answer like any other. Never rejects.
 */
export function forwardEvent(event: EventDetail, target: URL, signal: AbortSignal): Promise<Forwarded> {
  const body = Buffer.from(event.body, event.bodyEncoding)
  const startedAt = performance.now()
  const after = () => Math.round(performance.now() - startedAt)
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve({ failure: reasonOf(error), durationMs: after() })
    try {
      const open = target.protocol === 'https:' ? httpsRequest : httpRequest
      const request = open(target, {
        method: 'POST',
        headers: { ...event.headers, ...idsOf(event), 'content-length': body.length },
        // A program that is developed is restarted all the time, and a kept connection would be a dead one.
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      request.on('error', fail)
      request.on('response', (response) => {
        response.on('error', fail)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, durationMs: after() }))
        response.resume()
      })
      request.end(body)
    } catch (error) {
      fail(error as Error)
    }
  })
}

function idsOf(event: EventDetail): Record<string, string> {
  return {
    'koble-event-id': event.id,
    'koble-event-type': event.eventType.replace(/[^\x20-\x7e]/g, '?'),
    'koble-provider': event.provider,
    'koble-endpoint-id': event.endpointId,
    'koble-integration-id': event.integrationId,
    ...(event.connectionId !== null && { 'koble-connection-id': event.connectionId }),
  }
}

function reasonOf({ name, code, message }: NodeJS.ErrnoException): string {
  if (name === 'TimeoutError' || code === 'ABORT_ERR') return `no answer within ${timeoutMs / 1000} s`
  if (code === 'ECONNREFUSED') return 'nobody listens there'
  return code ?? message
}
