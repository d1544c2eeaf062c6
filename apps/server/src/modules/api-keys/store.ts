import type { Role } from '@koble/contract/organizations'
import type { Database } from '../../database/client.ts'

export interface NewApiKey {
  id: string
  organizationId: string
  name: string
  prefix: string
  keyHash: string
  role: Role
  expiresAt: Date | null
  ipAllowList: string[]
  /** The person behind the key. */
  createdBy: string | null
}

/** API keys: a hash of each, never the key. */
export function createApiKeyStore(database: Database) {
  return {
    async insert(key: NewApiKey) {
      return await database.tenant(key.organizationId, (transaction) =>
        transaction
          .insertInto('api_keys')
          .values({
            id: key.id,
            organization_id: key.organizationId,
            name: key.name,
            prefix: key.prefix,
            key_hash: key.keyHash,
            role: key.role,
            expires_at: key.expiresAt,
            ip_allow_list: key.ipAllowList,
            created_by: key.createdBy,
          })
          .returningAll()
          .executeTakeFirstOrThrow(),
      )
    },
    async list(organizationId: string, limit: number, after: string | null) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('api_keys')
          .selectAll()
          .where('revoked_at', 'is', null)
          .$if(after !== null, (select) => select.where('id', '<', after))
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute(),
      )
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('api_keys')
          .selectAll()
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst(),
      )
    },
    async update(
      organizationId: string,
      id: string,
      changes: { name?: string; expires_at?: Date | null; ip_allow_list?: string[] },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('api_keys')
          .set(changes)
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returningAll()
          .executeTakeFirst(),
      )
    },
    async revoke(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('api_keys')
          .set({ revoked_at: new Date() })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returning(['id', 'name'])
          .executeTakeFirst(),
      )
    },
    /** By the hash of the whole key, in whatever organization. */
    async findByHash(keyHash: string) {
      return await database.system
        .selectFrom('api_keys')
        .select(['id', 'organization_id', 'name', 'role', 'expires_at', 'ip_allow_list', 'created_by'])
        .where('key_hash', '=', keyHash)
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
    },
    async touch(used: { id: string; at: Date }[]): Promise<void> {
      await database.systemPool.query(
        `UPDATE api_keys SET last_used_at = used.at
         FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at) WHERE api_keys.id = used.id`,
        [used.map((entry) => entry.id), used.map((entry) => entry.at)],
      )
    },
  }
}

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>
