import { z } from 'zod'

const momentOut = z.object({
  dateTime: z.string().nullable(),
  date: z.string().nullable(),
  timeZone: z.string().nullable(),
})

/** When it begins or ends: a moment, or a day; the end is the first that is no part of it. */
export const moment = z.union([
  z.strictObject({
    dateTime: z.iso.datetime({ offset: true, local: true }).describe('Without an offset it needs the timeZone'),
    timeZone: z.string().min(1).max(100).optional().describe('Such as Europe/Oslo; needed for what comes again'),
  }),
  z.strictObject({ date: z.iso.date().describe('For a whole day') }),
])

/** What one can say of an event, when it is made or changed. */
export const eventFields = {
  summary: z.string().max(1_024).optional(),
  description: z.string().max(8_192).optional().describe('May hold HTML'),
  location: z.string().max(1_024).optional(),
  attendees: z
    .array(
      z.strictObject({
        email: z.email(),
        displayName: z.string().max(200).optional(),
        isOptional: z.boolean().optional(),
      }),
    )
    .max(200)
    .optional(),
  recurrence: z
    .array(z.string().regex(/^(?:RRULE|EXRULE|RDATE|EXDATE)[:;][^\r\n]{1,500}$/))
    .max(20)
    .optional()
    .describe('RFC 5545: `RRULE:FREQ=WEEKLY;COUNT=10`'),
}

export const calendarEvent = z.object({
  id: z.string(),
  status: z.string().nullable().describe('confirmed, tentative or cancelled'),
  summary: z.string().nullable(),
  description: z.string().nullable(),
  location: z.string().nullable(),
  start: momentOut.nullable().describe('Null in what is left of a cancelled one'),
  end: momentOut.nullable(),
  organizer: z.string().nullable(),
  attendees: z.array(
    z.object({
      email: z.string().nullable(),
      displayName: z.string().nullable(),
      responseStatus: z.string().nullable(),
      isOptional: z.boolean(),
    }),
  ),
  recurrence: z.array(z.string()),
  recurringEventId: z.string().nullable(),
  meetingUrl: z.string().nullable(),
  url: z.string().nullable(),
  etag: z.string().nullable(),
  createdAt: z.string().nullable(),
  updatedAt: z.string().nullable(),
})

export interface GoogleEvent {
  id: string
  status?: string
  summary?: string
  description?: string
  location?: string
  start?: GoogleMoment
  end?: GoogleMoment
  organizer?: { email?: string }
  attendees?: { email?: string; displayName?: string; responseStatus?: string; optional?: boolean }[]
  recurrence?: string[]
  recurringEventId?: string
  hangoutLink?: string
  conferenceData?: { entryPoints?: { entryPointType?: string; uri?: string }[] }
  htmlLink?: string
  etag?: string
  created?: string
  updated?: string
}
interface GoogleMoment {
  dateTime?: string
  date?: string
  timeZone?: string
}

export function toCalendarEvent(given: GoogleEvent): z.infer<typeof calendarEvent> {
  const video = given.conferenceData?.entryPoints?.find(({ entryPointType }) => entryPointType === 'video')
  return {
    id: given.id,
    status: given.status ?? null,
    summary: given.summary ?? null,
    description: given.description ?? null,
    location: given.location ?? null,
    start: toMoment(given.start),
    end: toMoment(given.end),
    organizer: given.organizer?.email ?? null,
    attendees: (given.attendees ?? []).map(({ email, displayName, responseStatus, optional }) => ({
      email: email ?? null,
      displayName: displayName ?? null,
      responseStatus: responseStatus ?? null,
      isOptional: optional ?? false,
    })),
    recurrence: given.recurrence ?? [],
    recurringEventId: given.recurringEventId ?? null,
    meetingUrl: video?.uri ?? given.hangoutLink ?? null,
    url: given.htmlLink ?? null,
    etag: given.etag ?? null,
    createdAt: given.created ?? null,
    updatedAt: given.updated ?? null,
  }
}

function toMoment(moment: GoogleMoment | undefined): z.infer<typeof momentOut> | null {
  if (!moment) return null
  return { dateTime: moment.dateTime ?? null, date: moment.date ?? null, timeZone: moment.timeZone ?? null }
}

/**
 * A time as a change has it: Google lays it over the one that is there, and refuses what is a day and a moment at once.
 * https://developers.google.com/workspace/calendar/api/guides/performance#patch
 */
export function fromChangedMoment(
  given: z.infer<typeof moment> | undefined,
): (z.infer<typeof moment> & { date?: string | null; dateTime?: string | null }) | undefined {
  if (!given) return undefined
  return 'date' in given ? { ...given, dateTime: null } : { ...given, date: null }
}

/** As Google takes what is said of an event; what is undefined is left out. */
export function fromEventFields({
  attendees,
  ...fields
}: z.infer<z.ZodObject<typeof eventFields>> & { start?: unknown; end?: unknown }): Record<string, unknown> {
  return {
    ...fields,
    attendees: attendees?.map(({ isOptional, ...attendee }) => ({ ...attendee, optional: isOptional })),
  }
}
