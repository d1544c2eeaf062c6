import type { Dispatcher } from 'undici'
import { timeoutFailure } from '../resilience/failure.ts'
import { clientClosedFailure, malformedFailure } from './call-failure.ts'
import { type BodySink, discardBytesMax } from './exchange.ts'

/** A part of the controller of a request, as far as its body needs it. */
type FlowControl = Pick<Dispatcher.DispatchController, 'resume' | 'abort'>

/** So much arrives ahead of whoever reads; small answers need no second round through the event loop. */
const aheadBytesMax = 65_536

/**
 * The body of an answer between the connection and whoever reads it. It may be consumed once, in one of four ways:
 * `collect`, `stream`, `drain`, `discard`. It holds a connection until it is at its end; a large one that nobody begins
 * to read is given up after the time set for unread bodies.
 */
export class ReceivedBody implements BodySink {
  readonly #flow: FlowControl
  readonly #maxBytes: number
  readonly #unreadTimeoutMs: number
  #chunks: Buffer[] = []
  #queuedBytes = 0
  #totalBytes = 0
  #aheadBytes = aheadBytesMax
  #state: 'open' | 'complete' | 'failed' = 'open'
  #error: Error | undefined
  #target: BodySink | undefined
  #peeking: (() => void) | undefined
  #unread: NodeJS.Timeout | undefined
  #ended: (() => void) | undefined

  /** `maxBytes` of what arrives, before it is decoded. */
  constructor(flow: FlowControl, limits: { maxBytes: number; unreadTimeoutMs: number }) {
    this.#flow = flow
    this.#maxBytes = limits.maxBytes
    this.#unreadTimeoutMs = limits.unreadTimeoutMs
  }

  /** A body that is here already. */
  static of(bytes: Buffer): ReceivedBody {
    const limits = { maxBytes: Number.POSITIVE_INFINITY, unreadTimeoutMs: 0 }
    const body = new ReceivedBody({ resume: () => {}, abort: () => {} }, limits)
    if (bytes.length > 0) body.push(bytes)
    body.complete()
    return body
  }

  push(chunk: Buffer): boolean {
    if (this.#state !== 'open') return true
    this.#totalBytes += chunk.length
    if (this.#totalBytes > this.#maxBytes) {
      this.destroy(malformedFailure('response_too_large'))
      return true
    }
    if (this.#target !== undefined) return this.#target.push(chunk)
    this.#chunks.push(chunk)
    this.#queuedBytes += chunk.length
    if (this.#queuedBytes <= this.#aheadBytes) return true
    this.#answerPeek()
    this.#unread ??= setTimeout(() => this.destroy(timeoutFailure()), this.#unreadTimeoutMs)
    return false
  }

  complete(): void {
    if (this.#state === 'open') this.#end('complete')
  }

  destroy(error: Error): void {
    if (this.#state !== 'open') return
    this.#error = error
    this.#chunks = []
    this.#end('failed')
    this.#flow.abort(error)
  }

  /** Calls back once the body is at its end, or has broken off; at once if it is so already. */
  whenEnded(callback: () => void): void {
    if (this.#state === 'open') this.#ended = callback
    else callback()
  }

  /** Reads it whole. */
  collect(): Promise<Buffer> {
    if (this.#state === 'complete') return Promise.resolve(this.#takeQueued())
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      this.#consume({
        push: (chunk) => chunks.push(chunk) > 0,
        complete: () => resolve(Buffer.concat(chunks)),
        destroy: reject,
      })
    })
  }

  /** Reads it as a stream that holds the third party back while nobody reads. */
  stream(): ReadableStream<Uint8Array> {
    let closed = false
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#consume({
            push: (chunk) => {
              if (!closed) controller.enqueue(chunk)
              return (controller.desiredSize ?? 0) > 0
            },
            complete: () => {
              if (!closed) controller.close()
            },
            destroy: (error) => controller.error(error),
          })
        },
        pull: () => this.#flow.resume(),
        cancel: () => {
          closed = true
          this.destroy(clientClosedFailure())
        },
      },
      { highWaterMark: aheadBytesMax, size: (chunk) => chunk.byteLength },
    )
  }

  /** Hands all of it on as it comes; whoever takes it resumes by the function returned. */
  drain(target: BodySink): () => void {
    this.#consume(target)
    return () => this.#flow.resume()
  }

  /** Throws it away: reads the rest if it is small, which keeps the connection, and closes it if not. */
  discard(): void {
    let bytes = 0
    this.#consume({
      push: (chunk) => {
        bytes += chunk.length
        if (bytes > discardBytesMax) this.destroy(clientClosedFailure())
        return true
      },
      complete: () => {},
      destroy: () => {},
    })
  }

  /**
   * A copy of the body if it ends within so many bytes, `undefined` if it does not or breaks off. The body can still be
   * consumed afterwards.
   */
  async peek(bytesMax: number): Promise<Buffer | undefined> {
    this.#aheadBytes = bytesMax
    if (this.#state === 'open' && this.#queuedBytes <= bytesMax) {
      await new Promise<void>((resolve) => {
        this.#peeking = resolve
        this.#flow.resume()
      })
    }
    return this.#state === 'complete' ? Buffer.concat(this.#chunks) : undefined
  }

  #consume(target: BodySink): void {
    clearTimeout(this.#unread)
    this.#target = target
    if (this.#state === 'failed') {
      target.destroy(this.#error as Error)
      return
    }
    for (const chunk of this.#chunks.splice(0)) target.push(chunk)
    if (this.#state === 'complete') target.complete()
    else this.#flow.resume()
  }

  #takeQueued(): Buffer {
    const [first] = this.#chunks
    const whole = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    this.#chunks = []
    return whole
  }

  #end(state: 'complete' | 'failed'): void {
    this.#state = state
    clearTimeout(this.#unread)
    this.#answerPeek()
    if (state === 'complete') this.#target?.complete()
    else this.#target?.destroy(this.#error as Error)
    this.#ended?.()
  }

  #answerPeek(): void {
    this.#peeking?.()
    this.#peeking = undefined
  }
}
