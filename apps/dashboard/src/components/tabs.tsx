import { createLink } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'

/** The parts of a page, each with an address of its own. */
export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav aria-label={label} className="mb-5 flex gap-1 overflow-x-auto border-b border-line">
      {children}
    </nav>
  )
}

function TabAnchor({ current, ...rest }: ComponentProps<'a'> & { current: boolean }) {
  return (
    <a
      {...rest}
      aria-current={current ? 'page' : undefined}
      className={`-mb-px border-b-2 px-3 py-2 whitespace-nowrap focus-visible:-outline-offset-2 ${current ? 'border-accent font-medium text-ink' : 'border-transparent text-ink-soft hover:text-ink'}`}
    />
  )
}

/** One of them. */
export const Tab = createLink(TabAnchor)
