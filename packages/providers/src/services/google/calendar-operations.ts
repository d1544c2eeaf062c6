import { createHash } from 'node:crypto'
import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import {
  calendarEvent,
  eventFields,
  fromChangedMoment,
  fromEventFields,
  type GoogleEvent,
  moment,
  toCalendarEvent,
} from './calendar-event.ts'
import { calendarReference, cursor, nextCursor } from './page.ts'
import { auth } from './scopes.ts'

const calendarId = z.string().min(1).max(500).default('primary').describe('`primary` is the main one of the account')
const eventId = z.string().min(1).max(1_024)
const instant = z.iso.datetime({ offset: true })
const sendUpdates = z.enum(['all', 'externalOnly', 'none']).default('none').describe('Which of the attendees are told')
const eventPath = (calendarId: string, eventId: string) => path`/calendar/v3/calendars/${calendarId}/events/${eventId}`
const exampleTimes = { start: { date: '2027-03-01' }, end: { date: '2027-03-02' } }

/** What a sync token stands for already, so that Google refuses it beside one. */
const notWithToken = ['timeMin', 'timeMax', 'updatedMin', 'query', 'orderBy'] as const

/** Calendars and their events. https://developers.google.com/workspace/calendar/api/v3/reference */
export const calendarOperations = {
  listCalendars: defineOperation({
    title: 'List calendars',
    description: 'The calendars in the list of the account.',
    docsUrl: calendarReference('calendarList/list'),
    effect: 'read',
    scopes: [`${auth}/calendar.calendarlist.readonly`],
    input: z.strictObject({
      showHidden: z.boolean().default(false),
      limit: z.int().min(1).max(250).default(100),
      cursor,
    }),
    output: z.object({
      calendars: z.array(
        z.object({
          id: z.string(),
          summary: z.string().nullable(),
          description: z.string().nullable(),
          timeZone: z.string().nullable(),
          accessRole: z.string().nullable().describe('freeBusyReader, reader, writer or owner'),
          isPrimary: z.boolean(),
        }),
      ),
      nextCursor,
    }),
    example: {},
    async run({ showHidden, limit, cursor }, { send }) {
      const query = { showHidden, maxResults: limit, pageToken: cursor }
      const { body } = await send({ method: 'GET', path: '/calendar/v3/users/me/calendarList', query })
      const { items = [], nextPageToken } = body as { items?: GoogleCalendar[]; nextPageToken?: string }
      const calendars = items.map((calendar) => ({
        id: calendar.id,
        summary: calendar.summaryOverride ?? calendar.summary ?? null,
        description: calendar.description ?? null,
        timeZone: calendar.timeZone ?? null,
        accessRole: calendar.accessRole ?? null,
        isPrimary: calendar.primary ?? false,
      }))
      return { calendars, nextCursor: nextPageToken ?? null }
    },
  }),

  listEvents: defineOperation({
    title: 'List events',
    description:
      'Events of a calendar. The last page brings a `nextSyncToken`; given as `syncToken`, with the same `singleEvents`, it brings what changed since.',
    docsUrl: calendarReference('events/list'),
    effect: 'read',
    scopes: [`${auth}/calendar.events.readonly`],
    input: z
      .strictObject({
        calendarId,
        timeMin: instant.optional().describe('Ending after it'),
        timeMax: instant.optional().describe('Beginning before it'),
        updatedMin: instant.optional(),
        query: z.string().min(1).max(500).optional(),
        orderBy: z.enum(['startTime', 'updated']).optional(),
        singleEvents: z.boolean().default(true).describe('What comes again is given as each of its occurrences'),
        showDeleted: z.boolean().optional(),
        limit: z.int().min(1).max(2_500).default(250),
        cursor,
        syncToken: z.string().min(1).max(5_000).optional(),
      })
      .refine((input) => !input.syncToken || notWithToken.every((name) => input[name] === undefined), {
        path: ['syncToken'],
        message: `Not together with ${notWithToken.join(', ')}`,
      })
      .refine((input) => input.orderBy !== 'startTime' || input.singleEvents, {
        path: ['orderBy'],
        message: 'By startTime only single events are ordered',
      }),
    output: z.object({
      events: z.array(calendarEvent),
      timeZone: z.string().nullable(),
      nextCursor,
      nextSyncToken: z.string().nullable().describe('On the last page'),
      fullSyncRequired: z.boolean().describe('The sync token is too old: begin anew without one'),
    }),
    example: { timeMin: '2027-01-01T00:00:00Z', orderBy: 'startTime' },
    async run({ calendarId, query: q, limit, cursor, syncToken, ...filter }, { send }) {
      const answer = await send({
        method: 'GET',
        path: path`/calendar/v3/calendars/${calendarId}/events`,
        query: { ...filter, q, maxResults: limit, pageToken: cursor, syncToken },
        accept: syncToken === undefined ? [] : [410],
      })
      const isStale = answer.status === 410
      const body = (isStale ? {} : answer.body) as GoogleEvents
      return {
        events: (body.items ?? []).map(toCalendarEvent),
        timeZone: body.timeZone ?? null,
        nextCursor: body.nextPageToken ?? null,
        nextSyncToken: body.nextSyncToken ?? null,
        fullSyncRequired: isStale,
      }
    },
  }),

  createEvent: defineOperation({
    title: 'Create an event',
    description:
      'Adds an event, with a meeting in Google Meet if wanted; a repeated wish brings the one that is there.',
    docsUrl: calendarReference('events/insert'),
    effect: 'write',
    scopes: [`${auth}/calendar.events`],
    input: z.strictObject({
      calendarId,
      id: z
        .string()
        .regex(/^[a-v0-9]{5,1024}$/, 'Letters from a to v and digits, 5 to 1024')
        .optional()
        .describe('Of your own; Google refuses it the second time'),
      ...eventFields,
      start: moment,
      end: moment,
      createMeeting: z.boolean().default(false),
      sendUpdates,
    }),
    output: calendarEvent,
    example: { summary: 'Koble example', ...exampleTimes },
    async run({ calendarId, id, createMeeting, sendUpdates, ...fields }, { send, idempotencyKey }) {
      // An id may have the characters of base32hex, among which are those of a hash in hex.
      const key = createHash('sha256').update(idempotencyKey).digest('hex')
      const conferenceData = { createRequest: { requestId: key, conferenceSolutionKey: { type: 'hangoutsMeet' } } }
      const answer = await send({
        method: 'POST',
        path: path`/calendar/v3/calendars/${calendarId}/events`,
        query: { sendUpdates, conferenceDataVersion: createMeeting ? 1 : undefined },
        json: { id: id ?? key, ...fromEventFields(fields), ...(createMeeting && { conferenceData }) },
        accept: id === undefined ? [409] : [],
      })
      const isThere = answer.status === 409
      const { body } = isThere ? await send({ method: 'GET', path: eventPath(calendarId, key) }) : answer
      return toCalendarEvent(body as GoogleEvent)
    },
  }),

  updateEvent: defineOperation({
    title: 'Change an event',
    description: 'Changes what is given of an event; attendees take the place of those that it has.',
    docsUrl: calendarReference('events/patch'),
    effect: 'write',
    scopes: [`${auth}/calendar.events`],
    input: z.strictObject({
      calendarId,
      eventId,
      ...eventFields,
      start: moment.optional(),
      end: moment.optional(),
      status: z.enum(['confirmed', 'tentative', 'cancelled']).optional(),
      etag: z.string().min(1).max(200).optional().describe('Refused when it has changed since'),
      sendUpdates,
    }),
    output: calendarEvent,
    example: { eventId: 'evt_review', summary: 'Design review, second round' },
    async run({ calendarId, eventId, etag, sendUpdates, start, end, ...fields }, { send }) {
      const { body } = await send({
        method: 'PATCH',
        path: eventPath(calendarId, eventId),
        query: { sendUpdates },
        headers: { 'if-match': etag },
        json: fromEventFields({ ...fields, start: fromChangedMoment(start), end: fromChangedMoment(end) }),
      })
      return toCalendarEvent(body as GoogleEvent)
    },
  }),

  deleteEvent: defineOperation({
    title: 'Delete an event',
    description: 'Deletes an event; one that was deleted before is no failure.',
    docsUrl: calendarReference('events/delete'),
    effect: 'write',
    scopes: [`${auth}/calendar.events`],
    input: z.strictObject({ calendarId, eventId, sendUpdates }),
    output: z.object({ deleted: z.literal(true) }),
    example: { eventId: 'evt_offsite' },
    async run({ calendarId, eventId, sendUpdates }, { send }) {
      await send({
        method: 'DELETE',
        path: eventPath(calendarId, eventId),
        query: { sendUpdates },
        accept: [410],
      })
      return { deleted: true as const }
    },
  }),
}

interface GoogleCalendar {
  id: string
  summary?: string
  summaryOverride?: string
  description?: string
  timeZone?: string
  accessRole?: string
  primary?: boolean
}
interface GoogleEvents {
  items?: GoogleEvent[]
  timeZone?: string
  nextPageToken?: string
  nextSyncToken?: string
}
