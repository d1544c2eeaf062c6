import { z } from 'zod'

/** When something begins or ends. */
export const moment = z
  .strictObject({
    dateTime: z.iso.datetime({ offset: true, local: true }).describe('Without an offset it needs the timeZone'),
    timeZone: z.string().min(1).max(100).optional().describe('Such as Europe/Oslo'),
  })
  .refine(({ dateTime, timeZone }) => hasOffset(dateTime) !== (timeZone !== undefined), {
    path: ['timeZone'],
    message: 'Either the time has an offset, or there is a zone',
  })

const hasOffset = (dateTime: string) => /(?:Z|[+-]\d\d:?\d\d)$/i.test(dateTime)

/** As Graph takes it, which looks at no offset but at the zone alone. */
export function graphMoment({ dateTime, timeZone }: z.infer<typeof moment>): { dateTime: string; timeZone: string } {
  if (timeZone !== undefined) return { dateTime, timeZone }
  return { dateTime: new Date(dateTime).toISOString().replace(/\.000Z$|Z$/, ''), timeZone: 'UTC' }
}

const momentOut = z.object({ dateTime: z.string(), timeZone: z.string() })

export const graphEvent = z.object({
  id: z.string(),
  subject: z.string().nullable(),
  preview: z.string().nullable().describe('How its text begins'),
  start: momentOut.nullable(),
  end: momentOut.nullable(),
  isAllDay: z.boolean(),
  isCancelled: z.boolean(),
  location: z.string().nullable(),
  organizer: z.string().nullable(),
  attendees: z.array(
    z.object({
      email: z.string().nullable(),
      name: z.string().nullable(),
      isOptional: z.boolean(),
      response: z.string().nullable(),
    }),
  ),
  meetingUrl: z.string().nullable(),
  seriesId: z.string().nullable(),
  url: z.string().nullable(),
  createdAt: z.string().nullable(),
  updatedAt: z.string().nullable(),
})

export interface GraphEvent {
  id: string
  subject?: string | null
  bodyPreview?: string | null
  start?: z.infer<typeof momentOut>
  end?: z.infer<typeof momentOut>
  isAllDay?: boolean
  isCancelled?: boolean
  location?: { displayName?: string | null } | null
  organizer?: { emailAddress?: GraphAddress } | null
  attendees?: { emailAddress?: GraphAddress; type?: string; status?: { response?: string } }[] | null
  onlineMeeting?: { joinUrl?: string | null } | null
  seriesMasterId?: string | null
  webLink?: string | null
  createdDateTime?: string | null
  lastModifiedDateTime?: string | null
}
interface GraphAddress {
  address?: string | null
  name?: string | null
}

export function toGraphEvent(given: GraphEvent): z.infer<typeof graphEvent> {
  return {
    id: given.id,
    subject: given.subject ?? null,
    preview: given.bodyPreview || null,
    start: given.start ?? null,
    end: given.end ?? null,
    isAllDay: given.isAllDay ?? false,
    isCancelled: given.isCancelled ?? false,
    location: given.location?.displayName || null,
    organizer: given.organizer?.emailAddress?.address ?? null,
    attendees: (given.attendees ?? []).map(({ emailAddress, type, status }) => ({
      email: emailAddress?.address ?? null,
      name: emailAddress?.name ?? null,
      isOptional: type === 'optional',
      response: status?.response ?? null,
    })),
    meetingUrl: given.onlineMeeting?.joinUrl ?? null,
    seriesId: given.seriesMasterId ?? null,
    url: given.webLink ?? null,
    createdAt: given.createdDateTime ?? null,
    updatedAt: given.lastModifiedDateTime ?? null,
  }
}
