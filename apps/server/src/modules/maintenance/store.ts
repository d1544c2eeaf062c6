import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../database/client.ts'

/** The log-like tables, which have a partition for each day. */
const partitioned = ['webhook_events', 'integration_requests', 'activities', 'messages', 'deliveries', 'attempts']
/**
 * Making and dropping a partition locks its table as a whole for a moment. Whoever asks for that lock holds up all who
 * come after, so it is asked for no longer than this; what did not get it comes again after a pause.
 */
const lockTimeoutMs = 200
/** As those that the migrations make: half of each page of the deliveries stays free, so that a lease changes no index. */
const storage: Record<string, string> = { deliveries: 'WITH (fillfactor = 50)' }
const usualPatience = { tries: 20, pauseMs: 1_000 }
const keysAtOnce = 10_000

/** What is kept for how long, and the partitions that log-like tables need ahead of time. */
export function createMaintenanceStore(database: Database) {
  /** One such statement; false when somebody held the table all the time. */
  async function change(statement: string, patience: { tries: number; pauseMs: number }): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        // Sent together, these are one transaction.
        await database.ownerPool.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}; ${statement}`)
        return true
      } catch (error) {
        if ((error as { code?: string }).code !== lockNotAvailable) throw error
        if (tries >= patience.tries) return false
        await sleep(patience.pauseMs)
      }
    }
  }

  /** Deletes in portions: a sender who repeats an id that is being deleted waits for no more than one. */
  async function deleteKeys(table: 'webhook_event_keys' | 'message_keys', time: string, before: string): Promise<void> {
    let count: number | null
    do {
      const { rowCount } = await database.systemPool.query(
        `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${time} < $1::date LIMIT $2))`,
        [before, keysAtOnce],
      )
      count = rowCount
    } while (count === keysAtOnce)
  }

  return {
    /** Makes those of today and of the days to come; says which could not be made now. */
    async makePartitions(patience = usualPatience): Promise<string[]> {
      const { rows } = await database.ownerPool.query<{ parent: string; name: string; day: string; next: string }>(
        `SELECT parent, parent || to_char(day, '_YYYYMMDD') AS name, to_char(day, 'YYYY-MM-DD') AS day,
           to_char(day + interval '1 day', 'YYYY-MM-DD') AS next
         FROM unnest($1::text[]) AS parent,
           generate_series((now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date + 3, interval '1 day') AS day
         WHERE to_regclass(parent || to_char(day, '_YYYYMMDD')) IS NULL`,
        [partitioned],
      )
      const missing: string[] = []
      for (const { parent, name, day, next } of rows) {
        const made = await change(
          `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${parent} FOR VALUES FROM ('${day}T00:00:00Z') TO ('${next}T00:00:00Z')
             ${storage[parent] ?? ''}`,
          patience,
        )
        if (!made) missing.push(name)
      }
      return missing
    },
    /** Drops what is older, partition by partition; says which are still there, because somebody reads in them. */
    async dropBefore(day: Date, patience = usualPatience): Promise<string[]> {
      const before = day.toISOString().slice(0, 10)
      const { rows } = await database.ownerPool.query<{ name: string }>(
        `SELECT child.relname AS name FROM pg_inherits
         JOIN pg_class AS child ON child.oid = inhrelid JOIN pg_class AS parent ON parent.oid = inhparent
         WHERE parent.relname = ANY($1) AND child.relname ~ '_\\d{8}$'
           AND to_date(right(child.relname, 8), 'YYYYMMDD') < $2::date
         ORDER BY child.relname`,
        [partitioned, before],
      )
      const kept: string[] = []
      for (const { name } of rows) {
        if (!(await change(`DROP TABLE IF EXISTS ${name}`, patience))) kept.push(name)
      }
      await deleteKeys('webhook_event_keys', 'received_at', before)
      await deleteKeys('message_keys', 'created_at', before)
      return kept
    },
    async dropStatsBefore(time: Date): Promise<void> {
      await database.systemPool.query('DELETE FROM request_stats WHERE at < $1', [time])
    },
    async purgeIdempotencyKeys(): Promise<void> {
      await database.systemPool.query(
        `DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'
           OR (status IS NULL AND created_at < now() - interval '5 minutes')`,
      )
    },
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const lockNotAvailable = '55P03'

export type MaintenanceStore = ReturnType<typeof createMaintenanceStore>
