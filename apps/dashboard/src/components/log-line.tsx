import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatAbsoluteTime, formatClock } from '../format-time.ts'

/** What happened at a moment, in a line that opens. */
export function LogLine({ at, summary, children }: { at: string; summary: ReactNode; children: ReactNode }) {
  return (
    <details className="group">
      <summary className="flex items-center gap-2.5 px-4 py-2 hover:bg-hover/60 focus-visible:-outline-offset-2">
        <ChevronRight
          size={13}
          aria-hidden
          className="shrink-0 text-ink-faint transition-transform group-open:rotate-90"
        />
        <time
          dateTime={at}
          title={formatAbsoluteTime(at)}
          className="min-w-15 shrink-0 text-xs whitespace-nowrap text-ink-faint"
        >
          {formatClock(at, Date.now())}
        </time>
        {summary}
      </summary>
      {children}
    </details>
  )
}
