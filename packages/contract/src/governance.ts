import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'

/** How far data may spread, in the terms of NSM: åpen, intern, skjermet. */
export const classification = z.enum(['open', 'internal', 'restricted'])
export type Classification = z.infer<typeof classification>

/** The six bases of GDPR article 6 (1). */
export const legalBasis = z.enum([
  'consent',
  'contract',
  'legal_obligation',
  'vital_interests',
  'public_task',
  'legitimate_interests',
])
export type LegalBasis = z.infer<typeof legalBasis>

/** What personal data an integration handles, and why: a line of the register of GDPR article 30. */
export const processing = z.strictObject({
  purpose: z.string().trim().min(1).max(500),
  legalBasis,
  dataCategories: z.array(z.string().trim().min(1).max(120)).max(50).default([]),
  /** Events and calls of the integration are deleted after this many days, when that is sooner than otherwise. */
  retentionDays: z.int().min(1).max(3650).optional(),
})
export type Processing = z.infer<typeof processing>

const network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], 'An address or a network such as 192.0.2.0/24.')
/** Networks in CIDR form or single addresses, IPv4 and IPv6. An empty list lets everybody in. */
export const ipAllowList = z.array(network).max(100)

const days = z.int().min(1).max(3650).nullable()
const retention = z.strictObject({
  /** Days that calls through the gateway are kept; `null` means as long as this instance keeps them. */
  requests: days,
  events: days,
  activity: days,
  /** At least 30; `null` means for good. What is left of the log can still be verified. */
  audit: z.int().min(30, 'The audit log is kept for at least 30 days.').max(3650).nullable(),
})

/** What an organization demands. */
export const policies = z.object({
  /** Whether a new integration, or a change that widens one, waits for an admin. */
  integrationApproval: z.enum(['none', 'required']),
  /** Whether an integration must say how its data is classified. */
  classificationRequired: z.boolean(),
  /** From where API keys may be used, beside what each key says itself. */
  apiKeyIpAllowList: ipAllowList,
  retention,
  /** The most days that this instance keeps calls, events and activity. */
  retentionDaysMax: z.int(),
})
export type Policies = z.infer<typeof policies>

/** What is absent stays as it is, also within `retention`. */
export const updatePolicies = z.strictObject({
  integrationApproval: policies.shape.integrationApproval.optional(),
  classificationRequired: z.boolean().optional(),
  apiKeyIpAllowList: ipAllowList.optional(),
  retention: retention.partial().optional(),
})
export type UpdatePolicies = z.infer<typeof updatePolicies>

export const approvalStatus = z.enum(['pending', 'approved', 'rejected', 'withdrawn', 'superseded'])
export type ApprovalStatus = z.infer<typeof approvalStatus>

/** Who asked or decided: a person, or a key that is recorded as such. */
const party = z.object({
  type: z.enum(['user', 'api_key', 'connect_session', 'portal_session']),
  id: z.string(),
  label: z.string(),
})

/** What is asked for, as it was when it was asked. */
export const approvalAsks = z.object({
  scopes: z.array(
    z.object({
      name: z.string(),
      /** What the provider's description says; null for a scope it does not describe. */
      description: z.string().nullable(),
      sensitive: z.boolean(),
      /** True when the integration does not have it yet. */
      added: z.boolean(),
    }),
  ),
  /** Hosts that will be called. */
  hosts: z.array(z.object({ host: z.string(), added: z.boolean() })),
  classification: classification.nullable(),
  /** Each setting that changes. Of secrets it only says that they do. */
  changes: z.array(
    z.object({
      field: z.string(),
      from: z.unknown(),
      to: z.unknown(),
      secret: z.boolean(),
      /** True for what made the approval necessary. */
      widens: z.boolean(),
    }),
  ),
})
export type ApprovalAsks = z.infer<typeof approvalAsks>

/** A request to use a new integration, or to widen one. */
export const approval = z.object({
  id,
  integrationId: id,
  integrationName: z.string(),
  provider: z.string(),
  kind: z.enum(['new', 'change']),
  status: approvalStatus,
  requestedBy: party,
  requestedAt: time,
  justification: z.string(),
  asks: approvalAsks,
  decidedBy: party.nullable(),
  decidedAt: time.nullable(),
  reason: z.string().nullable(),
  /** True when who decided had also asked, being the only admin or owner there is. */
  selfApproved: z.boolean(),
})
export type Approval = z.infer<typeof approval>

export const approvalsQuery = pageQuery.extend({ status: approvalStatus.optional() })
const reason = z.string().trim().min(1).max(2000)
/** With `approvalId` the decision is refused when another request has taken the place of the one that was read. */
export const approveIntegration = z.strictObject({ reason: reason.optional(), approvalId: id.optional() })
export const rejectIntegration = z.strictObject({ reason, approvalId: id.optional() })

/** One line of the register of processing activities (GDPR article 30). */
export const registerEntry = z.object({
  integrationId: id,
  name: z.string(),
  provider: z.string(),
  providerName: z.string(),
  status: z.string(),
  classification: classification.nullable(),
  purpose: z.string().nullable(),
  legalBasis: legalBasis.nullable(),
  dataCategories: z.array(z.string()),
  hosts: z.array(z.string()),
  scopes: z.array(z.string()),
  /** Days that its events and calls are kept, whichever of the limits is shortest. */
  retentionDays: z.object({ events: z.int(), requests: z.int() }),
  connectionCount: z.int(),
})
export type RegisterEntry = z.infer<typeof registerEntry>
export const register = z.object({ generatedAt: time, organization: z.string(), data: z.array(registerEntry) })
export type Register = z.infer<typeof register>
