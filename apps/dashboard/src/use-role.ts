import type { Role } from '@koble/contract/organizations'
import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './queries.ts'

const powers: Record<Role, number> = { viewer: 0, developer: 1, admin: 2, owner: 3 }

/** The roles from least to most powerful. */
export const roleNames: readonly Role[] = ['viewer', 'developer', 'admin', 'owner']

/** What each role is for. */
export const roleDescriptions: Record<Role, string> = {
  viewer: 'Sees everything except secrets',
  developer: 'Sets up integrations, connections and webhooks',
  admin: 'Also manages API keys, invitations and secrets',
  owner: 'Also manages members and the organization',
}

/** Whether `role` may do what needs `needed`. */
export function mayAct(role: Role, needed: Role): boolean {
  return powers[role] >= powers[needed]
}

/** The role of the session, and why something is not allowed to it; `refusal` is null when it is. */
export function useRole() {
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const role = session?.role ?? 'viewer'
  return {
    role,
    can: (needed: Role) => mayAct(role, needed),
    refusal: (needed: Role | undefined) =>
      needed === undefined || !session || mayAct(role, needed) ? null : `Needs the role ${needed}; yours is ${role}.`,
  }
}
