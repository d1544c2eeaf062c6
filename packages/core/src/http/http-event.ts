import type { CircuitState } from '../resilience/breaker-state.ts'

/** What a call tells of itself on its way. */
export type CallEvent =
  | { type: 'retry'; attempt: number; reason: string; delayMs: number }
  | { type: 'redirect'; status: number; location: string }
  | { type: 'throttled'; waitedMs: number }

/** What every event of a call carries. */
export interface HttpEventHead {
  /** Milliseconds since 1970. */
  at: number
  /** The name of the client. */
  client: string
  /** The same in all events of a call, and in its `X-Request-Id`. */
  requestId: string
  method: string
  /** Redacted, as is all that follows. */
  url: string
}

/**
 * What happens to calls, for logs and metrics. Secrets are taken out before anybody sees it, by the name of the field
 * that holds them and by what they look like, wherever they turn up.
 */
export type HttpEvent =
  | (HttpEventHead & { type: 'request'; headers: Record<string, string | string[]> })
  | (HttpEventHead & CallEvent)
  | (HttpEventHead & {
      type: 'response'
      status: number
      headers: Record<string, string | string[]>
      /** Until the head of the answer, in milliseconds. */
      durationMs: number
      /** How often a request was sent; 0 for an answer out of the cache. */
      attempts: number
      cache?: 'hit' | 'revalidated' | 'miss'
    })
  | (HttpEventHead & { type: 'error'; code: string; message: string; durationMs: number; attempts: number })
  | { type: 'circuit'; at: number; client: string; origin: string; state: CircuitState; previous: CircuitState }
