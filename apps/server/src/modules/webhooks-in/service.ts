import type { Page } from '@koble/contract/paging'
import type {
  CheckDelivery,
  CreatedEndpoint,
  createEndpoint as createEndpointBody,
  DeliveryCheck,
  Endpoint,
  EndpointRejections,
  Event,
  EventDetail,
  Handler,
  updateEndpoint as updateEndpointBody,
} from '@koble/contract/webhooks'
import { randomToken } from '@koble/core/crypto'
import type { KobleError } from '@koble/core/errors'
import { generateSecret, type SignatureScheme } from '@koble/core/signatures'
import type { Source } from '@koble/providers/define-provider'
import { readSource } from '@koble/providers/read-source'
import { buildSampleDelivery } from '@koble/providers/sample-delivery'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { LiveRows } from '../../database/live-rows.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError, invalidField } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import { type IntegrationService, isBodyWithheld } from '../integrations/service.ts'
import type { PluginService } from '../plugins/service.ts'
import type { SyncService } from '../syncs/service.ts'
import type { OutboundService } from '../webhooks-out/service.ts'
import { checkDelivery } from './check-delivery.ts'
import { type DeliveryRules, demandSoundScheme, rulesOf } from './delivery-rules.ts'
import { endpointUrl } from './endpoint-url.ts'
import { columnsOf, endpointOf } from './endpoints/endpoint-columns.ts'
import type { EndpointRecord, EndpointStore } from './endpoints/store.ts'
import { toDetail, toEvent } from './event-answer.ts'
import { externalIdOf, type Ingest, orderingKeyOf } from './ingest.ts'
import { buildOwnSample, deliveryOf } from './own-sample.ts'
import type { RejectionStore } from './rejections/store.ts'
import { pluginsOf } from './route-event.ts'
import { sandboxProof } from './sandbox-proof.ts'
import type { EventFilter, WebhookStore } from './store.ts'

/** What may be said of an endpoint when it is opened, and most of it later too. */
export type EndpointInput = Omit<z.output<typeof createEndpointBody>, 'name' | 'events'> &
  Partial<Pick<z.output<typeof createEndpointBody>, 'name' | 'events'>>
export type EndpointChange = z.output<typeof updateEndpointBody>

export interface WebhookService {
  createEndpoint(actor: Actor, origin: Origin, integrationId: string, input: EndpointInput): Promise<CreatedEndpoint>
  listEndpoints(
    organizationId: string,
    query: { limit: number; after: string | null; integrationId?: string; connectionId?: string },
  ): Promise<Page<Endpoint>>
  /** Those of one integration; throws `not_found` when there is none of that id. */
  listEndpointsOf(
    organizationId: string,
    integrationId: string,
    query: { limit: number; after: string | null },
  ): Promise<Page<Endpoint>>
  getEndpoint(organizationId: string, id: string): Promise<Endpoint>
  /** Those with a plugin among their handlers: the newest hundred. */
  listEndpointsWithPlugin(
    organizationId: string,
    pluginId: string,
  ): Promise<{ id: string; name: string; provider: string }[]>
  updateEndpoint(actor: Actor, origin: Origin, id: string, input: EndpointChange): Promise<Endpoint>
  deleteEndpoint(actor: Actor, origin: Origin, id: string): Promise<void>
  /** Deliveries are taken in as ever; their events wait. */
  pauseEndpoint(actor: Actor, origin: Origin, id: string): Promise<Endpoint>
  /** What waited is worked off in order, before what arrives from now on. */
  resumeEndpoint(actor: Actor, origin: Origin, id: string): Promise<Endpoint>
  readSecret(actor: Actor, origin: Origin, id: string): Promise<{ secret: string | null }>
  rotateSecret(actor: Actor, origin: Origin, id: string): Promise<{ secret: string | null }>
  /** Signs a sample as the provider would and takes it in as if it had come from there. */
  testEndpoint(actor: Actor, id: string): Promise<{ status: number; eventId: string | null; eventType: string }>
  listRejections(organizationId: string, id: string): Promise<EndpointRejections>
  /** Judges a delivery that somebody has at hand. Nothing of it is stored, and no secret is told. */
  checkDelivery(organizationId: string, input: CheckDelivery): Promise<DeliveryCheck>
  listEvents(
    organizationId: string,
    filter: EventFilter,
    page: { limit: number; after: string | null; search?: string },
  ): Promise<Page<Event>>
  /** Events as they arrive, from `lastEventId` on when given. Ends when `signal` fires or the node stops. */
  streamEvents(
    actor: Actor,
    filter: EventFilter,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<EventDetail[]>
  endStreams(): void
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
  endpoints: EndpointStore
  rejections: RejectionStore
  integrations: IntegrationService
  connections: ConnectionService
  destinations: Pick<OutboundService, 'unknownOf'>
  syncs: Pick<SyncService, 'unknownOf'>
  plugins: Pick<PluginService, 'unknownOf'>
  live: LiveRows
  secrets: ReturnType<typeof createEndpointSecrets>
  ingest: Ingest
  audit: AuditService
  publicUrl: string
}): WebhookService {
  const { store, endpoints, integrations, secrets, audit, publicUrl } = parts

  async function demand(organizationId: string, id: string): Promise<EndpointRecord> {
    const row = await endpoints.find(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such endpoint.')
    return row
  }

  const isWithheld = (actor: Actor, integrationId: string) => isBodyWithheld(integrations, actor, integrationId)

  const toEndpoint = (row: EndpointRecord) => endpointOf(row, publicUrl)

  /** The rules by which an endpoint's deliveries are judged; undefined where the provider sends none any more. */
  async function rulesFor(organizationId: string, row: EndpointRecord): Promise<DeliveryRules | undefined> {
    if (row.verification) return rulesOf(row.verification)
    return (await integrations.open(organizationId, row.integration_id)).resolved.webhooks
  }

  /** Throws `not_found`, or `invalid_request` where the connection is another integration's. */
  async function demandConnection(organizationId: string, integrationId: string, id: string): Promise<void> {
    const connection = await parts.connections.get(organizationId, id)
    if (connection.integrationId !== integrationId) {
      throw apiError('invalid_request', 'connectionId: the connection belongs to another integration.')
    }
  }

  /** Throws `invalid_request` where a handler names what there is not; what was named before may be gone by now. */
  async function demandHandlers(
    organizationId: string,
    integrationId: string,
    handlers: Handler[] = [],
    before: Handler[] = [],
  ): Promise<void> {
    const kinds = [
      {
        field: 'destinationIds',
        idsOf: destinationsOf,
        unknownOf: (ids: string[]) => parts.destinations.unknownOf(organizationId, ids),
        saying: (id: string) => `There is no destination ${id}.`,
      },
      {
        field: 'syncIds',
        idsOf: syncsOf,
        unknownOf: (ids: string[]) => parts.syncs.unknownOf(organizationId, integrationId, ids),
        saying: (id: string) => `The integration has no sync ${id}.`,
      },
      {
        field: 'pluginId',
        idsOf: (handler: Handler) => pluginsOf({ handlers: [handler] }),
        unknownOf: (ids: string[]) => parts.plugins.unknownOf(organizationId, ids),
        saying: (id: string) => `There is no plugin ${id}.`,
      },
    ]
    for (const { field, idsOf, unknownOf, saying } of kinds) {
      const known = new Set(before.flatMap(idsOf))
      const added = handlers.flatMap(idsOf).filter((id) => !known.has(id))
      const unknown = new Set(added.length === 0 ? [] : await unknownOf(added))
      for (const [index, handler] of handlers.entries()) {
        const missing = idsOf(handler).find((id) => unknown.has(id))
        if (missing !== undefined) throw invalidField(`handlers.${index}.${field}`, saying(missing))
      }
    }
  }

  /** An account at the stand-in for a test to concern: that of the endpoint's connection, or of the newest. */
  async function accountFor(organizationId: string, row: EndpointRecord): Promise<string | undefined> {
    const { connections } = parts
    if (row.connection_id !== null) {
      return (await connections.get(organizationId, row.connection_id)).accountId ?? undefined
    }
    const filter = { integrationId: row.integration_id, status: 'connected' as const, limit: 1, after: null }
    return (await connections.list(organizationId, filter)).data[0]?.accountId ?? undefined
  }

  /** The same for many, each integration looked at once. */
  function withheldFrom(actor: Actor): (integrationId: string) => Promise<boolean> {
    const known = new Map<string, Promise<boolean>>()
    return (integrationId) => {
      const answer = known.get(integrationId) ?? isWithheld(actor, integrationId)
      known.set(integrationId, answer)
      return answer
    }
  }

  const record = (actor: Actor, origin: Origin, action: string, targetType: string, targetId: string, details = {}) =>
    audit.record(actor, origin, { action, targetType, targetId, details })

  return {
    async createEndpoint(actor, origin, integrationId, input) {
      const { organizationId } = actor
      const integration = await integrations.open(organizationId, integrationId)
      if (integration.status === 'pending') integrations.demandUsable(integration)
      const defined = integration.resolved.webhooks
      if (defined && input.verification) throw fixedVerification(integration.provider.name)
      const rules = input.verification ? rulesOf(input.verification) : defined
      if (!rules) {
        throw apiError(
          'conflict',
          `${integration.provider.name} defines no webhooks: say in \`verification\` how deliveries are recognised.`,
        )
      }
      const { connectionId = null } = input
      if (connectionId !== null) await demandConnection(organizationId, integrationId, connectionId)
      await demandHandlers(organizationId, integrationId, input.handlers)
      const settings = columnsOf(input)
      const id = uuidv7()
      // Where the provider makes the secret it comes later, by PATCH; until then every delivery is refused.
      const known = integration.sandbox ? integration.provider.sandbox?.webhookSecret : undefined
      const secret = input.secret ?? known ?? madeSecret(rules)
      await endpoints.insert({
        id,
        organizationId,
        integrationId,
        connectionId,
        provider: integration.provider.id,
        token: randomToken(''),
        secret: secret === null ? null : await secrets.seal(organizationId, id, secret),
        settings,
      })
      await record(actor, origin, 'endpoint.created', 'endpoint', id, { provider: integration.provider.id })
      return { ...toEndpoint(await demand(organizationId, id)), secret }
    },

    async listEndpoints(organizationId, query) {
      return toPage(await endpoints.list(organizationId, query), query.limit, toEndpoint)
    },
    async listEndpointsOf(organizationId, integrationId, query) {
      await integrations.get(organizationId, integrationId)
      return toPage(await endpoints.list(organizationId, { ...query, integrationId }), query.limit, toEndpoint)
    },
    async getEndpoint(organizationId, id) {
      return toEndpoint(await demand(organizationId, id))
    },

    async listEndpointsWithPlugin(organizationId, pluginId) {
      const rows = await endpoints.listWithPlugin(organizationId, pluginId)
      return rows.map(({ id, name, provider_id: provider }) => ({ id, name, provider }))
    },

    async updateEndpoint(actor, origin, id, input) {
      const { organizationId } = actor
      const row = await demand(organizationId, id)
      if (input.verification && !row.verification) throw fixedVerification(row.provider_id)
      await demandHandlers(organizationId, row.integration_id, input.handlers, row.handlers)
      const { secret } = input
      const sealed = secret === undefined ? {} : { secret: await secrets.seal(organizationId, id, secret) }
      const changes = { ...columnsOf(input), ...sealed }
      if (Object.keys(changes).length > 0) await endpoints.update(organizationId, id, changes)
      await record(actor, origin, 'endpoint.updated', 'endpoint', id, { changed: Object.keys(input) })
      return toEndpoint(await demand(organizationId, id))
    },

    async deleteEndpoint(actor, origin, id) {
      if (!(await endpoints.delete(actor.organizationId, id))) {
        throw apiError('not_found', 'There is no such endpoint.')
      }
      await record(actor, origin, 'endpoint.deleted', 'endpoint', id)
    },

    async pauseEndpoint(actor, origin, id) {
      await demand(actor.organizationId, id)
      await endpoints.setProcessing(actor.organizationId, id, 'paused')
      await record(actor, origin, 'endpoint.paused', 'endpoint', id)
      return toEndpoint(await demand(actor.organizationId, id))
    },
    async resumeEndpoint(actor, origin, id) {
      await demand(actor.organizationId, id)
      await endpoints.setProcessing(actor.organizationId, id, 'resuming')
      await record(actor, origin, 'endpoint.resumed', 'endpoint', id)
      return toEndpoint(await demand(actor.organizationId, id))
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
      const webhooks = await rulesFor(organizationId, row)
      if (!webhooks || webhooks.secretFrom === 'provider') {
        throw apiError('conflict', 'The provider makes this secret: rotate it there and enter it here.')
      }
      const secret = madeSecret(webhooks)
      if (secret === null) throw apiError('conflict', 'Koble cannot make a secret for this scheme: enter it here.')
      await endpoints.update(organizationId, id, {
        secret: await secrets.seal(organizationId, id, secret),
        previous_secret: row.secret,
        previous_secret_until: new Date(Date.now() + rotationOverlapMs),
      })
      await record(actor, origin, 'endpoint.secret_rotated', 'endpoint', id)
      return { secret }
    },

    async testEndpoint(actor, id) {
      const row = await demand(actor.organizationId, id)
      const { provider, resolved, sandbox } = await integrations.open(actor.organizationId, row.integration_id)
      const rules = await rulesFor(actor.organizationId, row)
      if (!rules) throw apiError('conflict', `There is no sample delivery for ${provider.name}.`)
      const { current } = await secrets.open(row)
      const proof = sandbox ? sandboxProof(rules.signature, current) : current === null ? null : { secret: current }
      if (proof === null) throw apiError('conflict', 'Enter the secret that the provider shows first.')
      const signer = { ...provider, ...(resolved.webhooks && { webhooks: resolved.webhooks }) }
      const options = { secret: proof.secret, now: new Date(), url: endpointUrl(publicUrl, row) }
      const account = sandbox ? await accountFor(actor.organizationId, row) : undefined
      const sample = row.verification
        ? signed(provider.name, () => buildOwnSample(rules, options))
        : signed(provider.name, () => buildSampleDelivery(signer, { ...options, ...(account && { account }) }))
      if (!sample) throw apiError('conflict', `There is no sample delivery for ${provider.name}.`)
      const { provider_id: providerId, token: endpointToken } = row
      const { method, url, headers, body } = sample
      const { search } = new URL(url)
      const receipt = await parts.ingest.receive({
        ...{ provider: providerId, endpointToken, method, search, headers, body },
        ...(proof.testSecret !== undefined && { testSecret: proof.testSecret }),
      })
      const answer = JSON.parse(receipt.body) as { status: string; eventId?: string }
      const eventType = readSource(rules.eventType, sample) ?? 'unknown'
      return { status: receipt.status, eventId: answer.eventId ?? null, eventType }
    },

    async listRejections(organizationId, id) {
      await demand(organizationId, id)
      const hour = Date.now() - (Date.now() % 3_600_000)
      const reasons = await parts.rejections.sum(organizationId, id, new Date(hour - 23 * 3_600_000))
      const latest = await parts.rejections.listSamples(organizationId, id)
      return {
        reasons: reasons.map(({ reason, count, last_at: lastAt }) => ({
          reason,
          count,
          lastAt: lastAt.toISOString(),
        })),
        latest: latest.map((sample) => ({
          id: sample.id,
          at: sample.at.toISOString(),
          reason: sample.reason,
          method: sample.method,
          remoteAddress: sample.remote_address,
          headers: sample.headers,
          bodyBytes: sample.body_bytes,
        })),
      }
    },

    async checkDelivery(organizationId, input) {
      const { endpointId, signature, secret } = input
      if ((endpointId === undefined) === (signature === undefined)) {
        throw apiError('invalid_request', 'Give either endpointId or signature.')
      }
      const row = endpointId === undefined ? null : await demand(organizationId, endpointId)
      const rules = row ? await rulesFor(organizationId, row) : null
      const scheme = (signature as SignatureScheme | undefined) ?? rules?.signature
      if (!scheme) throw apiError('conflict', 'The provider of this endpoint sends no webhooks.')
      demandSoundScheme(scheme, 'signature')
      const now = input.receivedAt === undefined ? new Date() : new Date(input.receivedAt)
      const keys = secret !== undefined ? [secret] : row ? secretsAt(await secrets.open(row), row, now) : []
      const delivery = deliveryOf(input, row ? endpointUrl(publicUrl, row) : undefined)
      return {
        ...checkDelivery(scheme, delivery, { secrets: keys, now }),
        eventType: rules ? (readSource(rules.eventType, delivery) ?? 'unknown') : null,
        externalEventId: rules ? externalIdOf(rules, delivery) : null,
        account: (rules?.account && readSource(rules.account, delivery)) ?? null,
        orderingKey: row?.ordering ? orderingKeyOf(row.ordering.key as Source, delivery) : null,
      }
    },

    async listEvents(organizationId, filter, { limit, after, search }) {
      if (search !== undefined) {
        const found = await store.searchEvents(organizationId, filter, { limit: limit + 1, after, search })
        const page = toPage(found.rows, limit, toEvent)
        return { ...page, nextCursor: page.nextCursor ?? found.searchedTo }
      }
      return toPage(await store.listEvents(organizationId, filter, { limit: limit + 1, after }), limit, toEvent)
    },

    async *streamEvents(actor, filter, lastEventId, signal) {
      const { organizationId } = actor
      const list = (after: string, limit: number) => store.listArrivals(organizationId, filter, { after, limit })
      for await (const rows of parts.live.follow(organizationId, list, lastEventId, signal)) {
        const isHidden = withheldFrom(actor)
        yield await Promise.all(rows.map(async (row) => toDetail(row, await isHidden(row.integration_id))))
      }
    },
    endStreams: () => parts.live.end(),

    async getEvent(actor, id) {
      const row = await store.findEvent(actor.organizationId, id)
      if (!row) throw apiError('not_found', 'There is no such event.')
      return toDetail(row, await isWithheld(actor, row.integration_id))
    },

    async replayEvent(actor, origin, id) {
      const row = await store.replay(actor.organizationId, id)
      if (!row) throw apiError('not_found', 'There is no such event.')
      await record(actor, origin, 'event.replayed', 'event', id)
      return toEvent(row)
    },
  }
}

const fixedVerification = (provider: string) =>
  apiError('invalid_request', `verification: how deliveries of ${provider} are recognised is known already.`)

/** A new secret where Koble makes it and the scheme takes one that anybody can make up. */
function madeSecret({ secretFrom, signature }: DeliveryRules): string | null {
  if (secretFrom !== 'koble') return null
  try {
    return generateSecret(signature)
  } catch (error) {
    if ((error as KobleError).code !== 'signature_scheme_invalid') throw error
    return null
  }
}

function secretsAt(
  { current, previous }: { current: string | null; previous: string | null },
  row: EndpointRecord,
  now: Date,
): string[] {
  const isValid = row.previous_secret_until !== null && row.previous_secret_until > now
  return [current, isValid ? previous : null].filter((secret) => secret !== null)
}

function signed<Sample>(provider: string, build: () => Sample): Sample {
  try {
    return build()
  } catch (error) {
    const { code } = error as KobleError
    if (code !== 'signature_secret_invalid' && code !== 'signature_scheme_invalid') throw error
    throw apiError('conflict', `Only ${provider} itself can sign with this secret: send a test from there.`)
  }
}

const destinationsOf = (handler: Handler) => (handler.type === 'forward' ? (handler.destinationIds ?? []) : [])
const syncsOf = (handler: Handler) => (handler.type === 'sync' ? (handler.syncIds ?? []) : [])
