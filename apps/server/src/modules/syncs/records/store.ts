import { type Selectable, sql } from 'kysely'
import { plainArray, textArray } from '../../../database/array-literal.ts'
import type { Database, Query } from '../../../database/client.ts'
import { likePattern } from '../../../database/like-pattern.ts'
import type { Tables } from '../../../database/tables.ts'
import { timedId } from '../../../database/uuid-time.ts'
import type { PageRecord } from '../read-page.ts'

/** What a page came to; `revived` are those of the updated that were marked as deleted before. */
export interface PageCounts {
  created: number
  updated: number
  unchanged: number
  revived: number
}

/** Of the records that are looked through for one page of a search; of 2 kB each it takes some 25 ms. */
const searchedAtOnce = 2_000
const purgedAtOnce = 10_000

/** The records of syncs, each with what the provider gave last. */
export function createRecordStore(database: Database) {
  return {
    /**
     * Writes a page in one statement. Each item is looked up by index, which LATERAL and LIMIT see to: as a plain join the
     * planner read the whole table for each of them, while it had not looked at its size yet (1.1 ms for a record, against
     * 0.1). What is the same as before is not touched at all: `ON CONFLICT … WHERE` alone would lock each of its rows,
     * which is a write too. The payloads come as one JSON array: as elements of an array of texts every quote in them would
     * be escaped.
     */
    async upsert(
      organizationId: string,
      syncId: string,
      records: readonly PageRecord[],
      query: Query,
    ): Promise<PageCounts> {
      const ids = plainArray(records.map(() => timedId().id))
      const externalIds = textArray(records.map(({ externalId }) => externalId))
      const hashes = plainArray(records.map(({ hash }) => hash))
      const payloads = `[${records.map(({ payload }) => payload).join(',')}]`
      const { rows } = await sql<Omit<PageCounts, 'unchanged'>>`WITH incoming AS (
          SELECT id, external_id, decode(hash, 'hex') AS hash, payload
          FROM ROWS FROM (
            unnest(${ids}::uuid[], ${externalIds}::text[], ${hashes}::text[]), json_array_elements(${payloads}::json)
          ) AS t (id, external_id, hash, payload)
        ), changed AS MATERIALIZED (
          SELECT i.*, r.id IS NOT NULL AS is_known, r.deleted_at IS NOT NULL AS was_deleted
          FROM incoming i LEFT JOIN LATERAL (
            SELECT id, hash, deleted_at FROM sync_records
            WHERE sync_id = ${syncId}::uuid AND external_id = i.external_id LIMIT 1
          ) r ON true
          WHERE r.hash IS DISTINCT FROM i.hash OR r.deleted_at IS NOT NULL
        ), written AS (
          INSERT INTO sync_records AS known (id, organization_id, sync_id, external_id, payload, hash)
          SELECT id, ${organizationId}::uuid, ${syncId}::uuid, external_id, payload, hash FROM changed
          ON CONFLICT (sync_id, external_id) DO UPDATE SET payload = excluded.payload, hash = excluded.hash,
            version = known.version + 1, updated_at = now(), deleted_at = NULL
        )
        SELECT count(*) FILTER (WHERE NOT is_known)::int AS created, count(*) FILTER (WHERE is_known)::int AS updated,
          count(*) FILTER (WHERE was_deleted)::int AS revived
        FROM changed`.execute(query)
      const { created = 0, updated = 0, revived = 0 } = rows[0] ?? {}
      return { created, updated, revived, unchanged: records.length - created - updated }
    },

    /**
     * Marks what no page of a run had; says how many. How many ids the pages have is unknown to the planner, which would
     * go through all of them for each record; by a hash it takes 0.12 s for 50,000, where that takes minutes.
     */
    async markAbsent(syncId: string, runId: string, query: Query): Promise<number> {
      await sql`SELECT set_config('enable_nestloop', 'off', true)`.execute(query)
      const result = await sql`UPDATE sync_records r SET deleted_at = now(), updated_at = now()
        WHERE sync_id = ${syncId}::uuid AND deleted_at IS NULL AND NOT EXISTS (
          SELECT FROM (SELECT unnest(record_ids) AS id FROM sync_pages WHERE job_id = ${runId}::uuid) AS seen
          WHERE seen.id = r.external_id)`.execute(query)
      await sql`SELECT set_config('enable_nestloop', 'on', true)`.execute(query)
      return Number(result.numAffectedRows ?? 0)
    },

    /**
     * Newest first. No index knows parts of ids and payloads, so a page of a search is what stands in the next two thousand
     * records; `searchedTo` is the last of them, null when there are no more.
     */
    async list(
      organizationId: string,
      syncId: string,
      page: { limit: number; after: string | null; deleted?: boolean; search?: string },
    ): Promise<{ rows: SyncRecordRecord[]; searchedTo: string | null }> {
      return await database.tenant(organizationId, async (transaction) => {
        const records = transaction
          .selectFrom('sync_records')
          .where('sync_id', '=', syncId)
          .$if(page.after !== null, (select) => select.where('id', '<', page.after))
          .$if(page.deleted !== undefined, (select) => select.where('deleted_at', page.deleted ? 'is not' : 'is', null))
          .orderBy('id', 'desc')
        const { search } = page
        const last =
          search === undefined
            ? undefined
            : await records
                .select('id')
                .offset(searchedAtOnce - 1)
                .limit(1)
                .executeTakeFirst()
        const searchedTo = last?.id ?? null
        const pattern = likePattern(search ?? '')
        const rows = await records
          .selectAll()
          .$if(searchedTo !== null, (select) => select.where('id', '>=', searchedTo))
          .$if(search !== undefined, (select) =>
            select.where(sql<boolean>`(external_id ILIKE ${pattern} OR payload::text ILIKE ${pattern})`),
          )
          .limit(page.limit + 1)
          .execute()
        return { rows, searchedTo }
      })
    },

    /** Forgets what was marked as deleted before then; in portions, so that nobody waits long for their locks. */
    async purge(before: Date): Promise<void> {
      let count: number | null
      do {
        const { rowCount } = await database.systemPool.query(
          `DELETE FROM sync_records WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM sync_records WHERE deleted_at < $1 LIMIT $2))`,
          [before, purgedAtOnce],
        )
        count = rowCount
      } while (count === purgedAtOnce)
    },
  }
}

export type RecordStore = ReturnType<typeof createRecordStore>
export type SyncRecordRecord = Selectable<Tables['sync_records']>
