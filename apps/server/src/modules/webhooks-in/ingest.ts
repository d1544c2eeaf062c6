import type { EndpointRateLimit } from '@koble/contract/webhooks'
import { sha256Hex } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { type AddressList, createAddressList, requestHeaders } from '@koble/core/http'
import {
  answerHandshake,
  type Delivery,
  type Handshake,
  type HandshakeReply,
  secretHeaders,
  verifySignature,
} from '@koble/core/signatures'
import type { Source } from '@koble/providers/define-provider'
import { readSource } from '@koble/providers/read-source'
import { createBatcher } from '../../database/batcher.ts'
import type { ChangeFeed } from '../../database/changes.ts'
import { storableText } from '../../database/storable.ts'
import { timedId } from '../../database/uuid-time.ts'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { type DeliveryRules, rulesOf } from './delivery-rules.ts'
import type { EndpointLimits } from './endpoint-limits.ts'
import { endpointUrl } from './endpoint-url.ts'
import type { EndpointStore } from './endpoints/store.ts'
import type { RejectionRecorder } from './rejections/recorder.ts'
import type { SigningCertificates } from './signing-certificates.ts'
import type { NewEvent, WebhookStore } from './store.ts'

/** A request to an endpoint as it came in; `body` are the raw bytes. */
export interface Incoming {
  provider: string
  endpointToken: string
  method: string
  /** From the question mark on, as it was written; empty when there is none. */
  search: string
  headers: Delivery['headers']
  body: Buffer
  /** The sender's, as far as the proxies in between are trusted. */
  remoteAddress?: string
  /** Of a test that we make ourselves for a stand-in: what it may be signed with beside the endpoint's secrets. */
  testSecret?: string
}

/** The answer to a delivery, given only after the event is durable; or that to a handshake. */
export interface Receipt {
  status: number
  /** By lower-case name. */
  headers: Record<string, string>
  body: string
}

export interface OpenEndpoint {
  id: string
  organizationId: string
  integrationId: string
  connectionId: string | null
  provider: string
  enabled: boolean
  events: string[]
  secrets: { current: string | null; previous: string | null; previousUntil: number }
  webhooks: DeliveryRules
  /** As the provider was given it. */
  url: string
  /** Headers that are not stored, by lower-case name: those that carry the secret among them. */
  dropped: readonly string[]
  /** From where deliveries are taken; null from everywhere. */
  senders: AddressList | null
  rateLimit: EndpointRateLimit | null
  bodyBytesMax: number
  /** What gives events the key whose order is kept. */
  orderingKey: Source | null
}

/** A request of which only the first lines are known. */
export type Arriving = Pick<Incoming, 'provider' | 'endpointToken' | 'method' | 'headers' | 'remoteAddress'>

export interface Ingest {
  /**
   * So many bytes may the body have, at the endpoint of a request that arrives; from memory, or a promise of it. Throws
   * `not_found` and what else is known before the body is: `address_not_allowed`, `rate_limited`.
   */
  admit(arriving: Arriving): number | Promise<number>
  /** Takes note of a body that was refused while it came in. */
  refuseBody(arriving: Arriving, bytes: number): void
  /** Throws `not_found`, `endpoint_disabled`, `signature_invalid`; a database error means nothing was stored. */
  receive(incoming: Incoming): Promise<Receipt>
}

/** Not stored with an event, since it says nothing about the delivery; nor is what ends at a proxy anyway. */
const droppedHeaders = ['content-length', 'accept-encoding']
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
  endpoints: EndpointStore
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
  sealSecret(organizationId: string, endpointId: string, secret: string): Promise<string>
  publicUrl: string
  /** For providers that sign with a certificate; without it their deliveries are refused. */
  certificates?: SigningCertificates
  /** For an endpoint without a connection of its own: whose registration a delivery comes by, where its URL says so. */
  findRegisteredConnection?(endpointId: string, search: string): Promise<string | null>
  /** Whether the registration that a delivery's URL names is being made, so that the provider may bring another secret. */
  isBeingRegistered?(endpointId: string, search: string): Promise<boolean>
  rejections: RejectionRecorder
  limits: EndpointLimits
  /** Hears what became of each delivery to an endpoint that is there. */
  onDelivery?(outcome: 'accepted' | 'duplicate' | 'ignored' | 'refused' | 'handshake'): void
}): Ingest {
  const { store, activity, onDelivery = () => {} } = parts
  // One that waits for the secret of a handshake is not remembered: the next delivery, on whatever node, is signed by it.
  const endpoints = parts.changes.cache<OpenEndpoint>('webhook_endpoints', (endpoint) =>
    awaitsSecret(endpoint) ? undefined : endpoint.id,
  )
  const rejectedAt = new Map<string, number>()
  const batcher = createBatcher<NewEvent, boolean>(async (events) => {
    const stored = await store.insertEvents(events)
    return events.map((event) => stored.has(event.id))
  }, eventBatches)

  async function findEndpoint(token: string): Promise<OpenEndpoint> {
    return await endpoints.get(token, async () => {
      const row = await parts.endpoints.findByToken(token)
      if (!row) throw unknownEndpoint()
      const integration = await parts.integrations.open(row.organization_id, row.integration_id)
      const webhooks = row.verification ? rulesOf(row.verification) : integration.resolved.webhooks
      if (!webhooks) throw unknownEndpoint()
      const secrets = await parts.openSecrets(row)
      return {
        id: row.id,
        organizationId: row.organization_id,
        integrationId: row.integration_id,
        connectionId: row.connection_id,
        provider: row.provider_id,
        enabled: row.enabled,
        events: row.events,
        secrets: { ...secrets, previousUntil: row.previous_secret_until?.getTime() ?? 0 },
        webhooks,
        url: endpointUrl(parts.publicUrl, row),
        dropped: [...droppedHeaders, ...secretHeaders(webhooks.signature)],
        senders: row.ip_allow_list.length > 0 ? createAddressList(row.ip_allow_list) : null,
        rateLimit: row.rate_limit,
        bodyBytesMax: row.body_bytes_max,
        orderingKey: row.ordering?.key ?? null,
      }
    })
  }

  /** Somebody sets up a secret wrongly: worth a line in the log, but not one per delivery. */
  function noteRejection(endpoint: OpenEndpoint, reason: string, arriving: Arriving, bodyBytes: number): void {
    onDelivery('refused')
    const { id: endpointId, organizationId } = endpoint
    const { method, headers, remoteAddress } = arriving
    parts.rejections.note({ endpointId, organizationId, reason, method, headers, remoteAddress, bodyBytes })
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

  /**
   * The answer to a handshake. One that comes while a registration is made anew may bring another secret, which is only
   * given back here: the answer to the registration says whether it was the provider's.
   */
  async function shakeHands(
    endpoint: OpenEndpoint,
    handshakes: readonly Handshake[],
    delivery: Delivery,
    { search, headers }: Incoming,
    secrets: readonly string[],
  ): Promise<HandshakeReply | null> {
    if (awaitsSecret(endpoint)) return answerHandshake(handshakes, delivery, { secrets, awaitsSecret: true })
    const brings = handshakes.some(({ answer }) => answer.type === 'hook_secret' && answer.header in headers)
    const isAwaited = brings && search !== '' && (await parts.isBeingRegistered?.(endpoint.id, search)) === true
    const reply = answerHandshake(handshakes, delivery, { secrets, awaitsSecret: isAwaited })
    if (reply === null || !isAwaited) return reply
    const { secret: _, ...given } = reply
    return given
  }

  /** A secret that the handshake brings is durable before the provider hears that it was taken, and is taken once. */
  async function answer(
    endpoint: OpenEndpoint,
    { status, headers, body, secret }: HandshakeReply,
    incoming: Incoming,
  ): Promise<Receipt> {
    const refuse = () => noteRejection(endpoint, 'handshake_unanswerable', incoming, incoming.body.length)
    if (status >= 400) refuse()
    else if (secret === undefined) onDelivery('handshake')
    const receipt = { status, headers: { ...headers, 'cache-control': 'no-store' }, body }
    if (secret === undefined) return receipt
    const { id, organizationId, integrationId, provider } = endpoint
    if (!(await parts.endpoints.takeSecret(organizationId, id, await parts.sealSecret(organizationId, id, secret)))) {
      refuse()
      return { status: 400, headers: {}, body: '' }
    }
    endpoints.forget(id)
    onDelivery('handshake')
    const line = {
      organizationId,
      integrationId,
      connectionId: null,
      provider,
      type: 'webhook' as const,
      action: 'webhook.secret_received',
      status: 'success' as const,
      summary: 'The provider made the secret of an endpoint',
      details: { endpointId: id },
    }
    activity.record(line).catch(() => {})
    return receipt
  }

  /** What the first lines of a request say is enough for. */
  function admitAt(endpoint: OpenEndpoint, arriving: Arriving): number | Promise<number> {
    const { senders, rateLimit, bodyBytesMax } = endpoint
    if (endpoint.provider !== arriving.provider) throw unknownEndpoint()
    if (senders !== null && !senders.includes(arriving.remoteAddress ?? '')) {
      noteRejection(endpoint, 'address_not_allowed', arriving, lengthOf(arriving))
      throw apiError('address_not_allowed', 'The endpoint takes no deliveries from this address.')
    }
    if (rateLimit === null) return bodyBytesMax
    return parts.limits.take(endpoint.id, rateLimit).then(
      () => bodyBytesMax,
      (error) => {
        if (!(error instanceof KobleError) || error.code !== 'rate_limited') throw error
        noteRejection(endpoint, 'rate_limited', arriving, lengthOf(arriving))
        throw apiError('rate_limited', 'The endpoint takes no more deliveries for the moment.', {
          retryAfterMs: error.details['retryAfterMs'] ?? 1000,
        })
      },
    )
  }

  return {
    admit(arriving) {
      const endpoint = endpoints.peek(arriving.endpointToken)
      if (endpoint) return admitAt(endpoint, arriving)
      return findEndpoint(arriving.endpointToken).then((found) => admitAt(found, arriving))
    },
    refuseBody(arriving, bytes) {
      const endpoint = endpoints.peek(arriving.endpointToken)
      if (endpoint) noteRejection(endpoint, 'body_too_large', arriving, bytes)
    },
    async receive(incoming) {
      const endpoint = endpoints.peek(incoming.endpointToken) ?? (await findEndpoint(incoming.endpointToken))
      if (endpoint.provider !== incoming.provider) throw unknownEndpoint()
      if (!endpoint.enabled) throw apiError('endpoint_disabled', 'The endpoint is switched off.')
      const { webhooks } = endpoint
      const { method, headers, body, remoteAddress } = incoming
      // The URL is the one we gave away: the sender chooses the Host header, and proxies change it.
      const delivery: Delivery = { method, url: endpoint.url + incoming.search, headers, body, remoteAddress }
      const now = new Date()
      const { current, previous, previousUntil } = endpoint.secrets
      const secrets = current === null ? [] : [current]
      if (previous !== null && previousUntil > now.getTime()) secrets.push(previous)
      if (incoming.testSecret !== undefined) secrets.push(incoming.testSecret)
      const reply = webhooks.handshakes
        ? await shakeHands(endpoint, webhooks.handshakes, delivery, incoming, secrets)
        : null
      if (reply && !reply.signed) return await answer(endpoint, reply, incoming)
      if (reply === null && method !== 'POST') throw unknownEndpoint()

      const certificate = await parts.certificates?.find(webhooks.signature, delivery)
      const verdict = verifySignature(webhooks.signature, delivery, { secrets, now, certificate })
      if (!verdict.verified) {
        noteRejection(endpoint, verdict.reason, incoming, body.length)
        throw apiError('signature_invalid', `The delivery was refused: ${verdict.reason.replaceAll('_', ' ')}.`)
      }
      if (reply) return await answer(endpoint, reply, incoming)

      const eventType = readSource(webhooks.eventType, delivery) ?? 'unknown'
      if (endpoint.events.length > 0 && !endpoint.events.includes(eventType)) {
        onDelivery('ignored')
        return acknowledge('ignored')
      }
      const connectionId =
        endpoint.connectionId === null && incoming.search !== ''
          ? ((await parts.findRegisteredConnection?.(endpoint.id, incoming.search)) ?? null)
          : endpoint.connectionId
      const { id, at } = timedId()
      const isNew = await batcher.add({
        id,
        receivedAt: at,
        organizationId: endpoint.organizationId,
        endpointId: endpoint.id,
        integrationId: endpoint.integrationId,
        connectionId,
        provider: endpoint.provider,
        eventType: storableText(eventType).slice(0, 200),
        externalEventId: externalIdOf(webhooks, delivery),
        orderingKey: endpoint.orderingKey && orderingKeyOf(endpoint.orderingKey, delivery),
        headers: keptHeaders(headers, endpoint.dropped),
        contentType: single(headers['content-type']) ?? null,
        body,
      })
      onDelivery(isNew ? 'accepted' : 'duplicate')
      return acknowledge(isNew ? 'accepted' : 'duplicate', isNew ? id : undefined)
    },
  }
}

const unknownEndpoint = () => apiError('not_found', 'There is no such endpoint.')

/** Whether a handshake may bring the endpoint's secret: once, since anybody could replace it later. */
function awaitsSecret({ secrets, webhooks }: OpenEndpoint): boolean {
  return secrets.current === null && webhooks.handshakes?.some(({ answer }) => answer.type === 'hook_secret') === true
}

/** The value by which order is kept, shortened by its hash where it is long; null where there is none. */
export function orderingKeyOf(source: Source, delivery: Delivery): string | null {
  const key = storableText(readSource(source, delivery) ?? '')
  if (key === '') return null
  return key.length <= 200 ? key : `sha256:${sha256Hex(key)}`
}

/** As far as the sender says. */
const lengthOf = ({ headers }: Arriving) => Number(single(headers['content-length'])) || 0

/** The provider's own id of the event, or the body's hash; long ones are hashed so that they fit the index. */
export function externalIdOf(webhooks: Pick<DeliveryRules, 'eventId'>, delivery: Delivery): string {
  const given = webhooks.eventId ? readSource(webhooks.eventId, delivery) : undefined
  if (given !== undefined && given.length <= 300) return storableText(given)
  return `sha256:${sha256Hex(given ?? delivery.body)}`
}

function keptHeaders(headers: Delivery['headers'], dropped: readonly string[]): string {
  const kept: Record<string, string> = {}
  const passable = requestHeaders(headers, { strip: dropped })
  for (const name in passable) kept[name] = storableText(String(passable[name]))
  return JSON.stringify(kept)
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

function acknowledge(status: 'accepted' | 'duplicate' | 'ignored', eventId?: string): Receipt {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ status, eventId }) }
}
