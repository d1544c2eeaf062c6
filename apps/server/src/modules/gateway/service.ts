import type { Readable } from 'node:stream'
import { KobleError } from '@koble/core/errors'
import {
  type AgentPool,
  type CallerSignal,
  type ForwardedResponse,
  type ForwardTiming,
  forward,
  type HeaderFields,
  requestHeaders,
  responseHeaders,
} from '@koble/core/http'
import type { Bulkhead } from '@koble/core/resilience'
import type { Agent } from 'undici'
import type { Actor } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'
import { countStreamed } from '../../spare-memory.ts'
import type { ActivityService } from '../activity/service.ts'
import {
  type Authorization,
  addBodyFields,
  apiOf,
  type ConnectionService,
  noteNonce,
  type OpenConnection,
} from '../connections/service.ts'
import type { GovernanceService } from '../governance/service.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import { BodyLog, mayLogBodies } from './body-log.ts'
import type { CallGuard } from './call-guard.ts'
import type { CallExtras, Extras } from './extras.ts'
import { demandFreeDocuments } from './graphql-endpoint.ts'
import type { CircuitChange, Guards } from './guards.ts'
import { shownPath } from './shown-path.ts'
import { SigningGate } from './signing-gate.ts'
import { placeOf, targetUrl } from './target-url.ts'

export { CallerPresence } from './caller-presence.ts'
export { sealEnvelope } from './envelope.ts'
export { notPersisted } from './graphql-endpoint.ts'
export type { GuardCounts, Guards, Quota } from './guards.ts'
export { presenceOf } from './presence-of.ts'
export { shownPath } from './shown-path.ts'
export { JobFailure, JobTimeout, type WorkerPool } from './worker-pool.ts'

export interface GatewayCall {
  actor: Actor
  connectionId: string
  /** When given, the connection must be one of this integration's. */
  integrationId?: string
  method: string
  /** Below the API's base, with the query. */
  path: string
  headers: Record<string, string | string[] | undefined>
  /** A Buffer can be sent again after a renewal of the token, or a retry; a stream cannot. */
  body: Readable | Buffer | null
  requestId: string
  /** Of the caller; absent for a job, which has none. */
  address?: string
  timeoutMs: number
  /** One of the provider's other origins. */
  origin: string | undefined
  /** A whole address of the provider's, in place of `path` and `origin`. */
  url: string | undefined
  signal: CallerSignal
  /** The caller knows that it changes nothing, whatever its method. */
  repeatable?: boolean
  /** It carries a GraphQL document that the integration's `mode` was held against already. */
  graphqlChecked?: boolean
  /**
   * Koble calls for itself: without what the integration has set for its callers (cache, transforms, validation), and with
   * neither body in the log, since they may carry secrets of ours.
   */
  isOwn?: boolean
}

export type GatewayAnswer = Pick<ForwardedResponse, 'status' | 'headers' | 'body'> & {
  /** Of the credentials that it was made with. */
  credentialsVersion: number
}

/** What came back, before anything is said of it to the caller. */
export type ReceivedAnswer = Pick<GatewayAnswer, 'status' | 'headers' | 'body'>

/** Where a socket is opened, and as whom. */
export interface SocketTarget {
  /** http or https. */
  url: URL
  headers: HeaderFields
  /** Those that carry the credentials. */
  authorization: Record<string, string>
  agent: Agent
  /** Ends the handshake. */
  signal: AbortSignal
}

export interface GatewayService {
  /** One call to the third party as the connected account; streams both ways. Throws `provider_*` and the like. */
  call(call: GatewayCall): Promise<GatewayAnswer>
  /**
   * A handshake (WebSocket) as the connected account, in the same way: guarded, logged, renewed once when the credentials
   * are refused. `open` resolves once it stands, or rejects with the third party's status in `details.status`; what
   * becomes of the socket then is the caller's. `timeoutMs` is for the handshake.
   */
  connect<Socket>(
    call: Omit<GatewayCall, 'body' | 'method'>,
    open: (target: SocketTarget) => Promise<Socket>,
  ): Promise<Socket>
  /**
   * The third party refused the credentials in words of its own, with another status than 401: renews them as after a 401
   * and says whether the call may help now; where there is nothing to renew with, the connection is tried out.
   */
  rejected(organizationId: string, connectionId: string, credentialsVersion: number): Promise<boolean>
}

const verifyAgainAfterMs = 30_000
const renewAgainAfterMs = 30_000

/** What may differ between a call and what is sent for it. */
type Sent = Pick<GatewayCall, 'signal' | 'timeoutMs'> & { headers: HeaderFields }

/** What becomes known of a call on its way, for the log. */
interface CallRecord {
  readonly startedAt: number
  attempts: number
  timing: ForwardTiming | null
  /** The answer asks for the proof of possession to be made anew. */
  wantsNonce: boolean
  /** Listens where bodies are logged. */
  bodies?: BodyLog
}

/** A call that is ready to be sent. */
interface Prepared {
  url: URL
  headers: HeaderFields
  body: GatewayCall['body']
  authorization: Authorization
  /** Signs the header fields of a further attempt anew; absent where nothing is signed. */
  sign: ((headers: HeaderFields) => Promise<void>) | undefined
  bulkhead: Bulkhead
  guard: CallGuard
}

export function createGatewayService(parts: {
  connections: ConnectionService
  integrations: IntegrationService
  activity: ActivityService
  guards: Guards
  governance: GovernanceService
  agents: AgentPool
  extras: Extras
  log: { warn(details: object, message: string): void }
}): GatewayService {
  const { connections, integrations, activity } = parts
  const verifiedAt = new Map<string, number>()
  /** Credentials that came after a 401. When they are refused as well, the next ones would be too. */
  const renewedTo = new Map<string, { version: number; at: number }>()

  /** At once, unless the call has to be signed. */
  function prepare(
    call: Omit<GatewayCall, 'body'> & Partial<Pick<GatewayCall, 'body'>>,
    integration: OpenIntegration,
    connection: OpenConnection,
  ): Prepared | Promise<Prepared> {
    const { resolved } = integration
    integrations.demandUsable(integration)
    const api = apiOf(integration, connection.credentials)
    const url = targetUrl(api, call.path, call.origin)
    if (!call.graphqlChecked) demandFreeDocuments(integration, api, url)
    const { method, body: given = null } = call
    const headers = requestHeaders(call.headers)
    for (const name in resolved.api.headers) headers[name.toLowerCase()] ??= resolved.api.headers[name] as string
    headers['user-agent'] ??= 'Koble'
    const complete = (authorization: Authorization, sign?: Prepared['sign']): Prepared => {
      let body = given
      for (const name in authorization.query) url.searchParams.set(name, authorization.query[name] as string)
      Object.assign(headers, authorization.headers)
      if (authorization.bodyFields) {
        const filled = addBodyFields(body, headers['content-type']?.toString(), authorization.bodyFields)
        body = filled.body
        headers['content-type'] = filled.contentType
        headers['content-length'] = String(filled.body.length)
      }
      const path = shownPath({ path: call.path })
      const guards = parts.guards.of({ integration, connectionId: connection.id, method, path, host: url.host })
      return { url, headers, body, authorization, sign, ...guards }
    }
    const authorizing = connections.authorize(integration, connection, { method, url, headers, body: given })
    if (!(authorizing instanceof Promise)) return complete(authorizing)
    const unsigned = { method, url, headers: { ...headers }, body: given }
    return authorizing.then((authorization) =>
      complete(authorization, async (sent) => {
        Object.assign(sent, (await connections.authorize(integration, connection, unsigned)).headers)
      }),
    )
  }

  async function send(
    call: GatewayCall,
    integration: OpenIntegration,
    connection: OpenConnection,
    record: CallRecord,
    extras: CallExtras | null,
    onEnd: () => void,
  ): Promise<ReceivedAnswer> {
    const preparing = prepare(call, integration, connection)
    const prepared = preparing instanceof Promise ? await preparing : preparing
    const { url, headers, body, authorization, sign, bulkhead, guard } = prepared
    const { method } = call
    const covers = Object.keys(authorization.headers)
    await extras?.check({ ...call, url, headers, filled: [...covers, ...Object.keys(authorization.query)] })
    const pass = async ({ headers, signal, timeoutMs }: Sent, ended: () => void): Promise<ForwardedResponse> => {
      const queuedAt = performance.now()
      if (!bulkhead.tryEnter()) await waitForPlace(bulkhead, { signal, timeoutMs }, connection.id)
      const queueMs = performance.now() - queuedAt
      record.bodies?.sent(url, headers, body, connection)
      try {
        const response = await forward({
          agent: parts.agents.agentFor(authorization.clientCertificate),
          url,
          method,
          headers,
          body,
          timeoutMs: Math.max(1, timeoutMs - queueMs),
          signal,
          idempotencyHeader: integration.resolved.api.idempotencyHeader,
          repeatable: call.repeatable,
          onChunk: countStreamed,
          gate: sign ? new SigningGate(guard, () => sign(headers)) : guard,
          onEnd() {
            bulkhead.leave()
            ended()
          },
        })
        record.bodies?.received(response.headers, response.body)
        record.timing = { ...response.timing, queueMs: response.timing.queueMs + queueMs }
        record.wantsNonce =
          Boolean(integration.dpop) && (await noteNonce(integration, url, response.status, response.headers))
        return response
      } catch (error) {
        bulkhead.leave()
        throw error
      } finally {
        record.attempts += guard.attempts
      }
    }
    const sent = { headers, signal: call.signal, timeoutMs: call.timeoutMs }
    if (extras === null) return await pass(sent, onEnd)
    return await extras.pass(connection, { ...sent, url, method, body, onEnd }, covers, pass)
  }

  /** One handshake; its place among the calls to the host is free again once it stands. */
  async function shake<Socket>(
    call: Omit<GatewayCall, 'body'>,
    integration: OpenIntegration,
    connection: OpenConnection,
    record: CallRecord,
    open: (target: SocketTarget) => Promise<Socket>,
  ): Promise<Socket> {
    const { url, headers, bulkhead, guard, authorization } = await prepare(call, integration, connection)
    if (!bulkhead.tryEnter()) await waitForPlace(bulkhead, call, connection.id)
    const waiting = new AbortController()
    const leave = { handleEvent: () => waiting.abort(new KobleError('client_closed', 'The caller went away.')) }
    const late = () => waiting.abort(apiError('provider_timeout', 'The provider did not answer in time.'))
    const deadline = setTimeout(late, call.timeoutMs)
    call.signal.addEventListener('abort', leave, { once: true })
    try {
      await guard.enter(() => waiting.signal)
      try {
        const socket = await open({
          url,
          headers,
          authorization: authorization.headers,
          agent: parts.agents.agentFor(authorization.clientCertificate),
          signal: waiting.signal,
        })
        guard.answered(101, {})
        return socket
      } catch (error) {
        const failure = error instanceof KobleError ? error : apiError('provider_unreachable', String(error))
        const { status } = failure.details
        if (typeof status === 'number') guard.answered(status, {})
        else guard.failed(failure)
        throw failure
      }
    } finally {
      clearTimeout(deadline)
      call.signal.removeEventListener('abort', leave)
      bulkhead.leave()
      record.attempts += guard.attempts
    }
  }

  /** Whose call it is, and where it goes. */
  async function open<Given extends Omit<GatewayCall, 'body' | 'method'>>(given: Given) {
    const connection = await connections.fresh(given.actor.organizationId, given.connectionId)
    if (given.integrationId !== undefined && given.integrationId !== connection.integrationId) {
      throw apiError('not_found', 'There is no such connection of this integration.')
    }
    const integration = await integrations.open(connection.organizationId, connection.integrationId)
    if (given.address !== undefined) {
      integrations.demandCallerAllowed(integration, given.address, given.actor, given.requestId)
    }
    const call: Given =
      given.url === undefined
        ? given
        : { ...given, origin: undefined, ...placeOf(apiOf(integration, connection.credentials), given.url) }
    return { connection, integration, call }
  }

  /** Writes the call down, once. */
  function noteOf(
    call: Omit<GatewayCall, 'body'>,
    integration: OpenIntegration,
    connection: OpenConnection,
    record: CallRecord,
    cacheHit: () => boolean,
  ): (status: number | null, errorCode: string | null) => void {
    return (status, errorCode) => {
      const { actor, requestId, address, method } = call
      const origin = { id: requestId, ip: address ?? '' }
      const path = shownPath({ path: call.path })
      parts.governance.noteUse({ integration, connectionId: connection.id, actor, origin, method, path, status })
      activity.noteRequest({
        organizationId: connection.organizationId,
        integrationId: connection.integrationId,
        connectionId: connection.id,
        provider: connection.providerId,
        method: call.method,
        endpoint: path,
        durationMs: performance.now() - record.startedAt,
        timing: record.timing,
        requestId,
        attempts: record.attempts,
        status,
        errorCode,
        cacheHit: cacheHit(),
        bodies: record.bodies,
      })
    }
  }

  /** The connection with a new token after a 401; null when there is none to be had, or it would not help. */
  async function renew(connection: OpenConnection): Promise<OpenConnection | null> {
    const { id, organizationId, version } = connection
    const last = renewedTo.get(id)
    if (last?.version === version && Date.now() - last.at < renewAgainAfterMs) return null
    if (!(await connections.renewAfterRejection(connection).catch(() => false))) return null
    const renewed = await connections.fresh(organizationId, id)
    if (renewedTo.size > 10_000) renewedTo.clear()
    renewedTo.set(id, { version: renewed.version, at: Date.now() })
    return renewed
  }

  /** Off the path of the call: it only makes later ones spare a refusal. */
  function learn(connection: OpenConnection): void {
    connections.learnLifetime(connection).catch((error) => {
      parts.log.warn({ err: error, connectionId: connection.id }, 'the lifetime of a token could not be noted')
    })
  }

  /** The token may have been revoked at the provider: one cheap call tells, now and then. */
  function verify(connection: OpenConnection): void {
    const last = verifiedAt.get(connection.id) ?? 0
    if (Date.now() - last < verifyAgainAfterMs) return
    if (verifiedAt.size > 10_000) verifiedAt.clear()
    verifiedAt.set(connection.id, Date.now())
    connections.test(connection.organizationId, connection.id).catch((error) => {
      parts.log.warn({ err: error, connectionId: connection.id }, 'a refused connection could not be verified')
    })
  }

  return {
    async call(given) {
      const record: CallRecord = { startedAt: performance.now(), attempts: 0, timing: null, wantsNonce: false }
      const { connection, integration, call: asked } = await open(given)
      if (!asked.isOwn && mayLogBodies(integration)) record.bodies = new BodyLog(integration, connection)
      let extras: CallExtras | null = null
      const note = noteOf(asked, integration, connection, record, () => extras?.cacheHit ?? false)
      /** The answer that goes to the caller; one that is thrown away for a better one is not logged. */
      let final: ReceivedAnswer | null = null
      let ended = false
      const onEnd = () => {
        ended = true
        if (final) note(final.status, null)
      }
      try {
        if (!asked.isOwn) extras = parts.extras.of(integration, asked)
        const call = extras === null ? asked : await extras.request(asked)
        let response = await send(call, integration, connection, record, extras, onEnd)
        let { version } = connection
        const isRepeatable = call.body === null || Buffer.isBuffer(call.body)
        if (record.wantsNonce && isRepeatable) {
          response.body.destroy()
          ended = false
          response = await send(call, integration, connection, record, extras, onEnd)
        }
        if (response.status === 401) {
          // For a stream too, although it cannot be sent again: the next call gets through.
          const renewed = await renew(connection)
          if (renewed && isRepeatable) {
            response.body.destroy()
            ended = false
            version = renewed.version
            response = await send(call, integration, renewed, record, extras, onEnd)
            if (response.status !== 401) learn(connection)
          } else if (!connection.canRefresh) verify(connection)
        }
        let answer = { status: response.status, headers: responseHeaders(response.headers), body: response.body }
        if (extras !== null) answer = await extras.answer(call, answer)
        if (ended) note(response.status, null)
        else final = response
        return { ...answer, credentialsVersion: version }
      } catch (error) {
        note(null, error instanceof KobleError ? error.code : 'internal_error')
        throw error
      }
    },

    async connect(given, openSocket) {
      const record: CallRecord = { startedAt: performance.now(), attempts: 0, timing: null, wantsNonce: false }
      const { connection, integration, call: placed } = await open(given)
      const call = { ...placed, method: 'GET' }
      const note = noteOf(call, integration, connection, record, () => false)
      try {
        const socket = await shake(call, integration, connection, record, openSocket).catch(async (error) => {
          const refused = error instanceof KobleError && error.details['status'] === 401
          const renewed = refused ? await renew(connection) : null
          if (renewed) return await shake(call, integration, renewed, record, openSocket)
          if (refused && !connection.canRefresh) verify(connection)
          throw error
        })
        note(101, null)
        return socket
      } catch (error) {
        note(null, error instanceof KobleError ? error.code : 'internal_error')
        throw error
      }
    },

    async rejected(organizationId, connectionId, credentialsVersion) {
      const connection = await connections.fresh(organizationId, connectionId)
      if (await renew({ ...connection, version: credentialsVersion })) return true
      if (!connection.canRefresh) verify(connection)
      return false
    },
  }
}

/** Waits in turn for a place among the calls to the host; the caller's going away and its deadline end that. */
async function waitForPlace(bulkhead: Bulkhead, call: Omit<Sent, 'headers'>, lane: string): Promise<void> {
  const waiting = new AbortController()
  const leave = { handleEvent: () => waiting.abort(new KobleError('client_closed', 'The caller went away.')) }
  const late = () => waiting.abort(apiError('bulkhead_full', 'The call waited for its turn until its time was over.'))
  const deadline = setTimeout(late, call.timeoutMs)
  call.signal.addEventListener('abort', leave, { once: true })
  try {
    await bulkhead.enter({ signal: waiting.signal, lane })
  } finally {
    clearTimeout(deadline)
    call.signal.removeEventListener('abort', leave)
  }
}

/** The line of the log that tells of a breaker. */
export function circuitLine({ host, state, ...change }: CircuitChange) {
  const summary = {
    OPEN: `Calls to ${host} are stopped for a while: too many of them fail`,
    HALF_OPEN: `One call to ${host} is let through, to see whether it works again`,
    CLOSED: `Calls to ${host} go through again`,
  }[state]
  const status = { OPEN: 'failure', HALF_OPEN: 'info', CLOSED: 'success' } as const
  return {
    ...change,
    connectionId: null,
    type: 'system' as const,
    action: `integration.circuit_${state.toLowerCase()}`,
    status: status[state],
    summary,
    details: { host },
  }
}

/** The connection that the header names; throws `invalid_request` when it is missing. */
export function demandConnectionId(header: string | string[] | undefined): string {
  if (typeof header === 'string' && header !== '') return header
  throw apiError('invalid_request', 'Koble-Connection: name the connection to call as in this header.')
}
