import type { ReactNode } from 'react'
import { useKobleContext } from '../koble-provider.tsx'

/** Stands where rows will be. */
export function Skeleton({ rows = 3 }: { rows?: number }) {
  const { t } = useKobleContext()
  return (
    <div className="koble-skeleton" role="status">
      <span className="koble-hidden">{t('loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <span key={row} aria-hidden="true" />
      ))}
    </div>
  )
}

/** Says that there is nothing, and what to do about it. */
export function Empty({ title, action, children }: { title: string; action?: ReactNode; children?: ReactNode }) {
  return (
    <div className="koble-empty">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="8" cy="16" r="3.5" />
        <circle cx="24" cy="8" r="3.5" />
        <circle cx="24" cy="24" r="3.5" />
        <path d="m11.2 14.4 9.6-4.8m-9.6 8 9.6 4.8" />
      </svg>
      <p className="koble-strong">{title}</p>
      {children && <p className="koble-soft">{children}</p>}
      {action}
    </div>
  )
}
