import { randomUUID } from 'node:crypto'
import type { Agent } from 'undici'
import type { RetryPolicy } from '../resilience/backoff.ts'
import { Bulkhead, type BulkheadOptions } from '../resilience/bulkhead.ts'
import { CircuitBreaker, type CircuitBreakerOptions, CircuitBreakerPresets } from '../resilience/circuit-breaker.ts'
import { type Clock, systemClock } from '../resilience/clock.ts'
import { RateLimiter, type RateLimiterOptions } from '../resilience/rate-limiter.ts'
import type { StateStore } from '../resilience/state-store.ts'
import { RetryPresets } from '../resilience/with-retry.ts'
import type { AddressPolicy } from './address-guard.ts'
import { createAgent } from './agent.ts'
import { asFetch, type TimedFetch } from './as-fetch.ts'
import type { Redirect } from './fetch-request.ts'
import { compose, type Step } from './http-call.ts'
import type { HttpEvent } from './http-event.ts'
import { ObservedCall } from './observe-calls.ts'
import { createRedactor, type RedactionOptions } from './redact.ts'
import { isRepeatable } from './repeatable.ts'
import { sendGuarded } from './send-guarded.ts'
import { breakerStep } from './steps/breaker-step.ts'
import { type CacheOptions, cacheStep, createCacheStore } from './steps/cache-step.ts'
import { coalescingStep } from './steps/coalescing-step.ts'
import { limiterStep } from './steps/limiter-step.ts'
import { perOrigin } from './steps/per-origin.ts'
import { retryStep } from './steps/retry-step.ts'
import { addTraceHeaders } from './trace-headers.ts'

/** How `createFetch` calls: limits, waits and what a call passes on its way. */
export interface FetchOptions {
  /** Names the client in events and errors, and its state in a shared store. `http` unless said otherwise. */
  name?: string
  /** From `createAgent`, to share connections; without one the client has its own. */
  agent?: Agent
  /** Private networks that may be called all the same; none unless said otherwise. Only without an `agent`. */
  allowedPrivateNetworks?: AddressPolicy['allowedPrivateNetworks']
  /**
   * Until the answer begins, all waits and attempts together, and then between two parts of its body. In milliseconds,
   * 30,000 unless said otherwise.
   */
  timeout?: number
  /** Of a body after decoding; 10 MiB unless said otherwise, `Infinity` for no limit. */
  maxResponseBytes?: number
  /** Sent unless the caller sets one; `Koble` unless said otherwise. */
  userAgent?: string
  /** What to do with redirects where the caller does not say; `follow` unless said otherwise. */
  redirect?: Redirect
  /** `RetryPresets.network` unless said otherwise; `false` for one attempt only. */
  retryConfig?: RetryPolicy | false
  /** One breaker for each origin, `CircuitBreakerPresets.standard` unless said otherwise; `false` for none. */
  circuitBreakerConfig?: Omit<CircuitBreakerOptions, 'name' | 'clock' | 'store' | 'judge'> | false
  /** One limiter for each origin, none unless said otherwise; `{}` only heeds what answers say of their limits. */
  rateLimit?: Omit<RateLimiterOptions, 'name' | 'clock' | 'store'>
  /** How many attempts may be under way to one origin at once, each until its answer begins. */
  bulkhead?: Omit<BulkheadOptions, 'name' | 'clock'>
  /** Keeps answers as RFC 9111 allows, each for the credentials it was given to. Off unless said otherwise. */
  cache?: boolean | CacheOptions
  /** Identical GET requests under way at the same time become one. As `cache` unless said otherwise. */
  coalesce?: boolean
  /**
   * The header by which the third party recognises a repeated write (`Idempotency-Key`). A POST or PATCH without it is
   * given one, the same for all its attempts, and may then be tried again.
   */
  idempotencyHeader?: string
  /** Sends `X-Request-Id` and `traceparent`, on unless `false`; a function names the `traceparent` of the caller. */
  trace?: boolean | (() => string | undefined)
  /** Told of each call, its retries and its end, without secrets. Must not throw. */
  onEvent?(event: HttpEvent): void
  /** What else is secret, in events. */
  redact?: RedactionOptions
  clock?: Clock
  /** Nodes that are given the same one share breakers and limits. */
  store?: StateStore
}

/**
 * Makes a drop-in `fetch` to hand to any code that takes one, such as a vendor's SDK: it reaches public addresses only
 * (checked when connecting, and again on each redirect), tries again what may be tried again, stops calling who does
 * not answer, keeps to limits, and reads no more than it should. Make one for each account of a third party.
 *
 * On its way out a call passes: cache, coalescing, breaker, retry, and then, with each attempt, limiter, bulkhead and
 * the guarded connection. The breaker stands before the limiter, so that no call waits for a third party that is down,
 * and each attempt counts against the limit.
 *
 * Rejects as `createGuardedFetch` does, and with `KobleError` `circuit_open`, `rate_limited` or `bulkhead_full`. An HTTP
 * error status is an answer, not a rejection, as with any `fetch`.
 */
export function createFetch(options: FetchOptions = {}): typeof fetch {
  return createTimedFetch(options)
}

/** `createFetch` with a third argument: a time for this call in place of the one for all. */
export function createTimedFetch(options: FetchOptions): TimedFetch {
  const { name = 'http', clock = systemClock, onEvent, idempotencyHeader, trace = true } = options
  const timeoutMs = options.timeout ?? 30_000
  const maxBytes = options.maxResponseBytes ?? 10_485_760
  const agent = options.agent ?? createAgent({ allowedPrivateNetworks: options.allowedPrivateNetworks ?? [] })
  const send = compose(
    createSteps(options, name, clock, timeoutMs, maxBytes),
    sendGuarded(agent, { maxBytes, timeoutMs }),
  )
  const observed = onEvent && { client: name, clock, redactor: createRedactor(options.redact), onEvent }
  const keyField = idempotencyHeader?.toLowerCase()

  return asFetch(send, {
    timeoutMs,
    bodyInTime: false,
    maxBytes,
    redirect: options.redirect ?? 'follow',
    userAgent: options.userAgent,
    open(request) {
      const { method, headers } = request
      if (keyField !== undefined && !isRepeatable(method, headers, keyField)) headers[keyField] = randomUUID()
      if (trace !== false) addTraceHeaders(headers, trace === true ? undefined : trace())
      return observed === undefined ? { log: { attempts: 0 } } : new ObservedCall(observed, request)
    },
  })
}

function createSteps(options: FetchOptions, name: string, clock: Clock, timeoutMs: number, maxBytes: number): Step[] {
  const { store, onEvent, cache = false } = options
  const steps: Step[] = []
  if (cache !== false) {
    steps.push(cacheStep(createCacheStore(cache === true ? {} : cache), { maxBytes, unreadTimeoutMs: timeoutMs }))
  }
  if (options.coalesce ?? cache !== false) steps.push(coalescingStep(timeoutMs))
  const breakerConfig: NonNullable<FetchOptions['circuitBreakerConfig']> =
    options.circuitBreakerConfig ?? CircuitBreakerPresets.standard
  if (breakerConfig !== false) {
    steps.push(
      breakerStep(
        perOrigin((origin) => {
          const onStateChange: CircuitBreakerOptions['onStateChange'] = (state, change) => {
            onEvent?.({ type: 'circuit', at: clock.now(), client: name, origin, state, previous: change.previous })
            breakerConfig.onStateChange?.(state, change)
          }
          return new CircuitBreaker({ ...breakerConfig, name: `${name} ${origin}`, clock, store, onStateChange })
        }),
      ),
    )
  }
  const retryConfig = options.retryConfig ?? RetryPresets.network
  if (retryConfig !== false) steps.push(retryStep(retryConfig, options.idempotencyHeader, clock))
  const { rateLimit, bulkhead } = options
  if (rateLimit !== undefined) {
    const limiterOf = perOrigin((origin) => new RateLimiter({ ...rateLimit, name: `${name} ${origin}`, clock, store }))
    steps.push(limiterStep(limiterOf, clock))
  }
  if (bulkhead !== undefined) {
    const bulkheadOf = perOrigin((origin) => new Bulkhead({ ...bulkhead, name: `${name} ${origin}`, clock }))
    steps.push((call, next) => bulkheadOf(call.origin).execute(() => next(call), { signal: call.scope.signal }))
  }
  return steps
}
