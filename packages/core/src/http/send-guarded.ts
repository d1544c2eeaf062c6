import type { Agent, Dispatcher } from 'undici'
import { describeFailure } from './call-failure.ts'
import type { CallScope } from './call-scope.ts'
import { type BodySink, Exchange, type ExchangeOwner } from './exchange.ts'
import type { HeaderFields } from './headers.ts'
import type { HttpAnswer, HttpCall, Send } from './http-call.ts'
import { ReceivedBody } from './received-body.ts'

/**
 * The end of the way out: sends a call once, over connections whose addresses the agent checks. `maxBytes` bounds the
 * answer as it arrives, `timeoutMs` the time between two of its parts.
 */
export function sendGuarded(agent: Agent, limits: { maxBytes: number; timeoutMs: number }): Send {
  return (call) => new Promise((resolve, reject) => new Sending(call, agent, limits, resolve, reject).send())
}

class Sending implements ExchangeOwner {
  readonly streaming: boolean
  readonly #call: HttpCall
  readonly #scope: CallScope
  readonly #agent: Agent
  readonly #limits: { maxBytes: number; timeoutMs: number }
  readonly #resolve: (answer: HttpAnswer) => void
  readonly #reject: (error: unknown) => void
  /** The source of the body failed, and its error is the one to be told of. */
  #sourceFailure: { error: unknown } | undefined

  constructor(
    call: HttpCall,
    agent: Agent,
    limits: { maxBytes: number; timeoutMs: number },
    resolve: (answer: HttpAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#call = call
    this.#scope = call.scope
    this.#agent = agent
    this.#limits = limits
    this.#resolve = resolve
    this.#reject = reject
    this.streaming = call.body !== null && !Buffer.isBuffer(call.body)
  }

  send(): void {
    if (this.over) {
      this.#reject(this.#scope.reason)
      return
    }
    const { url, origin, method, headers, body } = this.#call
    const exchange = new Exchange(this)
    this.#scope.onAbort = (reason) => {
      this.#reject(reason)
      exchange.abort(describeFailure(reason))
    }
    this.#call.log.attempts += 1
    try {
      this.#agent.dispatch(
        {
          origin,
          path: url.pathname + url.search,
          method,
          headers,
          body: this.streaming ? (this.#watched(body as AsyncIterable<Uint8Array>) as never) : (body as Buffer | null),
          // The scope of the call keeps the time until the answer begins.
          headersTimeout: 0,
          bodyTimeout: this.#limits.timeoutMs,
        },
        exchange,
      )
    } catch (error) {
      this.failed(error)
    }
  }

  get over(): boolean {
    return this.#scope.over
  }

  progress(): void {
    this.#scope.progress()
  }

  answer(
    status: number,
    headers: HeaderFields,
    statusText: string,
    controller: Dispatcher.DispatchController,
  ): BodySink {
    const body = new ReceivedBody(controller, {
      maxBytes: this.#limits.maxBytes,
      unreadTimeoutMs: this.#limits.timeoutMs,
    })
    this.#scope.onAbort = (reason) => body.destroy(reason)
    this.#resolve({ status, statusText, headers, body })
    return body
  }

  failed(error: unknown): void {
    if (this.over) this.#reject(this.#scope.reason)
    else this.#reject(this.#sourceFailure === undefined ? describeFailure(error) : this.#sourceFailure.error)
  }

  async *#watched(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* source
    } catch (error) {
      this.#sourceFailure = { error }
      throw error
    }
  }
}
