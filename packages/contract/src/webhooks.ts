import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'
import { createRegistration, registration } from './webhook-registrations.ts'

/** An inbound endpoint: a URL that a provider posts to. */
export const endpoint = z.object({
  id,
  integrationId: id,
  provider: z.string(),
  url: z.string(),
  /** Event types that are processed; empty means all. Others are acknowledged and ignored. */
  events: z.array(z.string()),
  enabled: z.boolean(),
  createdAt: time,
  lastEventAt: time.nullable(),
  /** Over the last 24 hours. */
  received24h: z.int(),
  failed24h: z.int(),
})
export type Endpoint = z.infer<typeof endpoint>
/** The secret is shown here once, later only on demand (`GET …/secret`, audited). */
export const createdEndpoint = endpoint.extend({
  secret: z.string().nullable(),
  /** What became of `register`; absent without it. */
  registration: registration.optional(),
})
export type CreatedEndpoint = z.infer<typeof createdEndpoint>

const secret = z.string().min(8).max(500)
export const createEndpoint = z.strictObject({
  events: z.array(z.string().min(1).max(200)).max(200).default([]),
  /** The provider's signing secret; made by us when absent and the provider lets us choose. */
  secret: secret.optional(),
  /** Register it at the provider, by its API and in the name of an account. */
  register: createRegistration.optional(),
})
export const updateEndpoint = z.strictObject({
  events: z.array(z.string().min(1).max(200)).max(200).optional(),
  enabled: z.boolean().optional(),
  secret: secret.optional(),
})
export const endpointSecret = z.object({ secret: z.string().nullable() })
export const endpointsQuery = pageQuery.extend({ integrationId: id.optional() })
export const endpointParams = z.strictObject({ endpointId: id })

export const eventStatus = z.enum(['pending', 'processing', 'completed', 'retrying', 'failed'])
export type EventStatus = z.infer<typeof eventStatus>

export const event = z.object({
  id,
  provider: z.string(),
  endpointId: id,
  connectionId: id.nullable(),
  eventType: z.string(),
  externalEventId: z.string(),
  status: eventStatus,
  attempts: z.int(),
  receivedAt: time,
  processedAt: time.nullable(),
  errorMessage: z.string().nullable(),
})
export type Event = z.infer<typeof event>

export const eventDetail = event.extend({
  headers: z.record(z.string(), z.string()),
  contentType: z.string().nullable(),
  bodyBytes: z.int(),
  /** The raw body: as text when it is valid UTF-8, else base64. */
  body: z.string(),
  bodyEncoding: z.enum(['utf8', 'base64']),
  /** True when the integration is restricted and the role is below admin: `body` is then empty. */
  bodyWithheld: z.boolean(),
})
export type EventDetail = z.infer<typeof eventDetail>

export const eventsQuery = pageQuery.extend({
  endpointId: id.optional(),
  connectionId: id.optional(),
  status: eventStatus.optional(),
  eventType: z.string().max(200).optional(),
})
/** What sending a signed test delivery to our own endpoint answered. */
export const endpointTest = z.object({ status: z.int(), eventId: id.nullable(), eventType: z.string() })
