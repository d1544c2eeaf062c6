import type { Database } from '../../database/client.ts'

export interface NewPortalSession {
  id: string
  organizationId: string
  tokenHash: string
  externalUserId: string
  readOnly: boolean
  expiresAt: Date
}

/** Portal sessions: a hash of each token, never the token. */
export function createPortalStore(database: Database) {
  return {
    async insert(session: NewPortalSession): Promise<void> {
      await database.tenant(session.organizationId, (transaction) =>
        transaction
          .insertInto('portal_sessions')
          .values({
            id: session.id,
            organization_id: session.organizationId,
            token_hash: session.tokenHash,
            external_user_id: session.externalUserId,
            read_only: session.readOnly,
            expires_at: session.expiresAt,
          })
          .execute(),
      )
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('portal_sessions').selectAll().where('id', '=', id).executeTakeFirst(),
      )
    },
    /** In whatever organization, while it lasts. */
    async findByToken(tokenHash: string) {
      return await database.system
        .selectFrom('portal_sessions')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .where('expires_at', '>', new Date())
        .executeTakeFirst()
    },
    async purge(before: Date): Promise<void> {
      await database.system.deleteFrom('portal_sessions').where('expires_at', '<', before).execute()
    },
  }
}

export type PortalStore = ReturnType<typeof createPortalStore>
