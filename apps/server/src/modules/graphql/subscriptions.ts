import { setTimeout as sleep } from 'node:timers/promises'
import type { GraphqlSubscription } from '@koble/contract/graphql'
import { KobleError } from '@koble/core/errors'
import { fullJitterMs } from '@koble/core/resilience'
import { apiError, toProblem } from '../../http/problems.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { GatewayService } from '../gateway/service.ts'
import type { Prepared } from './prepare.ts'
import { openEventStream, openSocket, type Upstream } from './upstream.ts'

/**
 * What a caller is told of a subscription: `next` with each result, `reconnected` after a gap in which results may have
 * been missed, and at last `complete`, or `error` with problem details.
 */
export interface SubscriptionEvent {
  event: 'next' | 'reconnected' | 'complete' | 'error'
  data: unknown
}

const backoff = { baseDelayMs: 500, maxDelayMs: 30_000 }
const failuresMax = 10
const perConnectionMax = 20
const perNodeMax = 1_000

/** Keeps subscriptions open at third parties and relays what they bring. */
export function createSubscriptions({
  gateway,
  connections,
}: {
  gateway: GatewayService
  connections: ConnectionService
}) {
  const open = new Map<AbortController, string>()

  function connect({ target, document, variables, operationName }: Prepared, transport: string, signal: AbortSignal) {
    const payload = { query: document.text, variables, ...(operationName !== undefined && { operationName }) }
    const upstream = transport === 'sse' ? openEventStream : openSocket
    return upstream(gateway, target, payload, signal)
  }

  /** A connection that was removed since brings nothing any more. It is in memory, so this costs next to nothing. */
  async function demandUsable({ actor, connectionId }: Prepared['target']): Promise<void> {
    try {
      await connections.fresh(actor.organizationId, connectionId)
    } catch (error) {
      if (error instanceof KobleError && unusable.has(error.code)) throw error
    }
  }

  async function* relay(
    prepared: Prepared,
    transport: string,
    first: Upstream,
    signal: AbortSignal,
  ): AsyncGenerator<SubscriptionEvent, void, undefined> {
    let upstream: Upstream | null = first
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (upstream === null) {
          upstream = await connect(prepared, transport, signal)
          closeWith(upstream, signal)
          yield { event: 'reconnected', data: {} }
        }
        for await (const payload of upstream.payloads) {
          failures = 0
          await demandUsable(prepared.target)
          yield { event: 'next', data: payload }
        }
        if (!signal.aborted) yield { event: 'complete', data: {} }
        return
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        if (!mayPass(error) || failures > failuresMax) {
          yield { event: 'error', data: toProblem(error, prepared.target.requestId) }
          return
        }
        await sleep(fullJitterMs(failures, backoff), undefined, { signal }).catch(() => {})
      } finally {
        upstream?.close()
        upstream = null
      }
    }
  }

  return {
    /** Resolves once the third party has taken it. Ends when `gone` aborts, or the iteration is left. */
    async open(
      prepared: Prepared,
      transport: GraphqlSubscription['transport'],
      gone: AbortSignal,
    ): Promise<AsyncGenerator<SubscriptionEvent>> {
      const { connectionId } = prepared.target
      const ofConnection = [...open.values()].filter((id) => id === connectionId).length
      if (open.size >= perNodeMax || ofConnection >= perConnectionMax) {
        throw apiError('rate_limited', `At most ${perConnectionMax} subscriptions of a connection are open at once.`)
      }
      const ending = new AbortController()
      const leave = () => ending.abort(apiError('client_closed', 'The caller went away.'))
      if (gone.aborted) leave()
      gone.addEventListener('abort', leave, { once: true })
      open.set(ending, connectionId)
      const over = () => {
        open.delete(ending)
        gone.removeEventListener('abort', leave)
      }
      try {
        const first = await connect(prepared, transport, ending.signal)
        closeWith(first, ending.signal)
        return finishing(relay(prepared, transport, first, ending.signal), over)
      } catch (error) {
        over()
        throw error
      }
    },
    end(): void {
      for (const ending of open.keys()) ending.abort(apiError('shutting_down', 'This node is stopping.'))
    },
  }
}

function closeWith(upstream: Upstream, signal: AbortSignal): void {
  if (signal.aborted) upstream.close()
  else signal.addEventListener('abort', () => upstream.close(), { once: true })
}

async function* finishing<Value>(values: AsyncGenerator<Value>, over: () => void): AsyncGenerator<Value> {
  try {
    yield* values
  } finally {
    over()
  }
}

const unusable = new Set(['not_found', 'connection_not_usable'])
const passing = new Set(['provider_unreachable', 'provider_timeout', 'provider_unavailable', 'provider_throttled'])

/** Whether another attempt may go better. */
function mayPass(error: unknown): boolean {
  return error instanceof KobleError && (error.retryable || passing.has(error.code))
}
