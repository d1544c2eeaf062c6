import type { ReactNode } from 'react'

/** A bordered part of a page, with a heading where it has a title. */
export function Card({
  title,
  description,
  actions,
  flush,
  children,
}: {
  title?: ReactNode
  description?: ReactNode
  actions?: ReactNode
  /** The content reaches the border: tables and lists. */
  flush?: boolean
  children: ReactNode
}) {
  return (
    <section className="rounded-xl border border-line bg-surface">
      {title && (
        <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
          <div className="min-w-0">
            <h2 className="text-base font-semibold">{title}</h2>
            {description && <p className="text-ink-faint">{description}</p>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}

/** Facts as pairs of name and value. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-x-6 gap-y-3 lg:grid-cols-3">{children}</dl>
}

/** One pair of `Facts`. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="mt-0.5 break-words">{children}</dd>
    </div>
  )
}
