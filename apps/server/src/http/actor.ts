import type { Role } from '@koble/contract/organizations'
import { roles } from '@koble/contract/organizations'

/** Who is calling. Everything a service does is done for an actor's organization. */
export type Actor =
  | { type: 'user'; id: string; label: string; organizationId: string; role: Role; sessionId: string }
  | {
      type: 'api_key'
      id: string
      label: string
      organizationId: string
      role: Role
      /** The person who made the key, if it was one. */
      madeBy?: string | null
    }
  | {
      type: 'connect_session'
      id: string
      label: string
      organizationId: string
      role: null
      externalUserId: string
      integrationIds: string[] | null
    }
  | PortalActor

/** An end user with a portal token, who sees to the own destinations and nothing else. */
export interface PortalActor {
  type: 'portal_session'
  id: string
  label: string
  organizationId: string
  role: null
  externalUserId: string
  readOnly: boolean
}

/** Whose things alone the caller may see: an end user's own; null for everybody's. */
export function ownerSeenBy(actor: Actor): string | null {
  return actor.type === 'portal_session' ? actor.externalUserId : null
}

/** The person behind a call, also when it comes by a key of theirs; null when there is none. */
export function personOf(actor: Actor): string | null {
  if (actor.type === 'user') return actor.id
  return actor.type === 'api_key' ? (actor.madeBy ?? null) : null
}

/** Whether a role is at least as powerful as the one demanded. */
export function hasRole(role: Role | null, demanded: Role): boolean {
  return role !== null && roles.indexOf(role) >= roles.indexOf(demanded)
}
