import type { ApprovalAsks, ApprovalStatus } from '@koble/contract/governance'
import type { Database, Query } from '../../database/client.ts'

export interface NewApproval {
  id: string
  organizationId: string
  integrationId: string
  integrationName: string
  provider: string
  kind: 'new' | 'change'
  requestedBy: Party & { person: string | null }
  justification: string
  asks: ApprovalAsks
  change: string | null
}

/** Who asked or decided. */
export interface Party {
  type: 'user' | 'api_key' | 'connect_session' | 'portal_session'
  id: string
  label: string
}

export interface Decision {
  status: Exclude<ApprovalStatus, 'pending'>
  by: Party
  reason: string | null
  selfApproved: boolean
}

/** Requests for approval. What changes with an integration is written in the transaction of that change. */
export function createApprovalStore(database: Database) {
  return {
    async insert(approval: NewApproval, query: Query): Promise<void> {
      await query
        .insertInto('approvals')
        .values({
          id: approval.id,
          organization_id: approval.organizationId,
          integration_id: approval.integrationId,
          integration_name: approval.integrationName,
          provider_id: approval.provider,
          kind: approval.kind,
          requested_by_type: approval.requestedBy.type,
          requested_by_id: approval.requestedBy.id,
          requested_by_label: approval.requestedBy.label,
          requested_by_user: approval.requestedBy.person,
          justification: approval.justification,
          asks: JSON.stringify(approval.asks),
          change: approval.change,
          decided_by_type: null,
          decided_by_id: null,
          decided_by_label: null,
          decided_at: null,
          reason: null,
        })
        .execute()
    },
    /** Ends a request that is still pending; undefined when it is not. The sealed change is erased with it. */
    async decide(id: string, decision: Decision, query: Query) {
      return await query
        .updateTable('approvals')
        .set({ ...columnsOf(decision), change: null })
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .returningAll()
        .executeTakeFirst()
    },
    /** Ends whatever is pending for an integration. */
    async decideAllOf(integrationId: string, decision: Decision, query: Query): Promise<void> {
      await query
        .updateTable('approvals')
        .set({ ...columnsOf(decision), change: null })
        .where('integration_id', '=', integrationId)
        .where('status', '=', 'pending')
        .execute()
    },
    /** The same in a transaction of its own. */
    async decideAlone(organizationId: string, id: string, decision: Decision) {
      return await database.tenant(organizationId, (transaction) => this.decide(id, decision, transaction))
    },
    async findPending(organizationId: string, integrationId: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('approvals')
          .selectAll()
          .where('integration_id', '=', integrationId)
          .where('status', '=', 'pending')
          .executeTakeFirst(),
      )
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst(),
      )
    },
    async list(organizationId: string, query: { limit: number; after: string | null; status?: ApprovalStatus }) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('approvals')
          .selectAll()
          .$if(query.after !== null, (select) => select.where('id', '<', query.after))
          .$if(query.status !== undefined, (select) => select.where('status', '=', query.status ?? 'pending'))
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute(),
      )
    },
  }
}

function columnsOf(decision: Decision) {
  return {
    status: decision.status,
    decided_by_type: decision.by.type,
    decided_by_id: decision.by.id,
    decided_by_label: decision.by.label,
    decided_at: new Date(),
    reason: decision.reason,
    self_approved: decision.selfApproved,
  }
}

export type ApprovalStore = ReturnType<typeof createApprovalStore>
export type ApprovalRecord = NonNullable<Awaited<ReturnType<ApprovalStore['find']>>>
