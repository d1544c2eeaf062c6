import { graphError } from './graph-error.ts'

/** As Graph tells times of a calendar: what a clock shows, and where it hangs. */
export interface GraphMoment {
  dateTime: string
  timeZone: string
}

/** Windows' names of some zones; those of IANA do as well. */
const windowsZones: Record<string, string> = {
  'W. Europe Standard Time': 'Europe/Oslo',
  'GMT Standard Time': 'Europe/London',
  'Eastern Standard Time': 'America/New_York',
  'Pacific Standard Time': 'America/Los_Angeles',
  'tzone://Microsoft/Utc': 'UTC',
}
const offsetOrZulu = /(?:Z|[+-]\d\d:?\d\d)$/i

/** In milliseconds since 1970. An offset is passed over: the zone alone counts. Refuses what is no time. */
export function instantOf({ dateTime, timeZone }: GraphMoment): number {
  const wall = Date.parse(`${dateTime.replace(offsetOrZulu, '')}Z`)
  if (Number.isNaN(wall)) throw graphError(400, 'ErrorInvalidRequest', `The time '${dateTime}' is not valid.`)
  // Twice, since the offset that counts is the one of the instant, which is known only after the first time.
  return wall - offsetAt(wall - offsetAt(wall, timeZone), timeZone)
}

/** What a clock in that zone shows then. */
export function momentAt(instant: number, timeZone: string): GraphMoment {
  const wall = new Date(instant + offsetAt(instant, timeZone)).toISOString().slice(0, 19)
  return { dateTime: `${wall}.0000000`, timeZone }
}

/** The zone that the answer is wanted in. */
export function zoneWanted(prefer: string | undefined): string {
  const zone = /outlook\.timezone="([^"]+)"/.exec(prefer ?? '')?.[1] ?? 'UTC'
  offsetAt(0, zone)
  return zone
}

/** In milliseconds, east of Greenwich. */
function offsetAt(instant: number, timeZone: string): number {
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(zoneName(instant, timeZone)) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

function zoneName(instant: number, timeZone: string): string {
  try {
    const format = { timeZone: windowsZones[timeZone] ?? timeZone, timeZoneName: 'longOffset' } as const
    return new Intl.DateTimeFormat('en-US', format).format(instant)
  } catch {
    const message = `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${timeZone}'.`
    throw graphError(400, 'TimeZoneNotSupportedException', message)
  }
}
