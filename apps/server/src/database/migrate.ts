import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runMigrations } from 'graphile-worker'
import type pg from 'pg'

const folder = join(import.meta.dirname, 'migrations')

/**
 * Brings the schema up to date: the job queue's own migrations, then each file of `migrations/` once, in order and in
 * a transaction of its own. Several nodes may call it at once: an advisory lock lets one through at a time.
 * Returns the names of the migrations it applied.
 */
export async function migrate(pool: pg.Pool): Promise<string[]> {
  const client = await pool.connect()
  const applied: string[] = []
  try {
    await client.query("SELECT pg_advisory_lock(hashtext('koble-migrate'))")
    await runMigrations({ pgPool: pool })
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    )
    const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations')
    const done = new Set(rows.map((row) => row.name))
    for (const file of readdirSync(folder).sort()) {
      if (!file.endsWith('.sql') || done.has(file)) continue
      await client.query('BEGIN')
      try {
        await client.query(readFileSync(join(folder, file), 'utf8'))
        await client.query('INSERT INTO schema_migrations (name) VALUES ($1)', [file])
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
      applied.push(file)
    }
    await client.query("SELECT make_partitions((now() AT TIME ZONE 'UTC')::date - 1, 4)")
  } finally {
    await client.query("SELECT pg_advisory_unlock(hashtext('koble-migrate'))").catch(() => {})
    client.release()
  }
  return applied
}
