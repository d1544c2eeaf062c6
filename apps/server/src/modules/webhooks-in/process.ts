import { readBody } from '@koble/core/signatures'
import { readSource } from '@koble/providers/read-source'
import { createBatcher } from '../../database/batcher.ts'
import type { Tasks } from '../../queue/engine.ts'
import type { ActivityService, Line } from '../activity/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { AttemptOutcome, OpenEvent, WebhookStore } from './store.ts'

interface Item {
  eventId: string
  organizationId: string
}

/** Finds the connection of an account; within a batch, each account is looked up once. */
type FindConnection = (event: OpenEvent, account: string) => Promise<string | null>

/** How often one event is tried before it ends as `failed`. */
const attemptsMax = 3
/** Jobs that run at the same time share their statements, as the deliveries did that they came from. */
const workBatches = { itemsMax: 500, bytesMax: Number.POSITIVE_INFINITY, bytesOf: () => 0, parallel: 2 }

/**
 * Processes events: each is parsed, routed to the connection whose account it speaks of, and written into the activity
 * log; state and line are written in one transaction. An event that cannot be read ends as `failed` with the reason;
 * whatever else goes wrong with one event is tried again, without holding up the others.
 */
export function webhookTasks(parts: {
  store: WebhookStore
  integrations: IntegrationService
  connections: ConnectionService
  activity: ActivityService
}): Tasks {
  const { store, activity } = parts

  async function attempt(event: OpenEvent, find: FindConnection): Promise<{ outcome: AttemptOutcome; line: Line }> {
    const attempts = event.attempts + 1
    const conclude = (
      status: AttemptOutcome['status'],
      connectionId: string | null,
      summary: string,
      errorMessage: string | null = null,
    ) => ({
      outcome: { id: event.id, status, attempts, errorMessage, connectionId },
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
      const problem = problemOf(event)
      if (problem !== null) return conclude('failed', null, `Event ${event.event_type} could not be read`, problem)
      const account = resolved.webhooks?.account
      const accountId = account && readSource(account, event)
      const connectionId = accountId === undefined ? null : await find(event, accountId)
      return conclude('completed', connectionId, `Event ${event.event_type} was received`)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const status = attempts >= attemptsMax ? 'failed' : 'retrying'
      return conclude(status, event.connection_id, `Event ${event.event_type} could not be processed`, message)
    }
  }

  function findOnce(): FindConnection {
    const found = new Map<string, Promise<string | null>>()
    return ({ organization_id, integration_id }, account) => {
      const key = `${integration_id} ${account}`
      const search = found.get(key) ?? parts.connections.findByAccount(organization_id, integration_id, account)
      found.set(key, search)
      return search
    }
  }

  /** Why each event has to be tried again; null when it has not. */
  async function processEvents(ids: string[]): Promise<(string | null)[]> {
    const find = findOnce()
    const events = await store.listOpen([...new Set(ids)])
    const done = await Promise.all(events.map((event) => attempt(event, find)))
    if (done.length > 0) {
      const lines = done.filter(({ outcome }) => outcome.status !== 'retrying').map(({ line }) => line)
      await store.endAttempts(
        done.map(({ outcome }) => outcome),
        (query) => activity.recordAll(lines, query),
      )
      await activity.announce([...new Set(done.map(({ line }) => line.organizationId))])
    }
    const again = new Map(
      done.map(({ outcome: { id, status, errorMessage } }) => [
        id,
        status === 'retrying' ? (errorMessage ?? '') : null,
      ]),
    )
    return ids.map((id) => again.get(id) ?? null)
  }

  const batcher = createBatcher(processEvents, workBatches)

  return {
    'webhooks-in.process'(payload) {
      return (payload as Item[]).map(async ({ eventId }) => {
        const reason = await batcher.add(eventId)
        if (reason !== null) throw new Error(reason)
      })
    },
  }
}

/** Why an event cannot be read, if so. An empty body says all it has to say in its headers. */
function problemOf(event: OpenEvent): string | null {
  if (readBody(event).kind !== 'other') return null
  try {
    JSON.parse(event.body.toString('utf8'))
    return null
  } catch (error) {
    return `The body is no valid JSON: ${error instanceof Error ? error.message : ''}`
  }
}
