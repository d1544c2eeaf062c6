import { Link } from '@tanstack/react-router'
import { BookOpen, Search } from 'lucide-react'
import { navigation } from '../navigation.ts'
import { AccountMenu } from './account-menu.tsx'
import { NotificationBell } from './notification-bell.tsx'
import { OrganizationMenu } from './organization-menu.tsx'
import { PendingApprovals } from './pending-approvals.tsx'
import { ThemeToggle } from './theme-toggle.tsx'

const itemClass =
  'flex min-h-8 items-center gap-2.5 rounded-md px-2.5 text-ink-soft transition-colors duration-75 hover:bg-hover hover:text-ink focus-visible:-outline-offset-2 pointer-coarse:min-h-10'

/** The navigation beside the pages; on narrow screens it stands in the drawer. */
export function Sidebar({ onSearch }: { onSearch?: () => void }) {
  return (
    <div className="flex h-full flex-col">
      <div className="px-2.5 pt-2.5">
        <OrganizationMenu />
      </div>
      {onSearch && (
        <div className="mx-3 mt-2 flex items-center gap-1.5">
          <button
            type="button"
            onClick={onSearch}
            className="flex h-8 min-w-0 flex-1 items-center gap-2 rounded-md border border-line bg-canvas px-2 text-ink-faint hover:border-line-strong hover:text-ink-soft"
          >
            <Search size={14} aria-hidden />
            Search
            <kbd className="ml-auto rounded border border-line px-1 font-sans text-[11px] leading-4">Ctrl K</kbd>
          </button>
          <NotificationBell />
        </div>
      )}
      <nav aria-label="Main" className="flex-1 overflow-y-auto px-2.5 py-3">
        {navigation.map(({ label, items }) => (
          <div key={label ?? 'top'} className="mb-3">
            {label && <p className="mb-1 px-2.5 text-xs font-medium text-ink-faint">{label}</p>}
            <ul className="space-y-px">
              {items.map(({ to, label: name, icon: Icon }) => (
                <li key={to}>
                  <Link
                    to={to}
                    activeOptions={{ exact: to === '/', includeSearch: false }}
                    className={itemClass}
                    activeProps={{ className: 'bg-hover font-medium text-ink!' }}
                  >
                    {({ isActive }) => (
                      <>
                        <Icon size={16} aria-hidden className={isActive ? 'text-accent-ink' : 'text-ink-faint'} />
                        {name}
                        {to === '/approvals' && <PendingApprovals />}
                      </>
                    )}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className="border-t border-line px-2.5 py-2.5">
        <a href="/docs" target="_blank" rel="noopener" className={itemClass}>
          <BookOpen size={16} aria-hidden className="text-ink-faint" />
          API reference
        </a>
        <AccountMenu />
        <div className="mt-2 px-2.5">
          <ThemeToggle />
        </div>
      </div>
    </div>
  )
}
