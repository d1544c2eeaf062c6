import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown, LogOut } from 'lucide-react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { sessionQuery } from '../queries.ts'
import { MenuAction, PopupMenu } from './popup-menu.tsx'

/** Who is signed in, with the way out. */
export function AccountMenu() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const signOut = useMutation({
    mutationFn: () => koble.session.signOut(),
    onSuccess: async () => {
      await navigate({ to: '/sign-in' })
      queryClient.clear()
    },
    onError: (error) => notify.failure('Still signed in', error),
  })
  if (!session) return null
  const name = session.user?.name ?? 'API key'
  return (
    <PopupMenu
      align="start"
      triggerClass="flex w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left hover:bg-hover data-open:bg-hover"
      trigger={
        <>
          <span
            aria-hidden
            className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent-ink"
          >
            {name.charAt(0).toUpperCase()}
          </span>
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium">{name}</span>
            <span className="block truncate text-xs text-ink-faint">{session.role}</span>
          </span>
          <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-ink-faint" />
        </>
      }
    >
      {session.user && <p className="max-w-56 truncate px-2 py-1 text-xs text-ink-faint">{session.user.email}</p>}
      <MenuAction icon={LogOut} onSelect={() => signOut.mutate()}>
        Sign out
      </MenuAction>
    </PopupMenu>
  )
}
