import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import { type cacheStores, type Dispatcher, interceptors, cacheStores as stores } from 'undici'
import { CallScope } from '../call-scope.ts'
import { Exchange } from '../exchange.ts'
import type { HeaderFields } from '../headers.ts'
import type { HttpAnswer, HttpCall, Send, Step } from '../http-call.ts'
import { ReceivedBody } from '../received-body.ts'

/** Where answers are kept. */
export type CacheStore = InstanceType<typeof cacheStores.MemoryCacheStore> & {
  /** Of all that is kept, in bytes; undici's types forget it. */
  readonly size: number
}
type CacheKey = Parameters<CacheStore['get']>[0]

/** How much the cache of `createFetch` keeps. */
export interface CacheOptions {
  /** Of all answers together; 64 MiB unless said otherwise. */
  maxBytes?: number
  /** Of one answer; 1 MiB unless said otherwise. */
  maxEntryBytes?: number
  /** 1,024 unless said otherwise. */
  maxEntries?: number
}

/** Makes a store in memory for `cacheStep`. */
export function createCacheStore(options: CacheOptions): CacheStore {
  return new stores.MemoryCacheStore({
    maxSize: options.maxBytes ?? 67_108_864,
    maxEntrySize: options.maxEntryBytes ?? 1_048_576,
    maxCount: options.maxEntries ?? 1_024,
  }) as CacheStore
}

/** They say how to answer, not who asks. Whatever else a request carries may tell one caller from another. */
const anonymous = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'priority',
  'range',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-request-id',
])

/** Travels with the request through the cache and no further. */
const partitionField = 'koble-partition'
/** What else in the request may change the answer, where the partition is said; answers are made to vary with it. */
const tellingField = 'koble-telling'

/** What goes through undici's cache: its options are copied with all they hold, so the call is at hand at the end. */
type CachedOptions = Dispatcher.DispatchOptions & { call: HttpCall; send: Send; store: CacheStore }

/**
 * Answers out of a cache where RFC 9111 allows it, `Vary`, validation and invalidation included; undici's cache does
 * all that. It is a private cache many times over: every set of credentials, which is every header field that is not
 * known to be harmless, has a part of its own, so nothing ever passes from one to another. A call may name its
 * partition instead; the rest of its fields then only tells variants apart, and a write makes all of them stale.
 *
 * @param limits `unreadTimeoutMs` without which it is the call's own; `defaultTtlMs` for answers that do not say how
 * long they are fresh, which are not kept otherwise.
 */
export function cacheStep(
  store: CacheStore,
  limits: { maxBytes: number; unreadTimeoutMs?: number; defaultTtlMs?: number },
): Step {
  const throughCache = interceptors.cache({
    store: partitioned(store),
    methods: ['GET', 'HEAD'],
    type: 'private',
    ...(limits.defaultTtlMs !== undefined && { cacheByDefault: limits.defaultTtlMs }),
  })(passOn as Dispatcher['dispatch'])

  return (call, next) => {
    // A body that flows cannot wait for a decision, and only unsafe requests have one.
    if (call.body !== null && !Buffer.isBuffer(call.body)) return next(call)
    const unreadTimeoutMs = limits.unreadTimeoutMs ?? call.scope.timeoutMs
    return new Promise<HttpAnswer>((resolve, reject) => {
      let asked = false
      let answered = false
      let networkStatus = 0
      const send: Send = async (sent) => {
        if (answered) return inBackground(sent, next, unreadTimeoutMs)
        asked = true
        const answer = await next(sent)
        networkStatus = answer.status
        return answer
      }
      const dispatched: CachedOptions = {
        origin: call.origin,
        path: call.url.pathname + call.url.search,
        method: call.method,
        headers: { ...visible(call.headers), ...placeOf(call) },
        call,
        send,
        store,
      }
      const exchange = new Exchange({
        over: false,
        streaming: false,
        progress: () => {},
        failed: reject,
        answer(status, headers, statusText, controller) {
          answered = true
          call.log.cache = !asked ? 'hit' : networkStatus === 304 && status !== 304 ? 'revalidated' : 'miss'
          const body = new ReceivedBody(controller, { maxBytes: limits.maxBytes, unreadTimeoutMs })
          resolve({ status, statusText, headers: withoutTelling(headers), body })
          return body
        },
      })
      throughCache(dispatched, exchange)
    })
  }
}

/** The cache refreshes what it has handed out stale (RFC 5861): that call outlives the one it began with. */
async function inBackground(call: HttpCall, next: Send, timeoutMs: number): Promise<HttpAnswer> {
  const scope = new CallScope(undefined, timeoutMs)
  try {
    const answer = await next({ ...call, scope, log: { attempts: 0 } })
    answer.body.whenEnded(() => scope.close())
    return answer
  } catch (error) {
    scope.close()
    throw error
  }
}

/** What undici's cache takes for the network: the rest of our own way out. */
function passOn(options: CachedOptions, handler: Dispatcher.DispatchHandler): boolean {
  const { call, send } = options
  const asked = options.headers as HeaderFields
  const headers = { ...call.headers }
  for (const name of ['if-none-match', 'if-modified-since']) {
    if (asked[name] !== undefined) headers[name] = asked[name]
  }
  const control = new Control()
  handler.onRequestStart?.(control, {})
  send({ ...call, headers })
    .then((received) => {
      const answer = received.status === 304 ? freshened(received, options) : received
      control.abortSource = (reason) => answer.body.destroy(reason)
      if (control.reason !== null) answer.body.destroy(control.reason)
      control.resumeSource = answer.body.drain({
        push: (chunk) => {
          if (!control.started) control.start(answer, handler, call.partition !== undefined)
          handler.onResponseData?.(control, chunk)
          return !control.paused
        },
        complete: () => {
          if (!control.started) control.start(answer, handler, call.partition !== undefined)
          handler.onResponseEnd?.(control, {})
        },
        destroy: (error) => handler.onResponseError?.(control, error),
      })
      if (!control.started && !control.aborted) control.start(answer, handler, call.partition !== undefined)
    })
    .catch((error) => handler.onResponseError?.(control, error))
  return true
}

/**
 * What is kept, with what a 304 says anew (RFC 9111, section 4.3.4), as if it had been sent whole: undici passes on what
 * it kept and leaves it stale, or forgets it. A 304 to the caller's own condition is the caller's.
 */
function freshened(answer: HttpAnswer, { call, store, origin, path, method, headers }: CachedOptions): HttpAnswer {
  if (call.headers['if-none-match'] !== undefined || call.headers['if-modified-since'] !== undefined) return answer
  const key = { origin: String(origin), path, method, headers: headers as HeaderFields }
  const kept = partitioned(store).get(key) as Exclude<ReturnType<CacheStore['get']>, Promise<unknown>>
  const etag = answer.headers['etag']
  if (kept === undefined || !Array.isArray(kept.body) || (etag !== undefined && etag !== kept.etag)) return answer
  answer.body.discard()
  const { age: _age, date: _date, ...lasting } = kept.headers as HeaderFields
  const { 'content-length': _length, 'content-encoding': _encoding, ...renewed } = answer.headers
  return {
    status: kept.statusCode,
    statusText: kept.statusMessage,
    headers: { ...withoutTelling(lasting), ...renewed },
    body: ReceivedBody.of(Buffer.concat(kept.body)),
  }
}

/** What undici's handlers steer a request with. */
class Control implements Dispatcher.DispatchController {
  paused = false
  aborted = false
  reason: Error | null = null
  rawHeaders: Buffer[] = []
  rawTrailers: Buffer[] = []
  started = false
  resumeSource: (() => void) | undefined
  abortSource: ((reason: Error) => void) | undefined

  start(answer: HttpAnswer, handler: Dispatcher.DispatchHandler, partitioned: boolean): void {
    this.started = true
    const headers = partitioned ? withTelling(answer.headers) : answer.headers
    handler.onResponseStart?.(this, answer.status, headers, answer.statusText)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.resumeSource?.()
  }

  abort(reason: Error): void {
    this.aborted = true
    this.reason = reason
    this.abortSource?.(reason)
  }
}

function visible(headers: HeaderFields): HeaderFields {
  const shown: HeaderFields = {}
  for (const name in headers) if (anonymous.has(name)) shown[name] = headers[name] as string
  return shown
}

function placeOf({ headers, partition }: HttpCall): HeaderFields {
  const telling = Object.entries(headers).filter(([name]) => !anonymous.has(name) && !partition?.covers.includes(name))
  const hash = telling.length === 0 ? 'nobody' : hashOf(telling.sort(([a], [b]) => (a < b ? -1 : 1)))
  return partition === undefined
    ? { [partitionField]: hash }
    : { [partitionField]: partition.key, [tellingField]: hash }
}

function hashOf(fields: unknown): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url')
}

function withTelling(headers: HeaderFields): HeaderFields {
  return { ...headers, vary: headers.vary === undefined ? tellingField : `${headers.vary}, ${tellingField}` }
}

function withoutTelling({ ...headers }: HeaderFields): HeaderFields {
  const vary = headers.vary
  if (vary === tellingField) delete headers.vary
  else if (vary !== undefined) headers.vary = String(vary).replace(`, ${tellingField}`, '')
  return headers
}

/** Forgets all that is kept of an address for a partition: something was written to it. */
export function forgetAddress(store: CacheStore, partitionKey: string, url: URL): void {
  const headers = { [partitionField]: partitionKey }
  void partitioned(store).delete({ origin: url.origin, method: 'GET', path: url.pathname + url.search, headers })
}

/** Moves each key into the part of the store that belongs to its credentials. */
function partitioned(store: CacheStore) {
  const move = (key: CacheKey): CacheKey => ({ ...key, origin: `${key.origin} ${key.headers?.[partitionField] ?? ''}` })
  return {
    get: (key: CacheKey) => store.get(move(key)),
    delete: (key: CacheKey) => store.delete(move(key)),
    createWriteStream: (key: CacheKey, value: Parameters<CacheStore['createWriteStream']>[1]): Writable | undefined =>
      store.createWriteStream(move(key), value),
  }
}
