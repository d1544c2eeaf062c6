import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** What a receiver answered: its status and headers, and the beginning of its body. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** From the call to the answer's first byte. */
  firstByteMs: number
}

/** There was no answer in time. */
export class TimedOut extends Error {
  override name = 'TimedOut'
}

/**
 * Posts a body and reads the beginning of the answer. What breaks, or takes too long, after the status line does not
 * matter any more: that was the receiver's word. Rejects with `TimedOut`, with the signal's reason, and with what the
 * connection failed by.
 *
 * It takes the answer from undici's handler itself: with a stream and an `AbortSignal` for each, a send costs half as
 * much again.
 */
export function postMessage(
  dispatcher: Dispatcher,
  url: URL,
  message: { headers: Record<string, string>; body: Buffer },
  limits: { timeoutMs: number; bodyBytesMax: number; signal: AbortSignal },
): Promise<Answer> {
  if (limits.signal.aborted) return Promise.reject(limits.signal.reason)
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(limits, resolve, reject)
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        ...message,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      exchange,
    )
  })
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #bodyBytesMax: number
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  readonly #underWay: Set<Exchange>
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #head: Omit<Answer, 'body'> | null = null
  #controller: Dispatcher.DispatchController | null = null
  #ended: { reason: unknown } | null = null

  constructor(
    limits: { timeoutMs: number; bodyBytesMax: number; signal: AbortSignal },
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#bodyBytesMax = limits.bodyBytesMax
    this.#resolve = resolve
    this.#reject = reject
    this.#underWay = underWayOf(limits.signal)
    this.#underWay.add(this)
    this.#timer = setTimeout(() => this.abort(new TimedOut()), limits.timeoutMs)
  }

  /** Ends it with what has come, or with the reason, and lets go of the connection. */
  abort(reason: unknown): void {
    this.#end(reason)
    this.#controller?.abort(reason as Error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It was waiting for a connection when it was given up.
    if (this.#ended !== null) controller.abort(this.#ended.reason as Error)
    this.#controller = controller
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.#head = { status, headers, firstByteMs: performance.now() - this.#startedAt }
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#ended !== null) return
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= this.#bodyBytesMax) this.abort(new Error('The rest of the answer is not wanted.'))
  }

  onResponseEnd(): void {
    this.#end(null)
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#end(error)
  }

  #end(reason: unknown): void {
    if (this.#ended !== null) return
    this.#ended = { reason }
    clearTimeout(this.#timer)
    this.#underWay.delete(this)
    if (this.#head === null) this.#reject(reason)
    else this.#resolve({ ...this.#head, body: Buffer.concat(this.#chunks).subarray(0, this.#bodyBytesMax) })
  }
}

/** One listener for all exchanges that a signal ends, since each listener of a signal makes the next one dearer. */
const bySignal = new WeakMap<AbortSignal, Set<Exchange>>()

function underWayOf(signal: AbortSignal): Set<Exchange> {
  const known = bySignal.get(signal)
  if (known !== undefined) return known
  const underWay = new Set<Exchange>()
  bySignal.set(signal, underWay)
  signal.addEventListener('abort', () => {
    for (const exchange of underWay) exchange.abort(signal.reason)
  })
  return underWay
}
