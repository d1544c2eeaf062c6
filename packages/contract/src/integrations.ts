import { z } from 'zod'
import { field } from './field.ts'
import { gatewaySettingsInput, gatewaySummary } from './gateway-settings.ts'
import { classification, ipAllowList, processing } from './governance.ts'
import { graphqlSettings } from './graphql.ts'
import { id, pageQuery, time } from './paging.ts'
import { registrationTarget } from './webhook-registrations.ts'

export { type Field, field } from './field.ts'

export const scope = z.object({
  name: z.string(),
  /** What the account's owner is told before consenting. */
  description: z.string(),
  /** Asked for unless the integration says otherwise. */
  default: z.boolean().optional(),
  /** Grants writing, or reading of private content. */
  sensitive: z.boolean().optional(),
})
export type Scope = z.infer<typeof scope>

/** Scopes that make up a usual task, the fewest that do. */
export const scopePreset = z.object({
  id: z.string(),
  label: z.string(),
  description: z.string(),
  scopes: z.array(z.string()),
})
export type ScopePreset = z.infer<typeof scopePreset>

export const authType = z.enum([
  'oauth2',
  'client_credentials',
  'jwt_bearer',
  'device',
  'oauth1',
  'api_key',
  'basic',
  'jwt',
  'two_step',
  'mtls',
  'aws_sigv4',
  'custom',
])
export type AuthType = z.infer<typeof authType>

/** One way in which a provider's accounts are authorised, with what its forms ask for. */
export const authMethod = z.object({
  type: authType,
  label: z.string(),
  /** Fields of `credentials` and `config` when making an integration. */
  integrationFields: z.array(field),
  /** Fields of `credentials` when making a connection; none where its owner signs in at the provider. */
  connectionFields: z.array(field),
  scopes: z.array(scope),
  /** True when the local stand-in takes it. */
  sandbox: z.boolean(),
  /** What that takes as `connectionFields`; no secret, and null where nobody enters any. */
  sandboxCredentials: z.record(z.string(), z.string()).nullable(),
})
export type AuthMethod = z.infer<typeof authMethod>

/** A provider as the marketplace shows it. */
export const marketplaceEntry = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  category: z.string(),
  /** The default of its methods. */
  auth: authType,
  docsUrl: z.string(),
  /** An SVG document. */
  logo: z.string(),
  color: z.string(),
  /** True when a local stand-in can be connected at once, without an account. */
  sandbox: z.boolean(),
  /** True when the organization describes the service itself. */
  generic: z.boolean(),
  webhooks: z.boolean(),
  integrationCount: z.int(),
})
export type MarketplaceEntry = z.infer<typeof marketplaceEntry>

export const marketplaceDetail = marketplaceEntry.extend({
  /** Markdown: how to register an app at the provider. */
  setup: z.string(),
  /** What to register there as the redirect address, for OAuth. */
  callbackUrl: z.string().nullable(),
  /** The ways in which accounts can be authorised; the first is the default. */
  authMethods: z.array(authMethod),
  /** As the default method has them. */
  integrationFields: z.array(field),
  connectionFields: z.array(field),
  scopes: z.array(scope),
  /** Choices of scopes for usual tasks, the least first. */
  scopePresets: z.array(scopePreset),
  /** Calls to begin with, for the request console. */
  samples: z.array(z.object({ title: z.string(), method: z.string(), path: z.string(), body: z.string().optional() })),
  webhookSetup: z.string().nullable(),
  /** Event types one can subscribe to, the usual ones first. */
  webhookEvents: z.array(z.string()),
  /** What can be registered for by the provider's API; empty where URL and secret are entered there. */
  webhookTargets: z.array(registrationTarget),
  /** What the local stand-in takes as the default method's `connectionFields`; null where there is no stand-in. */
  sandboxCredentials: z.record(z.string(), z.string()).nullable(),
})
export type MarketplaceDetail = z.infer<typeof marketplaceDetail>

export const marketplaceQuery = z.strictObject({
  category: z.string().max(60).optional(),
  search: z.string().max(100).optional(),
  auth: authType.optional(),
})
export const providerParams = z.strictObject({ provider: z.string().regex(/^[a-z0-9-]{1,60}$/) })

/** Addresses that replace the provider's own: self-hosted and test instances. */
export const endpoints = z.strictObject({
  authorizationUrl: z.url().optional(),
  tokenUrl: z.url().optional(),
  /** Of a device sign-in. */
  deviceAuthorizationUrl: z.url().optional(),
  /** Of OAuth 1.0a. */
  requestTokenUrl: z.url().optional(),
  revocationUrl: z.url().optional(),
  userInfoUrl: z.url().optional(),
  apiUrl: z.url().optional(),
})
export type Endpoints = z.infer<typeof endpoints>

/** At most so many requests in any window of so many seconds. */
export const rateLimit = z.strictObject({
  requests: z.int().min(1).max(1_000_000),
  perSeconds: z.number().min(0.1).max(2_678_400),
})
const windows = z.array(rateLimit).min(1).max(5)

/**
 * What calls are held to; several limits hold at the same time. Whoever has to wait is served in turn, for a while, and
 * is then refused with `rate_limited`. What is absent is as the provider's own definition says.
 */
export const rateLimits = z.strictObject({
  /** All connections together. */
  integration: windows.optional(),
  /** Each connection by itself. */
  connection: windows.optional(),
  endpoints: z
    .array(
      z.strictObject({
        method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).optional(),
        /** Below the API's base; `*` stands for any characters: `/repos/*`. */
        path: z.string().min(1).max(300).startsWith('/'),
        per: z.enum(['integration', 'connection']),
        limits: windows,
      }),
    )
    .max(20)
    .optional(),
  /** So many calls to one host may be under way at once; 128 unless said otherwise. */
  maxConcurrent: z.int().min(1).max(1_000).optional(),
  /** The longest wait for a turn; 10 unless said otherwise. */
  maxWaitSeconds: z.number().min(0).max(300).optional(),
})
export type RateLimits = z.infer<typeof rateLimits>

/** Whether and how often each connection is tried with one cheap call. A call that got through counts as one. */
export const healthCheckSettings = z.strictObject({
  enabled: z.boolean(),
  intervalHours: z.int().min(1).max(720),
})
export type HealthCheckSettings = z.infer<typeof healthCheckSettings>

/** Whether redacted copies of requests and answers are kept beside the request log. */
export const bodyLogging = z.enum(['off', 'redacted'])

export const integrationStatus = z.enum(['pending', 'active', 'inactive', 'error'])

export const integration = z.object({
  id,
  provider: z.string(),
  providerName: z.string(),
  name: z.string(),
  authMethod: authType,
  clientId: z.string().nullable(),
  scopes: z.array(z.string()),
  endpoints,
  config: z.record(z.string(), z.string()),
  rateLimits,
  healthCheck: healthCheckSettings,
  graphql: graphqlSettings,
  /** In short; the whole has an address of its own. */
  gateway: gatewaySummary,
  bodyLogging,
  status: integrationStatus,
  /** True when it talks to a local stand-in. */
  sandbox: z.boolean(),
  connectionCount: z.int(),
  classification: classification.nullable(),
  processing: processing.nullable(),
  /** From where its connections may be used, through the gateway and for reading tokens; empty is from anywhere. */
  ipAllowList,
  /** The request that waits for approval: for the integration itself when it is `pending`, else for a change of it. */
  pendingApprovalId: id.nullable(),
  createdAt: time,
  updatedAt: time,
})
export type Integration = z.infer<typeof integration>

/** Why it is needed; for those who approve, and demanded where something is to be approved. */
const justification = z.string().trim().min(1).max(2000).optional()
const values = z.record(z.string().max(60), z.string().max(10_000))
export const createIntegration = z.strictObject({
  provider: z.string().min(1).max(60),
  name: z.string().trim().min(1).max(120).optional(),
  /** One of the provider's `authMethods`; its default when absent. */
  authMethod: authType.optional(),
  /** The fields the provider declares, by key: client id and secret for OAuth. */
  credentials: values.optional(),
  scopes: z.array(z.string().min(1).max(300)).max(100).optional(),
  endpoints: endpoints.optional(),
  rateLimits: rateLimits.optional(),
  graphql: graphqlSettings.optional(),
  gatewaySettings: gatewaySettingsInput.optional(),
  bodyLogging: bodyLogging.optional(),
  /** The provider's other fields, by key. */
  config: values.optional(),
  healthCheck: healthCheckSettings.partial().optional(),
  /** Use the local stand-in, by a method that it takes; credentials and endpoints are then filled in. */
  sandbox: z.boolean().optional(),
  classification: classification.optional(),
  processing: processing.optional(),
  ipAllowList: ipAllowList.optional(),
  justification,
})
export const updateIntegration = z.strictObject({
  name: z.string().trim().min(1).max(120).optional(),
  credentials: values.optional(),
  scopes: z.array(z.string().min(1).max(300)).max(100).optional(),
  endpoints: endpoints.optional(),
  rateLimits: rateLimits.optional(),
  graphql: graphqlSettings.optional(),
  gatewaySettings: gatewaySettingsInput.optional(),
  bodyLogging: bodyLogging.optional(),
  config: values.optional(),
  healthCheck: healthCheckSettings.partial().optional(),
  status: z.enum(['active', 'inactive']).optional(),
  classification: classification.nullable().optional(),
  processing: processing.nullable().optional(),
  ipAllowList: ipAllowList.optional(),
  justification,
})
export const integrationsQuery = pageQuery.extend({ provider: z.string().max(60).optional() })
