import type { AuditEntry, AuditVerification } from '@koble/contract/activity'
import type { Page } from '@koble/contract/paging'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { AuditStore } from './store.ts'
import { type Trimmed, trimChain } from './trim.ts'
import { verifyChain } from './verify-chain.ts'

/** What was done to what; `details` must be free of secrets. */
export interface Deed {
  action: string
  targetType?: string
  targetId?: string
  details?: Record<string, unknown>
}

/** The request a deed came with: its id and the caller's address. */
export type Origin = { id: string; ip: string } | null

export interface AuditService {
  record(actor: Actor, origin: Origin, deed: Deed): Promise<void>
  /** Many deeds in one turn at the chain, all of one organization and in their order. */
  recordAll(entries: { actor: Actor; origin: Origin; deed: Deed }[]): Promise<void>
  /** A deed of Koble itself: the first start, a job. */
  recordSystem(organizationId: string, deed: Deed): Promise<void>
  list(
    organizationId: string,
    query: { limit: number; after: string | null; action?: string },
  ): Promise<Page<AuditEntry>>
  /** Computes all hashes of an organization's log again, and compares the end with the head that is kept apart. */
  verify(organizationId: string): Promise<AuditVerification>
  /**
   * Removes what is older than the organization wants it kept, which is itself an entry. Entries from where the chain
   * does not hold stay: they are the evidence.
   */
  trim(organizationId: string, before: Date): Promise<Trimmed>
}

export function createAuditService(store: AuditStore, encryption: EncryptionService): AuditService {
  const complete = (deed: Deed) => ({
    action: deed.action,
    targetType: deed.targetType ?? null,
    targetId: deed.targetId ?? null,
    details: deed.details ?? {},
  })
  const entryOf = (actor: Actor, origin: Origin, deed: Deed) => ({
    organizationId: actor.organizationId,
    actorType: actor.type,
    actorId: actor.id,
    actorLabel: actor.label,
    ip: origin?.ip ?? null,
    requestId: origin?.id ?? null,
    ...complete(deed),
  })
  async function recordSystem(organizationId: string, deed: Deed): Promise<void> {
    const actor = { actorType: 'system', actorId: null, actorLabel: 'Koble' } as const
    await store.append(organizationId, [{ organizationId, ...actor, ip: null, requestId: null, ...complete(deed) }])
  }
  return {
    async record(actor, origin, deed) {
      await store.append(actor.organizationId, [entryOf(actor, origin, deed)])
    },
    async recordAll(entries) {
      const organizationId = entries[0]?.actor.organizationId
      if (organizationId === undefined) return
      await store.append(
        organizationId,
        entries.map(({ actor, origin, deed }) => entryOf(actor, origin, deed)),
      )
    },
    recordSystem,
    verify: (organizationId) => verifyChain(store, encryption, organizationId),
    async trim(organizationId, before) {
      const trimmed = await trimChain(store, encryption, organizationId, before)
      if (trimmed.upTo) {
        const details = { entries: trimmed.removed, before: before.toISOString(), ...trimmed.upTo }
        await recordSystem(organizationId, { action: 'audit.trimmed', details })
      }
      return trimmed
    },
    async list(organizationId, query) {
      const rows = await store.list(organizationId, query)
      return toPage(rows, query.limit, (row) => ({
        id: row.id,
        at: row.at.toISOString(),
        actorType: row.actor_type,
        actorId: row.actor_id,
        actorLabel: row.actor_label,
        action: row.action,
        targetType: row.target_type,
        targetId: row.target_id,
        ip: row.ip,
        requestId: row.request_id,
        details: row.details,
      }))
    },
  }
}
