import { Readable } from 'node:stream'
import type { ForwardCache } from '@koble/core/http'
import type { OpenConnection } from '../connections/service.ts'
import type { OpenIntegration } from '../integrations/service.ts'
import { boundedBody, isJsonType, lookedAtBytesMax } from './bounded-body.ts'
import { type CachedCall, type CacheWish, cacheRuleOf, cacheWishOf, isUnsafe, throughCache } from './cache.ts'
import type { GatewayCall, ReceivedAnswer } from './service.ts'
import { type PlacedTransform, transformAnswer, transformRequest, transformsOf } from './transforms.ts'
import type { OutgoingRequest, Validation } from './validation.ts'
import type { WorkerPool } from './worker-pool.ts'

export interface ExtrasParts {
  cache: ForwardCache
  pool: WorkerPool
  validation: Validation
}

/** What is done with one call beside passing it on. */
export interface CallExtras {
  /** The answer came out of the memory; nobody was called. */
  readonly cacheHit: boolean
  /** The call as the transforms make it. Throws `transform_failed`. */
  request(call: GatewayCall): Promise<GatewayCall>
  /** Looks at a request before it is sent. Throws `request_not_valid`. */
  check(request: OutgoingRequest): Promise<void>
  /** Sends it, unless the cache has the answer. `covers` are the names of the credentials' header fields. */
  pass(
    connection: OpenConnection,
    call: CachedCall,
    covers: string[],
    network: Parameters<typeof throughCache>[4],
  ): Promise<ReceivedAnswer>
  /** The answer as the transforms make it, with what is to be said of it all. */
  answer(call: GatewayCall, answer: ReceivedAnswer): Promise<ReceivedAnswer>
}

/** Cache, transforms and validation of calls. */
export type Extras = ReturnType<typeof createExtras>

/** Puts them together; a call that needs none of them pays for none of them. */
export function createExtras(parts: ExtrasParts) {
  return {
    /** Null for a call that is only passed on. */
    of(integration: OpenIntegration, call: GatewayCall): CallExtras | null {
      const isPlain =
        integration.gateway === null &&
        call.headers['koble-cache'] === undefined &&
        !(isUnsafe(call.method) && parts.cache.holds(integration.id))
      return isPlain ? null : new OneCall(parts, integration, call)
    },
  }
}

class OneCall implements CallExtras {
  cacheHit = false
  readonly #parts: ExtrasParts
  readonly #integration: OpenIntegration
  readonly #transforms: PlacedTransform[]
  readonly #wish: CacheWish
  #passes = 0
  #cache: string | undefined
  #problems = 0
  #skipped = false

  constructor(parts: ExtrasParts, integration: OpenIntegration, call: GatewayCall) {
    this.#parts = parts
    this.#integration = integration
    const path = `/${call.path.replace(/\?.*$/s, '').replace(/^\/+/, '')}`
    this.#transforms = transformsOf(integration.gateway?.transforms ?? [], call.method, path)
    this.#wish = cacheWishOf(integration, call.headers)
  }

  async request(given: GatewayCall): Promise<GatewayCall> {
    const { validation = 'off' } = this.#integration.gateway ?? {}
    const isLookedAt = this.#transforms.length > 0 || validation !== 'off'
    const call = isLookedAt ? await withReadBody(given) : given
    if (this.#transforms.length === 0) return call
    const { pool } = this.#parts
    const made = await transformRequest(pool, this.#integration.organizationId, call, this.#transforms)
    this.#skipped = made === null
    return made ?? call
  }

  async check(request: OutgoingRequest): Promise<void> {
    this.#problems = await this.#parts.validation.check(this.#integration, request)
  }

  async pass(...[connection, call, covers, network]: Parameters<CallExtras['pass']>): Promise<ReceivedAnswer> {
    this.#passes += 1
    const rule = cacheRuleOf(this.#integration, connection, covers)
    // What is sent again after a refusal is not to be answered by the refusal.
    const wish = this.#wish !== null && this.#passes > 1 ? 'refresh' : this.#wish
    const answer = await throughCache(this.#parts.cache, call, rule, wish, network)
    this.#cache = answer.cache
    this.cacheHit = answer.cache === 'hit'
    return answer
  }

  async answer(call: GatewayCall, received: ReceivedAnswer): Promise<ReceivedAnswer> {
    const { pool } = this.#parts
    const lane = this.#integration.organizationId
    const { answer, skipped } = await transformAnswer(pool, lane, call, received, this.#transforms)
    const headers = { ...answer.headers }
    if (this.#cache !== undefined) headers['koble-cache'] = this.#cache
    if (this.#skipped || skipped) headers['koble-transform'] = 'skipped'
    if (this.#problems > 0) headers['koble-validation'] = `${this.#problems} problem${this.#problems > 1 ? 's' : ''}`
    return { ...answer, headers }
  }
}

/** A JSON body that came as a stream, read if it is small enough. */
async function withReadBody(call: GatewayCall): Promise<GatewayCall> {
  const { body, headers } = call
  if (!(body instanceof Readable) || !isJsonType(headers['content-type'])) return call
  if (Number(headers['content-length'] ?? 0) > lookedAtBytesMax) return call
  const read = await boundedBody(body, lookedAtBytesMax)
  if (!Buffer.isBuffer(read)) return { ...call, body: read }
  const { 'transfer-encoding': _encoding, ...kept } = headers
  return { ...call, body: read, headers: { ...kept, 'content-length': String(read.byteLength) } }
}
