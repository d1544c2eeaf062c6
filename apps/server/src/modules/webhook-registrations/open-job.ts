import type { Actor } from '../../http/actor.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { CallerPresence } from '../gateway/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { createEndpointSecrets } from '../webhooks-in/service.ts'
import { registrationFailure } from './judge-answer.ts'
import { eventsFor } from './plan.ts'
import type { Subject } from './registrar.ts'
import type { RegistrationRow, RegistrationStore } from './store.ts'

/** A row that is worked on, with all that is needed for it. */
export interface Job {
  row: RegistrationRow
  lease: string
  subject: Subject
  secret: string | null
  events: string[]
}

/** Opens rows for work, and knows what their providers were given. */
export function createJobs(parts: {
  store: RegistrationStore
  integrations: IntegrationService
  encryption: EncryptionService
  secrets: ReturnType<typeof createEndpointSecrets>
}) {
  const { store, integrations, encryption, secrets } = parts

  async function open(row: RegistrationRow, presence: CallerPresence): Promise<Job> {
    const { resolved } = await integrations.open(row.organization_id, row.integration_id)
    const registration = resolved.webhooks?.registration
    const target = registration?.targets.find(({ id }) => id === row.target)
    if (!registration || !target) throw registrationFailure('target_unknown', 'There is no such target.', 'final')
    const endpoint = await store.findEndpoint(row.organization_id, row.endpoint_id)
    const secret = endpoint ? (await secrets.open(endpoint)).current : null
    const events = endpoint && row.status !== 'removing' ? eventsFor(target, endpoint.events) : []
    const subject = {
      id: row.id,
      actor: { ...row.actor, organizationId: row.organization_id } as unknown as Actor,
      connectionId: row.connection_id,
      url: row.url,
      registration,
      target,
      api: resolved.api,
      values: {
        ...row.parameters,
        ...row.facts,
        registrationId: row.id,
        url: row.url,
        events,
        eventList: events.join(','),
        ...(secret !== null && { secret }),
      },
      secrets: secret === null ? [] : [secret],
      presence,
    }
    return { row, lease: row.lease ?? '', subject, secret, events }
  }

  const contextOf = (row: RegistrationRow) => ({
    organizationId: row.organization_id,
    table: 'webhook_registrations',
    row: row.id,
    column: 'applied',
  })
  /** What the provider is given: a secret that it made is none of it. */
  const givenOf = ({ row, events, secret }: Job) => JSON.stringify({ events, secret: row.exclusive ? null : secret })

  return {
    /** Throws what `meaningOfError` understands when it cannot be worked on. */
    open,
    /** What the provider is given, sealed for the row. */
    seal: (job: Job) => encryption.encrypt(contextOf(job.row), givenOf(job)),
    /** Whether the provider has what it would be given now. */
    async isApplied(job: Job): Promise<boolean> {
      const { applied } = job.row
      return applied !== null && (await encryption.decrypt(contextOf(job.row), applied)) === givenOf(job)
    },
  }
}
