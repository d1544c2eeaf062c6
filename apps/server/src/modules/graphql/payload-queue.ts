import type { KobleError } from '@koble/core/errors'
import { apiError } from '../../http/problems.ts'

/** Results that came from upstream and that the caller has yet to read: first in, first out, and bounded. */
export class PayloadQueue implements AsyncIterable<unknown> {
  readonly #waiting: { payload: unknown; chars: number }[] = []
  #chars = 0
  #ended: { error: KobleError | null } | undefined
  #wake: (() => void) | undefined

  /** A caller that does not keep up ends the subscription: to drop results silently would be worse. */
  push(payload: unknown): void {
    if (this.#ended) return
    const chars = JSON.stringify(payload ?? null).length
    if (this.#waiting.length >= payloadsMax || this.#chars + chars > charsMax) {
      this.fail(apiError('rate_limited', 'The subscription was read too slowly, and results would have been lost.'))
      return
    }
    this.#waiting.push({ payload, chars })
    this.#chars += chars
    this.#wake?.()
  }

  end(): void {
    this.#finish(null)
  }

  /** What is waiting is still read. The first end counts. */
  fail(error: KobleError): void {
    this.#finish(error)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next) {
        this.#chars -= next.chars
        yield next.payload
      } else if (this.#ended) {
        if (this.#ended.error) throw this.#ended.error
        return
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  #finish(error: KobleError | null): void {
    this.#ended ??= { error }
    this.#wake?.()
  }
}

const payloadsMax = 1_000
const charsMax = 8 * 1024 * 1024
