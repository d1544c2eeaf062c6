import { Readable } from 'node:stream'
import type { Agent, Dispatcher } from 'undici'
import { KobleError } from '../errors/errors.ts'
import { fullJitterMs, parseRetryAfterMs } from '../resilience/backoff.ts'
import { assertHttpUrl } from './agent.ts'
import {
  clientClosedFailure,
  describeFailure,
  failureReason,
  isTransientFailure,
  timeoutFailure,
} from './call-failure.ts'
import type { HeaderFields } from './headers.ts'

export interface ForwardOptions {
  agent: Agent
  url: URL
  method: string
  /** By lower-case name; `requestHeaders` makes them out of a caller's. */
  headers: HeaderFields
  /** A stream is sent as it comes and can be sent only once; a Buffer may be sent again. */
  body: Readable | Buffer | null
  /**
   * In milliseconds: from the call to the response headers, all attempts and waits together, and then between two
   * chunks of the response body. While a stream is being sent, each chunk that leaves starts the time anew.
   */
  timeoutMs: number
  /** The caller's presence: an abort ends the call at the third party too, before or after the headers. */
  signal?: AbortSignal
  /** The header by which the third party makes a repeated write harmless. */
  idempotencyHeader?: string
  /** Called before each wait, with the number of the attempt that failed and why (`status 503`, `ECONNRESET`). */
  onRetry?(attempt: number, reason: string): void
}

export interface ForwardedResponse {
  status: number
  /** As the third party sent them, by lower-case name. */
  headers: HeaderFields
  /**
   * As it arrives, still encoded as `Content-Encoding` says. It must be read to its end or destroyed, which aborts the
   * call; until then it holds a connection. It fails with a
   * `KobleError` when the third party breaks off (`provider_unreachable`), stalls (`provider_timeout`) or the caller
   * goes away (`client_closed`), and may be left without a listener for errors.
   */
  body: Readable
  /** How often the request was sent. */
  attempts: number
}

const attemptsMax = 3
const retryAfterMaxMs = 10_000
const backoff = { baseDelayMs: 200, maxDelayMs: 2_000 }
/** A discarded answer up to this size is read to its end, which keeps the connection; beyond, closing it is cheaper. */
const discardBytesMax = 65_536

/** https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/**
 * Makes one call to a third party and streams both ways; the body of the answer is not touched. 429, 502, 503, 504 and
 * broken connections are tried again, at most three attempts in all, with full jitter or as `Retry-After` says (up to
 * ten seconds; beyond, the answer is passed on); but only when nothing was passed on yet, the body can be sent again,
 * and the method is idempotent or the request carries the third party's idempotency header.
 *
 * Rejects with `KobleError`: `provider_unreachable`, `provider_timeout`, `private_address`, `client_closed`,
 * `invalid_request`. An HTTP error status is an answer, not a rejection.
 */
export function forward(options: ForwardOptions): Promise<ForwardedResponse> {
  return new Promise((resolve, reject) => {
    assertHttpUrl(options.url)
    if (options.method === 'CONNECT' || options.method === 'TRACE') {
      throw new KobleError('invalid_request', `${options.method} requests are not passed on.`, { status: 400 })
    }
    if (options.signal?.aborted) throw clientClosedFailure(options.signal.reason)
    new Call(options, resolve, reject).send()
  })
}

/** One call through all its attempts. */
class Call {
  readonly options: ForwardOptions
  readonly streaming: boolean
  readonly #request: Dispatcher.DispatchOptions
  readonly #resolve: (response: ForwardedResponse) => void
  readonly #reject: (error: KobleError) => void
  readonly #deadline: NodeJS.Timeout
  #deadlineAt: number
  #wait: NodeJS.Timeout | undefined
  #attempt: Attempt | undefined
  #attempts = 0
  #settled = false

  constructor(
    options: ForwardOptions,
    resolve: (response: ForwardedResponse) => void,
    reject: (error: KobleError) => void,
  ) {
    const { url, method, headers, body, timeoutMs } = options
    this.options = options
    this.streaming = body instanceof Readable
    this.#resolve = resolve
    this.#reject = reject
    // One deadline for connecting, waiting in the pool's queue, sending and all attempts, so undici's own timer for
    // the headers is off.
    this.#request = {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers,
      body,
      headersTimeout: 0,
      bodyTimeout: timeoutMs,
    }
    this.#deadlineAt = Date.now() + timeoutMs
    this.#deadline = setTimeout(() => this.abort(timeoutFailure()), timeoutMs)
    options.signal?.addEventListener('abort', this, { once: true })
  }

  send(): void {
    this.#attempts += 1
    this.#attempt = new Attempt(this)
    this.options.agent.dispatch(this.#request, this.#attempt)
  }

  /** The event of the caller's signal. */
  handleEvent(): void {
    this.abort(clientClosedFailure(this.options.signal?.reason))
  }

  abort(error: KobleError): void {
    const attempt = this.#attempt
    if (!this.#settled) this.#fail(error)
    attempt?.abort(error)
  }

  progress(): void {
    if (this.#settled) return
    this.#deadlineAt = Date.now() + this.options.timeoutMs
    this.#deadline.refresh()
  }

  get over(): boolean {
    return this.#settled
  }

  /** Takes the answer of an attempt, unless it is one to try again on. */
  answer(status: number, headers: HeaderFields, createBody: () => Readable): void {
    if (isTransientStatus(status) && this.#retry(`status ${status}`, headers['retry-after'])) return
    this.#settled = true
    clearTimeout(this.#deadline)
    this.#resolve({ status, headers, body: createBody(), attempts: this.#attempts })
  }

  failed(error: unknown): void {
    if (this.#settled) return
    if (isTransientFailure(error) && this.#retry(failureReason(error), undefined)) return
    this.#fail(isCallersFailure(error, this.options.body) ? clientClosedFailure(error) : describeFailure(error))
  }

  /** The body is at its end or given up. */
  release(): void {
    this.options.signal?.removeEventListener('abort', this)
  }

  #fail(error: KobleError): void {
    this.#settled = true
    clearTimeout(this.#deadline)
    clearTimeout(this.#wait)
    this.release()
    this.#reject(error)
  }

  #retry(reason: string, retryAfter: string | string[] | undefined): boolean {
    if (this.#attempts >= attemptsMax || this.streaming || !this.#isRepeatable()) return false
    const now = Date.now()
    const askedMs = parseRetryAfterMs(retryAfter, now) ?? 0
    if (askedMs > retryAfterMaxMs) return false
    const waitMs = askedMs + fullJitterMs(this.#attempts, backoff)
    // Passing on what we have is better than a timeout in its place.
    if (now + waitMs >= this.#deadlineAt) return false
    this.#attempt = undefined
    this.options.onRetry?.(this.#attempts, reason)
    if (this.#settled) return true
    this.#wait = setTimeout(() => this.send(), waitMs)
    return true
  }

  #isRepeatable(): boolean {
    const { method, headers, idempotencyHeader } = this.options
    if (idempotentMethods.has(method)) return true
    if (idempotencyHeader === undefined) return false
    const wanted = idempotencyHeader.toLowerCase()
    return Object.keys(headers).some((name) => name.toLowerCase() === wanted && headers[name] !== '')
  }
}

/** One attempt: what undici reports of it, turned into the answer of the call. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #call: Call
  #controller: Dispatcher.DispatchController | undefined
  #body: ResponseBody | undefined
  #discardedBytes = -1

  constructor(call: Call) {
    this.#call = call
  }

  abort(error: KobleError): void {
    if (this.#body === undefined) this.#controller?.abort(error)
    else this.#body.destroy(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // The caller went away, or the time ran out, while the request waited for a connection.
    if (this.#call.over) controller.abort(clientClosedFailure())
  }

  onBodySent(): void {
    if (this.#call.streaming) this.#call.progress()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: object): void {
    if (status < 200) return
    this.#call.answer(status, headers as HeaderFields, () => {
      this.#body = new ResponseBody(controller, this.#call)
      return this.#body
    })
    if (this.#body === undefined) this.#discardedBytes = 0
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body !== undefined) {
      if (!this.#body.push(chunk)) controller.pause()
    } else if (this.#discardedBytes >= 0) {
      this.#discardedBytes += chunk.length
      if (this.#discardedBytes > discardBytesMax) controller.abort(new Error('discarded'))
    }
  }

  onResponseEnd(): void {
    this.#body?.complete()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#body !== undefined) this.#body.destroy(describeFailure(error))
    else if (this.#discardedBytes < 0) this.#call.failed(error)
  }
}

class ResponseBody extends Readable {
  readonly #controller: Dispatcher.DispatchController
  readonly #call: Call
  #complete = false

  constructor(controller: Dispatcher.DispatchController, call: Call) {
    super({ highWaterMark: 65_536 })
    this.#controller = controller
    this.#call = call
    // Whoever got the answer may not listen yet when the third party breaks off; that must not end the process.
    this.on('error', ignore)
  }

  complete(): void {
    this.#complete = true
    this.#call.release()
    this.push(null)
  }

  override _read(): void {
    this.#controller.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#complete) {
      this.#complete = true
      this.#call.release()
      this.#controller.abort(error ?? clientClosedFailure())
    }
    callback(error)
  }
}

function ignore(): void {}

function isTransientStatus(status: number): boolean {
  return status === 429 || (status >= 502 && status <= 504)
}

/** Whether the request failed because the stream that feeds it did: the caller broke off its upload. */
function isCallersFailure(error: unknown, body: Readable | Buffer | null): boolean {
  if (!(body instanceof Readable) || error instanceof KobleError) return false
  const reason = failureReason(error)
  if (reason === 'UND_ERR_ABORTED') return true
  // undici destroys the stream with the third party's failure too; that one comes from a system call or from undici.
  return body.errored === error && !reason.startsWith('UND_ERR_') && !Object.hasOwn(error as Error, 'syscall')
}
