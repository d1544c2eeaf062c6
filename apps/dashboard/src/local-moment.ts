/** A moment as inputs for a date and a time want it: in the reader's own time, to the minute. */
export function localMoment(timeMs: number): string {
  const at = new Date(timeMs)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** The moment that such an input stands for, in UTC; nothing while it is empty or half written. */
export function toMoment(text: string): string | undefined {
  const timeMs = Date.parse(text)
  return Number.isNaN(timeMs) ? undefined : new Date(timeMs).toISOString()
}
