import { createHmac } from 'node:crypto'
import type { Event } from '@koble/contract/webhooks'
import { sign } from '@octokit/webhooks-methods'
import { type Answer, call } from './http-call.ts'

/** Where deliveries go, as `POST /api/integrations/{id}/webhooks` answered. */
export interface GithubEndpoint {
  id: string
  url: string
  secret: string
}

type Request = <Body>(method: string, path: string, options?: { body?: unknown }) => Promise<Answer<Body>>

/** Sets GitHub up and opens an endpoint. */
export async function openGithubEndpoint(
  request: Request,
  options: { events?: string[] } = {},
  endpoints: { apiUrl?: string } = {},
): Promise<GithubEndpoint & { integrationId: string }> {
  const integration = await request<{ id: string }>('POST', '/api/integrations', {
    body: { provider: 'github', credentials: { clientId: 'client', clientSecret: 'secret' }, endpoints },
  })
  const { id } = integration.body
  const endpoint = await request<GithubEndpoint>('POST', `/api/integrations/${id}/webhooks`, { body: options })
  return { ...endpoint.body, integrationId: id }
}

/** One delivery, signed by GitHub's own package. */
export async function deliver(
  endpoint: { url: string; secret: string },
  id: string,
  options: { body?: string; eventType?: string; headers?: Record<string, string> } = {},
): Promise<Answer<{ status?: string; eventId?: string; code?: string }>> {
  const body = options.body ?? JSON.stringify({ ref: 'refs/heads/main', delivery: id })
  return await call('POST', endpoint.url, {
    headers: {
      'content-type': 'application/json',
      'x-github-event': options.eventType ?? 'push',
      'x-github-delivery': id,
      // GitHub's package signs no empty body.
      'x-hub-signature-256': body ? await sign(endpoint.secret, body) : emptySignature(endpoint.secret),
      ...options.headers,
    },
    raw: body,
  })
}

const emptySignature = (secret: string) => `sha256=${createHmac('sha256', secret).digest('hex')}`

/** All events of an endpoint, newest first. */
export async function listAllEvents(request: Request, endpointId: string): Promise<Event[]> {
  const events: Event[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ endpointId, limit: '200', ...(cursor && { cursor }) })
    const { body }: Answer<{ data: Event[]; nextCursor: string | null }> = await request('GET', `/api/events?${query}`)
    events.push(...body.data)
    cursor = body.nextCursor
  } while (cursor)
  return events
}

/** Deliveries from several sides at once, without a pause, until `stop`. */
export interface Load {
  /** Ids that were answered with 200. */
  acknowledged: Set<string>
  /** How often each other status came; 0 stands for a broken connection. */
  refused: Map<number, number>
  stop(): Promise<void>
}

/** Sends each id until it is acknowledged, as providers do; ids begin with `prefix`. */
export function startLoad(endpoint: { url: string; secret: string }, prefix: string, senders = 12): Load {
  const acknowledged = new Set<string>()
  const refused = new Map<number, number>()
  let stopped = false
  let next = 0
  async function send(): Promise<void> {
    while (!stopped) {
      next += 1
      const id = `${prefix}-${next}`
      while (!stopped && !acknowledged.has(id)) {
        const status = await deliver(endpoint, id).then(
          (answer) => answer.status,
          () => 0,
        )
        if (status === 200) acknowledged.add(id)
        else {
          refused.set(status, (refused.get(status) ?? 0) + 1)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    }
  }
  const sending = Array.from({ length: senders }, send)
  return {
    acknowledged,
    refused,
    async stop() {
      stopped = true
      await Promise.all(sending)
    },
  }
}
