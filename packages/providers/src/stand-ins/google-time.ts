/** When an event begins or ends: a moment or a day. */
export interface GoogleMoment {
  dateTime?: string | undefined
  date?: string | undefined
  timeZone?: string | undefined
}

const offsetOrZulu = /(?:Z|[+-]\d\d:?\d\d)$/i

/** Whether a time says by itself which instant it is. */
export const hasOffset = (dateTime: string) => offsetOrZulu.test(dateTime)

/** In milliseconds since 1970, or NaN. A day begins at midnight of `zone`, which is also for a moment that names none. */
export function instantOf({ dateTime, date, timeZone }: GoogleMoment, zone: string): number {
  if (date !== undefined) return instantOfWall(Date.parse(`${date}T00:00:00Z`), zone)
  if (dateTime === undefined) return Number.NaN
  if (hasOffset(dateTime)) return Date.parse(dateTime)
  return instantOfWall(Date.parse(`${dateTime}Z`), timeZone ?? zone)
}

/** What a clock of the zone shows then, as if it were one of UTC; in milliseconds. */
export function wallAt(instant: number, zone: string): number {
  return instant + offsetAt(instant, zone)
}

/** When a clock of the zone shows this. */
export function instantOfWall(wall: number, zone: string): number {
  if (Number.isNaN(wall)) return wall
  // Twice, since the offset that counts is the one of the instant, which is known only after the first time.
  return wall - offsetAt(wall - offsetAt(wall, zone), zone)
}

/** As RFC 3339 writes it in that zone: `2027-01-11T09:00:00+01:00`. */
export function rfc3339(instant: number, zone: string): string {
  const offset = offsetAt(instant, zone)
  const wall = new Date(instant + offset).toISOString().slice(0, 19)
  if (offset === 0) return `${wall}Z`
  const minutes = Math.abs(offset) / 60_000
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'))
  return `${wall}${offset < 0 ? '-' : '+'}${hour}:${minute}`
}

/** Whether it is a zone of IANA's. */
export function isZone(zone: string): boolean {
  try {
    offsetAt(0, zone)
    return true
  } catch {
    return false
  }
}

/** In milliseconds, east of Greenwich. */
function offsetAt(instant: number, zone: string): number {
  const shown = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).format(instant)
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(shown) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
