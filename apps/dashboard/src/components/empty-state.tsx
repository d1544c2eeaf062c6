import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

/** What stands where there is nothing yet: why, and the next step. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon
  title: string
  children?: ReactNode
  action: ReactNode
}) {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <div className="mb-3 rounded-lg border border-line bg-sunken p-2.5 text-ink-faint">
        <Icon size={20} aria-hidden />
      </div>
      <h2 className="text-base font-semibold">{title}</h2>
      {children && <div className="mt-1 max-w-md text-ink-soft">{children}</div>}
      <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>
    </div>
  )
}
