import { malformedFailure } from './call-failure.ts'
import { CallScope } from './call-scope.ts'
import { decodedBody } from './decoded-body.ts'
import { type FetchRequest, type Redirect, readFetchRequest } from './fetch-request.ts'
import { createFetchResponse } from './fetch-response.ts'
import type { HeaderFields } from './headers.ts'
import type { CallLog, HttpAnswer, HttpCall, Send } from './http-call.ts'

export interface AsFetchOptions {
  /** For the whole call, or until the answer begins, as `bodyInTime` says. In milliseconds. */
  timeoutMs: number
  bodyInTime: boolean
  /** Of a body after decoding. */
  maxBytes: number
  /** Where the caller does not say. */
  redirect: Redirect
  /** Sent unless the caller sets one; some providers refuse calls without it. `Koble` unless said otherwise. */
  userAgent?: string
  /** Looks at a call before it goes, and is told how it ended. */
  open?(request: FetchRequest): CallWatch
}

/** Follows one call, redirects included. */
export interface CallWatch {
  log: CallLog
  answered?(answer: HttpAnswer): void
  failed?(error: unknown): void
}

const redirectsMax = 5
const redirectStatuses = new Set([301, 302, 303, 307, 308])
/** https://fetch.spec.whatwg.org/#null-body-status */
const bodilessStatuses = new Set([204, 205, 304])

/** Any other field may carry a credential (`Authorization`, `Cookie`, `X-Api-Key`, `PRIVATE-TOKEN`, …). */
const keptAcrossOrigins = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-request-id',
])

/** A `fetch` that takes a time for the call, in milliseconds, as its third argument. */
export type TimedFetch = (...args: [...Parameters<typeof fetch>, timeoutMs?: number]) => Promise<Response>

/**
 * Gives a way out the shape of `fetch`: reads the arguments, follows redirects and makes the `Response`. At most five
 * redirects are followed, to another origin only without the caller's credentials and without a body.
 */
export function asFetch(send: Send, options: AsFetchOptions): TimedFetch {
  return async function guardedFetch(input, init, timeoutMs = options.timeoutMs) {
    const read = readFetchRequest(input, init)
    const request = read instanceof Promise ? await read : read
    request.signal?.throwIfAborted()
    request.headers['user-agent'] ??= options.userAgent ?? 'Koble'
    const watch = options.open?.(request) ?? { log: { attempts: 0 } }
    const scope = new CallScope(request.signal, timeoutMs)
    const { url, method, headers, body } = request
    try {
      const call: HttpCall = { url, origin: url.origin, method, headers, body, scope, log: watch.log }
      let answer = await send(call)
      let last = call
      if (redirectStatuses.has(answer.status)) {
        ;({ answer, last } = await follow(call, answer, send, request.redirect ?? options.redirect))
      }
      if (!options.bodyInTime) scope.cancelDeadline()
      const response = present(answer, last, last.url !== url, options.maxBytes)
      watch.answered?.(answer)
      return response
    } catch (error) {
      // Whatever may still be under way ends too.
      scope.abort(error)
      watch.failed?.(scope.reason)
      throw scope.reason
    }
  }
}

async function follow(
  first: HttpCall,
  firstAnswer: HttpAnswer,
  send: Send,
  redirect: Redirect,
): Promise<{ answer: HttpAnswer; last: HttpCall }> {
  let call = first
  let answer = firstAnswer
  for (let redirects = 0; ; redirects += 1) {
    const location = redirectStatuses.has(answer.status) ? answer.headers['location'] : undefined
    if (location === undefined || redirect === 'manual') return { answer, last: call }
    answer.body.discard()
    if (redirect === 'error') throw malformedFailure('redirect_refused')
    if (redirects === redirectsMax) throw malformedFailure('too_many_redirects')
    call = nextHop(call, answer.status, String(location))
    call.log.report?.({ type: 'redirect', status: answer.status, location: call.url.href })
    answer = await send(call)
  }
}

/** https://fetch.spec.whatwg.org/#http-redirect-fetch, stricter about what another origin gets. */
function nextHop(hop: HttpCall, status: number, location: string): HttpCall {
  const url = URL.canParse(location, hop.url.href) ? new URL(location, hop.url.href) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username || url.password) {
    throw malformedFailure('redirect_target_invalid')
  }
  const becomesGet =
    (status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST')
  const method = becomesGet ? 'GET' : hop.method
  const body = becomesGet ? null : hop.body
  const { origin } = url
  const sameOrigin = origin === hop.origin
  // A body may hold a client secret or a token just as well as a header may.
  if (body !== null && (!sameOrigin || !Buffer.isBuffer(body))) throw malformedFailure('redirect_with_body')
  const headers: HeaderFields = {}
  for (const name in hop.headers) {
    if (becomesGet && name.startsWith('content-')) continue
    if (sameOrigin || keptAcrossOrigins.has(name)) headers[name] = hop.headers[name] as string
  }
  return { ...hop, url, origin, method, headers, body }
}

function present(answer: HttpAnswer, call: HttpCall, redirected: boolean, maxBytes: number): Response {
  const { status, statusText, headers } = answer
  if (status > 599) {
    answer.body.discard()
    throw malformedFailure('status_invalid')
  }
  const { scope } = call
  scope.onAbort = (reason) => answer.body.destroy(reason)
  answer.body.whenEnded(() => scope.close())
  const bodiless = call.method === 'HEAD' || bodilessStatuses.has(status)
  if (bodiless) answer.body.discard()
  const body = bodiless ? null : decodedBody(answer.body, headers['content-encoding'], maxBytes)
  return createFetchResponse({ status, statusText, headers, body, url: withoutFragment(call.url), redirected })
}

/** https://fetch.spec.whatwg.org/#dom-response-url */
function withoutFragment(url: URL): string {
  return url.hash === '' ? url.href : url.href.slice(0, url.href.length - url.hash.length)
}
