import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'

/** A path below the provider's API (`/graphql`), or a whole address of the provider's. */
const endpoint = z.string().min(1).max(2_000)
const operationName = z.string().regex(/^[_A-Za-z][_0-9A-Za-z]{0,99}$/)
const variables = z.record(z.string().max(200), z.unknown())
const document = z.string().min(1).max(200_000)

/** Why a document was not checked against the schema before it was sent. */
export const notValidatedBecause = z.enum(['not_asked', 'introspection_disabled', 'introspection_failed'])

const source = {
  /** A document; it may hold several operations. */
  query: document.optional(),
  /** The name of an operation kept with the integration, in place of `query`. */
  operation: operationName.optional(),
  variables: variables.optional(),
  /** Which operation of the document is meant. */
  operationName: operationName.optional(),
  /** The provider's, or the integration's, unless said otherwise. */
  endpoint: endpoint.optional(),
  /** Checked against the introspected schema before anything is sent; true unless said otherwise. */
  validate: z.boolean().optional(),
}

export const graphqlRequest = z.strictObject({
  ...source,
  /** In milliseconds, all waits and attempts together; 30,000 unless said otherwise. */
  timeout: z.int().min(1).max(300_000).optional(),
})
export type GraphqlRequest = z.infer<typeof graphqlRequest>

export const graphqlError = z.looseObject({
  message: z.string(),
  locations: z.unknown().optional(),
  /** Where in `data` the failed field is. */
  path: z.unknown().optional(),
  extensions: z.unknown().optional(),
})
export type GraphqlError = z.infer<typeof graphqlError>

/** In points of the third party's own. What it did not say is null. */
export const graphqlCost = z.object({
  requested: z.number().nullable(),
  actual: z.number().nullable(),
  /** What is left now, and of how much. */
  available: z.number().nullable(),
  maximum: z.number().nullable(),
  /** Points a second that come back. */
  restoreRate: z.number().nullable(),
  /** When the count begins anew, where it is counted in windows. */
  resetAt: time.nullable(),
})
export type GraphqlCost = z.infer<typeof graphqlCost>

export const graphqlResponse = z.object({
  data: z.unknown(),
  errors: z.array(graphqlError),
  extensions: z.unknown(),
  cost: graphqlCost.optional(),
  /** The HTTP status of the third party. */
  status: z.int(),
  /** In milliseconds. */
  duration: z.number(),
  /** Whether the document was checked against the schema first, and if not, why. */
  validated: z.boolean(),
  notValidatedBecause: notValidatedBecause.optional(),
  /** What the errors mean, where Koble knows: nothing was done then. */
  failure: z.enum(['authentication', 'rate_limited']).optional(),
  /** In milliseconds, with `rate_limited`. */
  retryAfter: z.number().optional(),
})
export type GraphqlResponse = z.infer<typeof graphqlResponse>

export const graphqlSubscription = z.strictObject({
  ...source,
  /** `graphql-ws` speaks `graphql-transport-ws` over a WebSocket, `sse` the distinct connections mode of graphql-sse. */
  transport: z.enum(['graphql-ws', 'sse']),
})
export type GraphqlSubscription = z.infer<typeof graphqlSubscription>

export const graphqlSchemaQuery = z.strictObject({ endpoint: endpoint.optional() })
export const graphqlSchema = z.object({
  endpoint: z.string(),
  /** In the schema definition language; null when introspection did not bring it. */
  sdl: z.string().nullable(),
  notAvailableBecause: notValidatedBecause.exclude(['not_asked']).nullable(),
  fetchedAt: time,
  /** When it is asked for again. */
  expiresAt: time,
})
export type GraphqlSchema = z.infer<typeof graphqlSchema>

export const graphqlOperationParams = z.strictObject({ id, name: operationName })
export const putGraphqlOperation = z.strictObject({
  /** Exactly one operation, with the fragments it uses. */
  document,
  description: z.string().max(500).optional(),
})
export const graphqlOperation = z.object({
  id,
  name: z.string(),
  kind: z.enum(['query', 'mutation', 'subscription']),
  document: z.string(),
  description: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
})
export type GraphqlOperation = z.infer<typeof graphqlOperation>
export const graphqlOperationsQuery = pageQuery

/** How an integration's GraphQL API is called. What is absent is as the provider's definition says. */
export const graphqlSettings = z.strictObject({
  endpoint: endpoint.optional(),
  /** Where subscriptions over a WebSocket are opened; the endpoint unless said otherwise. */
  subscriptionEndpoint: endpoint.optional(),
  /** `persisted_only` refuses every document that is not kept with the integration, also through the proxy. */
  mode: z.enum(['any', 'persisted_only']).optional(),
  /** Send a document's hash in its place, and the document only when the third party does not know it. */
  apq: z.boolean().optional(),
  /** The points each connection may spend, where the third party does not say so itself. */
  points: z
    .strictObject({
      perSecond: z.number().positive().max(1_000_000).optional(),
      /** So many at once after a rest. */
      max: z.int().min(1).max(10_000_000).optional(),
      windows: z
        .array(
          z.strictObject({ points: z.int().min(1).max(100_000_000), perSeconds: z.number().min(0.1).max(2_678_400) }),
        )
        .min(1)
        .max(5)
        .optional(),
    })
    .optional(),
})
export type GraphqlSettings = z.infer<typeof graphqlSettings>
