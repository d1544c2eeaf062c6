import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  BookOpen,
  Link2,
  type LucideIcon,
  Monitor,
  Moon,
  Plus,
  Radio,
  Search,
  Send,
  Store,
  Sun,
  Webhook,
} from 'lucide-react'
import { navigation, shortcuts } from '../navigation.ts'
import { destinationNamesQuery } from '../outbound-queries.ts'
import { destinationTypeNames } from '../outbound-wording.ts'
import { connectionCountsQuery, endpointsQuery, marketplaceQuery } from '../queries.ts'
import { useTheme } from '../theme.ts'
import { rowsOf } from './paged-list.tsx'

interface Command {
  /** Unique: of two that are called the same, the list would lose its place. */
  value: string
  /** What is searched. */
  label: string
  name: string
  note?: string
  icon: LucideIcon
  run: () => void
}

/** Goes anywhere by a few letters: pages, providers, connections, and the theme. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate()
  const [, chooseTheme] = useTheme()
  const { data: providers } = useQuery(marketplaceQuery)
  const { data: connections } = useQuery(connectionCountsQuery)
  const endpoints = rowsOf(useInfiniteQuery(endpointsQuery()).data)
  const { data: destinations } = useQuery(destinationNamesQuery)
  const command = (name: string, icon: LucideIcon, run: () => void, note = '', words = ''): Command => ({
    value: `${name} ${note} ${words}`,
    label: `${name} ${note} ${words}`,
    name,
    note,
    icon,
    run,
  })
  const groups = [
    {
      value: 'Go to',
      items: [
        ...navigation.flatMap(({ items }) =>
          items.map(({ to, label, icon, words }) => command(label, icon, () => navigate({ to }), '', words)),
        ),
        ...shortcuts.map(({ href, label, icon, words }) => command(label, icon, () => navigate({ href }), '', words)),
        command('API reference', BookOpen, () => window.open('/docs', '_blank', 'noopener'), '', 'docs openapi'),
      ],
    },
    {
      value: 'Do',
      items: [
        command('Send a message', Send, () => navigate({ to: '/messages/new', search: {} }), '', 'compose webhook'),
        command('New destination', Plus, () => navigate({ to: '/destinations/new', search: {} }), '', 'webhook add'),
        command('New event type', Plus, () => navigate({ to: '/event-types/new' }), '', 'schema register add'),
      ],
    },
    {
      value: 'Destinations',
      items: (destinations ?? []).map(({ id, name, type, externalUserId }) =>
        command(
          name,
          Radio,
          () => navigate({ to: '/destinations/$id', params: { id }, search: {} }),
          externalUserId ?? destinationTypeNames[type],
          id,
        ),
      ),
    },
    {
      value: 'Connections',
      items: (connections?.data ?? [])
        .slice(0, 50)
        .map((connection) =>
          command(
            connection.accountLabel ?? connection.externalUserId,
            Link2,
            () => navigate({ to: '/connections/$id', params: { id: connection.id } }),
            connection.integrationName,
            connection.externalUserId,
          ),
        ),
    },
    {
      value: 'Webhook endpoints',
      items: endpoints.map(({ id, name, provider, url }) =>
        command(
          name || `${provider} …${url.slice(-6)}`,
          Webhook,
          () => navigate({ to: '/endpoints/$id', params: { id }, search: {} }),
          'Endpoint',
          `${provider} webhook`,
        ),
      ),
    },
    {
      value: 'Set up',
      items: (providers ?? []).map((provider) =>
        command(
          provider.name,
          Store,
          () => navigate({ to: '/marketplace/$provider', params: { provider: provider.id } }),
          'Provider',
          'connect',
        ),
      ),
    },
    {
      value: 'Theme',
      items: [
        command('Light theme', Sun, () => chooseTheme('light')),
        command('Dark theme', Moon, () => chooseTheme('dark')),
        command('Theme as the system', Monitor, () => chooseTheme('system')),
      ],
    },
  ].filter(({ items }) => items.length > 0)

  return (
    <Dialog.Root open onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Dialog.Viewport className="fixed inset-0 z-40 flex items-start justify-center px-3 pt-[12vh]">
          <Dialog.Popup
            aria-label="Command palette"
            className="flex max-h-[min(32rem,76vh)] w-full max-w-xl flex-col overflow-hidden rounded-xl border border-line-strong bg-surface shadow-popup outline-none"
          >
            <Autocomplete.Root open inline items={groups} autoHighlight="always" keepHighlight>
              <div className="flex items-center gap-2.5 border-b border-line px-3.5">
                <Search size={16} aria-hidden className="text-ink-faint" />
                <Autocomplete.Input
                  aria-label="Search for a page, a connection or a provider"
                  placeholder="Search for a page, a connection or a provider"
                  className="h-11 w-full bg-transparent text-base outline-none"
                />
              </div>
              <Dialog.Close className="sr-only">Close the command palette</Dialog.Close>
              <Autocomplete.Empty className="not-empty:px-4 not-empty:py-8 not-empty:text-center not-empty:text-ink-soft">
                Nothing is called that.
              </Autocomplete.Empty>
              <Autocomplete.List className="overflow-y-auto overscroll-contain p-1.5 empty:hidden">
                {(group: (typeof groups)[number]) => (
                  <Autocomplete.Group key={group.value} items={group.items} className="pb-1">
                    <Autocomplete.GroupLabel className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-faint">
                      {group.value}
                    </Autocomplete.GroupLabel>
                    <Autocomplete.Collection>
                      {(item: Command) => (
                        <Autocomplete.Item
                          key={item.value}
                          value={item}
                          onClick={() => {
                            onClose()
                            item.run()
                          }}
                          className="flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 outline-none select-none data-highlighted:bg-hover"
                        >
                          <item.icon size={15} aria-hidden className="shrink-0 text-ink-faint" />
                          <span className="min-w-0 truncate">{item.name}</span>
                          {item.note && <span className="ml-auto shrink-0 text-xs text-ink-faint">{item.note}</span>}
                        </Autocomplete.Item>
                      )}
                    </Autocomplete.Collection>
                  </Autocomplete.Group>
                )}
              </Autocomplete.List>
            </Autocomplete.Root>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
