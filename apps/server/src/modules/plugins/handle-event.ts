import type { PluginRun } from '@koble/contract/plugins'
import type { PluginPool } from './plugin-pool.ts'
import { judgeOutcome } from './plugin-result.ts'
import type { EventForPlugins } from './service.ts'
import type { PluginWithCode } from './store.ts'

/** What plugins together made of an event. */
export interface Handled {
  /** One entry for each that ran, in their order. */
  runs: PluginRun[]
  /** What went wrong with the last of them, null for nothing; its own words are in its entry only. */
  failure: string | null
  dropped: boolean
  /** The type of the message that is forwarded; null where none says otherwise. */
  eventType: string | null
  /** Its body as JSON; null where none says otherwise. */
  body: string | null
}

/** Has plugins look at an event in turn, as `PluginService.handle` promises. */
export async function handleEvent(
  find: (id: string) => Promise<PluginWithCode | null>,
  pool: PluginPool,
  organizationId: string,
  ids: readonly string[],
  event: EventForPlugins,
): Promise<Handled> {
  const handled: Handled = { runs: [], failure: null, dropped: false, eventType: null, body: null }
  for (const id of ids) {
    const plugin = await find(id)
    if (plugin === null) return { ...handled, failure: `plugin_failed: there is no plugin ${id} any more` }
    if (!plugin.enabled) continue
    const seen = { ...event, eventType: handled.eventType ?? event.eventType, body: handled.body ?? event.body }
    const outcome = await pool.run({
      organizationId,
      lane: plugin.version_id,
      code: plugin.code,
      event: toJson(seen),
      timeoutMs: plugin.timeout_ms,
    })
    const { report, result } = judgeOutcome(outcome)
    handled.runs.push({ pluginId: id, name: plugin.name, version: plugin.version, ...report, reason: result.reason })
    if (report.error) {
      return { ...handled, failure: `${report.error.code}: the plugin "${plugin.name}" in version ${plugin.version}` }
    }
    if (result.dropped) return { ...handled, dropped: true }
    handled.eventType = result.eventType ?? handled.eventType
    handled.body = result.body ?? handled.body
  }
  return handled
}

/** The body is JSON already, and goes in as it is. */
function toJson({ body, ...rest }: EventForPlugins): string {
  return `${JSON.stringify(rest).slice(0, -1)},"body":${body}}`
}
