import { KobleError } from '@koble/core/errors'
import { parseRetryAfterMs } from '@koble/core/resilience'
import type { Agent } from 'undici'
import type { HttpsConfig, HttpsSecrets, OpenDestination } from './destination.ts'
import { type ReceiverAgents, receiverUrl } from './https-target.ts'
import { postMessage, TimedOut } from './post-message.ts'
import { createReceiverProof, type ReceiverProof } from './receiver-auth.ts'
import type { OutboundMessage, ReceivedResponse, Sender, SendResult } from './sender.ts'

const keptBodyBytesMax = 20 * 1024
const keptHeaderBytesMax = 8 * 1024
/** Nothing of it is kept: it is a credential. */
const droppedHeaders = new Set(['set-cookie', 'set-cookie2'])

/** A failure, without what a response brings. */
type Failure = Extract<SendResult, { delivered: false }>

/**
 * Sends over HTTPS, one message in each request. The address is checked by the agents whenever a connection is made; no
 * redirect is followed; the destination's timeout holds for the whole request. When the receiver has said what became of
 * the message, the rest of its answer is read up to 20 KB, and no longer than the time that is left.
 */
export function createHttpsSender(
  destination: OpenDestination,
  parts: { agents: ReceiverAgents; fetch: typeof fetch; userAgent: string; now(): number },
): Sender {
  const secrets = destination.secrets as HttpsSecrets
  const proof = createReceiverProof(secrets.auth, { fetch: parts.fetch, now: parts.now })
  const custom = { ...ownHeaders(destination.headers), ...ownHeaders(secrets.headers ?? {}) }
  const { timeoutMs } = destination
  let url: URL | null = null

  async function sendOne(message: OutboundMessage, signal: AbortSignal): Promise<SendResult> {
    let agent: Agent
    try {
      url ??= receiverUrl((destination.config as unknown as HttpsConfig).url, parts.agents)
      const pool = url.protocol === 'http:' ? parts.agents.plain : parts.agents.secure
      agent = pool.agentFor(secrets.clientCertificate)
    } catch (error) {
      return failureOf(error, timeoutMs)
    }
    const first = await post(url, agent, message, proof, signal)
    // A token may have been revoked before its time: once, a new one is tried.
    if (first.response?.status !== 401 || !proof.renew()) return first
    return await post(url, agent, message, proof, signal)
  }

  async function post(
    url: URL,
    agent: Agent,
    message: OutboundMessage,
    { authorization }: ReceiverProof,
    signal: AbortSignal,
  ): Promise<SendResult> {
    let authorized: string | null
    try {
      authorized = await authorization()
    } catch (error) {
      return authFailure(error)
    }
    const headers = {
      ...custom,
      ...message.headers,
      ...(authorized !== null && { authorization: authorized }),
      'content-type': message.contentType,
      'user-agent': parts.userAgent,
    }
    try {
      const limits = { timeoutMs, bodyBytesMax: keptBodyBytesMax, signal }
      const answer = await postMessage(agent, url, { headers, body: message.body }, limits)
      return judgeResponse({ ...answer, headers: keptHeaders(answer.headers) }, parts.now())
    } catch (error) {
      return signal.aborted && !(error instanceof TimedOut) ? interrupted() : failureOf(error, timeoutMs)
    }
  }

  return { send: (messages, { signal }) => Promise.all(messages.map((message) => sendOne(message, signal))) }
}

/** Headers that are ours to set, or that belong to the connection. */
const reserved =
  /^(content-(type|length)|user-agent|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|proxy-.*|webhook-.*|svix-.*|x-webhook-.*|ce-.*)$/

/** Whether people may set a header of this name for a destination. */
export function isOwnHeader(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~\w]+$/.test(name) && !reserved.test(name.toLowerCase())
}

/** Of these headers those that people may set, by lower-case name. */
export function ownHeaders(headers: Record<string, string>): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => isOwnHeader(name))
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]))
}

function keptHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const kept: Record<string, string> = {}
  let bytes = 0
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || droppedHeaders.has(name)) continue
    const text = String(value)
    bytes += name.length + text.length
    if (bytes > keptHeaderBytesMax) break
    kept[name] = text
  }
  return kept
}

function judgeResponse(response: ReceivedResponse, nowMs: number): SendResult {
  const { status } = response
  if (status >= 200 && status < 300) return { delivered: true, response }
  const retryAfterMs = parseRetryAfterMs(response.headers['retry-after'], nowMs)
  const [code, message] =
    status === 410
      ? ['gone', 'The receiver says that it is gone for good (410).']
      : status >= 300 && status < 400
        ? ['redirected', `The receiver redirects elsewhere (${status}), which is not followed.`]
        : ['rejected', `The receiver answered ${status}.`]
  return {
    delivered: false,
    retryable: true,
    code,
    message,
    response,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

function interrupted(): Failure {
  return { delivered: false, retryable: true, code: 'interrupted', message: 'The node that sent it was stopped.' }
}

function authFailure(error: unknown): Failure {
  const code = error instanceof KobleError ? error.code : 'unknown'
  const message = `No token could be had from the authorization server (${code}).`
  return { delivered: false, retryable: true, code: 'authorization_failed', message }
}

/** What the errors of connections mean; the words of the receiver or the resolver are left out. */
function failureOf(error: unknown, timeoutMs: number): Failure {
  const failure = (code: string, message: string): Failure => ({ delivered: false, retryable: true, code, message })
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : ''
    if (cause instanceof KobleError && (code === 'private_address' || code === 'address_refused')) {
      return failure('address_refused', cause.message)
    }
    if (cause instanceof KobleError) return { ...failure('invalid_destination', cause.message), retryable: false }
    if (cause instanceof TimedOut || code === 'UND_ERR_CONNECT_TIMEOUT') {
      return failure('timeout', `There was no answer within ${timeoutMs} ms.`)
    }
    if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)) {
      return failure('tls_failed', `There is no trusted connection (${code}).`)
    }
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return failure('unavailable', 'The name cannot be resolved.')
    if (/^HPE_|^UND_ERR_HEADERS_OVERFLOW/.test(code)) return failure('malformed', 'The answer is no valid HTTP.')
    if (cause instanceof AggregateError && cause.errors.length > 0) return failureOf(cause.errors[0], timeoutMs)
    if (code === 'ECONNREFUSED') return failure('unavailable', 'Nobody listens there.')
  }
  return failure('unavailable', 'The connection broke.')
}
