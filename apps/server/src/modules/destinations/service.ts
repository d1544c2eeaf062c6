import type { DestinationType } from '@koble/contract/destination-types'
import type {
  CreateDestination,
  CreatedDestination,
  Destination,
  DestinationSecret,
  DestinationStats,
  DestinationTest,
  DestinationTrial,
  tryDestination,
  UpdateDestination,
} from '@koble/contract/destinations'
import type { Page } from '@koble/contract/paging'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { type Actor, ownerSeenBy } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { EventTypeService } from '../event-types/service.ts'
import type { OutboundService } from '../webhooks-out/service.ts'
import { checkSettings } from './check-settings.ts'
import type { CheckTarget } from './check-target.ts'
import { createDestinationSeal } from './seal.ts'
import { shownSecret, signingSecretFor } from './signing-secret.ts'
import type { DestinationRow, DestinationStore } from './store.ts'
import { toDestination } from './to-destination.ts'
import { valuesOfChange, valuesOfNew } from './values.ts'

/** Destinations as callers see them: an end user the own alone, so that those of others answer `not_found`. */
export interface DestinationService {
  /** Throws `invalid_request` or `private_address` that names the field. An end user's is the user's own. */
  create(actor: Actor, origin: Origin, input: CreateDestination): Promise<CreatedDestination>
  list(actor: Actor, query: DestinationsQuery): Promise<Page<Destination>>
  get(actor: Actor, id: string): Promise<Destination>
  /** Throws as `create`, and `conflict` when somebody else has just changed it. */
  update(actor: Actor, origin: Origin, id: string, changes: UpdateDestination): Promise<Destination>
  /** What was not delivered yet is dead then. */
  remove(actor: Actor, origin: Origin, id: string): Promise<void>
  readSecret(actor: Actor, origin: Origin, id: string): Promise<DestinationSecret>
  rotateSecret(
    actor: Actor,
    origin: Origin,
    id: string,
    input: { overlapHours: number; signingSecret?: string },
  ): Promise<DestinationSecret>
  /**
   * What settings that are not saved yet make of a message. Throws `invalid_request` that names the filter or the
   * transform where one of them cannot be read, and `transform_failed`.
   */
  tryOut(actor: Actor, input: z.output<typeof tryDestination>): Promise<DestinationTrial>
  /** Sends a message that is stored nowhere, also to a destination that is off. */
  test(actor: Actor, origin: Origin, id: string, input: { eventType?: string }): Promise<DestinationTest>
  /** Also when it is on already; `changed` says whether it was not. */
  enable(actor: Actor, origin: Origin, id: string): Promise<{ destination: Destination; changed: boolean }>
  /** Its open deliveries are parked. */
  disable(actor: Actor, origin: Origin, id: string): Promise<Destination>
  /** Of the last 24 hours. */
  stats(actor: Actor, id: string): Promise<DestinationStats>
}

interface DestinationsQuery {
  limit: number
  after: string | null
  externalUserId?: string
  status?: Destination['status']
  type?: DestinationType
}

const hourMs = 3_600_000
/** So many an end user may have; an organization itself is not bounded. */
const ownedMax = 50

export function createDestinationService(parts: {
  store: DestinationStore
  encryption: EncryptionService
  audit: AuditService
  activity: Pick<ActivityService, 'record'>
  eventTypes: EventTypeService
  outbound: Pick<OutboundService, 'sendTest' | 'checkDestination' | 'forgetDestination' | 'tryOut'>
  checkTarget: CheckTarget
}): DestinationService {
  const { store, audit, outbound, checkTarget } = parts
  const seal = createDestinationSeal(parts.encryption)

  const placeOf = (actor: Actor, id: string) => ({
    organizationId: actor.organizationId,
    id,
    owner: ownerSeenBy(actor),
  })

  async function demand(actor: Actor, id: string): Promise<DestinationRow> {
    const row = await store.find(placeOf(actor, id))
    if (!row) throw notFound()
    return row
  }

  const shown = async (row: DestinationRow) => toDestination(row, await seal.openSecrets(row))

  /** For the audit log; and a message that is sent from now on must not meet the destination as it was. */
  async function recordChange(actor: Actor, origin: Origin, action: string, id: string, details = {}): Promise<void> {
    outbound.forgetDestination(actor.organizationId, id)
    await record(actor, origin, action, id, details)
  }

  const record = (actor: Actor, origin: Origin, action: string, id: string, details = {}) =>
    audit.record(actor, origin, {
      action: `destination.${action}`,
      targetType: 'destination',
      targetId: id,
      details,
    })

  const note = (row: DestinationRow, action: string, summary: string) =>
    parts.activity.record({
      organizationId: row.organization_id,
      integrationId: null,
      connectionId: null,
      provider: null,
      type: 'system',
      action: `destination.${action}`,
      status: 'info',
      summary: `Destination ${row.name} ${summary}`,
      details: { destinationId: row.id },
    })

  async function write(
    actor: Actor,
    row: DestinationRow,
    changes: Parameters<DestinationStore['update']>[2],
  ): Promise<DestinationRow> {
    const written = await store.update(placeOf(actor, row.id), row.updated_at, changes)
    if (!written) throw apiError('conflict', 'Somebody else has just changed this destination.')
    return written
  }

  return {
    async create(actor, origin, input) {
      const { organizationId } = actor
      const owner = ownerSeenBy(actor)
      const externalUserId = owner ?? input.externalUserId
      await checkSettings(outbound, actor, input.type, input, input.config)
      await checkTarget(input.type, input.config)
      const id = uuidv7()
      const signingSecret = signingSecretFor(input.signing, input.signingSecret)
      const values = await valuesOfNew(seal, { organizationId, id }, { ...input, externalUserId }, signingSecret)
      const row = await store.insert(
        organizationId,
        { ...values, id, type: input.type },
        owner === null ? null : ownedMax,
      )
      if (!row) throw apiError('conflict', `There are ${ownedMax} destinations already.`)
      await recordChange(actor, origin, 'created', id, { type: input.type })
      const { secret, publicKey } = shownSecret(row.signing, signingSecret)
      return { ...(await shown(row)), signingSecret: secret, signingPublicKey: publicKey }
    },

    async list(actor, query) {
      const owner = ownerSeenBy(actor)
      if (owner !== null && query.externalUserId !== undefined && query.externalUserId !== owner) {
        return { data: [], nextCursor: null }
      }
      const rows = await store.list(actor.organizationId, {
        ...query,
        ...(owner !== null && { externalUserId: owner }),
      })
      const { data, nextCursor } = toPage(rows, query.limit, shown)
      return { data: await Promise.all(data), nextCursor }
    },

    async get(actor, id) {
      return await shown(await demand(actor, id))
    },

    async update(actor, origin, id, changes) {
      const row = await demand(actor, id)
      const values = await valuesOfChange(seal, row, changes)
      await checkSettings(outbound, actor, row.type, changes, values.config ?? row.config)
      if (values.config !== undefined) await checkTarget(row.type, values.config)
      const written = await write(actor, row, values)
      await recordChange(actor, origin, 'updated', id, { changed: Object.keys(changes) })
      return await shown(written)
    },

    async remove(actor, origin, id) {
      await demand(actor, id)
      const row = await store.remove(placeOf(actor, id))
      if (!row) throw notFound()
      await recordChange(actor, origin, 'deleted', id, { type: row.type })
    },

    async readSecret(actor, origin, id) {
      const row = await demand(actor, id)
      const secret = await seal.openSigningSecret(row)
      await record(actor, origin, 'secret_read', id)
      return toSecret(row, secret)
    },

    async rotateSecret(actor, origin, id, { overlapHours, signingSecret }) {
      const row = await demand(actor, id)
      if (row.signing === 'none') throw apiError('conflict', 'Nothing is signed for this destination.')
      const secret = signingSecretFor(row.signing, signingSecret) as string
      const keeps = overlapHours > 0
      const written = await write(actor, row, {
        signing_secret: await seal.sealSigningSecret(row.organization_id, id, secret),
        previous_signing_secret: keeps ? row.signing_secret : null,
        previous_signing_secret_until: keeps ? new Date(Date.now() + overlapHours * hourMs) : null,
      })
      await recordChange(actor, origin, 'secret_rotated', id, { overlapHours })
      return toSecret(written, secret)
    },

    async tryOut(actor, input) {
      const { filter, transform } = input
      await checkSettings(outbound, actor, null, { filter, transform }, {})
      return await outbound.tryOut(actor.organizationId, input)
    },

    async test(actor, origin, id, { eventType }) {
      const row = await demand(actor, id)
      const data = eventType === undefined ? undefined : (await parts.eventTypes.get(actor, eventType)).examples[0]
      const sample = eventType === undefined ? undefined : { eventType, data: data ?? {} }
      const { result, durationMs } = await outbound.sendTest(row.organization_id, id, sample)
      await record(actor, origin, 'tested', id, { succeeded: result.delivered })
      return {
        succeeded: result.delivered,
        status: result.response?.status ?? null,
        headers: result.response?.headers ?? {},
        body: result.response?.body.toString('utf8') ?? '',
        errorCode: result.delivered ? null : result.code,
        errorMessage: result.delivered ? null : result.message,
        durationMs,
      }
    },

    async enable(actor, origin, id) {
      const row = await demand(actor, id)
      const enabled = await store.enable(placeOf(actor, id))
      if (enabled) {
        await recordChange(actor, origin, 'enabled', id)
        await note(enabled, 'enabled', 'was switched on')
      }
      return { destination: await shown(enabled ?? row), changed: enabled !== undefined }
    },

    async disable(actor, origin, id) {
      const row = await demand(actor, id)
      const disabled = await store.disable(placeOf(actor, id))
      if (disabled) {
        await recordChange(actor, origin, 'disabled', id)
        await note(disabled, 'disabled', 'was switched off')
      }
      return await shown(disabled ?? row)
    },

    async stats(actor, id) {
      await demand(actor, id)
      const { counts, attempts } = await store.stats(actor.organizationId, id, new Date(Date.now() - 24 * hourMs))
      const countOf = (status: string) => counts.find((entry) => entry.status === status)?.count ?? 0
      return {
        delivered: countOf('delivered'),
        pending: countOf('pending'),
        retrying: countOf('retrying'),
        filtered: countOf('filtered'),
        parked: countOf('parked'),
        dead: countOf('dead'),
        attempts: attempts.count,
        failedAttempts: attempts.failed,
        successRate: attempts.count === 0 ? null : (attempts.count - attempts.failed) / attempts.count,
        p50Ms: attempts.p50,
        p95Ms: attempts.p95,
      }
    },
  }
}

function toSecret(row: DestinationRow, secret: string | null): DestinationSecret {
  const until = row.previous_signing_secret_until
  const isLive = until !== null && until.getTime() > Date.now()
  return {
    signing: row.signing,
    ...shownSecret(row.signing, secret),
    previousSecretUntil: isLive ? until.toISOString() : null,
  }
}

const notFound = () => apiError('not_found', 'There is no such destination.')
