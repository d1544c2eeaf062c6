import { createHash } from 'node:crypto'
import type { AuditEntry } from '@koble/contract/activity'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/client.ts'

export interface NewAuditEntry extends Omit<AuditEntry, 'id' | 'at'> {
  organizationId: string
}

/** What the first row of an organization names as the hash before it. */
export const genesis = '0'.repeat(64)

/** The audit log: append-only, each row carrying the hash of the one before. */
export function createAuditStore(database: Database) {
  return {
    /** Entries of one organization, in their order. */
    async append(organizationId: string, entries: NewAuditEntry[]): Promise<void> {
      await database.tenant(organizationId, async (transaction) => {
        // One writer per organization at a time, or two rows would follow the same one.
        await sql`SELECT pg_advisory_xact_lock(hashtext(${`audit/${organizationId}`}))`.execute(transaction)
        const last = await transaction
          .selectFrom('audit_log')
          .select(['sequence', 'hash'])
          .orderBy('sequence', 'desc')
          .limit(1)
          .executeTakeFirst()
        let sequence = last?.sequence ?? 0
        let previousHash = last?.hash ?? genesis
        const rows = entries.map((entry) => {
          sequence += 1
          const row = {
            organization_id: organizationId,
            sequence,
            id: uuidv7(),
            at: new Date(),
            actor_type: entry.actorType,
            actor_id: entry.actorId,
            actor_label: entry.actorLabel,
            action: entry.action,
            target_type: entry.targetType,
            target_id: entry.targetId,
            ip: entry.ip,
            request_id: entry.requestId,
            details: JSON.stringify(entry.details),
            previous_hash: previousHash,
          }
          previousHash = auditHash({ ...row, details: entry.details })
          return { ...row, hash: previousHash }
        })
        await transaction.insertInto('audit_log').values(rows).execute()
        const head = { sequence, hash: previousHash }
        await transaction
          .insertInto('audit_heads')
          .values({ organization_id: organizationId, ...head })
          .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(head))
          .execute()
      })
    },

    /** A piece of the chain, oldest first. */
    async listChain(organizationId: string, afterSequence: number, limit: number) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('audit_log')
          .selectAll()
          .where('sequence', '>', afterSequence)
          .orderBy('sequence')
          .limit(limit)
          .execute(),
      )
    },

    /** The newest entry, as noted apart from the log; undefined when nothing was written yet. */
    async findHead(organizationId: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('audit_heads').select(['sequence', 'hash']).executeTakeFirst(),
      )
    },

    async list(organizationId: string, query: { limit: number; after: string | null; action?: string }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('audit_log')
          .selectAll()
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .$if(query.action !== undefined, (select) => select.where('action', '=', query.action ?? ''))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
  }
}

/**
 * The hash of a row over all its columns but `hash` itself. Members are sorted by name, so that it can be computed again
 * from what the database gives back: `jsonb` keeps an order of its own.
 */
export function auditHash(row: Record<string, unknown>): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(row)))
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]))
}

export type AuditStore = ReturnType<typeof createAuditStore>
