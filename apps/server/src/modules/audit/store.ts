import { createHash } from 'node:crypto'
import type { AuditEntry } from '@koble/contract/activity'
import { KobleError } from '@koble/core/errors'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/client.ts'
import { type Anchor, genesis } from './anchor.ts'

export interface NewAuditEntry extends Omit<AuditEntry, 'id' | 'at'> {
  organizationId: string
}

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

    /** The last entry that retention removed; undefined when it removed none. */
    async findAnchor(organizationId: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('audit_anchors').select(['sequence', 'hash', 'seal', 'removed_at']).executeTakeFirst(),
      )
    },

    /**
     * Removes the entries up to the anchor, and notes it, in one transaction: all `count` of them or none. As the owner
     * of the schema: no other role may delete what stands in the log.
     */
    async removeUpTo(
      organizationId: string,
      { sequence, hash }: Anchor,
      { seal, count }: { seal: string; count: number },
    ): Promise<void> {
      const client = await database.ownerPool.connect()
      try {
        await client.query('BEGIN')
        await client.query("SELECT set_config('koble.organization_id', $1, true)", [organizationId])
        const { rowCount } = await client.query('DELETE FROM audit_log WHERE organization_id = $1 AND sequence <= $2', [
          organizationId,
          sequence,
        ])
        if (rowCount !== count)
          throw new KobleError('conflict', 'The audit log was trimmed by another at the same time')
        await client.query(
          `INSERT INTO audit_anchors (organization_id, sequence, hash, seal) VALUES ($1, $2, $3, $4)
           ON CONFLICT (organization_id) DO UPDATE
           SET sequence = excluded.sequence, hash = excluded.hash, seal = excluded.seal, removed_at = now()`,
          [organizationId, sequence, hash, seal],
        )
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {})
        throw error
      } finally {
        client.release()
      }
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
