import type { Role } from '@koble/contract/organizations'
import { Lock } from 'lucide-react'
import { useRole } from '../use-role.ts'
import { ButtonLink } from './button.tsx'
import { EmptyState } from './empty-state.tsx'

/** Stands for what the session's role may not see, and says so. */
export function NoAccess({ needs, what }: { needs: Role; what: string }) {
  const { role } = useRole()
  return (
    <EmptyState
      icon={Lock}
      title={`${what} are for ${needs}s`}
      action={<ButtonLink to="/members">See who can help</ButtonLink>}
    >
      {`Your role is ${role}. An owner of the organization can change it.`}
    </EmptyState>
  )
}
