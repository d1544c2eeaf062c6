import type { Actor } from '../../http/actor.ts'
import type { AuditService, Origin } from '../audit/service.ts'

const everyMs = 60_000
const targetsMax = 10_000

/** Refusals for the audit log: somebody who keeps knocking must not fill it. */
export function createRefusals(audit: AuditService, log: { warn(details: object, message: string): void }) {
  const recent = new Map<string, { at: number; since: number }>()
  return {
    async note(
      actor: Actor | { organizationId: string },
      origin: Origin,
      target: { targetType: string; targetId: string },
    ): Promise<void> {
      const now = Date.now()
      const key = `${target.targetType} ${target.targetId}`
      const last = recent.get(key)
      if (last && now - last.at < everyMs) {
        last.since += 1
        return
      }
      if (recent.size >= targetsMax) recent.clear()
      recent.set(key, { at: now, since: 0 })
      const details = { address: origin?.ip ?? null, ...(last?.since && { refusedBefore: last.since }) }
      const deed = { action: 'address.refused', ...target, details }
      const written =
        'type' in actor ? audit.record(actor, origin, deed) : audit.recordSystem(actor.organizationId, deed)
      await written.catch((error: unknown) => {
        // The refusal itself stands; its entry comes with the next one.
        recent.delete(key)
        log.warn({ err: error }, 'a refusal could not be written to the audit log')
      })
    },
  }
}
