import type { Page } from '@koble/contract/paging'
import type { QueuedRequest, QueuedRequestDetail } from '@koble/contract/queued-requests'
import { KobleError } from '@koble/core/errors'
import { assertHttpUrl, isRepeatable, requestHeaders } from '@koble/core/http'
import { parseRetryAfterMs } from '@koble/core/resilience'
import { generateSecret, type SignatureScheme, signDelivery } from '@koble/core/signatures'
import { v7 as uuidv7 } from 'uuid'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError, toProblem } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import {
  CallerPresence,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayService,
  sealEnvelope,
  shownPath,
} from '../gateway/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { AttemptEnd, QueuedRequestRecord, QueuedRequestStore } from './store.ts'
import { type Verdict, verdictOfError, verdictOfStatus } from './verdict.ts'

export interface QueuedRequestService {
  /**
   * Makes the call as the gateway does; when it fails in a way that may pass, keeps it and tries it again later. Throws
   * what the gateway throws when trying again is of no use, or could do twice what was asked for once.
   */
  call(
    call: GatewayCall,
    callbackUrl: string | null,
  ): Promise<{ answer: GatewayAnswer; queued: null } | { answer: null; queued: QueuedRequest }>
  list(
    organizationId: string,
    filter: { limit: number; after: string | null; status?: QueuedRequest['status']; connectionId?: string },
  ): Promise<Page<QueuedRequest>>
  get(organizationId: string, id: string): Promise<QueuedRequestDetail>
  retry(actor: Actor, origin: Origin, id: string): Promise<QueuedRequest>
  cancel(actor: Actor, origin: Origin, id: string): Promise<QueuedRequest>
  callbackSecret(actor: Actor, origin: Origin): Promise<{ secret: string }>
  /** One attempt, for the job of that generation. */
  attempt(job: { organizationId: string; id: string; generation: number }): Promise<void>
  /** Tells the caller's own address what became of a request. Throws while that does not succeed. */
  callBack(job: { organizationId: string; id: string }): Promise<void>
  /** Forgets what was finished long ago. */
  purge(): Promise<void>
}

/** What is kept of a call, sealed. */
interface KeptCall {
  path: string
  url?: string
  origin?: string
  headers: Record<string, string | string[]>
  body: string | null
  timeoutMs: number
}

type Outcome = {
  verdict: Verdict
  responseStatus: number | null
  errorCode: string | null
  errorMessage: string | null
  askedMs: number | undefined
}

/** The waits between attempts, each ±20 %; after the last one the request is dead. */
const waitsMs = [10, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800].map((seconds) => seconds * 1_000)
const longestWaitMs = 86_400_000
const keptResponseCharsMax = 256 * 1024
const keptForMs = 30 * 86_400_000
/** A callback that has not got through by then is given up: the answer can still be fetched. */
const callBackForMs = 5 * 3_600_000
const callbackScheme: SignatureScheme = { type: 'standard_webhooks' }

export function createQueuedRequestService(parts: {
  store: QueuedRequestStore
  gateway: GatewayService
  connections: ConnectionService
  integrations: IntegrationService
  encryption: EncryptionService
  activity: ActivityService
  audit: AuditService
  fetch: typeof fetch
}): QueuedRequestService {
  const { store, gateway, encryption, audit } = parts

  const seal = (organizationId: string, row: string, column: string, content: unknown) =>
    encryption.encrypt({ organizationId, table: 'queued_requests', row, column }, JSON.stringify(content))
  const unseal = async (organizationId: string, row: string, column: string, sealed: string) =>
    JSON.parse(await encryption.decrypt({ organizationId, table: 'queued_requests', row, column }, sealed))

  async function note(
    row: QueuedRequestRecord,
    action: string,
    status: 'success' | 'failure' | 'info',
    summary: string,
  ) {
    await parts.activity.record({
      organizationId: row.organization_id,
      integrationId: row.integration_id,
      connectionId: row.connection_id,
      provider: row.provider_id,
      type: 'system',
      action: `request.${action}`,
      status,
      summary: `${row.method} ${row.path} ${summary}`,
      details: { queuedRequestId: row.id, attempts: row.attempts, errorCode: row.error_code },
    })
  }

  /** The connection's integration and its header for harmless repetitions. */
  async function settingsOf(organizationId: string, connectionId: string) {
    const connection = await parts.connections.get(organizationId, connectionId)
    const { resolved } = await parts.integrations.open(organizationId, connection.integrationId)
    return { connection, idempotencyHeader: resolved.api.idempotencyHeader }
  }

  async function detailOf(row: QueuedRequestRecord): Promise<QueuedRequestDetail> {
    const sealed = row.sealed_response
    const response = sealed === null ? null : await unseal(row.organization_id, row.id, 'sealed_response', sealed)
    return { ...toQueuedRequest(row), response }
  }

  async function secretOf(organizationId: string): Promise<string> {
    const context = { organizationId, table: 'callback_secrets', row: organizationId, column: 'sealed_secret' }
    const sealed = await store.findCallbackSecret(organizationId)
    if (sealed !== undefined) return await encryption.decrypt(context, sealed)
    await store.addCallbackSecret(organizationId, await encryption.encrypt(context, generateSecret(callbackScheme)))
    return await secretOf(organizationId)
  }

  async function demand(organizationId: string, id: string): Promise<QueuedRequestRecord> {
    const row = await store.find(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such queued request.')
    return row
  }

  return {
    async call(given, callbackUrl) {
      if (given.body !== null && !Buffer.isBuffer(given.body)) {
        throw apiError('invalid_request', 'Koble-On-Failure: a body that is kept has a length, and at most 256 KiB.')
      }
      if (callbackUrl !== null) demandCallbackUrl(callbackUrl)
      const { organizationId } = given.actor
      const { connection, idempotencyHeader } = await settingsOf(organizationId, given.connectionId)
      const id = uuidv7()
      const headers = requestHeaders(given.headers)
      // From the first attempt on, so that the third party recognises the later ones.
      if (idempotencyHeader && !isRepeatable(given.method, headers, idempotencyHeader)) headers[idempotencyHeader] = id
      const repeatable = isRepeatable(given.method, headers, idempotencyHeader)
      let outcome: Outcome
      try {
        const answer = await gateway.call({ ...given, headers })
        outcome = outcomeOfAnswer(answer, repeatable)
        if (outcome.verdict !== 'again') return { answer, queued: null }
        answer.body.destroy()
      } catch (error) {
        outcome = outcomeOfError(error, repeatable)
        if (outcome.verdict !== 'again') throw error
      }
      const kept: KeptCall = {
        path: given.path,
        url: given.url,
        origin: given.origin,
        headers,
        body: given.body === null ? null : given.body.toString('base64'),
        timeoutMs: given.timeoutMs,
      }
      const { type, label, id: actorId, role } = given.actor
      const row = await store.insert({
        id,
        organizationId,
        integrationId: connection.integrationId,
        connectionId: connection.id,
        provider: connection.provider,
        actor: { type, id: actorId, label, role },
        method: given.method,
        path: shownPath(given),
        sealedRequest: await seal(organizationId, id, 'sealed_request', kept),
        attempts: 1,
        nextAttemptAt: nextAttempt(1, outcome.askedMs) as Date,
        callbackUrl,
        responseStatus: outcome.responseStatus,
        errorCode: outcome.errorCode,
        errorMessage: outcome.errorMessage,
      })
      await note(row, 'queued', 'info', 'failed and is tried again later')
      return { answer: null, queued: toQueuedRequest(row) }
    },

    async list(organizationId, filter) {
      return toPage(await store.list(organizationId, filter), filter.limit, toQueuedRequest)
    },
    async get(organizationId, id) {
      return await detailOf(await demand(organizationId, id))
    },

    async retry(actor, origin, id) {
      const { status } = await demand(actor.organizationId, id)
      const row = await store.retryNow(actor.organizationId, id)
      if (!row) throw apiError('conflict', `It cannot be tried again while it is ${status}.`)
      await audit.record(actor, origin, {
        action: 'queued_request.retried',
        targetType: 'queued_request',
        targetId: id,
      })
      return toQueuedRequest(row)
    },

    async cancel(actor, origin, id) {
      const { status } = await demand(actor.organizationId, id)
      const row = await store.cancel(actor.organizationId, id)
      if (!row) throw apiError('conflict', `It is ${status} already.`)
      await note(row, 'cancelled', 'info', 'was given up')
      await audit.record(actor, origin, {
        action: 'queued_request.cancelled',
        targetType: 'queued_request',
        targetId: id,
      })
      return toQueuedRequest(row)
    },

    async callbackSecret(actor, origin) {
      await audit.record(actor, origin, { action: 'callback_secret.read' })
      return { secret: await secretOf(actor.organizationId) }
    },

    async attempt({ organizationId, id, generation }) {
      const row = await store.claim(organizationId, id, generation)
      if (!row) return
      const kept: KeptCall = await unseal(organizationId, id, 'sealed_request', row.sealed_request)
      const { connection, idempotencyHeader } = await settingsOf(organizationId, row.connection_id)
      const repeatable = isRepeatable(row.method, kept.headers, idempotencyHeader)
      let outcome: Outcome
      let sealedResponse: string | null = null
      if (row.wasRunning && !repeatable) {
        outcome = { ...failure('internal_error', 'Koble stopped in the middle of an attempt.'), verdict: 'unknown' }
      } else {
        try {
          const answer = await gateway.call({
            ...kept,
            actor: { ...(row.actor as unknown as Actor), organizationId },
            connectionId: row.connection_id,
            method: row.method,
            body: kept.body === null ? null : Buffer.from(kept.body, 'base64'),
            origin: kept.origin,
            url: kept.url,
            requestId: id,
            signal: new CallerPresence(),
          })
          outcome = outcomeOfAnswer(answer, repeatable)
          const { status, headers, body, bodyEncoding } = await sealEnvelope(answer, 0)
          const isSmall = JSON.stringify(body).length <= keptResponseCharsMax
          const response = {
            status,
            headers,
            ...(isSmall ? { body, bodyEncoding } : { body: null, bodyEncoding: 'none' }),
          }
          sealedResponse = await seal(organizationId, id, 'sealed_response', response)
        } catch (error) {
          outcome = outcomeOfError(error, repeatable)
          if (connection.status === 'disconnected') outcome.verdict = 'failed'
        }
      }
      const end = await store.end(organizationId, id, generation, {
        ...conclude(outcome, row.attempts),
        sealedResponse,
      })
      if (end?.status === 'succeeded') await note(end, 'succeeded', 'success', 'went through in the end')
      else if (end?.status === 'failed') await note(end, 'failed', 'failure', 'was refused for good')
      else if (end?.status === 'dead') await note(end, 'dead', 'failure', 'is not tried any more')
    },

    async callBack({ organizationId, id }) {
      const row = await store.find(organizationId, id)
      if (!row || row.callback_url === null || row.callback_status !== 'pending' || !row.finished_at) return
      const message = {
        type: `request.${row.status}`,
        timestamp: row.finished_at.toISOString(),
        data: await detailOf(row),
      }
      const body = Buffer.from(JSON.stringify(message))
      try {
        const signed = { secret: await secretOf(organizationId), now: new Date(), id: `${id}-${row.generation}`, body }
        const headers = { 'content-type': 'application/json', ...signDelivery(callbackScheme, signed) }
        const response = await parts.fetch(row.callback_url, { method: 'POST', headers, body })
        await response.body?.cancel()
        if (!response.ok) throw new KobleError('provider_rejected', `The callback was answered ${response.status}`)
        await store.setCallbackStatus(organizationId, id, 'delivered')
      } catch (error) {
        if (Date.now() - row.finished_at.getTime() < callBackForMs) throw error
        await store.setCallbackStatus(organizationId, id, 'failed')
        await note(row, 'callback_failed', 'failure', 'was finished, but its callback did not get through')
      }
    },

    purge: () => store.purge(new Date(Date.now() - keptForMs)),
  }
}

function outcomeOfAnswer({ status, headers }: GatewayAnswer, repeatable: boolean): Outcome {
  const verdict = verdictOfStatus(status, repeatable)
  const askedMs = parseRetryAfterMs(headers['retry-after'], Date.now())
  return { verdict, responseStatus: status, errorCode: null, errorMessage: null, askedMs }
}

function outcomeOfError(error: unknown, repeatable: boolean): Outcome {
  const { code, detail, title } = toProblem(error, '')
  const asked = error instanceof KobleError ? error.details['retryAfterMs'] : undefined
  return {
    ...failure(code, detail ?? title),
    verdict: verdictOfError(error, repeatable),
    askedMs: typeof asked === 'number' ? asked : undefined,
  }
}

const failure = (errorCode: string, errorMessage: string) => ({
  responseStatus: null,
  errorCode,
  errorMessage,
  askedMs: undefined,
})

function conclude(outcome: Outcome, attempts: number): Omit<AttemptEnd, 'sealedResponse'> {
  const { verdict, responseStatus, errorCode, errorMessage } = outcome
  const facts = { responseStatus, errorCode, errorMessage, nextAttemptAt: null }
  if (verdict === 'succeeded' || verdict === 'failed') return { ...facts, status: verdict }
  if (verdict === 'unknown') {
    const reason = 'It may have been done: to send it again could do it twice.'
    return { ...facts, status: 'dead', errorMessage: [errorMessage, reason].filter(Boolean).join(' ') }
  }
  const nextAttemptAt = nextAttempt(attempts, outcome.askedMs)
  return nextAttemptAt ? { ...facts, status: 'queued', nextAttemptAt } : { ...facts, status: 'dead' }
}

/** When to try again after so many attempts: by the schedule, and no sooner than was asked for; null for never. */
function nextAttempt(attempts: number, askedMs = 0): Date | null {
  const waitMs = waitsMs[attempts - 1]
  if (waitMs === undefined) return null
  const spreadMs = waitMs * (0.8 + Math.random() * 0.4)
  return new Date(Date.now() + Math.min(longestWaitMs, Math.max(spreadMs, askedMs)))
}

function demandCallbackUrl(text: string): void {
  const url = URL.parse(text)
  if (url === null) throw apiError('invalid_request', 'Koble-Callback-Url: it is no address.')
  assertHttpUrl(url)
}

function toQueuedRequest(row: QueuedRequestRecord): QueuedRequest {
  return {
    id: row.id,
    integrationId: row.integration_id,
    connectionId: row.connection_id,
    provider: row.provider_id,
    method: row.method,
    path: row.path,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    responseStatus: row.response_status,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    callbackUrl: row.callback_url,
    callbackStatus: row.callback_status,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  }
}
