import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/client.ts'
import type { KeyRotationRow } from '../../database/tables.ts'
import type { SealedColumn } from './sealed-columns.ts'

/** A key as it is stored: worth nothing without the wrapping key that `keyId` names. */
export interface Wrap {
  keyId: string
  wrapped: Buffer
}

export interface WrappedKey extends Wrap {
  version: number
  /** What values sealed with it carry as the id of their key. */
  name: string
}

export interface ListedKey extends WrappedKey {
  createdAt: Date
}

/** A sealed value, and the row it stands in. */
export interface SealedValue {
  row: string
  value: string
}

export type RotationRecord = Omit<KeyRotationRow, 'status' | 'total' | 'moved' | 'unreadable' | 'started_at'> & {
  status: 'running' | 'completed'
  total: number
  moved: number
  unreadable: number
  started_at: Date
}

/** Data keys, wrapped; and the rotation of all that is sealed with them. */
export function createEncryptionStore(database: Database) {
  const { system } = database
  const toKey = (row: { version: number; name: string; key_id: string; wrapped_key: Buffer; created_at: Date }) => ({
    version: row.version,
    name: row.name,
    keyId: row.key_id,
    wrapped: row.wrapped_key,
    createdAt: row.created_at,
  })
  const olderThan = ({ column }: SealedColumn, version: number) =>
    sql<boolean>`split_part(${sql.ref(column)}, '.', 3) <> ${String(version)}`

  return {
    /** Newest first. */
    async list(organizationId: string): Promise<ListedKey[]> {
      const query = system.selectFrom('data_keys').selectAll().where('organization_id', '=', organizationId)
      return (await query.orderBy('version', 'desc').execute()).map(toKey)
    },

    /** Adds the first key unless another node was faster. */
    async add(organizationId: string, key: WrappedKey): Promise<void> {
      await system
        .insertInto('data_keys')
        .values(keyRow(organizationId, key))
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },

    /** Puts another wrap of the same key in the place of the one that was read; false when that is gone. */
    async replaceWrap(organizationId: string, version: number, before: Wrap, after: Wrap): Promise<boolean> {
      const result = await system
        .updateTable('data_keys')
        .set({ key_id: after.keyId, wrapped_key: after.wrapped })
        .where('organization_id', '=', organizationId)
        .where('version', '=', version)
        .where('wrapped_key', '=', before.wrapped)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** The ids of all wrapping keys that something is wrapped by. */
    async listWrappingKeys(): Promise<string[]> {
      const { rows } = await sql<{ key_id: string }>`
        SELECT key_id FROM data_keys UNION SELECT key_id FROM instance_secrets ORDER BY 1`.execute(system)
      return rows.map((row) => row.key_id)
    },

    async findSecret(name: string): Promise<Wrap | null> {
      const row = await system.selectFrom('instance_secrets').selectAll().where('name', '=', name).executeTakeFirst()
      return row ? { keyId: row.key_id, wrapped: row.wrapped_key } : null
    },
    /** Unless another node was faster. */
    async addSecret(name: string, { keyId, wrapped }: Wrap): Promise<void> {
      await system
        .insertInto('instance_secrets')
        .values({ name, key_id: keyId, wrapped_key: wrapped })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async replaceSecret(name: string, before: Wrap, after: Wrap): Promise<void> {
      await system
        .updateTable('instance_secrets')
        .set({ key_id: after.keyId, wrapped_key: after.wrapped })
        .where('name', '=', name)
        .where('wrapped_key', '=', before.wrapped)
        .execute()
    },

    async listOrganizations(): Promise<{ id: string; name: string }[]> {
      return await system.selectFrom('organizations').select(['id', 'name']).orderBy('id').execute()
    },

    /** The newest rotation, running or not. */
    async findRotation(organizationId: string): Promise<RotationRecord | undefined> {
      return await system
        .selectFrom('key_rotations')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
    },
    async listRunning(): Promise<{ organizationId: string; run: string | null }[]> {
      return await system
        .selectFrom('key_rotations')
        .select(['organization_id as organizationId', 'run'])
        .where('status', '=', 'running')
        .execute()
    },

    /**
     * Begins a rotation, together with the new version and, for a node to carry it out, the job. False when one is
     * running already.
     */
    async begin(
      organizationId: string,
      newKey: WrappedKey | null,
      options: { job: boolean; run?: string },
    ): Promise<boolean> {
      return await system.transaction().execute(async (transaction) => {
        const begun = await transaction
          .insertInto('key_rotations')
          .values({
            id: uuidv7(),
            organization_id: organizationId,
            run: options.run ?? null,
            to_version: newKey?.version ?? null,
          })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst()
        if (!begun) return false
        if (newKey) await transaction.insertInto('data_keys').values(keyRow(organizationId, newKey)).execute()
        const payload = JSON.stringify({ organizationId })
        if (options.job) await sql`SELECT add_job('keys.rotate', ${payload}::json, 5)`.execute(transaction)
        return true
      })
    },

    async noteProgress(
      id: string,
      progress: {
        at_column: string
        after_row: string | null
        total?: number
        moved: number
        unreadable: number
      },
    ): Promise<void> {
      await system.updateTable('key_rotations').set(progress).where('id', '=', id).execute()
    },
    async noteError(id: string, code: string): Promise<void> {
      await system.updateTable('key_rotations').set({ error_code: code }).where('id', '=', id).execute()
    },
    async finish(id: string): Promise<void> {
      await system
        .updateTable('key_rotations')
        .set({ status: 'completed', error_code: null, finished_at: new Date() })
        .where('id', '=', id)
        .execute()
    },

    /**
     * Runs while nobody else in the cluster works on the keys of that organization. `busy` when somebody does. A killed
     * process lets go of the lock with its connection.
     */
    async exclusively<Result>(organizationId: string, work: () => Promise<Result>): Promise<Result | 'busy'> {
      const client = await database.systemPool.connect()
      let broken: Error | undefined
      try {
        const lock = ['koble-keys', organizationId]
        const { rows } = await client.query<{ free: boolean }>(
          'SELECT pg_try_advisory_lock(hashtext($1), hashtext($2)) AS free',
          lock,
        )
        if (!rows[0]?.free) return 'busy'
        try {
          return await work()
        } finally {
          await client
            .query('SELECT pg_advisory_unlock(hashtext($1), hashtext($2))', lock)
            .catch((error) => (broken = error))
        }
      } finally {
        client.release(broken)
      }
    },

    async countOlder(column: SealedColumn, organizationId: string, version: number): Promise<number> {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*)::int AS count FROM ${sql.table(column.table)}
        WHERE organization_id = ${organizationId} AND ${olderThan(column, version)}`.execute(system)
      return rows[0]?.count ?? 0
    },

    /** Values that are not under that version, in the order of their rows. */
    async listOlder(
      column: SealedColumn,
      organizationId: string,
      version: number,
      page: { after: string | null; limit: number },
    ): Promise<SealedValue[]> {
      const row = sql.ref(column.row)
      const after = page.after === null ? sql`true` : sql`${row} > ${page.after}::${sql.raw(column.rowType)}`
      const { rows } = await sql<SealedValue>`
        SELECT ${row}::text AS row, ${sql.ref(column.column)} AS value FROM ${sql.table(column.table)}
        WHERE organization_id = ${organizationId} AND ${olderThan(column, version)} AND ${after}
        ORDER BY ${row} LIMIT ${page.limit}`.execute(system)
      return rows
    },

    /**
     * Puts new values in the place of those that were read, and only of those: what somebody else wrote meanwhile
     * stays. Rows in use are skipped instead of waited for, so that nobody can run into a deadlock with this. Returns
     * how many were replaced.
     */
    async replaceSealed(
      column: SealedColumn,
      organizationId: string,
      moves: (SealedValue & { moved: string })[],
    ): Promise<number> {
      if (moves.length === 0) return 0
      const table = sql.table(column.table)
      const [row, value, type] = [sql.ref(column.row), sql.ref(column.column), sql.raw(column.rowType)]
      const inTarget = (name: string) => sql.ref(`target.${name}`)
      const result = await sql`
        WITH moves AS (
          SELECT * FROM unnest(${moves.map((move) => move.row)}::${type}[], ${moves.map((move) => move.value)}::text[],
            ${moves.map((move) => move.moved)}::text[]) AS move (row_key, before, after)
        ), free AS (
          SELECT ${row} AS row_key FROM ${table}
          WHERE organization_id = ${organizationId} AND ${row} IN (SELECT row_key FROM moves)
          FOR UPDATE SKIP LOCKED
        )
        UPDATE ${table} AS target SET ${value} = moves.after FROM moves JOIN free USING (row_key)
        WHERE target.organization_id = ${organizationId} AND ${inTarget(column.row)} = moves.row_key
          AND ${inTarget(column.column)} = moves.before`.execute(system)
      return Number(result.numAffectedRows ?? 0n)
    },

    /** Organizations with versions that a newer one has replaced at least that long ago. */
    async listReplaced(atLeastMs: number): Promise<{ organizationId: string; newest: number }[]> {
      const { rows } = await sql<{ organizationId: string; newest: number }>`
        SELECT organization_id AS "organizationId", max(version) AS newest FROM data_keys GROUP BY organization_id
        HAVING count(*) > 1 AND max(created_at) < now() - ${atLeastMs} * interval '1 millisecond'`.execute(system)
      return rows
    },

    /** Deletes the versions before that one which nothing refers to; returns them. */
    async deleteUnused(organizationId: string, newest: number, columns: readonly SealedColumn[]): Promise<number[]> {
      const used = columns.map(
        (column) => sql`SELECT split_part(${sql.ref(column.column)}, '.', 3) FROM ${sql.table(column.table)}
          WHERE organization_id = ${organizationId} AND ${sql.ref(column.column)} IS NOT NULL`,
      )
      const { rows } = await sql<{ version: number }>`
        DELETE FROM data_keys WHERE organization_id = ${organizationId} AND version < ${newest}
          AND version::text NOT IN (${sql.join(used, sql` UNION `)})
        RETURNING version`.execute(system)
      return rows.map((row) => row.version).sort((one, other) => one - other)
    },
  }
}

function keyRow(organizationId: string, key: WrappedKey) {
  return {
    organization_id: organizationId,
    version: key.version,
    name: key.name,
    key_id: key.keyId,
    wrapped_key: key.wrapped,
  }
}

export type EncryptionStore = ReturnType<typeof createEncryptionStore>
