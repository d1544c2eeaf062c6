import { readBody } from '@koble/core/signatures'
import { readSource } from '@koble/providers/read-source'
import type { ConnectionService } from '../connections/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { type Handled, type PluginService, PluginsBusy } from '../plugins/service.ts'
import { eventForPlugins } from './event-for-plugins.ts'
import type { OpenEvent } from './store.ts'
import { type SettingsOf, type WorkSettings, waitAfter } from './work-settings.ts'

/** What an attempt came to, before any of it is written. */
export interface Judgement {
  event: OpenEvent
  settings: WorkSettings
  status: 'completed' | 'retrying' | 'failed' | 'unroutable' | 'parked'
  error: string | null
  /** For `retrying`. */
  nextAttemptAt: Date | null
  connection: Routed | null
  /** What plugins made of it, where its endpoint runs some. */
  handled?: Handled
}

/** The connection that an event belongs to. */
export interface Routed {
  id: string
  externalUserId: string
}

export interface Router {
  /**
   * Never rejects because of the event itself: what goes wrong with it becomes its outcome. Where plugins are run it may
   * take a while, and rejects with `PluginsBusy` when they are to be asked again later.
   */
  route(event: OpenEvent): Promise<Judgement>
}

/** Finds out where events belong; each account is looked up once. Made for one batch. */
export function createRouter(parts: {
  integrations: IntegrationService
  connections: ConnectionService
  plugins: Pick<PluginService, 'handle'>
  settingsOf: SettingsOf
}): Router {
  const found = new Map<string, Promise<Routed | null>>()
  const lookUp = (key: string, search: () => Promise<Routed | null>) => {
    const known = found.get(key) ?? search()
    found.set(key, known)
    return known
  }

  async function judge(event: OpenEvent, settings: WorkSettings): Promise<Judgement> {
    const { organization_id: organizationId, integration_id: integrationId } = event
    const end = (status: Judgement['status'], connection: Routed | null, error: string | null = null): Judgement => ({
      event,
      settings,
      status,
      error,
      nextAttemptAt: null,
      connection,
    })
    const { resolved } = await parts.integrations.open(organizationId, integrationId)
    const problem = problemOf(event)
    if (problem !== null) return end('failed', null, problem)
    const ownerOf = (id: string) => lookUp(id, () => parts.connections.findOwner(organizationId, id))
    if (settings.connectionId !== null) return end('completed', await ownerOf(settings.connectionId))
    const source = settings.verification ? settings.verification.account : resolved.webhooks?.account
    const account = source && readSource(source, event)
    // It names none: then it is of the connection by whose registration it came.
    if (account === undefined) return end('completed', event.connection_id ? await ownerOf(event.connection_id) : null)
    const connection = await lookUp(`${integrationId} ${account}`, () =>
      parts.connections.findByAccount(organizationId, integrationId, account),
    )
    if (connection || settings.unmatched === 'forward') return end('completed', connection)
    return end('unroutable', null, `No connection has the account ${account.slice(0, 200)}.`)
  }

  async function throughPlugins(judgement: Judgement): Promise<Judgement> {
    const { event, settings, status, connection } = judgement
    const ids = pluginsOf(settings)
    if (status !== 'completed' || ids.length === 0) return judgement
    const handled = await parts.plugins.handle(event.organization_id, ids, eventForPlugins(event, connection))
    if (handled.failure === null) return { ...judgement, handled }
    return { ...failedAttempt(judgement, handled.failure), handled }
  }

  return {
    async route(event) {
      const settings = await parts.settingsOf(event.endpoint_id)
      try {
        return await throughPlugins(await judge(event, settings))
      } catch (error) {
        if (error instanceof PluginsBusy) throw error
        return failedAttempt({ event, settings }, error)
      }
    },
  }
}

/** The same attempt when something went wrong with it: to be tried again, as long as the policy lets it. */
export function failedAttempt({ event, settings }: Pick<Judgement, 'event' | 'settings'>, error: unknown): Judgement {
  const waitMs = waitAfter(event.attempts + 1, settings.retryPolicy)
  return {
    event,
    settings,
    status: waitMs === null ? 'failed' : 'retrying',
    error: (error instanceof Error ? error.message : String(error)).slice(0, 1000),
    nextAttemptAt: waitMs === null ? null : new Date(Date.now() + waitMs),
    connection: null,
  }
}

/** The plugins that an endpoint runs, in their order. */
export function pluginsOf({ handlers }: Pick<WorkSettings, 'handlers'>): string[] {
  return handlers.flatMap((handler) => (handler.type === 'plugin' ? [handler.pluginId] : []))
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
