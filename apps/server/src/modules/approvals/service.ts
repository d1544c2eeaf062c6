import type { Approval, ApprovalAsks, ApprovalStatus } from '@koble/contract/governance'
import type { Page } from '@koble/contract/paging'
import { v7 as uuidv7 } from 'uuid'
import type { Query } from '../../database/client.ts'
import { type Actor, personOf } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { OrganizationService } from '../organizations/service.ts'
import type { ApprovalRecord, ApprovalStore, Party } from './store.ts'

/** The integration that a request is about. */
export interface Subject {
  id: string
  organizationId: string
  name: string
  provider: string
}

export interface Prepared {
  id: string
  /** Writes the request in the transaction of what it is about; an earlier one gives way to it. */
  write(query: Query): Promise<void>
}

/** A request that is about to be decided. */
export interface OpenApproval {
  id: string
  kind: 'new' | 'change'
  /** The change that waits, as it was given to `prepare`; null for a new integration. */
  change: unknown
  /** What was shown of it. */
  asks: ApprovalAsks
  selfApproved: boolean
}

export interface ApprovalService {
  list(
    organizationId: string,
    query: { limit: number; after: string | null; status?: ApprovalStatus },
  ): Promise<Page<Approval>>
  get(organizationId: string, id: string): Promise<Approval>
  /** Takes a request back; throws `forbidden` unless the caller made it. */
  withdraw(actor: Actor, origin: Origin, id: string): Promise<Approval>

  /** Readies a request; throws `invalid_request` without a justification. `change` is sealed: it may hold secrets. */
  prepare(
    actor: Actor,
    subject: Subject,
    input: { kind: 'new' | 'change'; justification: string | undefined; asks: ApprovalAsks; change: unknown },
  ): Promise<Prepared>
  /** Tells audit log and activity that a request was made. */
  announce(actor: Actor, origin: Origin, subject: Subject, id: string): Promise<void>
  /**
   * What is pending for an integration, for the one who decides. Throws `conflict` when nothing is, or not the request
   * that was read, and (for approving) `self_approval_refused` when the caller asked and somebody else could decide.
   */
  open(
    actor: Actor,
    integrationId: string,
    decision: { status: 'approved' | 'rejected'; approvalId?: string },
  ): Promise<OpenApproval>
  /** Writes the decision, with `alsoWrite` in its transaction when it is given one; throws `conflict` when it came too late. */
  decide(
    actor: Actor,
    origin: Origin,
    subject: Subject,
    approval: OpenApproval,
    input: { status: 'approved' | 'rejected'; reason?: string },
    inTransaction?: (decide: (query: Query) => Promise<void>) => Promise<void>,
  ): Promise<Approval>
  /** Ends what is pending for an integration that is no longer in question. */
  dismiss(actor: Actor, integrationId: string, reason: string, query: Query): Promise<void>
}

export function createApprovalService(parts: {
  store: ApprovalStore
  organizations: OrganizationService
  encryption: EncryptionService
  audit: AuditService
  activity: ActivityService
}): ApprovalService {
  const { store, organizations, encryption, audit, activity } = parts
  const contextOf = (organizationId: string, id: string) => ({
    organizationId,
    table: 'approvals',
    row: id,
    column: 'change',
  })

  async function tell(actor: Actor, origin: Origin, subject: Subject, words: Words): Promise<void> {
    const { action, summary, details } = words
    await audit.record(actor, origin, { action, targetType: 'integration', targetId: subject.id, details })
    await activity.record({
      organizationId: subject.organizationId,
      integrationId: subject.id,
      connectionId: null,
      provider: subject.provider,
      type: 'system',
      action,
      status: words.status,
      summary: `${subject.name}: ${summary}`,
      details,
    })
  }

  async function demand(organizationId: string, id: string): Promise<ApprovalRecord> {
    const row = await store.find(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such request for approval.')
    return row
  }

  /** Whether the caller asked for it, by whatever key; throws when somebody else could decide. */
  async function judgeSelf(actor: Actor, row: ApprovalRecord): Promise<boolean> {
    const person = personOf(actor)
    const isSelf = row.requested_by_id === actor.id || (person !== null && row.requested_by_user === person)
    if (!isSelf) return false
    const others = (await organizations.approvers(actor.organizationId)).filter((id) => id !== person)
    if (others.length === 0) return true
    throw apiError('self_approval_refused', 'You asked for this yourself: another admin or owner has to approve it.')
  }

  return {
    async list(organizationId, query) {
      return toPage(await store.list(organizationId, query), query.limit, toApproval)
    },
    async get(organizationId, id) {
      return toApproval(await demand(organizationId, id))
    },

    async withdraw(actor, origin, id) {
      const row = await demand(actor.organizationId, id)
      const person = personOf(actor)
      if (row.requested_by_id !== actor.id && (person === null || row.requested_by_user !== person)) {
        throw apiError('forbidden', 'Only who asked may take the request back.')
      }
      const decision = { status: 'withdrawn', by: partyOf(actor), reason: null, selfApproved: false } as const
      const decided = await store.decideAlone(actor.organizationId, id, decision)
      if (!decided) throw tooLate()
      const words = { action: 'approval.withdrawn', status: 'info', summary: 'the request was withdrawn' } as const
      await tell(actor, origin, subjectOf(row), { ...words, details: { approvalId: id } })
      return toApproval(decided)
    },

    async prepare(actor, subject, { kind, justification, asks, change }) {
      // Who edits a new integration that waits need not say again why it is needed.
      const earlier = kind === 'new' ? await store.findPending(subject.organizationId, subject.id) : undefined
      const why = justification ?? earlier?.justification
      if (why === undefined) {
        const message = 'This has to be approved: say why it is needed.'
        throw apiError('invalid_request', `justification: ${message}`, { errors: [{ path: 'justification', message }] })
      }
      const id = uuidv7()
      const { organizationId } = subject
      const sealed =
        change === null ? null : await encryption.encrypt(contextOf(organizationId, id), JSON.stringify(change))
      const approval = {
        id,
        organizationId,
        integrationId: subject.id,
        integrationName: subject.name,
        provider: subject.provider,
        kind,
        requestedBy: { ...partyOf(actor), person: personOf(actor) },
        justification: why,
        asks,
        change: sealed,
      }
      const superseded = { status: 'superseded', by: partyOf(actor), reason: null, selfApproved: false } as const
      return {
        id,
        async write(query) {
          await store.decideAllOf(subject.id, superseded, query)
          await store.insert(approval, query)
        },
      }
    },
    async announce(actor, origin, subject, id) {
      const words = {
        action: 'approval.requested',
        status: 'info',
        summary: `${actor.label} asks for approval`,
      } as const
      await tell(actor, origin, subject, { ...words, details: { approvalId: id } })
    },

    async open(actor, integrationId, { status, approvalId }) {
      const row = await store.findPending(actor.organizationId, integrationId)
      if (!row) throw apiError('conflict', 'Nothing waits for approval here.')
      if (approvalId !== undefined && row.id !== approvalId) {
        throw apiError('conflict', 'Another request has taken the place of the one you read; read it first.')
      }
      const selfApproved = status === 'approved' && (await judgeSelf(actor, row))
      const context = contextOf(actor.organizationId, row.id)
      const change = row.change === null ? null : JSON.parse(await encryption.decrypt(context, row.change))
      return { id: row.id, kind: row.kind, change, asks: row.asks, selfApproved }
    },
    async decide(actor, origin, subject, approval, { status, reason }, inTransaction) {
      const decision = { status, by: partyOf(actor), reason: reason ?? null, selfApproved: approval.selfApproved }
      const write = async (query: Query) => {
        if (!(await store.decide(approval.id, decision, query))) throw tooLate()
      }
      if (inTransaction) await inTransaction(write)
      else if (!(await store.decideAlone(actor.organizationId, approval.id, decision))) throw tooLate()
      const { id: approvalId, selfApproved } = approval
      const alone = selfApproved ? ' (who had also asked, being the only one who could)' : ''
      await tell(actor, origin, subject, {
        action: `integration.${status}`,
        status: status === 'approved' ? 'success' : 'failure',
        summary: `${status} by ${actor.label}${alone}`,
        details: { approvalId, selfApproved, ...(reason && { reason }) },
      })
      return toApproval(await demand(actor.organizationId, approvalId))
    },
    async dismiss(actor, integrationId, reason, query) {
      const decision = { status: 'withdrawn', by: partyOf(actor), reason, selfApproved: false } as const
      await store.decideAllOf(integrationId, decision, query)
    },
  }
}

interface Words {
  action: string
  status: 'success' | 'failure' | 'info'
  summary: string
  details: Record<string, unknown>
}

const tooLate = () => apiError('conflict', 'The request was decided already, or another has taken its place.')

const partyOf = ({ type, id, label }: Actor): Party => ({ type, id, label })

function subjectOf(row: ApprovalRecord): Subject {
  const { integration_id: id, organization_id: organizationId, integration_name: name, provider_id: provider } = row
  return { id, organizationId, name, provider }
}

function toApproval(row: ApprovalRecord): Approval {
  const decidedBy = row.decided_by_type && {
    type: row.decided_by_type,
    id: row.decided_by_id ?? '',
    label: row.decided_by_label ?? '',
  }
  return {
    id: row.id,
    integrationId: row.integration_id,
    integrationName: row.integration_name,
    provider: row.provider_id,
    kind: row.kind,
    status: row.status,
    requestedBy: { type: row.requested_by_type, id: row.requested_by_id, label: row.requested_by_label },
    requestedAt: row.requested_at.toISOString(),
    justification: row.justification,
    asks: row.asks,
    decidedBy,
    decidedAt: row.decided_at?.toISOString() ?? null,
    reason: row.reason,
    selfApproved: row.self_approved,
  }
}
