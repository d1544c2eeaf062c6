const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** How long before or after `nowMs` an ISO time is, in words: "3 minutes ago", "in 2 hours", "just now". */
export function formatRelativeTime(at: string, nowMs: number): string {
  const seconds = (Date.parse(at) - nowMs) / 1000
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit)
  }
  if (Math.abs(seconds) < 10) return 'just now'
  return relative.format(Math.trunc(seconds), 'second')
}

/** Date and time to the second with the zone, in the reader's own notation. */
export function formatAbsoluteTime(at: string): string {
  return absolute.format(new Date(at))
}

/** The time of day to the second, or the day when it was another one than that of `nowMs`. */
export function formatClock(at: string, nowMs: number): string {
  const moment = new Date(at)
  const isToday = moment.toDateString() === new Date(nowMs).toDateString()
  return (isToday ? clock : day).format(moment)
}

/** A duration: "12 ms", "1.4 s". */
export function formatDuration(durationMs: number): string {
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`
}

/** An amount of bytes: "512 B", "3.4 KiB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}
