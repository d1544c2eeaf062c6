import type { Database } from '../../database/client.ts'

export interface WrappedKey {
  version: number
  keyId: string
  wrapped: Buffer
}

/** Data keys, wrapped. */
export function createEncryptionStore(database: Database) {
  return {
    async list(organizationId: string): Promise<WrappedKey[]> {
      const rows = await database.system
        .selectFrom('data_keys')
        .select(['version', 'key_id', 'wrapped_key'])
        .where('organization_id', '=', organizationId)
        .orderBy('version', 'desc')
        .execute()
      return rows.map((row) => ({ version: row.version, keyId: row.key_id, wrapped: row.wrapped_key }))
    },
    /** Whether any key was wrapped by another master key than that one. */
    async hasOthers(keyId: string): Promise<boolean> {
      const query = database.system.selectFrom('data_keys').select('version').where('key_id', '<>', keyId).limit(1)
      return (await query.executeTakeFirst()) !== undefined
    },
    /** Adds the first key unless another node was faster. */
    async add(organizationId: string, key: WrappedKey): Promise<void> {
      await database.system
        .insertInto('data_keys')
        .values({
          organization_id: organizationId,
          version: key.version,
          key_id: key.keyId,
          wrapped_key: key.wrapped,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
  }
}

export type EncryptionStore = ReturnType<typeof createEncryptionStore>
