import { KobleError } from '../errors/errors.ts'
import type { Clock } from '../resilience/clock.ts'
import type { CallWatch } from './as-fetch.ts'
import type { FetchRequest } from './fetch-request.ts'
import type { CallLog, HttpAnswer } from './http-call.ts'
import type { CallEvent, HttpEvent, HttpEventHead } from './http-event.ts'
import type { Redactor } from './redact.ts'

export interface ObserveOptions {
  client: string
  clock: Clock
  redactor: Redactor
  onEvent(event: HttpEvent): void
}

/** Follows one call and tells of it, without its secrets. */
export class ObservedCall implements CallWatch {
  readonly log: CallLog
  readonly #options: ObserveOptions
  readonly #request: FetchRequest
  readonly #requestId: string
  readonly #secrets: readonly string[]
  readonly #url: string
  readonly #startedAtMs: number

  constructor(options: ObserveOptions, request: FetchRequest) {
    const { redactor, clock } = options
    this.#options = options
    this.#request = request
    this.#requestId = String(request.headers['x-request-id'] ?? '')
    this.#secrets = redactor.secretsOf(request.url, request.headers)
    this.#url = redactor.url(request.url, this.#secrets)
    this.#startedAtMs = clock.now()
    this.log = { attempts: 0, report: (event) => this.#report(event) }
    options.onEvent({ ...this.#head(), type: 'request', headers: redactor.headers(request.headers, this.#secrets) })
  }

  answered(answer: HttpAnswer): void {
    const { redactor, onEvent } = this.#options
    const { attempts, cache } = this.log
    onEvent({
      ...this.#head(),
      type: 'response',
      status: answer.status,
      headers: redactor.headers(answer.headers, this.#secrets),
      durationMs: this.#durationMs,
      attempts,
      ...(cache && { cache }),
    })
  }

  failed(error: unknown): void {
    const isOurs = error instanceof KobleError
    // The words of an error that is not ours may be anybody's.
    const message = isOurs ? error.message : 'The caller ended the call.'
    this.#options.onEvent({
      ...this.#head(),
      type: 'error',
      code: isOurs ? error.code : 'client_closed',
      message: this.#options.redactor.text(message, this.#secrets),
      durationMs: this.#durationMs,
      attempts: this.log.attempts,
    })
  }

  #report(event: CallEvent): void {
    const { redactor, onEvent } = this.#options
    if (event.type === 'redirect') {
      onEvent({ ...this.#head(), ...event, location: redactor.url(new URL(event.location), this.#secrets) })
    } else {
      onEvent({ ...this.#head(), ...event })
    }
  }

  #head(): HttpEventHead {
    const { clock, client } = this.#options
    return { at: clock.now(), client, requestId: this.#requestId, method: this.#request.method, url: this.#url }
  }

  get #durationMs(): number {
    return this.#options.clock.now() - this.#startedAtMs
  }
}
