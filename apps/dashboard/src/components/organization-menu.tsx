import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Check, ChevronsUpDown, Plus, Settings2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { sessionQuery } from '../queries.ts'
import { KobleMark } from './koble-mark.tsx'
import { MenuAction, PopupMenu } from './popup-menu.tsx'

const OrganizationDialogs = lazy(() =>
  import('./organization-dialogs.tsx').then((module) => ({ default: module.OrganizationDialogs })),
)

/** The organization one works in, and the way to another. */
export function OrganizationMenu() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const [dialog, setDialog] = useState<'create' | 'settings' | null>(null)
  const goTo = useMutation({
    mutationFn: (organizationId: string) => koble.session.switchOrganization(organizationId),
    onSuccess: async (next) => {
      // Nothing of the other organization may stay on the screen.
      await navigate({ to: '/' })
      queryClient.clear()
      queryClient.setQueryData(sessionQuery.queryKey, next)
      notify.success(`You work in ${next.organization.name} now`)
    },
    onError: (error) => notify.failure('The organization was not changed', error),
  })
  if (!session) return null
  return (
    <>
      <PopupMenu
        align="start"
        triggerClass="flex w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-hover data-open:bg-hover max-lg:max-w-[calc(100%-36px)]"
        trigger={
          <>
            <span className="flex size-7 shrink-0 items-center justify-center rounded-md bg-accent text-on-accent">
              <KobleMark size={19} />
            </span>
            <span className="min-w-0 flex-1 truncate font-semibold">
              <span className="sr-only">Organization </span>
              {session.organization.name}
            </span>
            <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-ink-faint" />
          </>
        }
      >
        {session.organizations.map(({ id, name, role }) => (
          <MenuAction
            key={id}
            icon={id === session.organization.id ? Check : undefined}
            onSelect={() => id !== session.organization.id && goTo.mutate(id)}
          >
            <span className={id === session.organization.id ? '' : 'pl-[23px]'}>{name}</span>{' '}
            <span className="text-xs text-ink-faint">{role}</span>
          </MenuAction>
        ))}
        <hr className="my-1 border-line" />
        <MenuAction icon={Settings2} needs="owner" onSelect={() => setDialog('settings')}>
          Organization settings
        </MenuAction>
        <MenuAction icon={Plus} needs="owner" onSelect={() => setDialog('create')}>
          New organization
        </MenuAction>
      </PopupMenu>
      {dialog && (
        <Suspense>
          <OrganizationDialogs
            dialog={dialog}
            organization={session.organization}
            onClose={() => setDialog(null)}
            onCreated={(id) => {
              setDialog(null)
              goTo.mutate(id)
            }}
          />
        </Suspense>
      )}
    </>
  )
}
