import { useEffect, useState } from 'react'
import { formatAbsoluteTime, formatRelativeTime } from '../format-time.ts'

/** A moment as one speaks of it (“3 minutes ago”), exact on hover. It stays right while the page stays open. */
export function RelativeTime({ at, none = 'Never' }: { at: string | null; none?: string }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000)
    return () => clearInterval(timer)
  }, [])
  if (at === null) return <span className="text-ink-faint">{none}</span>
  const latest = Math.max(now, Date.now())
  return (
    <time dateTime={at} title={formatAbsoluteTime(at)} className="whitespace-nowrap">
      {formatRelativeTime(at, latest)}
    </time>
  )
}
