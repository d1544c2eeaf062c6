import type { ConnectionHealth, HealthCheck } from '@koble/contract/connections'
import { apiError } from '../../http/problems.ts'
import type { ConnectionHealthStore, DueCheck } from './store.ts'

export type { DueCheck } from './store.ts'

export interface ConnectionHealthService {
  /** Throws `not_found`. */
  read(organizationId: string, id: string): Promise<ConnectionHealth>
  /**
   * Writes down how a check went, and returns what was known before, newest first. After a failure the next one comes
   * sooner.
   */
  record(organizationId: string, id: string, check: Omit<HealthCheck, 'checkedAt'>): Promise<HealthCheck[]>
  /** The checks of this minute: what is due, within what each integration may be asked. */
  takeDue(): Promise<DueCheck[]>
  /** After the settings of an integration were changed. */
  spread(organizationId: string, integrationId: string, intervalHours: number): Promise<void>
}

/** A provider with many connections is asked so often a minute; what is left over waits for the next. */
const perIntegrationAndMinute = 60
const perMinute = 600
const afterFailureMs = 15 * 60_000
const hourMs = 3_600_000

export function createConnectionHealthService(store: ConnectionHealthStore): ConnectionHealthService {
  async function demand(organizationId: string, id: string) {
    const row = await store.find(organizationId, id)
    if (!row) throw apiError('not_found', 'There is no such connection.')
    return row
  }
  return {
    async read(organizationId, id) {
      const row = await demand(organizationId, id)
      const isChecked = row.health_check.enabled && (row.status === 'connected' || row.status === 'warning')
      return {
        latest: row.health[0] ?? null,
        history: row.health,
        nextCheckAt: isChecked ? (row.health_due_at?.toISOString() ?? null) : null,
      }
    },
    async record(organizationId, id, check) {
      const row = await demand(organizationId, id)
      const intervalMs = row.health_check.intervalHours * hourMs
      const pauseMs = check.ok ? intervalMs : Math.min(intervalMs, afterFailureMs)
      const nextAt = new Date(Date.now() + pauseMs * (0.9 + Math.random() * 0.2))
      await store.add(id, { checkedAt: new Date().toISOString(), ...check }, nextAt)
      return row.health
    },
    takeDue: () => store.takeDue(perIntegrationAndMinute, perMinute),
    spread: store.spread,
  }
}
