import { z } from 'zod'
import { calendarScopes, type GoogleAccess } from './google-access.ts'
import { googleBody } from './google-body.ts'
import type { GoogleCalendar, GoogleCalendars } from './google-calendars.ts'
import type { GoogleChannels } from './google-channels.ts'
import { googleError } from './google-error.ts'
import type { StandInHandler } from './stand-in.ts'

const { readList, writeList } = calendarScopes
const entryBody = z.object({
  summaryOverride: z.string().nullish(),
  hidden: z.boolean().nullish(),
  selected: z.boolean().nullish(),
})
const path = '/calendar/v3/users/me/calendarList'
const sizeDefault = 100
const sizeMax = 250

/** The list of calendars that somebody has. https://developers.google.com/workspace/calendar/api/v3/reference/calendarList */
export function createGoogleCalendarList({
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
  const nameOf = (owner: string) => `calendars of ${owner}`

  return {
    [`GET ${path}`]: async (request) => {
      const { query } = request
      const owner = await access.demand(request, readList)
      const [size, start] = [Number(query.get('maxResults') ?? sizeDefault), Number(query.get('pageToken') ?? 0)]
      if (!(Number.isInteger(size) && size >= 1 && Number.isInteger(start) && start >= 0)) {
        throw googleError(400, 'invalid', 'Invalid Value')
      }
      const end = start + Math.min(size, sizeMax)
      const found = calendars.of(owner).filter(({ entry }) => !entry.hidden || query.get('showHidden') === 'true')
      const items = found.slice(start, end).map(shown)
      return {
        body: { kind: 'calendar#calendarList', ...(end < found.length && { nextPageToken: String(end) }), items },
      }
    },
    [`GET ${path}/{calendar}`]: async (request) => {
      const owner = await access.demand(request, readList)
      return { body: shown(calendars.find(owner, request.params['calendar'] ?? '')) }
    },
    [`PATCH ${path}/{calendar}`]: async (request) => {
      const owner = await access.demand(request, writeList)
      const calendar = calendars.find(owner, request.params['calendar'] ?? '')
      const given = googleBody(request, entryBody)
      for (const [name, value] of Object.entries(given)) Object.assign(calendar.entry, { [name]: value ?? undefined })
      channels.tell(nameOf(owner))
      return { body: shown(calendar) }
    },
    [`POST ${path}/watch`]: async (request) => {
      const owner = await access.demand(request, readList)
      return channels.watch(request, { owner, name: nameOf(owner), uri: `${origin}${path}?alt=json` })
    },
  }
}

function shown({ id, owner, summary, timeZone, entry }: GoogleCalendar): Record<string, unknown> {
  const settings = { accessRole: 'owner', defaultReminders: [], ...entry }
  return {
    kind: 'calendar#calendarListEntry',
    id,
    summary,
    timeZone,
    ...settings,
    ...(id === owner && { primary: true }),
  }
}
