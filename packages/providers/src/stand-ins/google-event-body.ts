import { z } from 'zod'
import { googleError } from './google-error.ts'
import { readRecurrence } from './google-recurrence.ts'
import { type GoogleMoment, hasOffset, instantOf, isZone } from './google-time.ts'

const moment = z.object({
  dateTime: z.string().optional(),
  date: z.string().optional(),
  timeZone: z.string().optional(),
})
const properties = z.record(z.string(), z.string())
const eventBody = z.object({
  summary: z.string().optional(),
  description: z.string().optional(),
  location: z.string().optional(),
  status: z.enum(['confirmed', 'tentative', 'cancelled']).default('confirmed'),
  start: moment.optional(),
  end: moment.optional(),
  recurrence: z.array(z.string()).default([]),
  attendees: z
    .array(
      z.object({
        email: z.string().optional(),
        displayName: z.string().optional(),
        optional: z.boolean().optional(),
        responseStatus: z.enum(['needsAction', 'declined', 'tentative', 'accepted']).default('needsAction'),
      }),
    )
    .default([]),
  transparency: z.enum(['opaque', 'transparent']).optional(),
  visibility: z.enum(['default', 'public', 'private', 'confidential']).optional(),
  colorId: z.string().optional(),
  extendedProperties: z.object({ private: properties.optional(), shared: properties.optional() }).optional(),
  reminders: z
    .object({
      useDefault: z.boolean().optional(),
      overrides: z.array(z.object({ method: z.enum(['email', 'popup']), minutes: z.int().min(0) })).optional(),
    })
    .default({ useDefault: true }),
  conferenceData: z
    .object({
      createRequest: z.object({
        requestId: z.string().min(1),
        conferenceSolutionKey: z.object({ type: z.string() }).default({ type: 'hangoutsMeet' }),
      }),
    })
    .optional(),
})

/** What people say of an event, once it has been found good. */
export type EventBody = z.output<typeof eventBody> & { start: GoogleMoment; end: GoogleMoment }

/** Lays a change over what there is, as PATCH does: objects are merged, and null takes away (RFC 7396). */
export function merged(there: unknown, change: unknown): unknown {
  if (!isObject(change)) return change
  const result: Record<string, unknown> = { ...(isObject(there) ? there : {}) }
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name]
    else result[name] = merged(result[name], value)
  }
  return result
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An event that can be; refuses any other with 400. Fields that Google keeps to itself, or does not know, are left out. */
export function demandEvent(given: unknown, calendarZone: string): EventBody {
  const { data, error } = eventBody.safeParse(given)
  if (error) throw googleError(400, 'invalid', `Invalid value for: ${error.issues[0]?.path.join('.')}`)
  const { start, end } = data
  if (!start) throw googleError(400, 'required', 'Missing start time.')
  if (!end) throw googleError(400, 'required', 'Missing end time.')
  const isRepeated = data.recurrence.length > 0
  demandMoment(start, 'start', isRepeated)
  demandMoment(end, 'end', isRepeated)
  if ((start.date === undefined) !== (end.date === undefined)) {
    throw googleError(400, 'invalid', 'Start and end times must either both be date or both be dateTime.')
  }
  const length = instantOf(end, calendarZone) - instantOf(start, calendarZone)
  if (length < 0 || (start.date !== undefined && length === 0)) {
    throw googleError(400, 'timeRangeEmpty', 'The specified time range is empty.')
  }
  if (isRepeated) readRecurrence(data.recurrence)
  for (const { email } of data.attendees) {
    if (email === undefined) throw googleError(400, 'required', 'Missing attendee email.')
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw googleError(400, 'invalid', 'Invalid attendee email.')
  }
  const solution = data.conferenceData?.createRequest.conferenceSolutionKey.type
  if (solution !== undefined && solution !== 'hangoutsMeet') {
    throw googleError(400, 'invalid', 'Invalid conference type value.')
  }
  return { ...data, start, end }
}

function demandMoment(given: GoogleMoment, which: 'start' | 'end', isRepeated: boolean): void {
  const { dateTime, date, timeZone } = given
  const bad = googleError(400, 'invalid', `Invalid ${which} time.`)
  if ((dateTime === undefined) === (date === undefined)) throw bad
  if (date !== undefined && !/^\d{4}-\d\d-\d\d$/.test(date)) throw bad
  if (dateTime !== undefined && !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d/.test(dateTime)) throw bad
  if (timeZone !== undefined && !isZone(timeZone)) {
    throw googleError(400, 'invalid', `Invalid time zone definition for ${which} time.`)
  }
  const needsZone = dateTime !== undefined && (isRepeated || !hasOffset(dateTime))
  if (needsZone && timeZone === undefined) {
    throw googleError(400, 'required', `Missing time zone definition for ${which} time.`)
  }
  if (Number.isNaN(instantOf(given, 'UTC'))) throw bad
}
