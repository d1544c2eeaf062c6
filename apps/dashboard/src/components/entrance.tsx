import type { ReactNode } from 'react'
import { KobleMark } from './koble-mark.tsx'

/** The frame of the pages that stand before the dashboard: signing in, joining, connecting. */
export function Entrance({
  title,
  description,
  children,
}: {
  title: string
  description?: ReactNode
  children: ReactNode
}) {
  return (
    <main id="main" className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-4 py-10">
      <title>{`${title} · Koble`}</title>
      <div className="mb-6 flex size-10 items-center justify-center rounded-lg bg-accent text-on-accent">
        <KobleMark size={26} />
      </div>
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {description && <p className="mt-1 text-ink-soft">{description}</p>}
      <div className="mt-6">{children}</div>
    </main>
  )
}
