import type { Database } from '../../database/client.ts'

/** What is kept for how long, and the partitions that log-like tables need ahead of time. */
export function createMaintenanceStore(database: Database) {
  return {
    async makePartitions(): Promise<void> {
      await database.ownerPool.query("SELECT make_partitions((now() AT TIME ZONE 'UTC')::date, 4)")
    },
    async dropBefore(day: Date): Promise<void> {
      await database.ownerPool.query('SELECT drop_partitions($1::date)', [day.toISOString().slice(0, 10)])
      await database.systemPool.query('DELETE FROM webhook_event_keys WHERE received_at < $1::date', [
        day.toISOString().slice(0, 10),
      ])
      await database.systemPool.query('DELETE FROM message_keys WHERE created_at < $1::date', [
        day.toISOString().slice(0, 10),
      ])
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

export type MaintenanceStore = ReturnType<typeof createMaintenanceStore>
