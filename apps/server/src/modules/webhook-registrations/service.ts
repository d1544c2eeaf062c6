import type { Page } from '@koble/contract/paging'
import type { CreateRegistration, Registration, RegistrationStatus } from '@koble/contract/webhook-registrations'
import type { CreatedEndpoint } from '@koble/contract/webhooks'
import { coveredScopes } from '@koble/providers/covered-scopes'
import { validateFields } from '@koble/providers/fields'
import type { RegistrationTarget, WebhookRegistration } from '@koble/providers/webhook-registration'
import { v7 as uuidv7 } from 'uuid'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { WebhookService } from '../webhooks-in/service.ts'
import { eventsFor } from './plan.ts'
import type { RegistrationOwner, RegistrationRow, RegistrationStore } from './store.ts'
import { leaseMs, type Work } from './work.ts'
import type { WorkOptions } from './write-failure.ts'

export { createFindRegisteredConnection, createIsBeingRegistered } from './registered-connection.ts'
export { createRegistrar } from './registrar.ts'
export { createTell } from './tell.ts'
export { watchUpkeep } from './upkeep.ts'
export { createWork } from './work.ts'

export interface RegistrationService {
  /** An endpoint, registered at the provider when `register` is given. What cannot be is refused before it is made. */
  createEndpoint(
    actor: Actor,
    origin: Origin,
    integrationId: string,
    input: { events: string[]; secret?: string; register?: CreateRegistration },
  ): Promise<CreatedEndpoint>
  /** Closes an endpoint; what its providers could not be told is in the answer, and is tried again later. */
  deleteEndpoint(actor: Actor, origin: Origin, endpointId: string): Promise<Registration[]>
  /** Registers an endpoint for one more thing. What the provider refuses stands on the registration. */
  register(actor: Actor, origin: Origin, endpointId: string, input: CreateRegistration): Promise<Registration>
  list(
    organizationId: string,
    endpointId: string,
    query: { limit: number; after: string | null; status?: RegistrationStatus },
  ): Promise<Page<Registration>>
  get(organizationId: string, endpointId: string, id: string): Promise<Registration>
  /** Renews it, or tries again what failed, or looks whether it is still there. */
  renew(actor: Actor, origin: Origin, endpointId: string, id: string): Promise<Registration>
  /** Removes it at the provider; it stays `removing` while the provider cannot be told. */
  remove(actor: Actor, origin: Origin, endpointId: string, id: string): Promise<Registration>
  /** Removes all of an owner that is about to go with its credentials; returns those that stay at the provider. */
  removeAllOf(organizationId: string, owner: RegistrationOwner): Promise<Registration[]>
  /** Does whatever is due, for a while. */
  tend(): Promise<void>
  /** Forgets those that were removed long ago. */
  purge(): Promise<void>
}

const parallel = 8
/** Before the job comes again, it ends; what is left over is taken then. */
const tendForMs = 50_000
/** Whoever deletes something waits so long for the provider. */
const removalMs = 20_000
const patienceMs = 15_000
const keptForMs = 30 * 86_400_000

export function createRegistrationService(parts: {
  store: RegistrationStore
  work: Work
  webhooks: WebhookService
  integrations: IntegrationService
  connections: Pick<ConnectionService, 'get'>
  audit: AuditService
}): RegistrationService {
  const { store, work, webhooks, integrations, audit } = parts

  /** What is asked for, if it can be; throws otherwise. */
  async function plan(organizationId: string, integrationId: string, events: string[], input: CreateRegistration) {
    const integration = await integrations.open(organizationId, integrationId)
    integrations.demandUsable(integration)
    const { resolved, provider } = integration
    const registration = resolved.webhooks?.registration
    if (!registration) {
      throw apiError('conflict', `${provider.name} takes no registrations by its API: enter URL and secret there.`)
    }
    const target = registration.targets.find(({ id }) => id === input.target)
    if (!target) {
      const ids = registration.targets.map(({ id }) => id).join(', ')
      throw apiError('invalid_request', `target: must be one of ${ids}.`)
    }
    validateFields(target.parameters, input.parameters, { partial: false })
    eventsFor(target, events)
    await demandConnection(organizationId, integration, input.connectionId, target)
    return { integration, target }
  }

  async function demandConnection(
    organizationId: string,
    integration: Awaited<ReturnType<IntegrationService['open']>>,
    connectionId: string,
    target: RegistrationTarget,
  ): Promise<void> {
    const connection = await parts.connections.get(organizationId, connectionId)
    const own = await integrations.open(organizationId, connection.integrationId)
    const isSame = own.provider.id === integration.provider.id
    if (!isSame && own.resolved.api.baseUrl !== integration.resolved.api.baseUrl) {
      throw apiError('invalid_request', `connectionId: it is no account of ${integration.provider.name}.`)
    }
    if (connection.status === 'disconnected' || connection.status === 'error') {
      throw apiError('connection_not_usable', 'The connection must be reconnected first.', {
        connection: { id: connectionId, status: connection.status, errorCode: connection.errorCode },
      })
    }
    const granted = [...coveredScopes(own.resolved.auth.scopes, connection.scopes)].map((scope) => scope.toLowerCase())
    const isGranted = target.scopes?.some((scope) => granted.includes(scope.toLowerCase())) ?? true
    // Keys, and tokens of apps, have permissions that nobody tells.
    if (granted.length === 0 || isGranted || !isSame) return
    const message = `The account has to grant one of these first: ${target.scopes?.join(', ')}.`
    throw apiError('scopes_missing', message)
  }

  /** Takes the lease of a row, waiting a little for whoever holds it; undefined when he holds on. */
  async function take(organizationId: string, id: string): Promise<RegistrationRow | undefined> {
    const lease = crypto.randomUUID()
    const until = Date.now() + patienceMs
    for (;;) {
      const row = await store.take(organizationId, id, lease, new Date(Date.now() + leaseMs))
      if (row || Date.now() > until) return row
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async function takeAndWork(organizationId: string, id: string, options: WorkOptions): Promise<void> {
    const row = await take(organizationId, id)
    if (row) await work(row, options)
  }

  async function demand(organizationId: string, endpointId: string, id: string): Promise<RegistrationRow> {
    const row = await store.find(organizationId, id)
    if (row?.endpoint_id !== endpointId) throw apiError('not_found', 'There is no such registration.')
    return row
  }

  async function begin(
    actor: Actor,
    origin: Origin,
    endpoint: { id: string; integrationId: string; url: string },
    planned: Awaited<ReturnType<typeof plan>>,
    input: CreateRegistration,
  ): Promise<Registration> {
    const { organizationId, id: actorId, type, label, role } = actor
    const { target, integration } = planned
    const id = uuidv7()
    const defaults = target.parameters.flatMap((field) => (field.default ? [[field.key, field.default]] : []))
    const row = await store.insert(
      {
        id,
        organizationId,
        endpointId: endpoint.id,
        integrationId: endpoint.integrationId,
        connectionId: input.connectionId,
        provider: integration.provider.id,
        target: target.id,
        parameters: { ...Object.fromEntries(defaults), ...input.parameters },
        url: `${endpoint.url}?registration=${id}`,
        exclusive: target.answer.secret !== undefined,
        actor: { id: actorId, type, label, role },
      },
      crypto.randomUUID(),
      new Date(Date.now() + leaseMs),
    )
    if (row === 'once') throw apiError('conflict', 'The endpoint is registered for this already.')
    if (row === 'exclusive') {
      throw apiError('conflict', `${integration.provider.name} makes a secret for each: open another endpoint for it.`)
    }
    const details = { endpointId: endpoint.id, target: target.id, parameters: row.parameters }
    const deed = { action: 'webhook_registration.created', targetType: 'webhook_registration', targetId: id, details }
    await audit.record(actor, origin, deed)
    await work(row, { isNew: true })
    return toRegistration((await store.find(organizationId, id)) ?? row)
  }

  async function removeRows(rows: RegistrationRow[], options: WorkOptions): Promise<Registration[]> {
    const left = [...rows]
    const next = async (): Promise<void> => {
      for (let row = left.pop(); row; row = left.pop()) await takeAndWork(row.organization_id, row.id, options)
    }
    const all = Promise.all(Array.from({ length: parallel }, next))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, removalMs)
    })
    // What comes later than that comes all the same.
    await Promise.race([all.catch(() => {}), late])
    clearTimeout(timer)
    const now = await Promise.all(rows.map((row) => store.find(row.organization_id, row.id)))
    return now.flatMap((row) => (row && row.status !== 'removed' ? [toRegistration(row)] : []))
  }

  return {
    async createEndpoint(actor, origin, integrationId, { register, ...input }) {
      if (!register) return await webhooks.createEndpoint(actor, origin, integrationId, input)
      const planned = await plan(actor.organizationId, integrationId, input.events, register)
      const endpoint = await webhooks.createEndpoint(actor, origin, integrationId, input)
      return { ...endpoint, registration: await begin(actor, origin, endpoint, planned, register) }
    },

    async deleteEndpoint(actor, origin, endpointId) {
      const { organizationId } = actor
      await webhooks.getEndpoint(organizationId, endpointId)
      const rows = await store.beginRemoval(organizationId, { endpointId })
      const left = await removeRows(rows, {})
      await webhooks.deleteEndpoint(actor, origin, endpointId)
      return left
    },

    async register(actor, origin, endpointId, input) {
      const endpoint = await webhooks.getEndpoint(actor.organizationId, endpointId)
      const planned = await plan(actor.organizationId, endpoint.integrationId, endpoint.events, input)
      return await begin(actor, origin, endpoint, planned, input)
    },

    async list(organizationId, endpointId, query) {
      await webhooks.getEndpoint(organizationId, endpointId)
      return toPage(await store.list(organizationId, endpointId, query), query.limit, toRegistration)
    },
    async get(organizationId, endpointId, id) {
      return toRegistration(await demand(organizationId, endpointId, id))
    },

    async renew(actor, origin, endpointId, id) {
      const { organizationId } = actor
      const { status } = await demand(organizationId, endpointId, id)
      if (status === 'removing' || status === 'removed') throw apiError('conflict', `The registration is ${status}.`)
      await webhooks.getEndpoint(organizationId, endpointId)
      const deed = { action: 'webhook_registration.renewed', targetType: 'webhook_registration', targetId: id }
      await audit.record(actor, origin, deed)
      await takeAndWork(organizationId, id, { isAsked: true })
      return toRegistration(await demand(organizationId, endpointId, id))
    },

    async remove(actor, origin, endpointId, id) {
      const { organizationId } = actor
      await demand(organizationId, endpointId, id)
      await store.beginRemoval(organizationId, { id })
      const deed = { action: 'webhook_registration.removed', targetType: 'webhook_registration', targetId: id }
      await audit.record(actor, origin, deed)
      await takeAndWork(organizationId, id, { isAsked: true })
      return toRegistration(await demand(organizationId, endpointId, id))
    },

    async removeAllOf(organizationId, owner) {
      const rows = await store.beginRemoval(organizationId, owner)
      return rows.length === 0 ? [] : await removeRows(rows, { isLast: true })
    },

    async tend() {
      const startedAt = Date.now()
      let taken: number
      do {
        const lease = crypto.randomUUID()
        const rows = await store.takeDue(lease, new Date(Date.now() + leaseMs), parallel)
        taken = rows.length
        const outcomes = await Promise.allSettled(rows.map((row) => work(row)))
        const broken = outcomes.find((outcome) => outcome.status === 'rejected')
        if (broken) throw broken.reason
      } while (taken === parallel && Date.now() - startedAt < tendForMs)
    },

    purge: () => store.purge(new Date(Date.now() - keptForMs)),
  }
}

/** What can be registered for, as the marketplace shows it. */
export function listTargets(registration: WebhookRegistration | undefined) {
  return (registration?.targets ?? []).map((target) => ({
    id: target.id,
    label: target.label,
    description: target.description,
    parameters: target.parameters,
    scopes: target.scopes ?? [],
    expires: target.lifetime !== undefined,
    exclusive: target.answer.secret !== undefined,
  }))
}

function toRegistration(row: RegistrationRow): Registration {
  return {
    id: row.id,
    endpointId: row.endpoint_id,
    integrationId: row.integration_id,
    connectionId: row.connection_id,
    provider: row.provider_id,
    target: row.target,
    parameters: row.parameters,
    status: row.status,
    externalIds: row.external_ids,
    expiresAt: row.expires_at?.toISOString() ?? null,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    attempts: row.attempts,
    nextAt: row.next_at?.toISOString() ?? null,
    checkedAt: row.checked_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  }
}
