import { KobleError } from '@koble/core/errors'
import { createSocketClass } from '@koble/core/http'
import { createParser } from 'eventsource-parser'
import { createClient, type SubscribePayload } from 'graphql-ws'
import { apiError } from '../../http/problems.ts'
import { type GatewayService, type SocketTarget, sealEnvelope } from '../gateway/service.ts'
import { failureOf, readAnswer } from './answer.ts'
import { PayloadQueue } from './payload-queue.ts'
import { type GraphqlTarget, graphqlCall, socketCall } from './target.ts'

/** A subscription that the third party has taken. */
export interface Upstream {
  /** Ends when the subscription does; throws when it breaks off. */
  payloads: AsyncIterable<unknown>
  close(): void
}

const handshakeMs = 15_000
/** Longer silences are lines that died unnoticed: servers send something every quarter of a minute or so. */
const silenceMs = 120_000
const eventCharsMax = 4 * 1024 * 1024

/** Over a WebSocket, by https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. */
export function openSocket(
  gateway: GatewayService,
  target: GraphqlTarget,
  payload: SubscribePayload,
  signal: AbortSignal,
): Promise<Upstream> {
  const endpoint = target.integration.graphql.subscriptionEndpoint ?? target.endpoint
  const call = { ...socketCall({ ...target, endpoint }), headers: {}, timeoutMs: handshakeMs, signal }
  return gateway.connect(call, (socket) => shakeHands(socket, payload))
}

/** By the distinct connections mode of https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. */
export async function openEventStream(
  gateway: GatewayService,
  target: GraphqlTarget,
  payload: SubscribePayload,
  signal: AbortSignal,
): Promise<Upstream> {
  const options = { timeoutMs: silenceMs, signal, repeatable: false, accept: 'text/event-stream' }
  const answer = await gateway.call(graphqlCall(target, payload, options))
  const type = String(answer.headers['content-type'] ?? '')
  if (answer.status !== 200 || !type.startsWith('text/event-stream')) {
    const refusal = readAnswer(await sealEnvelope(answer, performance.now()))
    if (failureOf(refusal) === 'authentication') throw refusedCredentials()
    throw apiError(
      'provider_rejected',
      refusal.errors
        .map(({ message }) => message)
        .join(' ')
        .slice(0, 1_000),
    )
  }
  const queue = new PayloadQueue()
  const { body } = answer
  const decoder = new TextDecoder()
  let chars = 0
  const parser = createParser({
    onEvent({ event, data }) {
      chars = 0
      if (event === 'complete') queue.end()
      else if (event === 'next') pushJson(queue, data)
    },
  })
  body.on('data', (chunk: Uint8Array) => {
    const text = decoder.decode(chunk, { stream: true })
    chars += text.length
    if (chars > eventCharsMax) body.destroy(apiError('provider_malformed', 'An event is larger than 4 MiB.'))
    else parser.feed(text)
  })
  body.on('end', () => queue.fail(brokenOff()))
  body.on('error', (error) => queue.fail(error instanceof KobleError ? error : brokenOff()))
  const close = () => {
    queue.end()
    body.destroy()
  }
  return { payloads: queue, close }
}

function pushJson(queue: PayloadQueue, data: string): void {
  try {
    queue.push(JSON.parse(data))
  } catch {
    queue.fail(apiError('provider_malformed', 'An event is no JSON.'))
  }
}

function shakeHands(socket: SocketTarget, payload: SubscribePayload): Promise<Upstream> {
  const { agent, headers, authorization, signal } = socket
  const queue = new PayloadQueue()
  return new Promise((resolve, reject) => {
    let refusal: KobleError | undefined
    const client = createClient({
      url: socket.url.href.replace(/^http/, 'ws'),
      // Reconnecting is done one level up, where the credentials are renewed and the gateway is passed again.
      retryAttempts: 0,
      connectionAckWaitTimeout: handshakeMs,
      keepAlive: 20_000,
      connectionParams: connectionParamsOf(authorization),
      webSocketImpl: createSocketClass({
        agent,
        headers,
        onRefused: (error) => {
          refusal = error
        },
      }),
      on: {
        connected() {
          signal.removeEventListener('abort', abort)
          resolve({ payloads: queue, close })
        },
      },
    })
    const close = () => {
      queue.end()
      unsubscribe()
      void client.dispose()
    }
    const fail = (error: unknown) => {
      const failure = refusal ?? describe(error)
      signal.removeEventListener('abort', abort)
      queue.fail(failure)
      reject(failure)
      void client.dispose()
    }
    const abort = () => {
      fail(signal.reason)
      unsubscribe()
    }
    const unsubscribe = client.subscribe(payload, {
      next: (result) => queue.push(result),
      error: fail,
      complete: () => queue.end(),
    })
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

/** Servers look for the header in either spelling, since this is JSON and no HTTP. */
function connectionParamsOf(authorization: Record<string, string>): Record<string, string> {
  const bearer = authorization['authorization']
  return { ...authorization, ...(bearer !== undefined && { Authorization: bearer }) }
}

/** Bad message, no such subprotocol, duplicate subscription, too many initialisations: the next time is no better. */
const fatalCloseCodes = new Set([4400, 4406, 4409, 4429])

/** graphql-ws fails with the event that closed the socket, the errors of the operation, or an error of its own. */
function describe(error: unknown): KobleError {
  if (error instanceof KobleError) return error
  if (Array.isArray(error)) {
    const message = error.map((one) => String((one as Error)?.message ?? one)).join(' ')
    return apiError('provider_rejected', message.slice(0, 1_000))
  }
  const { code } = (error ?? {}) as { code?: unknown }
  if (code === 4401 || code === 4403) return refusedCredentials()
  if (typeof code === 'number' && fatalCloseCodes.has(code)) {
    return apiError('provider_rejected', `The provider closed the subscription (${code}).`)
  }
  return brokenOff()
}

/** `details.status` makes the gateway renew the credentials, as after a 401. */
function refusedCredentials(): KobleError {
  return apiError('credentials_rejected', 'The provider did not accept the credentials.', { status: 401 })
}

function brokenOff(): KobleError {
  return new KobleError('provider_unreachable', 'The provider broke off the subscription.', {
    status: 502,
    retryable: true,
  })
}
