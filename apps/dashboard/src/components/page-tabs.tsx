import { createLink } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'

/** The parts of a page, or saved views of a list, as links: each has an address of its own. */
export function PageTabs({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav aria-label={label} className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
      {children}
    </nav>
  )
}

interface TabProps extends ComponentProps<'a'> {
  /** Whether it is what is shown now. */
  active: boolean
  /** How many things there are. */
  amount?: number
}

function TabAnchor({ active, amount, children, ...rest }: TabProps) {
  return (
    <a
      {...rest}
      aria-current={active ? 'page' : undefined}
      className={`-mb-px inline-flex min-h-9 shrink-0 items-center gap-1.5 border-b-2 px-2.5 font-medium whitespace-nowrap focus-visible:-outline-offset-2 pointer-coarse:min-h-11 ${active ? 'border-accent text-ink' : 'border-transparent text-ink-soft hover:border-line-strong hover:text-ink'}`}
    >
      {children}
      {amount !== undefined && amount > 0 && (
        <span className="rounded-full bg-sunken px-1.5 text-xs text-ink-soft">{amount.toLocaleString('en')}</span>
      )}
    </a>
  )
}

/** One of `PageTabs`. */
export const PageTab = createLink(TabAnchor)
