import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { cursorTo, pageAt, queryCursor } from '../../query-cursor.ts'
import { type GraphList, guidOf, nextCursor, reference } from './graph.ts'
import { type GraphEvent, graphEvent, graphMoment, moment, toGraphEvent } from './graph-event.ts'

const instant = z.iso.datetime({ offset: true })
const eventFields =
  'id,subject,bodyPreview,start,end,isAllDay,isCancelled,location,organizer,attendees,isOnlineMeeting,onlineMeeting,seriesMasterId,webLink,createdDateTime,lastModifiedDateTime'

/** Calendar and online meetings. https://learn.microsoft.com/graph/api/resources/calendar-overview */
export const calendarOperations = {
  listEvents: defineOperation({
    title: 'List events',
    description: 'Events of the main calendar between two times, each occurrence by itself; times are in UTC.',
    docsUrl: reference('calendar-list-calendarview'),
    effect: 'read',
    scopes: ['Calendars.Read'],
    input: z.strictObject({
      startsBefore: instant.describe('The end of the span'),
      endsAfter: instant.describe('Its beginning'),
      limit: z.int().min(1).max(1_000).default(50),
      cursor: queryCursor,
    }),
    output: z.object({ events: z.array(graphEvent), nextCursor }),
    example: { endsAfter: '2027-01-01T00:00:00Z', startsBefore: '2027-02-01T00:00:00Z' },
    async run({ startsBefore, endsAfter, limit, cursor }, { send }) {
      const query = {
        startDateTime: endsAfter,
        endDateTime: startsBefore,
        $select: eventFields,
        $orderby: 'start/dateTime',
        $top: limit,
      }
      const { body } = await send({
        method: 'GET',
        ...pageAt('/me/calendarView', query, cursor),
        headers: { prefer: 'outlook.timezone="UTC"' },
      })
      const { value, '@odata.nextLink': next } = body as GraphList<GraphEvent>
      return { events: value.map(toGraphEvent), nextCursor: cursorTo(next) }
    },
  }),

  createEvent: defineOperation({
    title: 'Create an event',
    description:
      'Adds an event and invites the attendees, with a meeting in Teams if wanted; a repeated wish is one event.',
    docsUrl: reference('user-post-events'),
    effect: 'write',
    scopes: ['Calendars.ReadWrite'],
    input: z.strictObject({
      subject: z.string().min(1).max(255),
      content: z.string().max(100_000).optional(),
      contentType: z.enum(['text', 'html']).default('text'),
      start: moment,
      end: moment,
      isAllDay: z.boolean().default(false).describe('Both times are then midnight of one zone'),
      location: z.string().max(255).optional(),
      attendees: z
        .array(
          z.strictObject({
            email: z.email(),
            name: z.string().max(200).optional(),
            isOptional: z.boolean().default(false),
          }),
        )
        .max(500)
        .optional(),
      createMeeting: z.boolean().default(false),
    }),
    output: graphEvent,
    example: {
      ...{ subject: 'Koble example' },
      start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Europe/Oslo' },
      end: { dateTime: '2027-03-01T10:30:00', timeZone: 'Europe/Oslo' },
    },
    async run({ content, contentType, start, end, location, attendees, createMeeting, ...rest }, context) {
      const json = {
        ...rest,
        body: content === undefined ? undefined : { contentType, content },
        start: graphMoment(start),
        end: graphMoment(end),
        location: location === undefined ? undefined : { displayName: location },
        attendees: attendees?.map(({ email, name, isOptional }) => ({
          emailAddress: { address: email, name },
          type: isOptional ? 'optional' : 'required',
        })),
        ...(createMeeting && { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' }),
        // By this Outlook knows a repetition.
        transactionId: guidOf(context),
      }
      const headers = { prefer: 'outlook.timezone="UTC"' }
      const { body } = await context.send({ method: 'POST', path: '/me/events', json, headers })
      return toGraphEvent(body as GraphEvent)
    },
  }),

  createMeeting: defineOperation({
    title: 'Create an online meeting',
    description: 'Makes a meeting in Teams that stands in no calendar; a repeated wish brings the one that is there.',
    docsUrl: reference('onlinemeeting-createorget'),
    effect: 'write',
    scopes: ['OnlineMeetings.ReadWrite'],
    input: z.strictObject({
      subject: z.string().min(1).max(255),
      start: instant,
      end: instant,
      attendees: z
        .array(
          z.strictObject({
            userPrincipalName: z.string().min(1).max(320),
            role: z.enum(['attendee', 'presenter']).default('attendee'),
          }),
        )
        .max(500)
        .optional(),
    }),
    output: z.object({
      id: z.string(),
      joinUrl: z.string(),
      subject: z.string().nullable(),
      start: z.string().nullable(),
      end: z.string().nullable(),
      joinMeetingId: z.string().nullable(),
      passcode: z.string().nullable(),
      chatId: z.string().nullable(),
      isNew: z.boolean(),
    }),
    example: { subject: 'Koble example', start: '2027-03-01T10:00:00+01:00', end: '2027-03-01T10:30:00+01:00' },
    async run({ subject, start, end, attendees }, context) {
      const people = attendees?.map(({ userPrincipalName: upn, role }) => ({ upn, role }))
      const json = {
        externalId: guidOf(context),
        subject,
        startDateTime: start,
        endDateTime: end,
        participants: people && { attendees: people },
      }
      const { status, body } = await context.send({ method: 'POST', path: '/me/onlineMeetings/createOrGet', json })
      const meeting = body as GraphMeeting
      return {
        id: meeting.id,
        joinUrl: meeting.joinWebUrl,
        subject: meeting.subject ?? null,
        start: meeting.startDateTime ?? null,
        end: meeting.endDateTime ?? null,
        joinMeetingId: meeting.joinMeetingIdSettings?.joinMeetingId ?? null,
        passcode: meeting.joinMeetingIdSettings?.passcode ?? null,
        chatId: meeting.chatInfo?.threadId ?? null,
        isNew: status === 201,
      }
    },
  }),
}

interface GraphMeeting {
  id: string
  joinWebUrl: string
  subject?: string | null
  startDateTime?: string | null
  endDateTime?: string | null
  joinMeetingIdSettings?: { joinMeetingId?: string | null; passcode?: string | null } | null
  chatInfo?: { threadId?: string | null } | null
}
