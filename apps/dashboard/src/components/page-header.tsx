import { Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import type { ReactNode } from 'react'

/** The head of a page: its name (also that of the window), what it is for, and what one can do there. */
export function PageHeader({
  title,
  heading,
  description,
  back,
  actions,
}: {
  title: string
  /** Stands for the title where that is to be more than words. */
  heading?: ReactNode
  description?: ReactNode
  back?: { to: string; label: string }
  actions?: ReactNode
}) {
  return (
    <header className="mb-5">
      <title>{`${title} · Koble`}</title>
      {back && (
        <Link
          to={back.to}
          className="mb-2 -ml-1 inline-flex items-center gap-0.5 rounded text-ink-faint hover:text-ink"
        >
          <ChevronLeft size={15} aria-hidden />
          {back.label}
        </Link>
      )}
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          {heading ?? <h1 className="text-xl font-semibold tracking-tight">{title}</h1>}
          {description && <p className="mt-0.5 max-w-2xl text-ink-soft">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
    </header>
  )
}
