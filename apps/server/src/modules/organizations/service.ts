import type { UpdatePolicies } from '@koble/contract/governance'
import type { Invitation, InvitationPreview, Member, Organization, Role, User } from '@koble/contract/organizations'
import type { Page } from '@koble/contract/paging'
import { randomToken, sha256Hex } from '@koble/core/crypto'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { ChangeFeed } from '../../database/changes.ts'
import { type Actor, hasRole } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import { changedPolicies, type OpenPolicies, openPolicies, toPolicies } from './policies.ts'
import type { OrganizationStore } from './store.ts'

export { retentionDaysMax } from './policies.ts'

export interface OpenInvitation {
  id: string
  organizationId: string
  email: string | null
  role: Role
}

interface PageQuery {
  limit: number
  after: string | null
}

export interface OrganizationService {
  get(id: string): Promise<Organization>
  /** Where pages of the organization's own may be, that show Koble in a frame or call it; none when it is unknown. */
  allowedOrigins(id: string): Promise<string[]>
  getUser(id: string): Promise<User>
  create(actor: Actor, origin: Origin, name: string): Promise<Organization>
  update(
    actor: Actor,
    origin: Origin,
    changes: { name?: string; allowedOrigins?: string[]; policies?: UpdatePolicies },
  ): Promise<Organization>
  /** What the organization demands, from memory after the first use. */
  policies(organizationId: string): Promise<OpenPolicies>
  /** The same without waiting, when it is in memory. */
  peekPolicies(organizationId: string): OpenPolicies | undefined
  /** Who may approve: the ids of all admins and owners. */
  approvers(organizationId: string): Promise<string[]>
  membershipsOf(userId: string): Promise<(Organization & { role: Role })[]>
  rememberOrganization(sessionId: string, organizationId: string): Promise<void>
  listMembers(actor: Actor, query: PageQuery): Promise<Page<Member>>
  changeMember(actor: Actor, origin: Origin, userId: string, role: Role | null): Promise<Member | null>
  invite(actor: Actor, origin: Origin, input: { email: string; role: Role }): Promise<Invitation & { url: string }>
  listInvitations(actor: Actor, query: PageQuery): Promise<Page<Invitation>>
  revokeInvitation(actor: Actor, origin: Origin, id: string): Promise<void>
  previewInvitation(token: string): Promise<InvitationPreview>
  findInvitation(token: string): Promise<OpenInvitation>
  acceptInvitation(invitation: OpenInvitation, userId: string, organizationName?: string): Promise<void>
  needsOwner(): Promise<boolean>
  /** The first organization, made when the database is empty. */
  bootstrap(): Promise<{ organization: Organization; created: boolean }>
  /** A fresh one-time link by which the first owner signs up; earlier ones stop working. */
  ownerLink(organizationId: string): Promise<string>
}

const invitationDays = 7

export function createOrganizationService(
  store: OrganizationStore,
  audit: AuditService,
  changes: ChangeFeed,
  publicUrl: string,
): OrganizationService {
  const knownPolicies = changes.cache<OpenPolicies>('organizations', (policies) => policies.organizationId)
  const linkOf = (token: string) => `${publicUrl}/join?token=${token}`

  async function insertInvitation(organizationId: string, email: string | null, role: Role) {
    const token = randomToken('koble_inv_')
    const expiresAt = new Date(Date.now() + invitationDays * 86_400_000)
    const invitation = { id: uuidv7(), organizationId, tokenHash: sha256Hex(token), email, role, expiresAt }
    return { row: await store.insertInvitation(invitation), url: linkOf(token) }
  }

  async function openInvitation(token: string) {
    const row = await store.findOpenInvitation(sha256Hex(token))
    if (!row) throw apiError('invitation_unknown', 'The link is unknown, expired or was used already.')
    return row
  }

  async function nextPolicies(actor: Actor, origin: Origin, change: UpdatePolicies): Promise<UpdatePolicies> {
    const row = await store.find(actor.organizationId)
    const policies = changedPolicies(row?.policies ?? {}, change)
    const callers = openPolicies(actor.organizationId, policies).apiKeyCallers
    if (change.apiKeyIpAllowList && actor.type === 'api_key' && origin && !callers.includes(origin.ip)) {
      throw apiError('conflict', `The list would lock out the key that sets it, which calls from ${origin.ip}.`)
    }
    return policies
  }

  const create = async (name: string) => {
    const id = uuidv7()
    const slug = name === 'default' ? name : `${slugOf(name)}-${id.slice(-6)}`
    return toOrganization(await store.insert({ id, name, slug }))
  }

  return {
    async get(id) {
      const row = await store.find(id)
      if (!row) throw apiError('not_found', 'There is no such organization.')
      return toOrganization(row)
    },
    async allowedOrigins(id) {
      if (!z.uuid().safeParse(id).success) return []
      return (await store.find(id))?.allowed_origins ?? []
    },
    async getUser(id) {
      const user = await store.findUser(id)
      if (!user) throw apiError('not_found', 'There is no such user.')
      return user
    },
    async create(actor, origin, name) {
      if (actor.type !== 'user') throw apiError('forbidden', 'Only a signed-in person can own an organization.')
      const organization = await create(name)
      await store.addMember(organization.id, actor.id, 'owner')
      const target = { targetType: 'organization', targetId: organization.id, details: { name } }
      await audit.record({ ...actor, organizationId: organization.id }, origin, {
        action: 'organization.created',
        ...target,
      })
      return organization
    },
    async update(actor, origin, changes) {
      const policies = changes.policies && (await nextPolicies(actor, origin, changes.policies))
      const row = await store.update(actor.organizationId, {
        ...(changes.name !== undefined && { name: changes.name }),
        ...(changes.allowedOrigins !== undefined && { allowed_origins: changes.allowedOrigins }),
        ...(policies !== undefined && { policies: JSON.stringify(policies) }),
      })
      knownPolicies.forget(row.id)
      const target = { targetType: 'organization', targetId: row.id, details: changes }
      await audit.record(actor, origin, { action: 'organization.updated', ...target })
      return toOrganization(row)
    },
    async policies(organizationId) {
      return await knownPolicies.get(organizationId, async () => {
        const row = await store.find(organizationId)
        return openPolicies(organizationId, row?.policies ?? {})
      })
    },
    peekPolicies: knownPolicies.peek,
    approvers: store.listApprovers,
    async membershipsOf(userId) {
      const rows = await store.ofUser(userId)
      return rows.map((row) => ({ ...toOrganization(row), role: row.role }))
    },
    rememberOrganization: store.setSessionOrganization,

    async listMembers(actor, query) {
      const rows = await store.listMembers(actor.organizationId, query.limit, query.after)
      return toPage(rows, query.limit, toMember)
    },
    async changeMember(actor, origin, userId, role) {
      const outcome = await store.changeMember(actor.organizationId, userId, role)
      if (outcome === 'unknown') throw apiError('not_found', 'There is no such member.')
      if (outcome === 'last_owner') throw apiError('conflict', 'An organization keeps at least one owner.')
      const action = role ? 'member.role_changed' : 'member.removed'
      const target = { targetType: 'user', targetId: userId, details: { role } }
      await audit.record(actor, origin, { action, ...target })
      if (!role) return null
      const members = await store.listMembers(actor.organizationId, 10_000, null)
      const changed = members.find((member) => member.id === userId)
      return changed ? toMember(changed) : null
    },

    async invite(actor, origin, input) {
      if (!hasRole(actor.role, input.role))
        throw apiError('forbidden', 'One cannot invite to a higher role than one has.')
      const { row, url } = await insertInvitation(actor.organizationId, input.email, input.role)
      const target = { targetType: 'invitation', targetId: row.id, details: { email: input.email, role: input.role } }
      await audit.record(actor, origin, { action: 'member.invited', ...target })
      return { ...toInvitation(row), url }
    },
    async listInvitations(actor, query) {
      const rows = await store.listInvitations(actor.organizationId, query.limit, query.after)
      return toPage(rows, query.limit, toInvitation)
    },
    async revokeInvitation(actor, origin, id) {
      if (!(await store.deleteInvitation(actor.organizationId, id))) {
        throw apiError('not_found', 'There is no such invitation.')
      }
      await audit.record(actor, origin, { action: 'invitation.revoked', targetType: 'invitation', targetId: id })
    },
    async previewInvitation(token) {
      const row = await openInvitation(token)
      return {
        organizationName: row.organization_name,
        role: row.role,
        email: row.email,
        firstOwner: row.role === 'owner' && !(await store.hasOwner()),
      }
    },
    async findInvitation(token) {
      const row = await openInvitation(token)
      return { id: row.id, organizationId: row.organization_id, email: row.email, role: row.role }
    },
    async acceptInvitation(invitation, userId, organizationName) {
      const firstOwner = invitation.role === 'owner' && !(await store.hasOwner())
      if (!(await store.consumeInvitation(invitation.id))) {
        throw apiError('invitation_unknown', 'The link is unknown, expired or was used already.')
      }
      await store.addMember(invitation.organizationId, userId, invitation.role)
      if (firstOwner && organizationName) await store.update(invitation.organizationId, { name: organizationName })
    },

    needsOwner: async () => !(await store.hasOwner()),
    async bootstrap() {
      const existing = await store.first()
      if (existing) return { organization: toOrganization(existing), created: false }
      const organization = await create('default').catch(async (error: unknown) => {
        // Another node started in the same moment and was faster.
        const others = await store.first()
        if (!others) throw error
        return null
      })
      if (!organization) return await this.bootstrap()
      await audit.recordSystem(organization.id, { action: 'organization.created', targetId: organization.id })
      return { organization, created: true }
    },
    async ownerLink(organizationId) {
      await store.deleteOwnerInvitations(organizationId)
      return (await insertInvitation(organizationId, null, 'owner')).url
    },
  }
}

type Row = Awaited<ReturnType<OrganizationStore['insert']>>

function toOrganization(row: Row): Organization {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    allowedOrigins: row.allowed_origins,
    policies: toPolicies(row.policies),
    createdAt: row.created_at.toISOString(),
  }
}

function toMember(row: { id: string; name: string; email: string; role: Role; joined_at: Date }): Member {
  return { userId: row.id, name: row.name, email: row.email, role: row.role, joinedAt: row.joined_at.toISOString() }
}

function toInvitation(row: Awaited<ReturnType<OrganizationStore['insertInvitation']>>): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    expiresAt: row.expires_at.toISOString(),
    createdAt: row.created_at.toISOString(),
  }
}

function slugOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return plain.slice(0, 40) || 'organization'
}
