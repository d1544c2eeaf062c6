import { z } from 'zod'
import type { OperationAnswer } from '../../define-operation.ts'

/** A page of Auth0's reference of the Management API. */
export const reference = (page: string) => `https://auth0.com/docs/api/management/v2/${page}`

export const userId = z.string().min(1).max(300).describe('As in auth0|66f1c2a4e3b7d90012ab34cd')
export const groupId = z.string().min(1).max(100).describe('Of a role, as in rol_Pq3tZ8wX1bYk6mNd')
export const nextCursor = z.string().nullable()

const metadata = z.record(z.string(), z.unknown())

export const user = z.object({
  id: z.string(),
  email: z.string().nullable(),
  isEmailVerified: z.boolean(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  givenName: z.string().nullable(),
  familyName: z.string().nullable(),
  isBlocked: z.boolean(),
  identities: z.array(z.object({ provider: z.string(), userId: z.string(), connection: z.string() })),
  userMetadata: metadata,
  appMetadata: metadata,
  loginCount: z.int(),
  lastLoginAt: z.string().nullable(),
  createdAt: z.string().nullable(),
  updatedAt: z.string().nullable(),
})

/** What can be said of a user when it is made or changed. */
export const userFields = {
  email: z.email().max(320).optional(),
  isEmailVerified: z.boolean().optional(),
  username: z.string().min(1).max(128).optional().describe('Only where the connection asks for user names'),
  name: z.string().min(1).max(300).optional(),
  givenName: z.string().min(1).max(150).optional(),
  familyName: z.string().min(1).max(150).optional(),
  password: z.string().min(1).max(200).optional(),
  userMetadata: metadata.optional().describe('What users may change themselves; merged at the first level'),
  appMetadata: metadata.optional().describe('What only applications may change; merged at the first level'),
}

export interface Auth0User {
  user_id: string
  email?: string
  email_verified?: boolean
  username?: string
  name?: string
  given_name?: string
  family_name?: string
  blocked?: boolean
  identities?: { provider: string; user_id: string | number; connection: string }[]
  user_metadata?: Record<string, unknown>
  app_metadata?: Record<string, unknown>
  logins_count?: number
  last_login?: string
  created_at?: string
  updated_at?: string
}

/** Some parts of a user, as they are asked for. */
export type UserInput = z.infer<z.ZodObject<typeof userFields>>

/** As Auth0 names them. */
export function fromUserInput(input: UserInput): Record<string, unknown> {
  return {
    email: input.email,
    email_verified: input.isEmailVerified,
    username: input.username,
    name: input.name,
    given_name: input.givenName,
    family_name: input.familyName,
    password: input.password,
    user_metadata: input.userMetadata,
    app_metadata: input.appMetadata,
  }
}

export function toUser(found: Auth0User): z.infer<typeof user> {
  return {
    id: found.user_id,
    email: found.email ?? null,
    isEmailVerified: found.email_verified ?? false,
    username: found.username ?? null,
    name: found.name ?? null,
    givenName: found.given_name ?? null,
    familyName: found.family_name ?? null,
    isBlocked: found.blocked ?? false,
    identities: (found.identities ?? []).map(({ provider, user_id, connection }) => ({
      provider,
      userId: String(user_id),
      connection,
    })),
    userMetadata: found.user_metadata ?? {},
    appMetadata: found.app_metadata ?? {},
    loginCount: found.logins_count ?? 0,
    lastLoginAt: found.last_login ?? null,
    createdAt: found.created_at ?? null,
    updatedAt: found.updated_at ?? null,
  }
}

/** The user that is the whole of an answer. */
export const userOf = ({ body }: OperationAnswer) => toUser(body as Auth0User)
