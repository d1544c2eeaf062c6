import type { ChangeFeed } from '../../database/changes.ts'
import type { DestinationRecord } from '../../database/tables.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { Destination, OpenDestination } from './destination.ts'
import { compileFilter } from './filter.ts'
import type { OutboundStore } from './store.ts'

/** A destination with what decides which messages it gets. */
export interface MatchingDestination extends Destination {
  /** Takes what `documentOf` makes of a message; absent when everything passes. */
  test?: (document: unknown) => boolean
}

/** Destinations, remembered until one of them changes. */
export interface DestinationSource {
  /** All of an organization, those that are disabled included; for matching, so without secrets. */
  listOf(organizationId: string): Promise<MatchingDestination[]>
  /** One with its secrets; null when it is gone. Throws `ciphertext_invalid` when a secret cannot be read. */
  open(id: string): Promise<OpenDestination | null>
  /** The same without waiting; undefined when it is not in memory. */
  peek(id: string): OpenDestination | undefined
  /** Reads it anew next time, on this node: whoever changed it need not wait for word of that. */
  forget(organizationId: string, id: string): void
  /** Seals a secret for its place in the row of a destination. */
  seal(
    place: { organizationId: string; id: string; column: 'secrets' | 'signing_secret' },
    value: string,
  ): Promise<string>
}

/** Reads destinations and opens their secrets, each once until it changes. */
export function createDestinationSource(parts: {
  store: Pick<OutboundStore, 'listDestinations' | 'findDestination'>
  encryption: EncryptionService
  changes: ChangeFeed
}): DestinationSource {
  const { store, encryption, changes } = parts
  const ofOrganization = changes.cache<{ organizationId: string; all: MatchingDestination[] }>(
    'destinations_of',
    ({ organizationId }) => organizationId,
  )
  const opened = changes.cache<OpenDestination | null>('destinations', (destination) => destination?.id)
  const contextOf = (organizationId: string, row: string, column: string) => ({
    organizationId,
    table: 'destinations',
    row,
    column,
  })

  async function read(id: string): Promise<OpenDestination | null> {
    const row = await store.findDestination(id)
    if (row === undefined) return null
    const open = async (column: string, value: string | null) =>
      value === null ? null : await encryption.decrypt(contextOf(row.organization_id, row.id, column), value)
    const [secrets, signingSecret, previous] = await Promise.all([
      open('secrets', row.secrets),
      open('signing_secret', row.signing_secret),
      // The old secret keeps the seal it had as the current one.
      open('signing_secret', row.previous_signing_secret),
    ])
    const until = row.previous_signing_secret_until
    return {
      ...toDestination(row),
      secrets: secrets === null ? {} : JSON.parse(secrets),
      signingSecret,
      previousSigningSecret: previous === null || until === null ? null : { secret: previous, until },
    }
  }

  return {
    async listOf(organizationId) {
      const { all } = await ofOrganization.get(organizationId, async () => {
        const rows = await store.listDestinations(organizationId)
        return { organizationId, all: rows.map((row) => withTest(toDestination(row))) }
      })
      return all
    },
    open: (id) => opened.get(id, () => read(id)),
    peek: (id) => opened.peek(id) ?? undefined,
    forget(organizationId, id) {
      ofOrganization.forget(organizationId)
      opened.forget(id)
    },
    seal: ({ organizationId, id, column }, value) => encryption.encrypt(contextOf(organizationId, id, column), value),
  }
}

function withTest(destination: Destination): MatchingDestination {
  return destination.filter === null ? destination : { ...destination, test: compileFilter(destination.filter) }
}

function toDestination(row: DestinationRecord): Destination {
  return {
    id: row.id,
    organizationId: row.organization_id,
    externalUserId: row.external_user_id,
    name: row.name,
    type: row.type,
    config: row.config,
    enabled: row.status === 'enabled',
    eventTypes: row.event_types,
    filter: row.filter,
    transform: row.transform,
    payloadFormat: row.payload_format,
    signing: row.signing,
    svixHeaders: row.svix_headers,
    headers: row.headers,
    rateLimit: row.rate_limit,
    concurrency: row.concurrency,
    timeoutMs: row.timeout_ms,
    retrySchedule: row.retry_schedule,
    ordered: row.ordered,
    updatedAt: row.updated_at,
  }
}
