import type { Dispatcher } from 'undici'
import { clientClosedFailure, describeFailure } from './call-failure.ts'
import type { HeaderFields } from './headers.ts'

/** Where the body of an answer goes as it arrives. */
export interface BodySink {
  /** Takes a chunk; `false` asks for no more until `resume` of the controller. */
  push(chunk: Buffer): boolean
  /** The body is at its end. */
  complete(): void
  /** The body breaks off. */
  destroy(error: Error): void
}

/** Whoever sends a request and wants the answer. */
export interface ExchangeOwner {
  /** Nobody waits for the answer any more. */
  readonly over: boolean
  /** The body is sent as it comes, which takes as long as it takes. */
  readonly streaming: boolean
  /** There is a connection, and the request is being written to it. */
  begun?(): void
  /** A part of the body has left, of that many bytes. */
  progress(bytes: number): void
  /** The head of the answer is here. Returns where the body goes, or `null` to have it thrown away. */
  answer(
    status: number,
    headers: HeaderFields,
    statusText: string,
    controller: Dispatcher.DispatchController,
  ): BodySink | null
  /** There will be no answer. */
  failed(error: unknown): void
}

/** A discarded answer up to this size is read to its end, which keeps the connection; beyond, closing it is cheaper. */
export const discardBytesMax = 65_536

/** One request sent once: what undici reports of it, told to its owner. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #owner: ExchangeOwner
  #controller: Dispatcher.DispatchController | undefined
  #body: BodySink | undefined
  #discardedBytes = -1

  constructor(owner: ExchangeOwner) {
    this.#owner = owner
  }

  abort(error: Error): void {
    if (this.#body === undefined) this.#controller?.abort(error)
    else this.#body.destroy(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#owner.begun?.()
    // The caller went away, or the time ran out, while the request waited for a connection.
    if (this.#owner.over) controller.abort(clientClosedFailure())
  }

  onBodySent(chunk: { length: number }): void {
    if (this.#owner.streaming) this.#owner.progress(chunk.length)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: object,
    statusText?: string,
  ): void {
    if (status < 200) return
    const body = this.#owner.answer(status, headers as HeaderFields, statusText ?? '', controller)
    if (body === null) this.#discardedBytes = 0
    else this.#body = body
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
    else if (this.#discardedBytes < 0) this.#owner.failed(error)
  }
}
