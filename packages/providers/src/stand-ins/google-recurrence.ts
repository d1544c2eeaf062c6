import { googleError } from './google-error.ts'
import { instantOfWall, isZone } from './google-time.ts'

const day = 86_400_000
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']
const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const

/** How something comes again, as far as this stand-in knows it. */
export interface Recurrence {
  frequency: (typeof frequencies)[number]
  interval: number
  count: number
  /** The last instant it may begin at. */
  until: (zone: string) => number
  /** `nth` is 0 for each such day, and counts from the end when it is negative. */
  byDay: { weekday: number; nth: number }[]
  /** Instants at which it does not begin. */
  exceptions: (zone: string) => number[]
}

/**
 * Reads RFC 5545 as an event has it: one RRULE of days, weeks, months or years, and EXDATE. What the stand-in does not know
 * (RDATE, BYMONTHDAY and the like) is refused, so that nobody takes the wrong occurrences for right.
 */
export function readRecurrence(lines: readonly string[]): Recurrence {
  const rules = lines.filter((line) => line.startsWith('RRULE:'))
  const others = lines.filter((line) => !line.startsWith('RRULE:') && !/^EXDATE[:;]/.test(line))
  if (rules.length !== 1 || others.length > 0) throw unknown(others[0] ?? `${rules.length} rules`)
  const parts = new Map(
    (rules[0] as string)
      .slice('RRULE:'.length)
      .split(';')
      .map((part): [string, string] => [part.replace(/=.*/, ''), part.replace(/^[^=]*=?/, '')]),
  )
  const strange = [...parts.keys()].find((name) => !/^(FREQ|INTERVAL|COUNT|UNTIL|BYDAY|WKST)$/.test(name))
  if (strange !== undefined) throw unknown(strange)
  const frequency = frequencies.find((one) => one === parts.get('FREQ'))
  const isPositive = (text: string) => /^[1-9]\d{0,4}$/.test(text)
  const [interval = '1', count = '99999', until] = ['INTERVAL', 'COUNT', 'UNTIL'].map((name) => parts.get(name))
  if (!frequency || !isPositive(interval) || !isPositive(count)) throw invalid()
  const byDay = parts.get('BYDAY')?.split(',').map(readDay) ?? []
  if (byDay.length > 0 && frequency === 'YEARLY') throw unknown('BYDAY of years')
  if (byDay.some(({ nth }) => nth !== 0) && frequency !== 'MONTHLY') throw invalid()
  if (until !== undefined) stampAt(until, 'UTC')
  const excluded = lines.filter((line) => line.startsWith('EXDATE')).flatMap(readExcluded)
  return {
    ...{ frequency, interval: Number(interval), count: Number(count), byDay },
    // The day itself is still in.
    until: (zone) =>
      until === undefined ? Number.POSITIVE_INFINITY : stampAt(until, zone) + (/^\d{8}$/.test(until) ? day - 1 : 0),
    exceptions: (zone) => excluded.map(({ stamp, named }) => stampAt(stamp, named ?? zone)),
  }
}

/**
 * When it begins, each time, in milliseconds since 1970: by the clock of its zone, so that nine o'clock stays nine o'clock.
 *
 * @param firstWall What the clock shows at the first time, as if it were one of UTC.
 * @param before The last is earlier.
 */
export function occurrences(rule: Recurrence, firstWall: number, zone: string, before: number): number[] {
  const found: number[] = []
  const last = Math.min(rule.until(zone), before - 1)
  const excluded = new Set(rule.exceptions(zone))
  let count = 0
  for (let period = 0; ; period += rule.interval) {
    const days = daysOf(rule, firstWall, period)
    // A period may have none, so that it is its first day that says whether there can be more.
    if (instantOfWall(days.from, zone) > last) return found
    for (const wall of days.walls) {
      const instant = instantOfWall(wall, zone)
      if (wall < firstWall) continue
      if (instant > last || count === rule.count) return found
      count += 1
      if (!excluded.has(instant)) found.push(instant)
    }
  }
}

/** What the clock shows at each time within one day, week, month or year. */
function daysOf({ frequency, byDay }: Recurrence, firstWall: number, period: number) {
  const first = new Date(firstWall)
  const [year, month, date] = [first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate()]
  const time = firstWall - Date.UTC(year, month, date)
  const wanted = (wall: number) =>
    byDay.length === 0 || byDay.some(({ weekday }) => weekday === new Date(wall).getUTCDay())
  if (frequency === 'DAILY') {
    const wall = firstWall + period * day
    return { from: wall, walls: [wall].filter(wanted) }
  }
  if (frequency === 'WEEKLY') {
    const monday = firstWall - ((first.getUTCDay() + 6) % 7) * day + period * 7 * day
    const walls = Array.from({ length: 7 }, (_, index) => monday + index * day)
    const isSame = (wall: number) => new Date(wall).getUTCDay() === first.getUTCDay()
    return { from: monday, walls: walls.filter(byDay.length === 0 ? isSame : wanted) }
  }
  const [ofYear, ofMonth] = frequency === 'MONTHLY' ? [year, month + period] : [year + period, month]
  const from = Date.UTC(ofYear, ofMonth, 1) + time
  const length = new Date(Date.UTC(ofYear, ofMonth + 1, 0)).getUTCDate()
  const all = Array.from({ length }, (_, index) => from + index * day)
  if (byDay.length === 0) return { from, walls: all.slice(date - 1, date) }
  const chosen = byDay.flatMap(({ weekday, nth }) => {
    const such = all.filter((wall) => new Date(wall).getUTCDay() === weekday)
    return nth === 0 ? such : such.slice(nth > 0 ? nth - 1 : nth).slice(0, 1)
  })
  return { from, walls: [...new Set(chosen)].sort((one, other) => one - other) }
}

function readDay(text: string): { weekday: number; nth: number } {
  const [, nth = '0', name = ''] = /^([+-]?[1-5])?([A-Z]{2})$/.exec(text) ?? []
  const weekday = weekdays.indexOf(name)
  if (weekday === -1) throw invalid()
  return { weekday, nth: Number(nth) }
}

function readExcluded(line: string): { stamp: string; named: string | undefined }[] {
  const [, parameters = '', stamps = ''] = /^EXDATE((?:;[^:]+)?):(.+)$/.exec(line) ?? []
  const named = /;TZID=([^;]+)/.exec(parameters)?.[1]
  if (named !== undefined && !isZone(named)) throw invalid()
  return stamps.split(',').map((stamp) => {
    stampAt(stamp, 'UTC')
    return { stamp, named }
  })
}

/** The instant of `20270111`, `20270111T090000` or `20270111T080000Z`; refuses anything else. */
function stampAt(stamp: string, zone: string): number {
  const [, date, time = '000000', zulu] = /^(\d{8})(?:T(\d{6})(Z)?)?$/.exec(stamp) ?? []
  const [year, month, dayOfMonth] = [date?.slice(0, 4), date?.slice(4, 6), date?.slice(6)]
  const [hour, minute, second] = [time.slice(0, 2), time.slice(2, 4), time.slice(4)]
  const wall = Date.parse(`${year}-${month}-${dayOfMonth}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(wall)) throw invalid()
  return zulu === undefined ? instantOfWall(wall, zone) : wall
}

const invalid = () => googleError(400, 'invalid', 'Invalid recurrence rule.')
const unknown = (what: string) => googleError(400, 'invalid', `The sandbox knows no such recurrence: ${what}`)
