import type { ConnectionErrorCode } from '@koble/contract/connections'
import type { SystemEventType } from '@koble/contract/notifications'
import { Bulkhead } from '@koble/core/resilience'
import type { Query } from '../../database/client.ts'
import type { ActivityService } from '../activity/service.ts'
import type { OpenIntegration } from '../integrations/service.ts'
import type { NotificationService } from '../notifications/service.ts'
import type { SystemEventService } from '../system-events/service.ts'
import type { ChangedConnection, ConnectionState, ConnectionStore } from './store.ts'

/** The credentials that a judgement is about. */
export interface StateTarget {
  id: string
  organizationId: string
  version: number
  integration: OpenIntegration
}

/** The events that tell of connections. */
type ConnectionEventType = Extract<SystemEventType, `connection.${string}`>

/** What is told of a change of state. */
export interface StateChange {
  type: ConnectionEventType
  state: ConnectionState
  /** One sentence, free of secrets. */
  summary: string
  /** How the line in the activity is called; the type of the event unless said otherwise. */
  action?: string
  details?: Record<string, unknown>
}

export interface ConnectionStates {
  /** Judges credentials, and tells of it if that changes anything; returns whether it did. */
  judge(target: StateTarget, state: ConnectionState, more?: Pick<StateChange, 'action' | 'details'>): Promise<boolean>
  /**
   * Writes what is told of a change, in its transaction: a line of the activity, an event of the outbox and, for what
   * nobody did on purpose, a notification.
   */
  tell(
    target: Omit<StateTarget, 'version' | 'id'>,
    changed: ChangedConnection,
    change: StateChange,
    query: Query,
  ): Promise<void>
  /** After that transaction: the live streams are to look. */
  announce(organizationId: string): Promise<void>
}

/** The one place that a connection's state is changed through, so that no change goes untold. */
export function createConnectionStates(parts: {
  store: ConnectionStore
  activity: ActivityService
  events: SystemEventService
  notifications: NotificationService
  forget(id: string): void
}): ConnectionStates {
  const { store, activity } = parts
  const judging = new Bulkhead({ maxConcurrent: 4, maxQueue: Number.POSITIVE_INFINITY, maxWaitMs: 120_000 })

  async function tell(
    { organizationId, integration }: Omit<StateTarget, 'version' | 'id'>,
    changed: ChangedConnection,
    { type, state, summary, action = type, details = {} }: StateChange,
    query: Query,
  ): Promise<void> {
    const integrationId = integration.id
    const provider = integration.provider.id
    const line = {
      organizationId,
      integrationId,
      connectionId: changed.id,
      provider,
      type: 'connection' as const,
      action,
      status: statusOf[type],
      summary,
      details: { ...(state.errorCode !== null && { code: state.errorCode }), ...details },
    }
    await activity.recordAll([line], query)
    const data = {
      connectionId: changed.id,
      integrationId,
      provider,
      externalUserId: changed.externalUserId,
      accountLabel: changed.accountLabel,
      status: state.status,
      previousStatus: changed.previousStatus,
      errorCode: state.errorCode,
      message: summary,
    }
    await parts.events.emit([{ organizationId, type, data }], query)
    const severity = severityOf[type]
    if (severity === null) return
    const notification = {
      organizationId,
      type,
      severity,
      groupKey: [type, integrationId, state.errorCode].join('/'),
      title: `${integration.name}: ${state.errorCode ? reasons[state.errorCode] : (others[type] ?? type)}`,
      message: changed.accountLabel === null ? summary : `${changed.accountLabel}: ${summary}`,
      data: { integrationId, provider, errorCode: state.errorCode },
      connectionId: changed.id,
    }
    // Last, since those who tell of the same wait for one another from here on.
    await parts.notifications.notify(notification, query)
  }

  const announce = (organizationId: string) => activity.announce([organizationId])

  return {
    tell,
    announce,
    async judge(target, state, more = {}) {
      const type =
        state.status === 'error'
          ? 'connection.error'
          : state.status === 'warning'
            ? 'connection.warning'
            : 'connection.recovered'
      const summary = state.errorMessage ?? 'The connection works again'
      // When a provider fails, thousands of connections have the same to tell: they must not take all of the database.
      const isChanged = await judging.execute(() =>
        store.setState(target, state, (changed, query) =>
          tell(target, changed, { type, state, summary, ...more }, query),
        ),
      )
      parts.forget(target.id)
      if (isChanged) await announce(target.organizationId)
      return isChanged
    },
  }
}

const statusOf: Record<ConnectionEventType, 'success' | 'failure' | 'info'> = {
  'connection.created': 'success',
  'connection.reconnected': 'success',
  'connection.disconnected': 'info',
  'connection.warning': 'failure',
  'connection.error': 'failure',
  'connection.recovered': 'success',
  'connection.revocation_failed': 'failure',
}

/** Null for what somebody did on purpose: they know. */
const severityOf: Record<ConnectionEventType, 'ok' | 'warning' | 'error' | null> = {
  'connection.created': null,
  'connection.reconnected': null,
  'connection.disconnected': null,
  'connection.warning': 'warning',
  'connection.error': 'error',
  'connection.recovered': 'ok',
  'connection.revocation_failed': 'warning',
}

const reasons: Record<ConnectionErrorCode, string> = {
  needs_reauth: 'an account must be connected again',
  revoked: 'the access to an account was withdrawn',
  provider_unavailable: 'the provider is having trouble',
  refresh_uncertain: 'the answer to a renewal was lost',
  client_rejected: 'the provider refuses the client',
  health_check_failed: 'a connection fails its check',
  scope_missing: 'permissions are missing',
}

const others: Partial<Record<ConnectionEventType, string>> = {
  'connection.recovered': 'works again',
  'connection.revocation_failed': 'the provider could not be told of a disconnection',
}
