import type { Database, Query } from '../../database/client.ts'

export interface NewRevocation {
  id: string
  organizationId: string
  integrationId: string
  connectionId: string
  sealed: string
  nextAt: Date
}

export function createRevocationStore(database: Database) {
  const { system } = database
  return {
    async insert(revocation: NewRevocation, query: Query): Promise<void> {
      await query
        .insertInto('pending_revocations')
        .values({
          id: revocation.id,
          organization_id: revocation.organizationId,
          integration_id: revocation.integrationId,
          connection_id: revocation.connectionId,
          sealed: revocation.sealed,
          error_code: null,
          next_at: revocation.nextAt,
        })
        .execute()
    },
    async find(id: string) {
      return await system.selectFrom('pending_revocations').selectAll().where('id', '=', id).executeTakeFirst()
    },
    /** Takes those that are due out of everybody else's reach until `until`. */
    async takeDue(until: Date, limit: number) {
      return await system
        .updateTable('pending_revocations')
        .set({ next_at: until })
        .where('id', 'in', (select) =>
          select
            .selectFrom('pending_revocations')
            .select('id')
            .where('next_at', '<=', new Date())
            .orderBy('next_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .returningAll()
        .execute()
    },
    async postpone(id: string, errorCode: string, nextAt: Date): Promise<void> {
      await system
        .updateTable('pending_revocations')
        .set((value) => ({ attempts: value('attempts', '+', 1), error_code: errorCode, next_at: nextAt }))
        .where('id', '=', id)
        .execute()
    },
    /** Forgets the tokens, and says on the connection how it went; `also` tells of it in the same transaction. */
    async end(
      { id, organizationId, connectionId }: Pick<NewRevocation, 'id' | 'organizationId' | 'connectionId'>,
      outcome: 'done' | 'failed',
      also: (query: Query) => Promise<void>,
    ): Promise<void> {
      await database.tenant(organizationId, async (transaction) => {
        await transaction.deleteFrom('pending_revocations').where('id', '=', id).execute()
        await transaction
          .updateTable('connections')
          .set({ revocation: outcome })
          .where('id', '=', connectionId)
          // Connected again meanwhile, it has tokens that nobody wants to revoke.
          .where('status', '=', 'disconnected')
          .execute()
        await also(transaction)
      })
    },
  }
}

export type RevocationStore = ReturnType<typeof createRevocationStore>
export type PendingRevocation = NonNullable<Awaited<ReturnType<RevocationStore['find']>>>
