import type { Actor } from '../../http/actor.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import { createRefusals } from './refusals.ts'
import { createUses, type Use } from './uses.ts'

export { createRegister, type RegisterService } from './register.ts'
export type { Use } from './uses.ts'

/** What must be said in the audit log without slowing, or flooding, what it is about. */
export interface GovernanceService {
  /**
   * Notes a call under an integration, for the audit log when the integration is restricted, else not at all. It is
   * written with others a moment later. What does not fit into memory is counted, and the count is written.
   */
  noteUse(use: Use): void
  /** Notes that a caller was refused for its address: once a minute for each target, with how often it was. */
  noteRefusal(
    actor: Actor | { organizationId: string },
    origin: Origin,
    target: { targetType: string; targetId: string },
  ): Promise<void>
  /** Writes what was noted. */
  flush(): Promise<void>
  stop(): Promise<void>
}

export function createGovernanceService(parts: {
  audit: AuditService
  log: { warn(details: object, message: string): void }
}): GovernanceService {
  const uses = createUses(parts.audit, parts.log)
  const refusals = createRefusals(parts.audit, parts.log)
  return { noteUse: uses.note, noteRefusal: refusals.note, flush: uses.flush, stop: uses.stop }
}
