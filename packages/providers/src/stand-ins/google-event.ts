import { createHash } from 'node:crypto'
import type { EventBody } from './google-event-body.ts'
import { occurrences, readRecurrence } from './google-recurrence.ts'
import { type GoogleMoment, instantOf, rfc3339, wallAt } from './google-time.ts'

/** An event as it is kept, or one occurrence of it. */
export interface KeptEvent {
  id: string
  given: EventBody
  /** The how manieth of its calendar it was. */
  order: number
  createdAt: string
  updatedAt: string
  /** The how manieth change of its calendar was the last one of this. */
  changedAt: number
  /** How often its times have changed. */
  sequence: number
  /** Of an occurrence: which event it belongs to, and when it was to begin. */
  series?: { id: string; originalStart: GoogleMoment }
}

/** What an event is shown with. */
export interface EventPlace {
  /** Whose the calendar is, by e-mail address. */
  owner: string
  /** Of the calendar; a main one is called as its owner. */
  calendarId: string
  summary: string
  /** Of the calendar. */
  timeZone: string
}

const day = 86_400_000
/** Google, too, shows what has no end for some time only. */
const horizonMs = 2 * 366 * day

/** When it begins and ends, in milliseconds since 1970. */
export function spanOf({ given }: KeptEvent, zone: string): { start: number; end: number } {
  return { start: instantOf(given.start, zone), end: instantOf(given.end, zone) }
}

/** Each time that an event comes again, until two years from now or from its beginning, as an event of its own. */
export function instancesOf(event: KeptEvent, calendarZone: string, before: number): KeptEvent[] {
  const { start, recurrence, ...rest } = event.given
  const zone = start.timeZone ?? calendarZone
  const span = spanOf(event, zone)
  const isDay = start.date !== undefined
  const last = Math.min(before, Math.max(Date.now(), span.start) + horizonMs)
  // Days are counted by the calendar, since not all have 24 hours; times by the clock.
  const length = isDay ? wallAt(span.end, zone) - wallAt(span.start, zone) : span.end - span.start
  const at = (instant: number): GoogleMoment =>
    isDay ? { date: dateOf(wallAt(instant, zone)) } : { dateTime: rfc3339(instant, zone), timeZone: zone }
  return occurrences(readRecurrence(recurrence), wallAt(span.start, zone), zone, last).map((instant) => {
    const begins = at(instant)
    const ends = isDay ? { date: dateOf(wallAt(instant, zone) + length) } : at(instant + length)
    const stamp = (begins.date ?? `${new Date(instant).toISOString().slice(0, 19)}Z`).replaceAll(/[-:]/g, '')
    const id = `${event.id}_${stamp}`
    const given = { ...rest, recurrence: [], start: begins, end: ends }
    return { ...event, id, given, series: { id: event.id, originalStart: begins } }
  })
}

/** The resource, with its times in `zone`. https://developers.google.com/workspace/calendar/api/v3/reference/events */
export function shownEvent(event: KeptEvent, place: EventPlace, zone: string): Record<string, unknown> {
  const { id, given, series } = event
  const { start, end, recurrence, attendees, conferenceData, ...rest } = given
  const { owner, calendarId, summary, timeZone } = place
  const isMain = calendarId === owner
  const at = (moment: GoogleMoment) => shownMoment(moment, timeZone, zone)
  return {
    kind: 'calendar#event',
    etag: etagOf(event.changedAt),
    id,
    ...rest,
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(`${id} ${calendarId}`).toString('base64url')}`,
    created: event.createdAt,
    updated: event.updatedAt,
    creator: { email: owner, ...(isMain && { self: true }) },
    organizer: isMain ? { email: owner, self: true } : { email: calendarId, displayName: summary, self: true },
    start: at(start),
    end: at(end),
    ...(recurrence.length > 0 && { recurrence }),
    ...(series && { recurringEventId: series.id, originalStartTime: at(series.originalStart) }),
    iCalUID: iCalUidOf(event),
    sequence: event.sequence,
    ...(attendees.length > 0 && {
      attendees: attendees.map((one) => ({ ...one, ...(one.email === owner && { self: true }) })),
    }),
    ...(conferenceData && meeting(conferenceData.createRequest)),
    eventType: 'default',
  }
}

/** Another one after each change. */
export const etagOf = (changedAt: number) => `"${3_560_000_000_000_000 + changedAt * 2}"`

/** The same for all occurrences of an event. */
export const iCalUidOf = ({ id, series }: KeptEvent) => `${series?.id ?? id}@google.com`

function shownMoment(moment: GoogleMoment, calendarZone: string, zone: string): GoogleMoment {
  if (moment.date !== undefined) return { date: moment.date }
  return { dateTime: rfc3339(instantOf(moment, calendarZone), zone), timeZone: moment.timeZone ?? calendarZone }
}

/** The same request makes no second meeting. */
function meeting(createRequest: { requestId: string; conferenceSolutionKey: { type: string } }) {
  const letters = createHash('sha256').update(createRequest.requestId).digest('hex').replaceAll(/\d/g, 'k')
  const conferenceId = [letters.slice(0, 3), letters.slice(3, 7), letters.slice(7, 10)].join('-')
  const uri = `https://meet.google.com/${conferenceId}`
  const conferenceSolution = { key: createRequest.conferenceSolutionKey, name: 'Google Meet' }
  return {
    hangoutLink: uri,
    conferenceData: {
      createRequest: { ...createRequest, status: { statusCode: 'success' } },
      entryPoints: [{ entryPointType: 'video', uri, label: `meet.google.com/${conferenceId}` }],
      ...{ conferenceSolution, conferenceId },
    },
  }
}

const dateOf = (wall: number) => new Date(wall).toISOString().slice(0, 10)
