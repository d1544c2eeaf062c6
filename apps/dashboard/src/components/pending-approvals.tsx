import { useQuery } from '@tanstack/react-query'
import { pendingApprovalsQuery } from '../queries.ts'

/** How many requests wait for approval, for the navigation; nothing when none does. */
export function PendingApprovals() {
  const { data: count } = useQuery(pendingApprovalsQuery)
  if (!count) return null
  return (
    <span className="ml-auto rounded-full bg-accent px-1.5 text-xs leading-5 font-medium text-on-accent">
      {count > 99 ? '99+' : count}
      <span className="sr-only"> waiting</span>
    </span>
  )
}
