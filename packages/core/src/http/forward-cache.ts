import { Readable } from 'node:stream'
import { CallScope } from './call-scope.ts'
import type { CallerSignal, ForwardedResponse } from './forward.ts'
import type { HeaderFields } from './headers.ts'
import { compose, type HttpAnswer, type HttpCall, type Send, type Step } from './http-call.ts'
import { ReceivedBody } from './received-body.ts'
import { type CacheStore, cacheStep, createCacheStore, forgetAddress } from './steps/cache-step.ts'
import { coalescingStep } from './steps/coalescing-step.ts'

/** How much a `ForwardCache` keeps. */
export interface ForwardCacheOptions {
  /** Of all groups together; 64 MiB unless said otherwise. */
  maxBytes?: number
  /** Of one group; 16 MiB unless said otherwise. */
  maxGroupBytes?: number
  /** Of one answer; 1 MiB unless said otherwise. */
  maxEntryBytes?: number
}

/** Whose answers a call may share, and how long they are kept. */
export interface CacheRule {
  /** Has a share of the memory by itself. */
  group: string
  /** Answers never pass from one partition to another. */
  partition: string
  /** Header fields, in lower case, for which the partition stands: credentials, which may be renewed. */
  covers: readonly string[]
  /** For answers that do not say how long they are fresh; they are not kept otherwise. */
  defaultTtlMs?: number
  /** So many answers of the group are kept; 1,024 unless said otherwise. */
  maxEntries?: number
  /** Asks the third party whether what is kept still holds. */
  refresh?: boolean
}

/** A GET or HEAD without a body. */
export interface CacheableRequest {
  url: URL
  method: string
  /** By lower-case name. */
  headers: HeaderFields
  /** In milliseconds, as of `forward`. */
  timeoutMs: number
  signal?: CallerSignal
  /** Called once, after the call was answered, when the body is at its end (`true`) or was given up. */
  onEnd?(complete: boolean): void
}

/** The way to the third party: `forward`, and what stands before it. */
export type ForwardNetwork = (request: {
  headers: HeaderFields
  signal: CallerSignal
  timeoutMs: number
}) => Promise<ForwardedResponse>

/** An answer from the third party or out of the memory. */
export interface CachedResponse extends Pick<ForwardedResponse, 'status' | 'headers' | 'body'> {
  cache: 'hit' | 'miss' | 'revalidated' | 'coalesced'
}

interface Group {
  store: CacheStore
  maxEntries: number
  /** By the time that answers are kept by default; -1 for none. */
  steps: Map<number, Step>
}

/** So many groups are kept in mind; those that were not used for the longest time are forgotten first. */
const groupsMax = 1_000

/**
 * Puts the cache and the coalescing of `createFetch` before `forward`: RFC 9111 decides what is kept, identical requests
 * under way at the same time become one, and a group of callers (an integration) has its share of a bounded memory.
 */
export class ForwardCache {
  readonly #groups = new Map<string, Group>()
  readonly #coalesce = coalescingStep()
  readonly #options: Required<ForwardCacheOptions>

  constructor(options: ForwardCacheOptions = {}) {
    const { maxBytes = 67_108_864, maxGroupBytes = 16_777_216, maxEntryBytes = 1_048_576 } = options
    this.#options = { maxBytes, maxGroupBytes: Math.min(maxBytes, maxGroupBytes), maxEntryBytes }
  }

  /** Answers out of the memory, or by the network. Rejects with what the network rejects with. */
  async fetch(request: CacheableRequest, rule: CacheRule, network: ForwardNetwork): Promise<CachedResponse> {
    const { url, method, timeoutMs } = request
    const scope = new CallScope(request.signal, timeoutMs)
    const headers = rule.refresh ? { ...request.headers, 'cache-control': 'no-cache' } : request.headers
    const partition = { key: rule.partition, covers: rule.covers }
    const call: HttpCall = {
      url,
      origin: url.origin,
      method,
      headers,
      body: null,
      scope,
      log: { attempts: 0 },
      partition,
    }
    const answers = compose([this.#cacheOf(rule), this.#coalesce], throughNetwork(network, timeoutMs))
    try {
      const answer = await answers(call)
      scope.cancelDeadline()
      const body = new CachedBody(answer.body, (complete) => {
        scope.close()
        this.#bound()
        request.onEnd?.(complete)
      })
      const cache = call.log.cache === 'miss' && call.log.coalesced ? 'coalesced' : (call.log.cache ?? 'miss')
      return { status: answer.status, headers: answer.headers, body, cache }
    } catch (error) {
      scope.close()
      throw error
    }
  }

  /** Whether anything may be kept of a group. */
  holds(group: string): boolean {
    return this.#groups.has(group)
  }

  /**
   * After an answer to a request that may have changed something: what is kept of its address, and of those that the
   * answer names, is no longer good (https://www.rfc-editor.org/rfc/rfc9111#section-4.4).
   */
  invalidate(rule: Pick<CacheRule, 'group' | 'partition'>, url: URL, answer: Pick<HttpAnswer, 'status' | 'headers'>) {
    const group = this.#groups.get(rule.group)
    if (group === undefined || answer.status < 200 || answer.status >= 400) return
    forgetAddress(group.store, rule.partition, url)
    for (const name of ['location', 'content-location']) {
      const named = answer.headers[name] === undefined ? null : URL.parse(String(answer.headers[name]), url.href)
      if (named?.origin === url.origin) forgetAddress(group.store, rule.partition, named)
    }
  }

  #cacheOf(rule: CacheRule): Step {
    const { maxEntries = 1_024, defaultTtlMs } = rule
    let group = this.#groups.get(rule.group)
    if (group?.maxEntries !== maxEntries) {
      const { maxGroupBytes: maxBytes, maxEntryBytes } = this.#options
      group = { store: createCacheStore({ maxBytes, maxEntryBytes, maxEntries }), maxEntries, steps: new Map() }
    }
    // To its end: the first ones are those that were not used for the longest time.
    this.#groups.delete(rule.group)
    this.#groups.set(rule.group, group)
    let step = group.steps.get(defaultTtlMs ?? -1)
    if (step === undefined) {
      step = cacheStep(group.store, { maxBytes: Number.POSITIVE_INFINITY, defaultTtlMs })
      group.steps.clear()
      group.steps.set(defaultTtlMs ?? -1, step)
    }
    return step
  }

  #bound(): void {
    let bytes = 0
    for (const { store } of this.#groups.values()) bytes += store.size
    for (const [name, { store }] of this.#groups) {
      if (bytes <= this.#options.maxBytes && this.#groups.size <= groupsMax) return
      bytes -= store.size
      this.#groups.delete(name)
    }
  }
}

function throughNetwork(network: ForwardNetwork, timeoutMs: number): Send {
  return async ({ headers, scope }) => {
    const left = Math.max(1, scope.leftMs)
    const answer = await network({ headers, signal: scope.signal, timeoutMs: left })
    return { status: answer.status, statusText: '', headers: answer.headers, body: received(answer.body, timeoutMs) }
  }
}

function received(stream: Readable, unreadTimeoutMs: number): ReceivedBody {
  const body = new ReceivedBody(
    { resume: () => stream.resume(), abort: (reason) => stream.destroy(reason) },
    { maxBytes: Number.POSITIVE_INFINITY, unreadTimeoutMs },
  )
  stream.on('data', (chunk: Buffer) => {
    if (!body.push(chunk)) stream.pause()
  })
  stream.on('end', () => body.complete())
  stream.on('error', (error) => body.destroy(error))
  return body
}

class CachedBody extends Readable {
  readonly #body: ReceivedBody
  readonly #onEnd: (complete: boolean) => void
  readonly #resume: () => void
  #ended = false

  constructor(body: ReceivedBody, onEnd: (complete: boolean) => void) {
    super({ highWaterMark: 65_536 })
    this.#body = body
    this.#onEnd = onEnd
    // Whoever got the answer may not listen yet when the third party breaks off; that must not end the process.
    this.on('error', () => {})
    this.#resume = body.drain({
      push: (chunk) => this.push(chunk),
      complete: () => {
        this.#end(true)
        this.push(null)
      },
      destroy: (error) => this.destroy(error),
    })
  }

  override _read(): void {
    this.#resume?.()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#end(false)) this.#body.destroy(error ?? new Error('The answer was not read to its end'))
    callback(error)
  }

  #end(complete: boolean): boolean {
    if (this.#ended) return false
    this.#ended = true
    this.#onEnd(complete)
    return true
  }
}
