import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/client.ts'

/** How better-auth is told the caller's address; set by us alone. */
export const clientAddressHeader = 'x-koble-client-address'
export const authBasePath = '/api/session/auth'

const times = { createdAt: 'created_at', updatedAt: 'updated_at' }

/**
 * better-auth keeps users, sessions and password hashes (scrypt) in our tables. Its own HTTP routes are not exposed:
 * `sessions/service.ts` calls it. Sign-up is closed; people come in by invitation.
 *
 * It is loaded when it is first asked for: a Koble that only programs talk to spares 20 MiB, and all start sooner.
 */
export function createAuth(database: Database, options: AuthOptions): () => Promise<Auth> {
  let opened: Promise<Auth> | undefined
  return () => {
    opened ??= open(database, options)
    return opened
  }
}

interface AuthOptions {
  secret: string
  publicUrl: string
}

export type Auth = Awaited<ReturnType<typeof open>>

async function open(database: Database, options: AuthOptions) {
  const { betterAuth } = await import('better-auth')
  return betterAuth({
    baseURL: options.publicUrl,
    basePath: authBasePath,
    secret: options.secret,
    database: { db: database.system, type: 'postgres' },
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 10, maxPasswordLength: 128 },
    user: { modelName: 'users', fields: { emailVerified: 'email_verified', ...times } },
    session: {
      modelName: 'sessions',
      expiresIn: 7 * 86_400,
      updateAge: 86_400,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        ...times,
      },
      additionalFields: {
        organizationId: { type: 'string', fieldName: 'organization_id', required: false, input: false },
      },
    },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...times,
      },
    },
    verification: { modelName: 'verifications', fields: { expiresAt: 'expires_at', ...times } },
    rateLimit: { enabled: true, storage: 'memory', customRules: { '/sign-in/email': { window: 60, max: 10 } } },
    advanced: {
      cookiePrefix: 'koble',
      useSecureCookies: options.publicUrl.startsWith('https:'),
      database: { generateId: () => uuidv7() },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
    },
  })
}
