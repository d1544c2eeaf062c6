import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { calendarScopes, type GoogleAccess } from './google-access.ts'
import { googleBody } from './google-body.ts'
import { type GoogleCalendar, type GoogleCalendars, nextChange, placeOf } from './google-calendars.ts'
import type { GoogleChannels, GoogleResource } from './google-channels.ts'
import { googleError } from './google-error.ts'
import { etagOf, instancesOf, type KeptEvent, shownEvent } from './google-event.ts'
import { demandEvent, type EventBody, merged } from './google-event-body.ts'
import { listEvents } from './google-event-list.ts'
import { isZone } from './google-time.ts'
import type { StandInHandler, StandInReply, StandInRequest } from './stand-in.ts'

const { readEvents, writeEvents } = calendarScopes
const changeBody = z.record(z.string(), z.unknown())

/** What a channel to a calendar's events is to. */
export function eventsResource(calendar: GoogleCalendar, uri: string): GoogleResource {
  return { owner: calendar.owner, name: `events of ${calendar.id} for ${calendar.owner}`, uri }
}

/** The events of calendars. https://developers.google.com/workspace/calendar/api/v3/reference/events */
export function createGoogleEvents({
  origin,
  access,
  calendars,
  channels,
}: {
  origin: string
  access: GoogleAccess
  calendars: GoogleCalendars
  channels: GoogleChannels
}): Record<string, StandInHandler> {
  const epoch = randomUUID()

  const calendarOf = async (request: StandInRequest, scopes: readonly string[]) =>
    calendars.find(await access.demand(request, scopes), request.params['calendar'] ?? '')

  function single({ query }: StandInRequest, calendar: GoogleCalendar, event: KeptEvent): StandInReply {
    const zone = query.get('timeZone') ?? calendar.timeZone
    if (!isZone(zone)) throw googleError(400, 'invalid', 'Invalid Value')
    return { headers: { etag: etagOf(event.changedAt) }, body: shownEvent(event, placeOf(calendar), zone) }
  }
  function keep(calendar: GoogleCalendar, event: Omit<KeptEvent, 'updatedAt' | 'changedAt'>): KeptEvent {
    const kept = { ...event, ...nextChange(calendar) }
    calendar.events.set(kept.id, kept)
    return kept
  }
  const tell = (calendar: GoogleCalendar) => channels.tell(eventsResource(calendar, '').name)

  /** What comes of a change to what is there, or to nothing at all. */
  const change = (replaces: boolean): StandInHandler => {
    return async (request) => {
      const calendar = await calendarOf(request, writeEvents)
      const found = find(calendar, request)
      demandMatch(request, found)
      const wanted = merged(replaces ? {} : found.given, demandChange(request))
      const given = demandEvent(wanted, calendar.timeZone)
      if (found.series && given.recurrence.length > 0) throw googleError(400, 'invalid', 'Invalid recurrence rule.')
      const isMoved = timesOf(given) !== timesOf(found.given)
      const kept = keep(calendar, { ...found, given, sequence: found.sequence + (isMoved ? 1 : 0) })
      tell(calendar)
      return single(request, calendar, kept)
    }
  }

  return {
    'GET /calendar/v3/calendars/{calendar}/events': async (request) => {
      const calendar = await calendarOf(request, readEvents)
      return { body: listEvents(calendar, request.query, epoch) }
    },
    'POST /calendar/v3/calendars/{calendar}/events': async (request) => {
      const calendar = await calendarOf(request, writeEvents)
      const { id = randomBytes(13).toString('hex'), ...wanted } = demandChange(request)
      if (typeof id !== 'string' || !/^[a-v0-9]{5,1024}$/.test(id)) {
        throw googleError(400, 'invalid', 'Invalid resource id value.')
      }
      if (calendar.events.has(id)) throw googleError(409, 'duplicate', 'The requested identifier already exists.')
      const given = demandEvent(merged({}, wanted), calendar.timeZone)
      const createdAt = new Date().toISOString()
      const kept = keep(calendar, { id, given, createdAt, order: calendar.changes + 1, sequence: 0 })
      tell(calendar)
      return single(request, calendar, kept)
    },
    'POST /calendar/v3/calendars/{calendar}/events/watch': async (request) => {
      const calendar = await calendarOf(request, readEvents)
      const path = `/calendar/v3/calendars/${encodeURIComponent(request.params['calendar'] ?? '')}/events`
      return channels.watch(request, eventsResource(calendar, `${origin}${path}?alt=json`))
    },
    'GET /calendar/v3/calendars/{calendar}/events/{event}': async (request) => {
      const calendar = await calendarOf(request, readEvents)
      const found = find(calendar, request)
      if (request.headers['if-none-match'] === etagOf(found.changedAt)) return { status: 304 }
      return single(request, calendar, found)
    },
    'PATCH /calendar/v3/calendars/{calendar}/events/{event}': change(false),
    'PUT /calendar/v3/calendars/{calendar}/events/{event}': change(true),
    'DELETE /calendar/v3/calendars/{calendar}/events/{event}': async (request) => {
      const calendar = await calendarOf(request, writeEvents)
      const found = find(calendar, request)
      if (found.given.status === 'cancelled') throw googleError(410, 'deleted', 'Resource has been deleted')
      demandMatch(request, found)
      // What was changed by itself goes with what comes again.
      const gone = [found, ...[...calendar.events.values()].filter(({ series }) => series?.id === found.id)]
      for (const event of gone) keep(calendar, { ...event, given: { ...event.given, status: 'cancelled' } })
      tell(calendar)
      return { status: 204 }
    },
  }
}

/** An event, or one time of what comes again; a deleted one can still be read. */
function find(calendar: GoogleCalendar, { params: { event: id = '' } }: StandInRequest): KeptEvent {
  const [, seriesId = '', stamp = ''] = /^(.+)_(\d{8}(?:T\d{6}Z)?)$/.exec(id) ?? []
  const series = calendar.events.get(seriesId)
  const isRepeated = series !== undefined && series.given.recurrence.length > 0 && stamp !== ''
  const found =
    calendar.events.get(id) ??
    (isRepeated && instancesOf(series, calendar.timeZone, Number.POSITIVE_INFINITY).find((one) => one.id === id))
  if (!found) throw googleError(404, 'notFound', 'Not Found')
  return found
}

/** What the caller says; of meetings it is listened to only where the caller says that it knows of them. */
function demandChange(request: StandInRequest): Record<string, unknown> {
  const { conferenceData, ...rest } = googleBody(request, changeBody)
  const knows = request.query.get('conferenceDataVersion') === '1'
  return { ...rest, ...(knows && conferenceData !== undefined && { conferenceData }) }
}

function demandMatch({ headers }: StandInRequest, { changedAt }: KeptEvent): void {
  const wanted = headers['if-match']
  if (wanted === undefined || wanted === '*' || wanted === etagOf(changedAt)) return
  const where = { location: 'If-Match', locationType: 'header' } as const
  throw googleError(412, 'conditionNotMet', 'Precondition Failed', where)
}

const timesOf = ({ start, end, recurrence }: EventBody) => JSON.stringify([start, end, recurrence])
