import { createHash } from 'node:crypto'
import { type GoogleCalendar, placeOf } from './google-calendars.ts'
import { googleError } from './google-error.ts'
import { etagOf, iCalUidOf, instancesOf, type KeptEvent, shownEvent, spanOf } from './google-event.ts'
import { hasOffset, isZone } from './google-time.ts'

/** What is asked for, read and found good. */
interface Asked {
  timeMin: number
  timeMax: number
  updatedMin: number | null
  words: string[]
  iCalUid: string | null
  orderBy: string | null
  singleEvents: boolean
  /** Those that were deleted as well. */
  withDeleted: boolean
  /** Only what has changed after this change. */
  since: number
  zone: string
}

/** What a sync token says: where the list was, and to what it was narrowed. */
interface SyncToken {
  calendar: string
  changes: number
  timeMin: string | null
  timeMax: string | null
}

const withoutToken = ['iCalUID', 'orderBy', 'q', 'timeMin', 'timeMax', 'updatedMin']
const sizeDefault = 250
const sizeMax = 2_500

/**
 * A page of a calendar's events. The last one has a token by which what changes afterwards is asked for; `epoch` is part of
 * it, so that those of another process are too old.
 * https://developers.google.com/workspace/calendar/api/v3/reference/events/list
 */
export function listEvents(calendar: GoogleCalendar, query: URLSearchParams, epoch: string): Record<string, unknown> {
  const token = readSyncToken(calendar, query, epoch)
  const asked = read(calendar, query, token)
  const size = demandSize(query)
  const page = readPageToken(query)
  const changes = page?.changes ?? calendar.changes
  const rows = rowsOf(calendar, asked)
    .map((event) => ({ event, key: keyOf(event, calendar, asked.orderBy) }))
    .filter(({ key }) => page === null || key > page.after)
    .sort((one, other) => (one.key < other.key ? -1 : 1))
  const shown = rows.slice(0, size)
  const next = { after: shown.at(-1)?.key ?? '', changes, query: printOf(query) }
  // What is ordered or searched cannot be kept up to date.
  const isKept = !['orderBy', 'q', 'updatedMin', 'iCalUID'].some((name) => query.has(name))
  const [timeMin, timeMax] = token ? [token.timeMin, token.timeMax] : [query.get('timeMin'), query.get('timeMax')]
  const sync: SyncToken = { calendar: calendar.id, changes, timeMin, timeMax }
  const items = shown.map(({ event }) => shownEvent(event, placeOf(calendar), asked.zone))
  return {
    ...{ kind: 'calendar#events', etag: etagOf(calendar.changes), summary: calendar.summary },
    ...{ timeZone: asked.zone, accessRole: 'owner', defaultReminders: [] },
    ...(rows.length > size ? { nextPageToken: encode(next) } : isKept && { nextSyncToken: encode({ epoch, ...sync }) }),
    items,
  }
}

function read(calendar: GoogleCalendar, query: URLSearchParams, token: SyncToken | null): Asked {
  const from = token ?? { timeMin: query.get('timeMin'), timeMax: query.get('timeMax'), changes: 0 }
  const [min, max, updatedMin] = [from.timeMin, from.timeMax, query.get('updatedMin')].map(instantIn)
  const [timeMin, timeMax] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY]
  if (timeMax <= timeMin) throw googleError(400, 'timeRangeEmpty', 'The specified time range is empty.')
  const singleEvents = query.get('singleEvents') === 'true'
  const orderBy = query.get('orderBy')
  if (orderBy !== null && orderBy !== 'updated' && !(orderBy === 'startTime' && singleEvents)) {
    const message = 'The requested ordering is not available for the particular query.'
    throw googleError(400, 'invalid', message, { location: 'orderBy', locationType: 'parameter' })
  }
  const zone = query.get('timeZone') ?? calendar.timeZone
  if (!isZone(zone)) throw invalid('timeZone')
  return {
    ...{ timeMin, timeMax, updatedMin: updatedMin ?? null, singleEvents, orderBy, zone, since: from.changes },
    words: (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean),
    iCalUid: query.get('iCalUID'),
    withDeleted: query.get('showDeleted') === 'true' || token !== null || updatedMin !== null,
  }
}

function rowsOf({ events, timeZone }: GoogleCalendar, asked: Asked): KeptEvent[] {
  const isMeant = (event: KeptEvent) => {
    const { given, updatedAt, changedAt, series } = event
    // Of what comes again, the times that were deleted are told where the times are not: else they would be thought to be.
    const isException = series !== undefined && !asked.singleEvents
    const isShown = given.status !== 'cancelled' || asked.withDeleted || isException
    const isNew = changedAt > asked.since && Date.parse(updatedAt) >= (asked.updatedMin ?? 0)
    return isShown && isNew && isFound(event, asked.words) && [null, iCalUidOf(event)].includes(asked.iCalUid)
  }
  const isIn = (event: KeptEvent) => {
    const { start, end } = spanOf(event, timeZone)
    return start < asked.timeMax && (end > asked.timeMin || (start === end && start >= asked.timeMin))
  }
  return [...events.values()].filter(isMeant).flatMap((event) => {
    if (event.given.recurrence.length === 0) return isIn(event) ? [event] : []
    const instances = instancesOf(event, timeZone, asked.timeMax).filter(isIn)
    if (!asked.singleEvents) return instances.length > 0 ? [event] : []
    // One that was changed by itself is an event of its own.
    return instances.filter(({ id }) => !events.has(id))
  })
}

function isFound({ given }: KeptEvent, words: readonly string[]): boolean {
  const people = given.attendees.flatMap(({ email, displayName }) => [email, displayName])
  const text = [given.summary, given.description, given.location, ...people].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

/** What a list is ordered by, as a text; no two events have the same. */
function keyOf(event: KeptEvent, calendar: GoogleCalendar, orderBy: string | null): string {
  const start = spanOf(event, calendar.timeZone).start
  const number = orderBy === 'updated' ? event.changedAt : orderBy === 'startTime' ? 0 : event.order
  // Years before 1970 are negative.
  const digits = [number, start + 1e15].map((part) => String(part).padStart(17, '0'))
  return [...digits, event.id].join(' ')
}

function readSyncToken(calendar: GoogleCalendar, query: URLSearchParams, epoch: string): SyncToken | null {
  const given = query.get('syncToken')
  if (given === null) return null
  const forbidden = withoutToken.filter((name) => query.has(name))
  if (query.get('showDeleted') === 'false') forbidden.push('showDeleted')
  if (forbidden.length > 0) {
    throw googleError(400, 'badRequest', `A sync token cannot be used together with ${forbidden.join(', ')}.`)
  }
  const token = decode<SyncToken & { epoch: string }>(given)
  if (token?.epoch === epoch && token.calendar === calendar.id) return token
  const where = { location: 'syncToken', locationType: 'parameter' } as const
  throw googleError(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.', where)
}

function readPageToken(query: URLSearchParams): { after: string; changes: number } | null {
  const given = query.get('pageToken')
  if (given === null) return null
  const token = decode<{ after: string; changes: number; query: string }>(given)
  if (token?.query !== printOf(query)) throw invalid('pageToken')
  return token
}

/** A page goes on with what the one before was asked. */
function printOf(query: URLSearchParams): string {
  const rest = [...query].filter(([name]) => name !== 'pageToken' && name !== 'maxResults').sort()
  return createHash('sha256').update(JSON.stringify(rest)).digest('base64url').slice(0, 16)
}

function demandSize(query: URLSearchParams): number {
  const size = Number(query.get('maxResults') ?? sizeDefault)
  if (!Number.isInteger(size) || size < 1) throw invalid('maxResults')
  return Math.min(size, sizeMax)
}

function instantIn(given: string | null): number | null {
  if (given === null) return null
  const instant = Date.parse(given)
  // Without an offset it is no instant.
  if (Number.isNaN(instant) || !hasOffset(given)) throw googleError(400, 'badRequest', 'Bad Request')
  return instant
}

const invalid = (location: string) =>
  googleError(400, 'invalid', 'Invalid Value', { location, locationType: 'parameter' })
const encode = (token: object) => Buffer.from(JSON.stringify(token)).toString('base64url')

function decode<Token>(given: string): Token | null {
  try {
    return JSON.parse(Buffer.from(given, 'base64url').toString()) as Token
  } catch {
    return null
  }
}
