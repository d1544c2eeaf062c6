import { z } from 'zod'
import type { OperationAnswer } from '../../define-operation.ts'

/** A page of Okta's reference of the management API, by tag and operation. */
export const reference = (tag: string, operation: string) =>
  `https://developer.okta.com/docs/api/openapi/okta-management/management/tag/${tag}/#tag/${tag}/operation/${operation}`

export const userId = z.string().min(1).max(320).describe('An id, as in 00ub0oNGTSWTBKOLGLNR, or a login')
export const groupId = z.string().min(1).max(100).describe('As in 00g1emaKYZTWRYYRRTSK')

/** Input of a list. */
export const page = {
  limit: z.int().min(1).max(200).default(200).describe('Counts for the first page; the cursor knows it'),
  cursor: z
    .string()
    .min(1)
    .max(4_000)
    .optional()
    .describe('The nextCursor of the page before; what else is asked for counts for the first'),
}
export const nextCursor = z.string().nullable()

const profile = z.record(z.string(), z.unknown())

export const user = z.object({
  id: z.string(),
  status: z
    .string()
    .describe('STAGED, PROVISIONED, ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT, SUSPENDED or DEPROVISIONED'),
  login: z.string().nullable(),
  email: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  profile: profile.describe('All that the org keeps of the user'),
  createdAt: z.string().nullable(),
  activatedAt: z.string().nullable(),
  statusChangedAt: z.string().nullable(),
  lastLoginAt: z.string().nullable(),
  updatedAt: z.string().nullable(),
})

/** What can be said of a user when it is made or changed. */
export const userFields = {
  login: z.string().min(5).max(100).optional().describe('The e-mail address when absent'),
  email: z.email().max(100).optional(),
  firstName: z.string().min(1).max(50).optional(),
  lastName: z.string().min(1).max(50).optional(),
  profile: profile.optional().describe('Further fields of the profile, by their names in Okta'),
}

export interface OktaUser {
  id: string
  status: string
  created?: string | null
  activated?: string | null
  statusChanged?: string | null
  lastLogin?: string | null
  lastUpdated?: string | null
  profile: Record<string, unknown> & { login?: string; email?: string; firstName?: string; lastName?: string }
}

export function toUser({ profile, ...found }: OktaUser): z.infer<typeof user> {
  return {
    id: found.id,
    status: found.status,
    login: profile.login ?? null,
    email: profile.email ?? null,
    firstName: profile.firstName ?? null,
    lastName: profile.lastName ?? null,
    profile,
    createdAt: found.created ?? null,
    activatedAt: found.activated ?? null,
    statusChangedAt: found.statusChanged ?? null,
    lastLoginAt: found.lastLogin ?? null,
    updatedAt: found.lastUpdated ?? null,
  }
}

/** The user that is the whole of an answer. */
export const userOf = ({ body }: OperationAnswer) => toUser(body as OktaUser)
