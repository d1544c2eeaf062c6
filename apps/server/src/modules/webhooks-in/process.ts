import type { Webhooks } from '@koble/providers/define-provider'
import { parseBody, readSource } from '@koble/providers/read-source'
import type { Tasks } from '../../queue/engine.ts'
import type { ActivityService, Line } from '../activity/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { AttemptOutcome, WebhookStore } from './store.ts'

interface Item {
  eventId: string
  organizationId: string
}

type Work = Awaited<ReturnType<WebhookStore['beginAttempts']>>[number]

/** How often one event is tried before it ends as `failed`. */
const attemptsMax = 3

/**
 * Processes a batch of events: each is parsed, routed to the connection whose account it speaks of, and written into
 * the activity log; state and line are written in one transaction. An event that cannot be read ends as `failed` with
 * the reason; whatever else goes wrong with one event is tried again, without holding up the others.
 */
export function webhookTasks(parts: {
  store: WebhookStore
  integrations: IntegrationService
  connections: ConnectionService
  activity: ActivityService
}): Tasks {
  const { store, activity } = parts

  async function attempt(event: Work): Promise<{ outcome: AttemptOutcome; line: Line }> {
    const conclude = (
      status: AttemptOutcome['status'],
      connectionId: string | null,
      summary: string,
      errorMessage: string | null = null,
    ) => ({
      outcome: { id: event.id, status, errorMessage, connectionId },
      line: {
        organizationId: event.organization_id,
        integrationId: event.integration_id,
        connectionId,
        provider: event.provider_id,
        type: 'webhook' as const,
        action: status === 'completed' ? 'webhook.processed' : 'webhook.failed',
        status: status === 'completed' ? ('success' as const) : ('failure' as const),
        summary,
        details: { eventId: event.id, eventType: event.event_type, externalEventId: event.external_event_id },
        durationMs: Date.now() - event.received_at.getTime(),
      },
    })
    try {
      const { resolved } = await parts.integrations.open(event.organization_id, event.integration_id)
      const problem = unreadable(event)
      if (problem) return conclude('failed', null, `Event ${event.event_type} could not be read`, problem)
      const connectionId = await route(event, resolved.webhooks)
      return conclude('completed', connectionId, `Event ${event.event_type} was received`)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const status = event.attempts >= attemptsMax ? 'failed' : 'retrying'
      return conclude(status, event.connection_id, `Event ${event.event_type} could not be processed`, message)
    }
  }

  async function route(event: Work, webhooks: Webhooks | undefined): Promise<string | null> {
    if (!webhooks?.account) return null
    const body = parseBody(event.body, event.content_type ?? undefined)
    const account = readSource(webhooks.account, { headers: event.headers, query: {}, body })
    if (account === undefined) return null
    return await parts.connections.findByAccount(event.organization_id, event.integration_id, account)
  }

  return {
    async 'webhooks-in.process'(payload) {
      const items = payload as Item[]
      const events = await store.beginAttempts(items.map((item) => item.eventId))
      const done = await Promise.all(events.map(attempt))
      if (done.length > 0) {
        await store.endAttempts(
          done.map(({ outcome }) => outcome),
          (query) =>
            activity.recordAll(
              done.filter(({ outcome }) => outcome.status !== 'retrying').map(({ line }) => line),
              query,
            ),
        )
        await activity.announce([...new Set(done.map(({ line }) => line.organizationId))])
      }
      const retrying = new Map(
        done
          .filter(({ outcome }) => outcome.status === 'retrying')
          .map(({ outcome }) => [outcome.id, outcome.errorMessage]),
      )
      return items.map(async (item) => {
        if (retrying.has(item.eventId)) throw new Error(retrying.get(item.eventId) ?? 'to be tried again')
      })
    },
  }
}

/** Why a body cannot be read, or null. An empty one says all it has to say in its headers. */
function unreadable(event: Work): string | null {
  if (event.body.length === 0 || /x-www-form-urlencoded/i.test(event.content_type ?? '')) return null
  try {
    JSON.parse(event.body.toString('utf8'))
    return null
  } catch (error) {
    return `The body is no valid JSON: ${error instanceof Error ? error.message : ''}`
  }
}
