import type { Query } from '../../database/client.ts'
import type { ActivityService } from '../activity/service.ts'
import type { NotificationService } from '../notifications/service.ts'
import type { SystemEventService } from '../system-events/service.ts'
import type { RegistrationRow } from './store.ts'

/** What became of a registration. */
export type RegistrationNews =
  | 'registered'
  | 'renewed'
  | 'updated'
  | 'missing'
  | 'failed'
  | 'recovered'
  | 'removed'
  | 'not_removed'

/** Writes a line of the activity, and where somebody has to act an event and a notification, within a transaction. */
export type Tell = (
  row: RegistrationRow,
  news: RegistrationNews,
  error: { code: string; message: string } | null,
  query: Query,
) => Promise<void>

const summaries: Record<RegistrationNews, string> = {
  registered: 'The webhook was registered at the provider',
  renewed: 'The registration of the webhook was renewed',
  updated: 'The registration of the webhook was changed at the provider',
  missing: 'The provider has forgotten the webhook; it is registered anew',
  failed: 'The webhook is not registered at the provider',
  recovered: 'The webhook is registered again',
  removed: 'The webhook was removed at the provider',
  not_removed: 'The webhook could not be removed at the provider: it has to be removed there by hand',
}
const failures: readonly RegistrationNews[] = ['missing', 'failed', 'not_removed']
/** Somebody should know at once. */
const noted = { failed: 'error', recovered: 'ok', not_removed: 'warning' } as const
const events = {
  failed: 'webhook_registration.failed',
  recovered: 'webhook_registration.recovered',
} as const

export function createTell(parts: {
  activity: ActivityService
  events: SystemEventService
  notifications: NotificationService
}): Tell {
  return async (row, news, error, query) => {
    const summary = summaries[news]
    const about = {
      registrationId: row.id,
      endpointId: row.endpoint_id,
      integrationId: row.integration_id,
      provider: row.provider_id,
      target: row.target,
      errorCode: error?.code ?? null,
    }
    await parts.activity.recordAll(
      [
        {
          organizationId: row.organization_id,
          integrationId: row.integration_id,
          connectionId: row.connection_id,
          provider: row.provider_id,
          type: 'webhook',
          action: `webhook.registration_${news}`,
          status: failures.includes(news) ? 'failure' : 'success',
          summary: error === null ? summary : `${summary}: ${error.message}`,
          details: { ...about, parameters: row.parameters },
        },
      ],
      query,
    )
    if (news === 'failed' || news === 'recovered') {
      const data = { ...about, connectionId: row.connection_id, message: error?.message ?? null }
      await parts.events.emit([{ organizationId: row.organization_id, type: events[news], data }], query)
    }
    if (news !== 'failed' && news !== 'recovered' && news !== 'not_removed') return
    const type = `webhook_registration.${news}`
    const notification = {
      organizationId: row.organization_id,
      type,
      severity: noted[news],
      groupKey: [type, row.integration_id, error?.code].join('/'),
      title: summary,
      message: [Object.values(row.parameters).join(', '), error?.message].filter(Boolean).join(': ') || summary,
      data: about,
      connectionId: row.connection_id,
    }
    await parts.notifications.notify(notification, query)
  }
}
