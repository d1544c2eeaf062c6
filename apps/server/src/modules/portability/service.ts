import { type ImportReport, type ImportResult, importInlineMax } from '@koble/contract/portability'
import { sha256Hex } from '@koble/core/crypto'
import { type Actor, hasRole } from '../../http/actor.ts'
import { apiError, toProblem } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import { type BulkHandlers, type BulkService, runItems } from '../bulk/service.ts'
import type { ConnectionService, ImportOptions, PortableConnection } from '../connections/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { keyOf, lockOf, open, seal } from './bundle.ts'
import { collect, contentOf } from './export-connections.ts'
import { hintsOf, type ImportContext, type ImportItem, readItem, wouldBeNew } from './import-items.ts'
import { matchIntegrations } from './match-integrations.ts'

interface Lock {
  passphrase?: string
  recipientPublicKey?: string
  includeIntegrations: boolean
  /** Set for an export in the background, by the role of whoever began it. */
  includeRestricted?: boolean
}

export interface PortabilityService {
  /** Connections with their credentials as one sealed file. */
  export(
    actor: Actor,
    origin: Origin,
    input: Lock & { filter: { integrationId?: string; externalUserId?: string; ids?: string[] } },
  ): Promise<string>
  /** Takes connections in; more than a hundred become a bulk operation. Single failures stand in the report. */
  import(
    actor: Actor,
    origin: Origin,
    input: {
      bundle?: string
      passphrase?: string
      privateKey?: string
      connections?: unknown[]
      nango?: unknown[]
      mapping?: Record<string, string>
    } & ImportOptions,
  ): Promise<ImportReport>
  /** What becomes of imports and exports in the background. */
  bulkHandlers: BulkHandlers
}

/** More than any bundle may hold: what is beyond it need not be read. */
const exportBytesMax = 40 * 1024 * 1024

export function createPortabilityService(parts: {
  connections: ConnectionService
  integrations: IntegrationService
  bulk: BulkService
  audit: AuditService
}): PortabilityService {
  const { connections, integrations, bulk, audit } = parts

  async function importItem(
    organizationId: string,
    item: ImportItem,
    context: ImportContext,
    options: ImportOptions,
  ): Promise<ImportResult> {
    const told = { index: item.index, code: null, message: null }
    const fresh = wouldBeNew(item, context)
    if (fresh) return { ...told, ...fresh, outcome: 'created', connectionId: null, integrationId: null }
    const read = await readItem(integrations, organizationId, item, context)
    const { id, outcome, note } = await connections.importOne(organizationId, read, options)
    const { externalUserId, integrationId } = read
    return { ...told, outcome, connectionId: id, externalUserId, integrationId, message: note }
  }

  async function importNow(
    organizationId: string,
    items: ImportItem[],
    context: ImportContext,
    options: ImportOptions,
  ): Promise<ImportResult[]> {
    const results: ImportResult[] = []
    await runItems(
      items,
      (item) => String(item.index),
      async (item) => {
        try {
          results[item.index] = await importItem(organizationId, item, context, options)
        } catch (error) {
          const { code, detail, title } = toProblem(error, '')
          if (code === 'database_unavailable') throw error
          const failed = { outcome: 'failed' as const, connectionId: null, code, message: detail ?? title }
          results[item.index] = { index: item.index, ...hintsOf(item), ...failed }
        }
        return ''
      },
    )
    return results
  }

  return {
    async export(actor, origin, { filter, ...lock }) {
      const { organizationId } = actor
      const chosen = lockOf(lock)
      const reach = { bytesMax: exportBytesMax, includeRestricted: hasRole(actor.role, 'owner') }
      const found = await collect(connections, organizationId, filter, reach)
      const sealed = await seal(await contentOf(integrations, organizationId, found, lock), chosen)
      const { externalUserId, ids, ...plain } = filter
      const details = {
        count: found.length,
        includeIntegrations: lock.includeIntegrations,
        sealedFor: 'passphrase' in chosen ? 'passphrase' : sha256Hex(chosen.recipient),
        filter: { ...plain, ...(ids && { ids: ids.length }), ...(externalUserId !== undefined && { oneUser: true }) },
      }
      await audit.record(actor, origin, { action: 'connections.exported', targetType: 'connections', details })
      return sealed
    },

    async import(actor, origin, input) {
      const { organizationId } = actor
      const { bundle, connections: tokens, nango, mapping = {}, onConflict, verify, dryRun } = input
      if ([bundle, tokens, nango].filter((given) => given !== undefined).length !== 1) {
        throw apiError('invalid_request', 'Give just one of bundle, connections and nango.')
      }
      const options: ImportOptions = { onConflict, verify, dryRun }
      let context: ImportContext = { mapping, sources: [], wouldCreate: [] }
      let integrationsCreated: string[] = []
      let given = tokens ?? nango ?? []
      if (bundle !== undefined) {
        const content = await open(bundle, keyOf(input))
        const matches = await matchIntegrations(integrations, actor, origin, content.integrations, { mapping, dryRun })
        const sources = content.integrations.map(({ id, name, provider }) => ({ id, name, provider }))
        context = { mapping: Object.fromEntries(matches.ids), sources, wouldCreate: matches.wouldCreate }
        integrationsCreated = matches.created
        given = content.connections
      }
      const from = bundle !== undefined ? 'bundle' : tokens ? 'tokens' : 'nango'
      const items = given.map((item, index): ImportItem => ({ index, from, given: item }))
      const empty = { created: 0, replaced: 0, skipped: 0, failed: 0 }
      const report = { dryRun, total: items.length, ...empty, integrationsCreated, results: [], operation: null }
      if (items.length > importInlineMax) {
        const details = { from, onConflict, dryRun }
        const operation = await bulk.start(actor, origin, {
          kind: 'import',
          input: { context, options },
          items: { items },
          audit: details,
        })
        return { ...report, operation }
      }
      const results = await importNow(organizationId, items, context, options)
      const counts = { ...empty }
      for (const { outcome } of results) counts[outcome] += 1
      const details = { from, total: items.length, ...counts, dryRun }
      await audit.record(actor, origin, { action: 'connections.imported', targetType: 'connections', details })
      return { ...report, ...counts, results }
    },

    bulkHandlers: {
      import: {
        async runBatch(items, run) {
          const { organizationId } = run
          const { context, options } = run.input as { context: ImportContext; options: ImportOptions }
          const outcomes = await runItems(
            items as ImportItem[],
            (item) => String(item.index),
            async (item) => (await importItem(organizationId, item, context, options)).outcome,
          )
          return { outcomes }
        },
      },
      export: {
        async runBatch(ids, { organizationId, input }) {
          const { includeRestricted = false } = input as Lock
          const chosen = { ids: ids as string[], after: null, limit: ids.length }
          const { data } = await connections.exportPage(organizationId, chosen, { includeRestricted })
          const found = new Set(data.map(({ id }) => id))
          const outcomes = ids.map((id) => ({ ended: found.has(id as string) ? 'exported' : 'skipped' }))
          return { outcomes, output: JSON.stringify(data) }
        },
        async finish({ organizationId, input }, outputs) {
          const lock = input as Lock
          const all: PortableConnection[] = []
          let bytes = 0
          for await (const output of outputs) {
            bytes += output.length
            if (bytes <= exportBytesMax) all.push(...(JSON.parse(output) as PortableConnection[]))
          }
          if (bytes > exportBytesMax) throw apiError('export_too_large', 'Export fewer connections at once.')
          return { bundle: await seal(await contentOf(integrations, organizationId, all, lock), lockOf(lock)) }
        },
      },
    },
  }
}
