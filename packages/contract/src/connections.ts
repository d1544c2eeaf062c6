import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'

export const connectionStatus = z.enum(['connected', 'warning', 'error', 'disconnected'])
export type ConnectionStatus = z.infer<typeof connectionStatus>

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
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  scopes: z.array(z.string()),
  tokenExpiresAt: time.nullable(),
  connectedAt: time,
  lastUsedAt: time.nullable(),
  lastRefreshAt: time.nullable(),
  lastSyncAt: time.nullable(),
  sandbox: z.boolean(),
  metadata: z.record(z.string(), z.unknown()),
})
export type Connection = z.infer<typeof connection>

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
    }),
  ),
  expiresAt: time,
})
export type ConnectSession = z.infer<typeof connectSession>

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
export const reauthorization = z.object({ url: z.string() })
