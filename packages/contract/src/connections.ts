import { z } from 'zod'
import { authType, field } from './integrations.ts'
import { id, pageQuery, time } from './paging.ts'

export const connectionStatus = z.enum(['connected', 'warning', 'error', 'disconnected'])
export type ConnectionStatus = z.infer<typeof connectionStatus>

/**
 * Why a connection is not simply `connected`. `error`: `needs_reauth` (the provider refuses the credentials, or they ran
 * out) and `revoked` (the provider says that the access was withdrawn); calls fail at once, and the account must be
 * connected again. `warning`, which passes by itself: `provider_unavailable` (it does not answer, or not usably),
 * `refresh_uncertain` (the answer to a renewal was lost on the way), `client_rejected` (the provider refuses the
 * integration's own client: correct the integration), `health_check_failed` (the account call fails for another reason)
 * and `scope_missing` (less was granted than is needed).
 */
export const connectionErrorCode = z.enum([
  'needs_reauth',
  'revoked',
  'provider_unavailable',
  'refresh_uncertain',
  'client_rejected',
  'health_check_failed',
  'scope_missing',
])
export type ConnectionErrorCode = z.infer<typeof connectionErrorCode>

/** One look at whether a connection works. */
export const healthCheck = z.object({
  checkedAt: time,
  ok: z.boolean(),
  /** Null when it is well; an error code of the API otherwise. */
  code: z.string().nullable(),
  latencyMs: z.number(),
})
export type HealthCheck = z.infer<typeof healthCheck>

export const connection = z.object({
  id,
  integrationId: id,
  provider: z.string(),
  providerName: z.string(),
  integrationName: z.string(),
  /** Whose account it is, as the calling product names its user. */
  externalUserId: z.string(),
  accountId: z.string().nullable(),
  accountLabel: z.string().nullable(),
  status: connectionStatus,
  errorCode: connectionErrorCode.nullable(),
  errorMessage: z.string().nullable(),
  scopes: z.array(z.string()),
  /** The latest check; null when there was none yet. */
  health: healthCheck.nullable(),
  tokenExpiresAt: time.nullable(),
  connectedAt: time,
  lastUsedAt: time.nullable(),
  lastRefreshAt: time.nullable(),
  lastSyncAt: time.nullable(),
  sandbox: z.boolean(),
  metadata: z.record(z.string(), z.unknown()),
})
export type Connection = z.infer<typeof connection>

/** `missing` are needed and were not granted, `extra` the other way round. */
export const scopeReport = z.object({
  granted: z.array(z.string()),
  needed: z.array(z.string()),
  missing: z.array(z.string()),
  extra: z.array(z.string()),
})
export type ScopeReport = z.infer<typeof scopeReport>

export const connectionDetail = connection.extend({
  scopeReport,
  /** How far the revocation at the provider has come, after a disconnection. */
  revocation: z.enum(['unsupported', 'pending', 'done', 'failed']).nullable(),
})
export type ConnectionDetail = z.infer<typeof connectionDetail>

/** `history` has the last 20 checks, newest first. */
export const connectionHealth = z.object({
  latest: healthCheck.nullable(),
  history: z.array(healthCheck),
  /** When the next is due; null when the integration does not ask for checks. */
  nextCheckAt: time.nullable(),
})
export type ConnectionHealth = z.infer<typeof connectionHealth>

export const createConnection = z.strictObject({
  integrationId: id,
  externalUserId: z.string().min(1).max(255),
  credentials: z.record(z.string().max(60), z.string().max(10_000)),
  metadata: z.record(z.string(), z.unknown()).optional(),
})
export const updateConnection = z.strictObject({ metadata: z.record(z.string(), z.unknown()) })
export const connectionsQuery = pageQuery.extend({
  integrationId: id.optional(),
  provider: z.string().max(60).optional(),
  externalUserId: z.string().max(255).optional(),
  status: connectionStatus.optional(),
})

/** The outcome of a live call to the provider's account address. */
export const connectionTest = z.object({
  ok: z.boolean(),
  status: z.int().nullable(),
  durationMs: z.number(),
  code: z.string().nullable(),
  message: z.string().nullable(),
})
export type ConnectionTest = z.infer<typeof connectionTest>

export const connectionToken = z.object({ accessToken: z.string(), tokenExpiresAt: time.nullable() })

/** How the connect flow hands back: a message to the opener, or a redirect to `returnTo`. */
export const connectMode = z.enum(['popup', 'redirect'])

export const createConnectSession = z.strictObject({
  externalUserId: z.string().min(1).max(255),
  /** Integration ids the session may connect; all when absent. */
  integrations: z.array(id).min(1).max(100).optional(),
  /** Scopes the session may ask for at most, a part of the integrations' own; all of them when absent. */
  scopes: z.array(z.string().min(1).max(300)).min(1).max(100).optional(),
  /** Seconds; from one minute to a day. */
  expiresIn: z.int().min(60).max(86_400).default(1800),
  /** The page to go back to; its origin must be allowed. */
  returnTo: z.url().max(2000).optional(),
})
export const createdConnectSession = z.object({ id, token: z.string(), url: z.string(), expiresAt: time })
export type CreatedConnectSession = z.infer<typeof createdConnectSession>

/** What polling a connect session tells. `connections` are those made through it. */
export const connectSession = z.object({
  id,
  externalUserId: z.string(),
  status: z.enum(['pending', 'connected', 'failed', 'expired']),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  connections: z.array(connection),
  integrations: z.array(
    z.object({
      id,
      provider: z.string(),
      providerName: z.string(),
      name: z.string(),
      logo: z.string(),
      color: z.string(),
      authMethod: authType,
      /** What to ask the account's owner for; empty where they sign in at the provider. */
      connectionFields: z.array(field),
    }),
  ),
  /** The page to go back to when it is done, as the session was made with. */
  returnTo: z.string().nullable(),
  expiresAt: time,
})
export type ConnectSession = z.infer<typeof connectSession>

/** Credentials that an end user entered. */
export const connectByCredentials = z.strictObject({
  integrationId: id,
  credentials: z.record(z.string().max(60), z.string().max(10_000)),
})

export const startDevice = z.strictObject({ integrationId: id })
/** What to show while a sign-in waits to be confirmed on another device (RFC 8628). */
export const deviceSignIn = z.object({
  userCode: z.string(),
  verificationUri: z.string(),
  /** The same address with the code in it. */
  verificationUriComplete: z.string().nullable(),
  expiresAt: time,
  /** Seconds between two questions to the provider; asking the session more often changes nothing. */
  interval: z.number(),
})
export type DeviceSignIn = z.infer<typeof deviceSignIn>

/** The query of `GET /api/connect/{provider}`. One of `token` (end user) or a signed-in session is needed. */
export const connectQuery = z.strictObject({
  token: z.string().max(200).optional(),
  integrationId: id.optional(),
  /** Reconnect this connection; the account must be the same. */
  connectionId: id.optional(),
  externalUserId: z.string().min(1).max(255).optional(),
  mode: connectMode.default('popup'),
  returnTo: z.url().max(2000).optional(),
})
/** What the popup posts to its opener when it is done (`window.postMessage`). */
export interface ConnectMessage {
  type: 'koble:connect'
  status: 'connected' | 'failed'
  connectionId: string | null
  provider: string
  code: string | null
  message: string | null
}
/**
 * What to ask the account's owner for: all that the integration needs when absent, what is `missing`, or these scopes.
 * What was granted already stays granted.
 */
export const reauthorize = z
  .strictObject({
    scopes: z.union([z.literal('missing'), z.array(z.string().min(1).max(300)).min(1).max(100)]).optional(),
  })
  .nullish()
export const reauthorization = z.object({ url: z.string() })
