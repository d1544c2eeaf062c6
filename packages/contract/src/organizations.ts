import { z } from 'zod'
import { ipAllowList, policies, updatePolicies } from './governance.ts'
import { id, time } from './paging.ts'

/** From least to most powerful; a role may do whatever those before it may. */
export const roles = ['viewer', 'developer', 'admin', 'owner'] as const
export const role = z.enum(roles)
export type Role = z.infer<typeof role>

export const organization = z.object({
  id,
  name: z.string(),
  slug: z.string(),
  /**
   * Origins of the organization's own pages: a connect flow may return there, the portal may be shown there in a frame,
   * and Koble may be called from there with the tokens of end users.
   */
  allowedOrigins: z.array(z.string()),
  policies,
  createdAt: time,
})
export type Organization = z.infer<typeof organization>

const origin = z
  .url()
  .max(200)
  .refine((url) => URL.canParse(url) && new URL(url).origin === url, 'An origin is a scheme, a host and a port only.')
export const updateOrganization = z.strictObject({
  name: z.string().trim().min(1).max(120).optional(),
  allowedOrigins: z.array(origin).max(50).optional(),
  policies: updatePolicies.optional(),
})

export const user = z.object({ id: z.string(), name: z.string(), email: z.string() })
export type User = z.infer<typeof user>

/** Who is signed in, in which organization, and where else they may go. */
export const session = z.object({
  user: user.nullable(),
  organization,
  role,
  organizations: z.array(organization.extend({ role })),
})
export type Session = z.infer<typeof session>

export const password = z.string().min(10, 'A password has at least 10 characters.').max(128)
export const signIn = z.strictObject({ email: z.email(), password: z.string().min(1).max(128) })

export const member = z.object({ userId: z.string(), name: z.string(), email: z.string(), role, joinedAt: time })
export type Member = z.infer<typeof member>

export const invitation = z.object({
  id,
  email: z.string().nullable(),
  role,
  expiresAt: time,
  createdAt: time,
})
export type Invitation = z.infer<typeof invitation>
/** The link is shown once: only a hash of its token is kept. */
export const createdInvitation = invitation.extend({ url: z.string() })
export const createInvitation = z.strictObject({ email: z.email(), role })
/** What an invitation link leads to, before it is accepted. */
export const invitationPreview = z.object({
  organizationName: z.string(),
  role,
  email: z.string().nullable(),
  firstOwner: z.boolean(),
})
export type InvitationPreview = z.infer<typeof invitationPreview>
export const acceptInvitation = z.strictObject({
  token: z.string().min(20).max(200),
  name: z.string().trim().min(1).max(120),
  email: z.email(),
  password,
  /** Only heeded when the first owner signs up: the organization's name. */
  organizationName: z.string().trim().min(1).max(120).optional(),
})

export const apiKey = z.object({
  id,
  name: z.string(),
  /** The first characters, enough to recognise the key by. */
  prefix: z.string(),
  role,
  createdAt: time,
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
  /** From where it may be used; empty is from anywhere. */
  ipAllowList,
})
export type ApiKey = z.infer<typeof apiKey>
export const createApiKey = z.strictObject({
  name: z.string().trim().min(1).max(120),
  role: role.default('developer'),
  expiresAt: time.optional(),
  ipAllowList: ipAllowList.default([]),
})
/** What is left out stays as it is; `expiresAt: null` is never. The role of a key is for good. */
export const updateApiKey = z.strictObject({
  name: z.string().trim().min(1).max(120).optional(),
  expiresAt: time.nullable().optional(),
  ipAllowList: ipAllowList.optional(),
})
export type UpdateApiKey = z.infer<typeof updateApiKey>
/** `key` is shown this one time; only its hash is kept. */
export const createdApiKey = apiKey.extend({ key: z.string() })
export type CreatedApiKey = z.infer<typeof createdApiKey>

/** What the dashboard needs to know before anyone is signed in. */
export const instance = z.object({
  version: z.string(),
  /** True until the first owner has signed up by the one-time link. */
  needsOwner: z.boolean(),
  mode: z.enum(['development', 'production']),
  /** Whether local stand-ins for some providers run beside this Koble. */
  sandbox: z.boolean(),
})
export type Instance = z.infer<typeof instance>
