import type { Classification } from '@koble/contract/governance'
import type { Actor } from '../../http/actor.ts'
import type { AuditService, Origin } from '../audit/service.ts'

/** One call to a third party under an integration. */
export interface Use {
  integration: { id: string; organizationId: string; classification: Classification | null }
  connectionId: string
  actor: Actor
  origin: Origin
  method: string
  /** Without the query, which may carry secrets. */
  path: string
  /** What the third party answered; null when it did not. */
  status: number | null
}

const flushEveryMs = 500
const batchMax = 500
const waitingMax = 20_000
const retryAfterMs = 2_000

/** The uses of restricted integrations on their way to the audit log: many entries share one turn at the chain. */
export function createUses(audit: AuditService, log: { warn(details: object, message: string): void }) {
  const waiting = new Map<string, { use: Use; at: Date }[]>()
  const lost = new Map<string, number>()
  let size = 0
  let timer: NodeJS.Timeout | null = null
  let flushing: Promise<void> = Promise.resolve()

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => void flush(), delayMs)
  }

  async function write(): Promise<void> {
    for (const [organizationId, uses] of waiting) {
      while (uses.length > 0) {
        const batch = uses.slice(0, batchMax)
        await audit.recordAll(
          batch.map(({ use, at }) => ({ actor: use.actor, origin: use.origin, deed: deedOf(use, at) })),
        )
        uses.splice(0, batch.length)
        size -= batch.length
      }
      waiting.delete(organizationId)
    }
    for (const [organizationId, count] of lost) {
      await audit.recordSystem(organizationId, { action: 'connection.uses_lost', details: { count } })
      lost.set(organizationId, (lost.get(organizationId) ?? 0) - count)
      if (lost.get(organizationId) === 0) lost.delete(organizationId)
    }
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = null
    flushing = flushing.then(write).catch((error: unknown) => {
      log.warn({ err: error, waiting: size }, 'uses of restricted integrations cannot be written at the moment')
      schedule(retryAfterMs)
    })
    return flushing
  }

  return {
    note(use: Use): void {
      if (use.integration.classification !== 'restricted') return
      const { organizationId } = use.integration
      if (size >= waitingMax) {
        lost.set(organizationId, (lost.get(organizationId) ?? 0) + 1)
        return
      }
      const uses = waiting.get(organizationId) ?? []
      uses.push({ use, at: new Date() })
      waiting.set(organizationId, uses)
      size += 1
      schedule(flushEveryMs)
    },
    flush,
    async stop(): Promise<void> {
      await flush()
      if (timer) clearTimeout(timer)
    },
  }
}

function deedOf({ integration, connectionId, method, path, status }: Use, at: Date) {
  const details = { integrationId: integration.id, method, path, status, usedAt: at.toISOString() }
  return { action: 'connection.used', targetType: 'connection', targetId: connectionId, details }
}
