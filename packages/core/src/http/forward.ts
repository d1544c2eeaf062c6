import { Readable } from 'node:stream'
import type { Agent, Dispatcher } from 'undici'
import { KobleError } from '../errors/errors.ts'
import { parseRetryAfterMs, type RetryPolicy, retryDelayMs } from '../resilience/backoff.ts'
import { failureReason, isTransientFailure, timeoutFailure } from '../resilience/failure.ts'
import { assertHttpUrl } from './agent.ts'
import { clientClosedFailure, describeFailure } from './call-failure.ts'
import type { CallGate } from './call-gate.ts'
import { type BodySink, Exchange, type ExchangeOwner } from './exchange.ts'
import type { HeaderFields } from './headers.ts'
import { isRepeatable, isTransientStatus } from './repeatable.ts'

/** As much of an `AbortSignal` as a call needs to hear that its caller went away. */
export interface CallerSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: { handleEvent(): void }, options?: { once: boolean }): void
  removeEventListener(type: 'abort', listener: { handleEvent(): void }): void
}

/** One call for `forward` to pass on. */
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
  signal?: CallerSignal
  /** The header by which the third party makes a repeated write harmless. */
  idempotencyHeader?: string
  /** The caller knows that the request changes nothing, whatever its method: a query of GraphQL is sent by POST. */
  repeatable?: boolean
  /** Asked before each attempt. Waiting there counts against `timeoutMs`. */
  gate?: CallGate
  /** Called before each wait, with the number of the attempt that failed and why (`status 503`, `ECONNRESET`). */
  onRetry?(attempt: number, reason: string): void
  /** Called with the size of each chunk that passes: of a stream that is sent, and of the body of the answer. */
  onChunk?(bytes: number): void
  /** Called once, after the call was answered, when the body is at its end (`true`) or was given up. */
  onEnd?(complete: boolean): void
}

/** Where the time until the head of the answer went, in milliseconds. */
export interface ForwardTiming {
  /** Until the last attempt was let in: waits for the gate, earlier attempts and the waits between them. */
  queueMs: number
  /** Until that attempt had a connection, its own or one of the pool's. */
  connectMs: number
  /** From there to the head of the answer. */
  firstByteMs: number
}

/** What `forward` resolves with once the headers of the answer are there. */
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
  timing: ForwardTiming
}

/** Somebody is waiting for the answer: three attempts within about a second. */
const retryPolicy: RetryPolicy = { maxAttempts: 3, baseDelayMs: 200, maxDelayMs: 2_000, retryAfterMaxMs: 10_000 }

/**
 * Makes one call to a third party and streams both ways; the body of the answer is not touched. 429, 502, 503, 504 and
 * broken connections are tried again, at most three attempts in all, with full jitter or as `Retry-After` says (up to
 * ten seconds; beyond, the answer is passed on); but only when nothing was passed on yet, the body can be sent again,
 * and the method is idempotent, the request carries the third party's idempotency header, or the caller calls it
 * repeatable.
 *
 * Rejects with `KobleError`: `provider_unreachable`, `provider_timeout`, `private_address`, `client_closed`,
 * `invalid_request`, `rate_limited` when its time ran out before the gate let it go, and whatever the gate refuses with.
 * An HTTP error status is an answer, not a rejection.
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
class Call implements ExchangeOwner {
  readonly options: ForwardOptions
  readonly streaming: boolean
  readonly #request: Dispatcher.DispatchOptions
  readonly #resolve: (response: ForwardedResponse) => void
  readonly #reject: (error: KobleError) => void
  readonly #deadline: NodeJS.Timeout
  #deadlineAt: number
  #pause: NodeJS.Timeout | undefined
  #attempt: Exchange | undefined
  #attempts = 0
  #settled = false
  /** The gate has let an attempt in and was not told its end yet. */
  #letIn = false
  /** Aborts the waiting at the gate. */
  #waiting: AbortController | undefined
  readonly #startedAt = performance.now()
  #letInAt = 0
  #begunAt = 0

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
    this.#deadline = setTimeout(() => this.abort(this.#waiting ? waitedTooLong() : timeoutFailure()), timeoutMs)
    options.signal?.addEventListener('abort', this, { once: true })
  }

  send(): void {
    let entering: Promise<void> | undefined
    try {
      entering = this.options.gate?.enter(() => this.#wait().signal)
    } catch (error) {
      this.#fail(describeFailure(error))
      return
    }
    if (entering === undefined) {
      this.#enter()
      return
    }
    entering.then(
      () => this.#enter(),
      (error) => {
        if (!this.#settled) this.#fail(describeFailure(error))
      },
    )
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

  begun(): void {
    this.#begunAt = performance.now()
  }

  progress(bytes: number): void {
    this.options.onChunk?.(bytes)
    if (this.#settled) return
    this.#deadlineAt = Date.now() + this.options.timeoutMs
    this.#deadline.refresh()
  }

  get over(): boolean {
    return this.#settled
  }

  /** Takes the answer of an attempt, unless it is one to try again on. */
  answer(
    status: number,
    headers: HeaderFields,
    _statusText: string,
    controller: Dispatcher.DispatchController,
  ): BodySink | null {
    if (this.#leave()) this.options.gate?.answered(status, headers)
    if (isTransientStatus(status) && this.#retry(`status ${status}`, headers['retry-after'])) return null
    this.#settled = true
    clearTimeout(this.#deadline)
    const body = new ResponseBody(controller, this)
    const timing = {
      queueMs: this.#letInAt - this.#startedAt,
      connectMs: this.#begunAt - this.#letInAt,
      firstByteMs: performance.now() - this.#begunAt,
    }
    this.#resolve({ status, headers, body, attempts: this.#attempts, timing })
    return body
  }

  failed(error: unknown): void {
    const failure = isCallersFailure(error, this.options.body) ? clientClosedFailure(error) : describeFailure(error)
    if (this.#leave()) this.options.gate?.failed(failure)
    if (this.#settled) return
    if (isTransientFailure(error) && this.#retry(failureReason(error), undefined)) return
    this.#fail(failure)
  }

  /** The body is at its end or given up. */
  release(complete: boolean): void {
    this.options.signal?.removeEventListener('abort', this)
    this.options.onEnd?.(complete)
  }

  #enter(): void {
    this.#waiting = undefined
    this.#letIn = true
    if (this.#settled) {
      // It is over since, and the gate may have let it in as its only probe.
      this.failed(clientClosedFailure())
      return
    }
    this.#attempts += 1
    this.#letInAt = performance.now()
    this.#attempt = new Exchange(this)
    this.options.agent.dispatch(this.#request, this.#attempt)
  }

  #wait(): AbortController {
    this.#waiting ??= new AbortController()
    return this.#waiting
  }

  /** Whether the gate has yet to be told how an attempt ended. */
  #leave(): boolean {
    const isOpen = this.#letIn
    this.#letIn = false
    return isOpen
  }

  #fail(error: KobleError): void {
    this.#settled = true
    clearTimeout(this.#deadline)
    clearTimeout(this.#pause)
    this.options.signal?.removeEventListener('abort', this)
    this.#waiting?.abort(error)
    if (this.#leave()) this.options.gate?.failed(error)
    this.#reject(error)
  }

  #retry(reason: string, retryAfter: string | string[] | undefined): boolean {
    const { method, headers, idempotencyHeader, repeatable } = this.options
    if (this.streaming || !(repeatable || isRepeatable(method, headers, idempotencyHeader))) return false
    const nowMs = Date.now()
    const waitMs = retryDelayMs(retryPolicy, {
      attempt: this.#attempts,
      askedMs: parseRetryAfterMs(retryAfter, nowMs),
      leftMs: this.#deadlineAt - nowMs,
    })
    if (waitMs === undefined) return false
    this.#attempt = undefined
    this.options.onRetry?.(this.#attempts, reason)
    if (this.#settled) return true
    this.#pause = setTimeout(() => this.send(), waitMs)
    return true
  }
}

class ResponseBody extends Readable implements BodySink {
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

  override push(chunk: Buffer | null): boolean {
    if (chunk !== null) this.#call.options.onChunk?.(chunk.length)
    return super.push(chunk)
  }

  complete(): void {
    this.#complete = true
    this.#call.release(true)
    this.push(null)
  }

  override _read(): void {
    this.#controller.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#complete) {
      this.#complete = true
      this.#call.release(false)
      this.#controller.abort(error ?? clientClosedFailure())
    }
    callback(error)
  }
}

function ignore(): void {}

/** Nothing of the attempt was sent: the caller may come again. */
function waitedTooLong(): KobleError {
  return new KobleError('rate_limited', 'The call waited for its turn until its time was over.', {
    status: 429,
    retryable: true,
    details: { reason: 'deadline', retryAfterMs: 1_000 },
  })
}

/** Whether the request failed because the stream that feeds it did: the caller broke off its upload. */
function isCallersFailure(error: unknown, body: Readable | Buffer | null): boolean {
  if (!(body instanceof Readable) || error instanceof KobleError) return false
  const reason = failureReason(error)
  if (reason === 'UND_ERR_ABORTED') return true
  // undici destroys the stream with the third party's failure too; that one comes from a system call or from undici.
  return body.errored === error && !reason.startsWith('UND_ERR_') && !Object.hasOwn(error as Error, 'syscall')
}
