import type { Notification } from '@koble/contract/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Bell, CheckCheck } from 'lucide-react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { notificationsQuery } from '../queries.ts'
import { useRole } from '../use-role.ts'
import { count } from '../wording.ts'
import { PopupMenu } from './popup-menu.tsx'
import { RelativeTime } from './relative-time.tsx'

/** What admins should know, behind a bell that counts what they have not read. Others have no bell. */
export function NotificationBell() {
  const isAdmin = useRole().can('admin')
  const { data } = useQuery({ ...notificationsQuery, enabled: isAdmin })
  if (!isAdmin) return null
  const unread = data?.unreadCount ?? 0
  return (
    <PopupMenu
      align="start"
      label={unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`}
      triggerClass="relative inline-flex size-8 shrink-0 items-center justify-center rounded-md text-ink-soft hover:bg-hover data-open:bg-hover pointer-coarse:size-10"
      trigger={
        <>
          <Bell size={16} aria-hidden />
          {unread > 0 && (
            <span
              aria-hidden
              className="absolute -top-0.5 -right-0.5 min-w-4 rounded-full bg-accent px-1 text-center text-[10px] leading-4 font-semibold text-on-accent"
            >
              {unread > 99 ? '99+' : unread}
            </span>
          )}
        </>
      }
    >
      <NotificationList rows={data?.data ?? []} unread={unread} />
    </PopupMenu>
  )
}

function NotificationList({ rows, unread }: { rows: readonly Notification[]; unread: number }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const read = useMutation({
    mutationFn: (ids: string[] | undefined) => koble.notifications.read(ids ? { ids } : {}),
    onError: (error) => notify.failure('Still unread', error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['notifications'] }),
  })
  const go = ({ id, data, read: isRead }: Notification) => {
    if (!isRead) read.mutate([id])
    const ids = Array.isArray(data['connectionIds']) ? data['connectionIds'].map(String) : []
    const integrationId = typeof data['integrationId'] === 'string' ? data['integrationId'] : undefined
    if (ids.length === 1 && ids[0]) void navigate({ to: '/connections/$id', params: { id: ids[0] } })
    else void navigate({ to: '/connections', search: { integrationId } })
  }
  return (
    <div className="flex max-h-[70dvh] w-88 max-w-[calc(100vw-2rem)] flex-col">
      <div className="flex items-center justify-between gap-2 px-2 py-1">
        <p className="font-semibold">Notifications</p>
        {unread > 0 && (
          <button
            type="button"
            onClick={() => read.mutate(undefined)}
            className="flex items-center gap-1.5 rounded-md px-1.5 py-0.5 text-xs text-ink-soft hover:bg-hover"
          >
            <CheckCheck size={14} aria-hidden />
            Mark all as read
          </button>
        )}
      </div>
      {rows.length === 0 && <p className="px-2 py-3 text-ink-faint">Nothing to report.</p>}
      <ul className="overflow-y-auto">
        {rows.map((notification) => (
          <li key={notification.id}>
            <button
              type="button"
              onClick={() => go(notification)}
              className="flex w-full gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-hover focus-visible:bg-hover focus-visible:outline-none"
            >
              <span aria-hidden className={`mt-1.5 size-2 shrink-0 rounded-full ${dots[notification.severity]}`} />
              <span className="min-w-0 flex-1">
                <span className={`block break-words ${notification.read ? 'text-ink-soft' : 'font-medium'}`}>
                  {notification.title}
                </span>
                <span className="block truncate text-xs text-ink-soft">
                  {notification.count > 1
                    ? `${count(notification.count, 'time')}, last: ${notification.message}`
                    : notification.message}
                </span>
                <span className="block text-xs text-ink-faint">
                  <RelativeTime at={notification.lastAt} />
                  {!notification.read && <span className="sr-only">, unread</span>}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

const dots: Record<Notification['severity'], string> = {
  info: 'bg-info',
  ok: 'bg-ok',
  warning: 'bg-warn',
  error: 'bg-bad',
}
