import { z } from 'zod'
import type { OperationAnswer } from '../../define-operation.ts'

const attributes = z.record(z.string().min(1).max(255), z.array(z.string().max(10_000)).max(100))

export const user = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  isEmailVerified: z.boolean(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  isEnabled: z.boolean(),
  attributes,
  requiredActions: z.array(z.string()).describe('What is asked of the user at the next sign-in'),
  createdAt: z.string().nullable(),
})

/** What can be said of a user when it is made or changed. */
export const userFields = {
  email: z.email().max(255).optional(),
  isEmailVerified: z.boolean().optional(),
  firstName: z.string().max(255).optional(),
  lastName: z.string().max(255).optional(),
  attributes: attributes.optional().describe('Each with all its values; an empty list removes one'),
  requiredActions: z.array(z.string().min(1).max(100)).max(20).optional().describe('As in UPDATE_PASSWORD'),
}

/** As Keycloak has it; what we do not know of it is kept when a user is written back. */
export interface KeycloakUser {
  id: string
  username: string
  email?: string
  emailVerified?: boolean
  firstName?: string
  lastName?: string
  enabled?: boolean
  attributes?: Record<string, string[]>
  requiredActions?: string[]
  createdTimestamp?: number
  [other: string]: unknown
}

/** As Keycloak names them, without what is not given. */
export function fromUserInput(input: Partial<z.infer<z.ZodObject<typeof userFields>>>): Partial<KeycloakUser> {
  const { isEmailVerified, ...same } = input
  const named = { ...same, emailVerified: isEmailVerified }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

export function toUser(found: KeycloakUser): z.infer<typeof user> {
  return {
    id: found.id,
    username: found.username,
    email: found.email ?? null,
    isEmailVerified: found.emailVerified ?? false,
    firstName: found.firstName ?? null,
    lastName: found.lastName ?? null,
    isEnabled: found.enabled ?? false,
    attributes: found.attributes ?? {},
    requiredActions: found.requiredActions ?? [],
    createdAt: found.createdTimestamp === undefined ? null : new Date(found.createdTimestamp).toISOString(),
  }
}

/** The user that is the whole of an answer. */
export const userOf = ({ body }: OperationAnswer) => toUser(body as KeycloakUser)
