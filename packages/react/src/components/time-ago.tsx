import { useEffect, useState } from 'react'
import { useKobleContext } from '../koble-provider.tsx'

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** When something was or will be, as seen from `now`, in words. */
function describeTime(time: string, now: number, locale: string | undefined): string {
  const seconds = Math.round((Date.parse(time) - now) / 1000)
  if (Math.abs(seconds) >= 7 * 86_400)
    return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(time))
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units[3]
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit)
}

/** The moment in full. */
export function useFullTime(): (time: string) => string {
  const { locale } = useKobleContext()
  return (time) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(time))
}

/** A moment in words, kept up to date; in full for who points at it. Clocks differ: what has been is never ahead. */
export function TimeAgo({ time, isAhead = false }: { time: string; isAhead?: boolean }) {
  const { locale } = useKobleContext()
  const full = useFullTime()
  const [, tick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 15_000)
    return () => clearInterval(timer)
  }, [])
  const now = isAhead ? Date.now() : Math.max(Date.now(), Date.parse(time))
  return (
    <time dateTime={time} title={full(time)}>
      {describeTime(time, now, locale)}
    </time>
  )
}
