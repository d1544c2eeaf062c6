import { z } from 'zod'
import { id, pageQuery, time } from './paging.ts'

/** One call out through the gateway. */
export const loggedRequest = z.object({
  id,
  at: time,
  integrationId: id,
  connectionId: id,
  provider: z.string(),
  method: z.string(),
  /** Without the query, which may carry secrets. */
  path: z.string(),
  /** Of the third party's answer; null when there was none. */
  status: z.int().nullable(),
  outcome: z.enum(['success', 'failure']),
  /** Why there was no answer, or why the call was not made. */
  errorCode: z.string().nullable(),
  /** Until the end of the answer's body, in milliseconds. */
  durationMs: z.number(),
  attempts: z.int(),
  cacheHit: z.boolean(),
  /** As in the header `X-Request-Id`. */
  requestId: z.string().nullable(),
  /** Whether `GET /api/requests/{id}` has the redacted request and answer. */
  hasExchange: z.boolean(),
})
export type LoggedRequest = z.infer<typeof loggedRequest>

/** A request or an answer without its secrets. */
const loggedMessage = z.object({
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  /** Its beginning, decoded; null when there was none or it was left out. */
  body: z.string().nullable(),
  /** As they went over the wire. */
  bodyBytes: z.int().nullable(),
  truncated: z.boolean(),
  /** Why there is no body although one was sent. */
  omitted: z.enum(['not_text', 'not_decodable']).nullable(),
})

export const loggedRequestDetail = loggedRequest.extend({
  /** Where the time went, in milliseconds, one after the other; null when there was no answer. */
  timing: z
    .object({ queueMs: z.number(), connectMs: z.number(), firstByteMs: z.number(), downloadMs: z.number() })
    .nullable(),
  /** Kept where the integration's `bodyLogging` is `redacted`. */
  exchange: z
    .object({ request: loggedMessage.extend({ query: z.string() }), response: loggedMessage.nullable() })
    .nullable(),
})
export type LoggedRequestDetail = z.infer<typeof loggedRequestDetail>

/** `success`, `failure`, or one HTTP status. */
const statusFilter = z.union([z.enum(['success', 'failure']), z.coerce.number().int().min(100).max(599)])

export const requestsQuery = pageQuery.extend({
  integrationId: id.optional(),
  connectionId: id.optional(),
  status: statusFilter.optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).optional(),
  /** In the path, or the whole of a request id. */
  search: z.string().min(1).max(100).optional(),
  minDurationMs: z.coerce.number().min(0).max(86_400_000).optional(),
  from: time.optional(),
  to: time.optional(),
})
