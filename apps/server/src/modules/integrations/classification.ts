import type { Classification } from '@koble/contract/governance'
import { type Actor, hasRole } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'

/** Anything that carries the classification of an integration. */
export interface Classified {
  classification: Classification | null
}

const ranks: Record<Classification, number> = { open: 1, internal: 2, restricted: 3 }

/** Whether the second classification lets data spread further than the first. */
export function isLooser(before: Classification | null, after: Classification | null): boolean {
  return (after ? ranks[after] : 0) < (before ? ranks[before] : 0)
}

/**
 * How far bodies of calls may be logged when the organization wants them logged: not at all under a restricted
 * integration, with secrets and personal data blanked out under an internal one.
 */
export function bodyLoggingOf({ classification }: Classified): 'never' | 'redacted' | 'allowed' {
  if (classification === 'restricted') return 'never'
  return classification === 'internal' ? 'redacted' : 'allowed'
}

/** Throws `forbidden` unless the caller may be shown a token: of restricted integrations only owners may. */
export function demandTokenReader({ classification }: Classified, actor: Actor): void {
  if (classification !== 'restricted' || hasRole(actor.role, 'owner')) return
  throw apiError('forbidden', 'The integration is restricted: only an owner may read its tokens.')
}

/** Whether an export may hold what belongs to the integration: of restricted ones only when an owner asks. */
export function mayExport({ classification }: Classified, actor: Actor): boolean {
  return classification !== 'restricted' || hasRole(actor.role, 'owner')
}

/** Whether the caller may see the raw bodies of events: of restricted integrations only admins may. */
export function mayReadBodies({ classification }: Classified, actor: Actor): boolean {
  return classification !== 'restricted' || hasRole(actor.role, 'admin')
}
