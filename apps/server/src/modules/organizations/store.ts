import type { Role } from '@koble/contract/organizations'
import { sql } from 'kysely'
import type { Database } from '../../database/client.ts'

export interface NewInvitation {
  id: string
  organizationId: string
  tokenHash: string
  email: string | null
  role: Role
  expiresAt: Date
}

/** Organizations, their members and the invitations to them. */
export function createOrganizationStore(database: Database) {
  const { system } = database
  return {
    async insert(organization: { id: string; name: string; slug: string }) {
      return await system.insertInto('organizations').values(organization).returningAll().executeTakeFirstOrThrow()
    },
    async find(id: string) {
      return await database.tenant(id, (transaction) =>
        transaction.selectFrom('organizations').selectAll().where('id', '=', id).executeTakeFirst(),
      )
    },
    async update(id: string, values: { name?: string; allowed_origins?: string[]; policies?: string }) {
      return await database.tenant(id, (transaction) =>
        transaction
          .updateTable('organizations')
          .set(values)
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow(),
      )
    },
    async first() {
      return await system.selectFrom('organizations').selectAll().orderBy('created_at').limit(1).executeTakeFirst()
    },
    async hasOwner() {
      const row = await system.selectFrom('members').select('user_id').where('role', '=', 'owner').limit(1).execute()
      return row.length > 0
    },
    async ofUser(userId: string) {
      return await system
        .selectFrom('members')
        .innerJoin('organizations', 'organizations.id', 'members.organization_id')
        .selectAll('organizations')
        .select('members.role')
        .where('members.user_id', '=', userId)
        .orderBy('members.joined_at')
        .execute()
    },
    async findUser(id: string) {
      return await system.selectFrom('users').select(['id', 'name', 'email']).where('id', '=', id).executeTakeFirst()
    },
    async setSessionOrganization(sessionId: string, organizationId: string) {
      await system
        .updateTable('sessions')
        .set({ organization_id: organizationId })
        .where('id', '=', sessionId)
        .execute()
    },
    /** Who is a member already keeps the higher role: an invitation must not cost an organization its last owner. */
    async addMember(organizationId: string, userId: string, role: Role) {
      await system
        .insertInto('members')
        .values({ organization_id: organizationId, user_id: userId, role })
        .onConflict((conflict) =>
          conflict
            .columns(['organization_id', 'user_id'])
            .doUpdateSet({ role: sql<Role>`greatest(members.role, excluded.role)` }),
        )
        .execute()
    },
    async listMembers(organizationId: string, limit: number, after: string | null) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('members')
          .innerJoin('users', 'users.id', 'members.user_id')
          .select(['users.id', 'users.name', 'users.email', 'members.role', 'members.joined_at'])
          .$if(after !== null, (select) => select.where('users.id', '<', after))
          .orderBy('users.id', 'desc')
          .limit(limit + 1)
          .execute(),
      )
    },
    /** The ids of those who may approve. */
    async listApprovers(organizationId: string): Promise<string[]> {
      const rows = await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('members').select('user_id').where('role', 'in', ['admin', 'owner']).execute(),
      )
      return rows.map((row) => row.user_id)
    },
    /**
     * Changes or (role null) removes a member, unless that would leave the organization without an owner.
     * Rows are locked first, so two owners cannot demote each other at once.
     */
    async changeMember(
      organizationId: string,
      userId: string,
      role: Role | null,
    ): Promise<'done' | 'unknown' | 'last_owner'> {
      return await database.tenant(organizationId, async (transaction) => {
        const members = await transaction.selectFrom('members').select(['user_id', 'role']).forUpdate().execute()
        const target = members.find((member) => member.user_id === userId)
        if (!target) return 'unknown'
        const owners = members.filter((member) => member.role === 'owner')
        if (target.role === 'owner' && owners.length === 1 && role !== 'owner') return 'last_owner'
        if (role) await transaction.updateTable('members').set({ role }).where('user_id', '=', userId).execute()
        else await transaction.deleteFrom('members').where('user_id', '=', userId).execute()
        return 'done'
      })
    },

    async insertInvitation(invitation: NewInvitation) {
      return await system
        .insertInto('invitations')
        .values({
          id: invitation.id,
          organization_id: invitation.organizationId,
          token_hash: invitation.tokenHash,
          email: invitation.email,
          role: invitation.role,
          expires_at: invitation.expiresAt,
          accepted_at: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow()
    },
    async findOpenInvitation(tokenHash: string) {
      return await system
        .selectFrom('invitations')
        .innerJoin('organizations', 'organizations.id', 'invitations.organization_id')
        .selectAll('invitations')
        .select('organizations.name as organization_name')
        .where('token_hash', '=', tokenHash)
        .where('accepted_at', 'is', null)
        .where('expires_at', '>', new Date())
        .executeTakeFirst()
    },
    /** Marks it accepted; false when somebody else was faster. */
    async consumeInvitation(id: string): Promise<boolean> {
      const row = await system
        .updateTable('invitations')
        .set({ accepted_at: new Date() })
        .where('id', '=', id)
        .where('accepted_at', 'is', null)
        .returning('id')
        .executeTakeFirst()
      return row !== undefined
    },
    async listInvitations(organizationId: string, limit: number, after: string | null) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('invitations')
          .selectAll()
          .where('accepted_at', 'is', null)
          .where('expires_at', '>', new Date())
          .$if(after !== null, (select) => select.where('id', '<', after))
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute(),
      )
    },
    async deleteInvitation(organizationId: string, id: string): Promise<boolean> {
      return await database.tenant(organizationId, async (transaction) => {
        const row = await transaction.deleteFrom('invitations').where('id', '=', id).returning('id').executeTakeFirst()
        return row !== undefined
      })
    },
    /** Withdraws the open owner invitations of the first start. */
    async deleteOwnerInvitations(organizationId: string): Promise<void> {
      await system
        .deleteFrom('invitations')
        .where('organization_id', '=', organizationId)
        .where('role', '=', 'owner')
        .where('email', 'is', null)
        .where('accepted_at', 'is', null)
        .execute()
    },
  }
}

export type OrganizationStore = ReturnType<typeof createOrganizationStore>
