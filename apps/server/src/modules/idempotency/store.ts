import type { Database } from '../../database/client.ts'

interface EarlierRequest {
  request_hash: string
  status: number | null
  sealed_body: string | null
}

/** The first answers to requests that carried an idempotency key. */
export function createIdempotencyStore(database: Database) {
  return {
    /** Null when the key is new and now ours; otherwise what is known of the earlier request. */
    async claim(organizationId: string, key: string, requestHash: string): Promise<EarlierRequest | null> {
      const earlier = await database.tenant(organizationId, async (transaction) => {
        const inserted = await transaction
          .insertInto('idempotency_keys')
          .values({ organization_id: organizationId, key, request_hash: requestHash, status: null, sealed_body: null })
          .onConflict((conflict) => conflict.doNothing())
          .returning('key')
          .executeTakeFirst()
        if (inserted) return null
        return await transaction
          .selectFrom('idempotency_keys')
          .select(['request_hash', 'status', 'sealed_body'])
          .where('key', '=', key)
          .executeTakeFirst()
      })
      // It was in our way and is gone: that request failed and let go of its key just now.
      return earlier === undefined ? await this.claim(organizationId, key, requestHash) : earlier
    },
    async complete(organizationId: string, key: string, status: number, sealedBody: string): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('idempotency_keys')
          .set({ status, sealed_body: sealedBody })
          .where('key', '=', key)
          .execute(),
      )
    },
    /** Finished requests in the order of their keys. */
    async listCompleted(organizationId: string, after: string, limit: number) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('idempotency_keys')
          .select(['key', 'sealed_body'])
          .where('key', '>', after)
          .orderBy('key')
          .limit(limit)
          .execute(),
      )
    },
    async release(organizationId: string, key: string): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction.deleteFrom('idempotency_keys').where('key', '=', key).execute(),
      )
    },
  }
}

export type IdempotencyStore = ReturnType<typeof createIdempotencyStore>
