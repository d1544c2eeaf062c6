import { z } from 'zod'
import { gatewayResponse } from './gateway.ts'
import { id, pageQuery, time } from './paging.ts'

/**
 * `queued` waits for its next attempt, `running` is under way, `succeeded` was answered with less than 400, `failed` was
 * refused by the third party for good, `dead` ran out of attempts or may have been done without our knowing,
 * `cancelled` was given up by somebody here.
 */
export const queuedRequestStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'])

/** A call that failed and is tried again, because its caller asked for that (`Koble-On-Failure: queue`). */
export const queuedRequest = z.object({
  id,
  integrationId: id,
  connectionId: id,
  provider: z.string(),
  method: z.string(),
  path: z.string(),
  status: queuedRequestStatus,
  attempts: z.int(),
  nextAttemptAt: time.nullable(),
  /** Of the last attempt. */
  responseStatus: z.int().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  callbackUrl: z.string().nullable(),
  callbackStatus: z.enum(['pending', 'delivered', 'failed']).nullable(),
  createdAt: time,
  finishedAt: time.nullable(),
})
export type QueuedRequest = z.infer<typeof queuedRequest>

export const queuedRequestDetail = queuedRequest.extend({
  /** The last answer, null while there is none. */
  response: gatewayResponse.pick({ status: true, headers: true, body: true, bodyEncoding: true }).nullable(),
})
export type QueuedRequestDetail = z.infer<typeof queuedRequestDetail>

export const queuedRequestsQuery = pageQuery.extend({
  status: queuedRequestStatus.optional(),
  connectionId: id.optional(),
})

/** The secret with which callbacks are signed, by https://www.standardwebhooks.com. */
export const callbackSecret = z.object({ secret: z.string() })
