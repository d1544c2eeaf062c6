import { createLink } from '@tanstack/react-router'
import { type ComponentProps, type ReactNode, useEffect, useRef } from 'react'

/** The parts of a page, or saved views of a list, as links: each has an address of its own. */
export function PageTabs({ label, children }: { label: string; children: ReactNode }) {
  const nav = useRef<HTMLElement>(null)
  const shown = useRef<Element | null>(null)
  // On narrow screens the one that is shown may lie beyond the edge; whoever scrolls them is not called back.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>('[aria-current]') ?? null
    if (nav.current && current && current !== shown.current) {
      nav.current.scrollLeft = current.offsetLeft - nav.current.offsetLeft - 48
    }
    shown.current = current
  })
  return (
    <nav ref={nav} aria-label={label} className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
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
