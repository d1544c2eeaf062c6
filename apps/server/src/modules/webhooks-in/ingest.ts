import { createHash } from 'node:crypto'
import { verifySignature } from '@koble/core/signatures'
import type { Webhooks } from '@koble/providers/define-provider'
import { matchHandshake, type ParsedDelivery, parseBody, readSource } from '@koble/providers/read-source'
import type { ChangeFeed } from '../../database/changes.ts'
import { timedId } from '../../database/uuid-time.ts'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { createBatcher } from './batcher.ts'
import type { NewEvent, WebhookStore } from './store.ts'

/** A delivery as it came in; `body` are the raw bytes. */
export interface Delivery {
  provider: string
  endpointToken: string
  headers: Record<string, string | string[] | undefined>
  query: Record<string, unknown>
  body: Buffer
}

/** The answer to a delivery, given only after the event is durable. */
export interface Receipt {
  status: 200
  contentType: 'text/plain' | 'application/json'
  body: string
}

export interface OpenEndpoint {
  id: string
  organizationId: string
  integrationId: string
  provider: string
  enabled: boolean
  events: string[]
  secrets: { current: string | null; previous: string | null; previousUntil: number }
  webhooks: Webhooks
}

export interface Ingest {
  /** Throws `not_found`, `endpoint_disabled`, `signature_invalid`; a database error means nothing was stored. */
  receive(delivery: Delivery): Promise<Receipt>
}

/** Not stored with an event: credentials of the way here, and what says nothing about the delivery. */
const droppedHeaders = new Set(['authorization', 'cookie', 'connection', 'host', 'content-length', 'accept-encoding'])
const rejectionNotedEveryMs = 10_000
/** How events are gathered into commits. */
export const eventBatches = {
  itemsMax: 500,
  bytesMax: 16 * 1024 * 1024,
  bytesOf: (event: NewEvent) => event.body.length,
  parallel: 2,
}

/**
 * The way of a delivery: raw bytes, verified by the scheme that the provider declares, then event and job in one
 * commit shared with whatever arrives at the same time, then 200. What is on the way in memory was not acknowledged.
 */
export function createIngest(parts: {
  store: WebhookStore
  integrations: IntegrationService
  activity: ActivityService
  changes: ChangeFeed
  openSecrets(row: {
    organization_id: string
    id: string
    secret: string | null
    previous_secret: string | null
  }): Promise<{
    current: string | null
    previous: string | null
  }>
}): Ingest {
  const { store, activity } = parts
  const endpoints = parts.changes.cache<OpenEndpoint>('webhook_endpoints', (endpoint) => endpoint.id)
  const rejectedAt = new Map<string, number>()
  const batcher = createBatcher<NewEvent, boolean>(async (events) => {
    const stored = await store.insertEvents(events)
    return events.map((event) => stored.has(event.id))
  }, eventBatches)

  async function findEndpoint(token: string): Promise<OpenEndpoint> {
    return await endpoints.get(token, async () => {
      const row = await store.findEndpointByToken(token)
      if (!row) throw unknownEndpoint()
      const integration = await parts.integrations.open(row.organization_id, row.integration_id)
      const { webhooks } = integration.resolved
      if (!webhooks) throw unknownEndpoint()
      const secrets = await parts.openSecrets(row)
      return {
        id: row.id,
        organizationId: row.organization_id,
        integrationId: row.integration_id,
        provider: row.provider_id,
        enabled: row.enabled,
        events: row.events,
        secrets: { ...secrets, previousUntil: row.previous_secret_until?.getTime() ?? 0 },
        webhooks,
      }
    })
  }

  /** Somebody sets up a secret wrongly: worth a line in the log, but not one per delivery. */
  function noteRejection(endpoint: OpenEndpoint, reason: string): void {
    const last = rejectedAt.get(endpoint.id) ?? 0
    if (Date.now() - last < rejectionNotedEveryMs) return
    if (rejectedAt.size > 10_000) rejectedAt.clear()
    rejectedAt.set(endpoint.id, Date.now())
    const line = {
      organizationId: endpoint.organizationId,
      integrationId: endpoint.integrationId,
      connectionId: null,
      provider: endpoint.provider,
      type: 'webhook' as const,
      action: 'webhook.rejected',
      status: 'failure' as const,
      summary: `A delivery was refused: ${reason.replaceAll('_', ' ')}`,
      details: { endpointId: endpoint.id, reason },
    }
    activity.record(line).catch(() => {})
  }

  return {
    async receive(delivery) {
      const endpoint = endpoints.peek(delivery.endpointToken) ?? (await findEndpoint(delivery.endpointToken))
      if (endpoint.provider !== delivery.provider) throw unknownEndpoint()
      if (!endpoint.enabled) throw apiError('endpoint_disabled', 'The endpoint is switched off.')
      const { webhooks } = endpoint
      const parsed = lazilyParsed(delivery)
      const handshake = webhooks.handshakes ? matchHandshake(webhooks, parsed) : undefined
      if (handshake && !handshake.signed) return echo(handshake, parsed)

      const now = new Date()
      const { current, previous, previousUntil } = endpoint.secrets
      const secrets = current === null ? [] : [current]
      if (previous !== null && previousUntil > now.getTime()) secrets.push(previous)
      const verdict = verifySignature(webhooks.signature, delivery, { secrets, now })
      if (!verdict.verified) {
        noteRejection(endpoint, verdict.reason)
        throw apiError('signature_invalid', `The delivery was refused: ${verdict.reason.replaceAll('_', ' ')}.`)
      }
      if (handshake) return echo(handshake, parsed)

      const eventType = readSource(webhooks.eventType, parsed) ?? 'unknown'
      if (endpoint.events.length > 0 && !endpoint.events.includes(eventType)) return acknowledge('ignored')
      const { id, at } = timedId()
      const isNew = await batcher.add({
        id,
        receivedAt: at,
        organizationId: endpoint.organizationId,
        endpointId: endpoint.id,
        integrationId: endpoint.integrationId,
        connectionId: null,
        provider: endpoint.provider,
        eventType: storable(eventType).slice(0, 200),
        externalEventId: externalIdOf(webhooks, parsed, delivery.body),
        headers: keptHeaders(delivery.headers, webhooks),
        contentType: single(delivery.headers['content-type']) ?? null,
        body: delivery.body,
      })
      return acknowledge(isNew ? 'accepted' : 'duplicate', isNew ? id : undefined)
    },
  }
}

const unknownEndpoint = () => apiError('not_found', 'There is no such endpoint.')

/** Parsing waits until a source asks for the body: where the headers tell all, it never happens. */
function lazilyParsed({ headers, query, body }: Delivery): ParsedDelivery {
  let parsed: unknown
  let isParsed = false
  return {
    headers,
    query,
    get body() {
      if (!isParsed) parsed = parseBody(body, single(headers['content-type']))
      isParsed = true
      return parsed
    },
  }
}

/** The provider's own id of the event, or the body's hash; long ones are hashed so that they fit the index. */
function externalIdOf(webhooks: Webhooks, parsed: ParsedDelivery, body: Buffer): string {
  const given = webhooks.eventId ? readSource(webhooks.eventId, parsed) : undefined
  if (given !== undefined && given.length <= 300) return storable(given)
  return `sha256:${createHash('sha256')
    .update(given ?? body)
    .digest('hex')}`
}

function keptHeaders(headers: Delivery['headers'], webhooks: Webhooks): string {
  const secretHeader = webhooks.signature.type === 'token' ? webhooks.signature.header.toLowerCase() : null
  const kept: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || name === secretHeader || droppedHeaders.has(name)) continue
    kept[name] = storable(String(value))
  }
  return JSON.stringify(kept)
}

/** PostgreSQL's text holds any character but this one; a row it refuses would fail the whole batch. */
function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

function echo(handshake: NonNullable<Webhooks['handshakes']>[number], parsed: ParsedDelivery): Receipt {
  return { status: 200, contentType: handshake.contentType, body: readSource(handshake.reply, parsed) ?? '' }
}

function acknowledge(status: 'accepted' | 'duplicate' | 'ignored', eventId?: string): Receipt {
  return { status: 200, contentType: 'application/json', body: JSON.stringify({ status, eventId }) }
}
