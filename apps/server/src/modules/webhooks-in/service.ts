import type { Page } from '@koble/contract/paging'
import type { CreatedEndpoint, Endpoint, Event, EventDetail } from '@koble/contract/webhooks'
import { randomToken } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { generateSecret } from '@koble/core/signatures'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { readSource } from '@koble/providers/read-source'
import { buildSampleDelivery } from '@koble/providers/sample-delivery'
import { v7 as uuidv7 } from 'uuid'
import { type Actor, hasRole } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import { type IntegrationService, mayReadBodies } from '../integrations/service.ts'
import { endpointUrl } from './endpoint-url.ts'
import type { Ingest } from './ingest.ts'
import type { EndpointRecord, EventFilter, EventRecord, WebhookStore } from './store.ts'

export interface WebhookService {
  createEndpoint(
    actor: Actor,
    origin: Origin,
    integrationId: string,
    input: { events: string[]; secret?: string },
  ): Promise<CreatedEndpoint>
  listEndpoints(
    organizationId: string,
    query: { limit: number; after: string | null; integrationId?: string },
  ): Promise<Page<Endpoint>>
  /** Those of one integration; throws `not_found` when there is none of that id. */
  listEndpointsOf(
    organizationId: string,
    integrationId: string,
    query: { limit: number; after: string | null },
  ): Promise<Page<Endpoint>>
  getEndpoint(organizationId: string, id: string): Promise<Endpoint>
  updateEndpoint(
    actor: Actor,
    origin: Origin,
    id: string,
    input: { events?: string[]; enabled?: boolean; secret?: string },
  ): Promise<Endpoint>
  deleteEndpoint(actor: Actor, origin: Origin, id: string): Promise<void>
  readSecret(actor: Actor, origin: Origin, id: string): Promise<{ secret: string | null }>
  rotateSecret(actor: Actor, origin: Origin, id: string): Promise<{ secret: string | null }>
  /** Signs a sample as the provider would and takes it in as if it had come from there. */
  testEndpoint(actor: Actor, id: string): Promise<{ status: number; eventId: string | null; eventType: string }>
  listEvents(organizationId: string, filter: EventFilter): Promise<Page<Event>>
  /** With its raw body, unless the integration is restricted and the caller no admin. */
  getEvent(actor: Actor, id: string): Promise<EventDetail>
  replayEvent(actor: Actor, origin: Origin, id: string): Promise<Event>
}

export type { Ingest } from './ingest.ts'

/** How long the old secret is accepted beside the new one. */
const rotationOverlapMs = 86_400_000

/** Opens and closes the sealed secrets of endpoints. */
export function createEndpointSecrets(encryption: EncryptionService) {
  const contextOf = (organizationId: string, id: string, column = 'secret') => ({
    organizationId,
    table: 'webhook_endpoints',
    row: id,
    column,
  })
  return {
    seal: (organizationId: string, id: string, secret: string) =>
      encryption.encrypt(contextOf(organizationId, id), secret),
    async open(row: { organization_id: string; id: string; secret: string | null; previous_secret: string | null }) {
      const context = contextOf(row.organization_id, row.id)
      const current = row.secret === null ? null : await encryption.decrypt(context, row.secret)
      const previous = row.previous_secret === null ? null : await encryption.decrypt(context, row.previous_secret)
      return { current, previous }
    },
  }
}

export function createWebhookService(parts: {
  store: WebhookStore
  integrations: IntegrationService
  secrets: ReturnType<typeof createEndpointSecrets>
  ingest: Ingest
  audit: AuditService
  publicUrl: string
}): WebhookService {
  const { store, integrations, secrets, audit, publicUrl } = parts

  async function demand(organizationId: string, id: string): Promise<EndpointRecord> {
    const row = await store.findEndpoint(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such endpoint.')
    return row
  }

  /** Admins see the bodies of an integration that was removed as well. */
  async function isWithheld(actor: Actor, integrationId: string): Promise<boolean> {
    if (hasRole(actor.role, 'admin')) return false
    const integration = await integrations.open(actor.organizationId, integrationId).catch((error: unknown) => {
      if (error instanceof KobleError && error.code === 'not_found') return null
      throw error
    })
    // How data of a removed integration was classified is not known any more.
    return integration === null || !mayReadBodies(integration, actor)
  }

  const toEndpoint = (row: EndpointRecord): Endpoint => ({
    id: row.id,
    integrationId: row.integration_id,
    provider: row.provider_id,
    url: endpointUrl(publicUrl, row),
    events: row.events,
    enabled: row.enabled,
    createdAt: row.created_at.toISOString(),
    lastEventAt: row.last_event_at?.toISOString() ?? null,
    received24h: row.received_24h,
    failed24h: row.failed_24h,
  })

  const record = (actor: Actor, origin: Origin, action: string, targetType: string, targetId: string, details = {}) =>
    audit.record(actor, origin, { action, targetType, targetId, details })

  return {
    async createEndpoint(actor, origin, integrationId, input) {
      const { organizationId } = actor
      const integration = await integrations.open(organizationId, integrationId)
      if (integration.status === 'pending') integrations.demandUsable(integration)
      const { webhooks } = integration.resolved
      if (!webhooks) throw apiError('conflict', `${integration.provider.name} sends no webhooks.`)
      const id = uuidv7()
      // Where the provider makes the secret it comes later, by PATCH; until then every delivery is refused.
      const made = webhooks.secretFrom === 'koble' ? generateSecret(webhooks.signature) : null
      const secret = input.secret ?? made
      await store.insertEndpoint({
        id,
        organizationId,
        integrationId,
        provider: integration.provider.id,
        token: randomToken(''),
        events: input.events,
        secret: secret === null ? null : await secrets.seal(organizationId, id, secret),
      })
      await record(actor, origin, 'endpoint.created', 'endpoint', id, { provider: integration.provider.id })
      return { ...toEndpoint(await demand(organizationId, id)), secret }
    },

    async listEndpoints(organizationId, query) {
      return toPage(await store.listEndpoints(organizationId, query), query.limit, toEndpoint)
    },
    async listEndpointsOf(organizationId, integrationId, query) {
      await integrations.get(organizationId, integrationId)
      return toPage(await store.listEndpoints(organizationId, { ...query, integrationId }), query.limit, toEndpoint)
    },
    async getEndpoint(organizationId, id) {
      return toEndpoint(await demand(organizationId, id))
    },

    async updateEndpoint(actor, origin, id, input) {
      const { organizationId } = actor
      await demand(organizationId, id)
      const { secret, ...plain } = input
      const sealed = secret === undefined ? {} : { secret: await secrets.seal(organizationId, id, secret) }
      const changes = { ...plain, ...sealed }
      if (Object.keys(changes).length > 0) await store.updateEndpoint(organizationId, id, changes)
      await record(actor, origin, 'endpoint.updated', 'endpoint', id, { changed: Object.keys(input) })
      return toEndpoint(await demand(organizationId, id))
    },

    async deleteEndpoint(actor, origin, id) {
      if (!(await store.deleteEndpoint(actor.organizationId, id))) {
        throw apiError('not_found', 'There is no such endpoint.')
      }
      await record(actor, origin, 'endpoint.deleted', 'endpoint', id)
    },

    async readSecret(actor, origin, id) {
      const row = await demand(actor.organizationId, id)
      const { current } = await secrets.open(row)
      await record(actor, origin, 'endpoint.secret_read', 'endpoint', id)
      return { secret: current }
    },

    async rotateSecret(actor, origin, id) {
      const { organizationId } = actor
      const row = await demand(organizationId, id)
      const { webhooks } = (await integrations.open(organizationId, row.integration_id)).resolved
      if (!webhooks || webhooks.secretFrom === 'provider') {
        throw apiError('conflict', 'The provider makes this secret: rotate it there and enter it here.')
      }
      const secret = generateSecret(webhooks.signature)
      await store.updateEndpoint(organizationId, id, {
        secret: await secrets.seal(organizationId, id, secret),
        previous_secret: row.secret,
        previous_secret_until: new Date(Date.now() + rotationOverlapMs),
      })
      await record(actor, origin, 'endpoint.secret_rotated', 'endpoint', id)
      return { secret }
    },

    async testEndpoint(actor, id) {
      const row = await demand(actor.organizationId, id)
      const { provider, resolved } = await integrations.open(actor.organizationId, row.integration_id)
      const { current } = await secrets.open(row)
      if (current === null) throw apiError('conflict', 'Enter the secret that the provider shows first.')
      const sample = signedSample(provider, { secret: current, now: new Date(), url: endpointUrl(publicUrl, row) })
      if (!resolved.webhooks || !sample) throw apiError('conflict', `There is no sample delivery for ${provider.name}.`)
      const { provider_id: providerId, token: endpointToken } = row
      const { method, url, headers, body } = sample
      const { search } = new URL(url)
      const receipt = await parts.ingest.receive({ provider: providerId, endpointToken, method, search, headers, body })
      const answer = JSON.parse(receipt.body) as { status: string; eventId?: string }
      const eventType = readSource(resolved.webhooks.eventType, sample) ?? 'unknown'
      return { status: receipt.status, eventId: answer.eventId ?? null, eventType }
    },

    async listEvents(organizationId, filter) {
      return toPage(await store.listEvents(organizationId, filter), filter.limit, toEvent)
    },

    async getEvent(actor, id) {
      const row = await store.findEvent(actor.organizationId, id)
      if (!row) throw apiError('not_found', 'There is no such event.')
      const bodyWithheld = await isWithheld(actor, row.integration_id)
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
      }
    },

    async replayEvent(actor, origin, id) {
      const row = await store.replay(actor.organizationId, id)
      if (!row) throw apiError('not_found', 'There is no such event.')
      await record(actor, origin, 'event.replayed', 'event', id)
      return toEvent(row)
    },
  }
}

function signedSample(provider: CatalogueEntry, options: Parameters<typeof buildSampleDelivery>[1]) {
  try {
    return buildSampleDelivery(provider, options)
  } catch (error) {
    if ((error as KobleError).code !== 'signature_secret_invalid') throw error
    throw apiError('conflict', `Only ${provider.name} itself can sign with this secret: send a test from there.`)
  }
}

function toEvent(row: EventRecord): Event {
  return {
    id: row.id,
    provider: row.provider_id,
    endpointId: row.endpoint_id,
    connectionId: row.connection_id,
    eventType: row.event_type,
    externalEventId: row.external_event_id,
    status: row.status,
    attempts: row.attempts,
    receivedAt: row.received_at.toISOString(),
    processedAt: row.processed_at?.toISOString() ?? null,
    errorMessage: row.error_message,
  }
}
