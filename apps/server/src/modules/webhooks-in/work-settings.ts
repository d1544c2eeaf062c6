import type { Handler, RetryPolicy } from '@koble/contract/webhooks'
import type { Source } from '@koble/providers/define-provider'
import type { ChangeFeed } from '../../database/changes.ts'
import type { EndpointStore } from './endpoints/store.ts'

/** What an endpoint says about how its events are worked on. */
export interface WorkSettings {
  endpointId: string
  /** Every event is this connection's. */
  connectionId: string | null
  /** Of a service of one's own; the provider's definition says it otherwise. */
  verification: { account?: Source } | null
  handlers: Handler[]
  unmatched: 'hold' | 'forward'
  retryPolicy: RetryPolicy
  whenParked: 'wait' | 'continue'
  processing: 'running' | 'paused' | 'resuming'
}

/** From memory after the first use. What was acknowledged is worked on even when its endpoint is gone. */
export type SettingsOf = (endpointId: string) => Promise<WorkSettings>

const defaultRetryPolicy: RetryPolicy = { attempts: 3, firstWaitSeconds: 2, factor: 2, schedule: null }
const waitSecondsMax = 86_400

export function createWorkSettings(store: EndpointStore, changes: ChangeFeed): SettingsOf {
  const known = changes.cache<WorkSettings | null>('webhook_endpoints', (settings) => settings?.endpointId)
  return async (endpointId) => {
    const settings =
      known.peek(endpointId) ??
      (await known.get(endpointId, async () => {
        const row = await store.findForWork(endpointId)
        return row
          ? {
              endpointId,
              connectionId: row.connection_id,
              verification: row.verification,
              handlers: row.handlers,
              unmatched: row.unmatched,
              retryPolicy: row.retry_policy,
              whenParked: row.ordering?.whenParked ?? 'wait',
              processing: row.processing,
            }
          : null
      }))
    return settings ?? settingsOfRemoved(endpointId)
  }
}

/** How long to wait after so many attempts, in milliseconds; null when there is to be no other. */
export function waitAfter(attempts: number, policy: RetryPolicy): number | null {
  if (attempts >= policy.attempts) return null
  const { schedule, firstWaitSeconds, factor } = policy
  const seconds = schedule
    ? (schedule[Math.min(attempts, schedule.length) - 1] ?? firstWaitSeconds)
    : firstWaitSeconds * factor ** (attempts - 1)
  return Math.min(seconds, waitSecondsMax) * 1000
}

const settingsOfRemoved = (endpointId: string): WorkSettings => ({
  endpointId,
  connectionId: null,
  verification: null,
  handlers: [{ type: 'forward' }, { type: 'activity' }],
  unmatched: 'hold',
  retryPolicy: defaultRetryPolicy,
  whenParked: 'continue',
  processing: 'running',
})
