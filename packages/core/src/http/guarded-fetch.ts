import { type Agent, type BodyInit as UndiciBodyInit, fetch as undiciFetch } from 'undici'
import { KobleError } from '../errors/errors.ts'
import { assertHttpUrl } from './agent.ts'
import { describeFailure, timeoutFailure } from './call-failure.ts'

export interface GuardedFetchOptions {
  /** From `createAgent`: it checks the address of every connection, also those that a redirect leads to. */
  agent: Agent
  /** For the whole call, the body of the answer included. 30,000 unless said otherwise. */
  timeoutMs?: number
  /** Of the decoded body. 10 MiB unless said otherwise. */
  maxResponseBytes?: number
  /** Sent unless the caller sets one. */
  userAgent?: string
}

const redirectsMax = 5
const redirectStatuses = new Set([301, 302, 303, 307, 308])

/** Any other field may carry a credential (`Authorization`, `Cookie`, `X-Api-Key`, `PRIVATE-TOKEN`, …). */
const keptAcrossOrigins = new Set(['accept', 'accept-language', 'content-type', 'user-agent'])

/**
 * Makes a `fetch` for OAuth, discovery and vendors' SDKs that calls only addresses the agent allows. Redirects are
 * handed to the caller unless it asks for `redirect: 'follow'`; then at most five are followed, to another origin only
 * without the caller's credentials and without a body. Rejects with `KobleError` (`provider_unreachable`,
 * `provider_timeout`, `private_address`, `invalid_request`, `provider_malformed` for an answer that is too large or
 * redirects badly), or with the reason of the caller's own signal, as `fetch` does.
 */
export function createGuardedFetch(options: GuardedFetchOptions): typeof fetch {
  const timeoutMs = options.timeoutMs ?? 30_000
  const maxBytes = options.maxResponseBytes ?? 10_485_760

  return async function guardedFetch(input, init) {
    // Before anything else looks at it: `Request` would put a refused URL, password included, into its error's message.
    const url = assertHttpUrl(new URL(input instanceof Request ? input.url : input))
    const request = new Request(input, init)
    const redirect = init?.redirect ?? (input instanceof Request ? input.redirect : 'manual')
    const deadline = AbortSignal.timeout(timeoutMs)
    const failure = (error: unknown): unknown => {
      if (request.signal.aborted) return request.signal.reason
      if (deadline.aborted) return timeoutFailure()
      return describeFailure(error instanceof TypeError && error.cause !== undefined ? error.cause : error)
    }

    let hop = await firstHop(url, request, init)
    if (options.userAgent !== undefined && !hop.headers.has('user-agent')) {
      hop.headers.set('user-agent', options.userAgent)
    }
    for (let redirects = 0; ; redirects += 1) {
      const response = await send(hop, options.agent, AbortSignal.any([request.signal, deadline])).catch((error) => {
        throw failure(error)
      })
      const location = redirectStatuses.has(response.status) ? response.headers.get('location') : null
      if (location === null || redirect === 'manual') {
        return present(response, hop.url, redirects > 0, maxBytes, failure)
      }
      await response.body?.cancel()
      if (redirect === 'error') throw malformed('redirect_refused')
      if (redirects === redirectsMax) throw malformed('too_many_redirects')
      hop = nextHop(hop, response.status, location)
    }
  }
}

interface Hop {
  url: URL
  method: string
  headers: Headers
  /** A Buffer can be sent again, a stream cannot. */
  body: Buffer | ReadableStream | null
}

async function firstHop(url: URL, request: Request, init: RequestInit | undefined): Promise<Hop> {
  const streamed = init?.body instanceof ReadableStream
  const body = request.body === null || streamed ? request.body : Buffer.from(await request.arrayBuffer())
  return { url, method: request.method, headers: new Headers(request.headers), body: body as Hop['body'] }
}

type Answer = Awaited<ReturnType<typeof undiciFetch>>

function send(hop: Hop, agent: Agent, signal: AbortSignal): Promise<Answer> {
  return undiciFetch(hop.url, {
    dispatcher: agent,
    method: hop.method,
    headers: [...hop.headers],
    body: hop.body as UndiciBodyInit | null,
    redirect: 'manual',
    signal,
    ...(hop.body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
  })
}

/** https://fetch.spec.whatwg.org/#http-redirect-fetch, stricter about what another origin gets. */
function nextHop(hop: Hop, status: number, location: string): Hop {
  const url = URL.canParse(location, hop.url.href) ? new URL(location, hop.url.href) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username || url.password) {
    throw malformed('redirect_target_invalid')
  }
  const becomesGet =
    (status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST')
  const method = becomesGet ? 'GET' : hop.method
  const body = becomesGet ? null : hop.body
  const sameOrigin = url.origin === hop.url.origin
  // A body may hold a client secret or a token just as well as a header may.
  if (body !== null && (!sameOrigin || !Buffer.isBuffer(body))) throw malformed('redirect_with_body')
  const headers = new Headers()
  for (const [name, value] of hop.headers) {
    if (becomesGet && name.startsWith('content-')) continue
    if (sameOrigin || keptAcrossOrigins.has(name)) headers.append(name, value)
  }
  return { url, method, headers, body }
}

/** undici's `Response` is not the global class, which SDKs compare with; so the answer is put into one of that. */
function present(
  answer: Answer,
  url: URL,
  redirected: boolean,
  maxBytes: number,
  failure: (error: unknown) => unknown,
): Response {
  if (answer.status > 599) throw malformed('status_invalid')
  const body = answer.body === null ? null : capped(answer.body as unknown as ReadableStream, maxBytes, failure)
  const response = new Response(body, {
    status: answer.status,
    statusText: answer.statusText,
    headers: [...answer.headers],
  })
  return Object.defineProperties(response, { url: { value: url.href }, redirected: { value: redirected } })
}

function capped(
  source: ReadableStream<Uint8Array>,
  maxBytes: number,
  failure: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) {
            controller.close()
            return
          }
          bytes += value.byteLength
          if (bytes > maxBytes) {
            void reader.cancel().catch(() => {})
            throw malformed('response_too_large')
          }
          controller.enqueue(value)
        } catch (error) {
          controller.error(failure(error))
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** `details.reason` says in which of the ways above. */
function malformed(reason: string): KobleError {
  return new KobleError('provider_malformed', 'The provider answered in a way that cannot be used.', {
    status: 502,
    details: { reason },
  })
}
