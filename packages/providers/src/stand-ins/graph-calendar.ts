import { randomBytes } from 'node:crypto'
import type { GraphAccess } from './graph-access.ts'
import { graphBody } from './graph-body.ts'
import { graphError } from './graph-error.ts'
import { demandSpan, type EventBody, eventBody, eventChange } from './graph-event-body.ts'
import { type GraphItem, type GraphType, graphPage, selected } from './graph-page.ts'
import type { ChangeType, GraphChange } from './graph-subscriptions.ts'
import type { GraphUser } from './graph-tenant.ts'
import { instantOf, momentAt, zoneWanted } from './graph-time.ts'
import type { StandInHandler, StandInRequest } from './stand-in.ts'

const readEvents = ['Calendars.Read', 'Calendars.ReadWrite']
const viewEvents = ['Calendars.ReadBasic', ...readEvents]
const writeEvents = ['Calendars.ReadWrite']
const eventType: GraphType = {
  name: 'event',
  properties: [
    ...['id', 'subject', 'body', 'bodyPreview', 'start', 'end', 'isAllDay', 'isCancelled', 'isOrganizer', 'location'],
    ...['organizer', 'attendees', 'isOnlineMeeting', 'onlineMeetingProvider', 'onlineMeeting', 'seriesMasterId'],
    ...['type', 'importance', 'showAs', 'iCalUId', 'transactionId', 'webLink', 'hasAttachments', 'categories'],
    ...['createdDateTime', 'lastModifiedDateTime', 'changeKey'],
  ],
}
const pages = { topDefault: 10, topMax: 1_000, topRefusal: 'ErrorInvalidParameter', type: eventType }

interface KeptEvent {
  id: string
  owner: GraphUser
  given: EventBody
  joinUrl: string | null
  createdAt: string
  modifiedAt: string
  version: number
}

/** Everybody's main calendar. https://learn.microsoft.com/graph/api/resources/calendar-overview */
export function createGraphCalendar({
  access,
  origin,
  tell,
}: {
  access: GraphAccess
  origin: string
  tell(change: GraphChange): void
}): Record<string, StandInHandler> {
  const events = new Map<string, KeptEvent>()

  const ownedBy = ({ id }: GraphUser) =>
    [...events.values()]
      .filter(({ owner }) => owner.id === id)
      .sort((one, other) => instantOf(one.given.start) - instantOf(other.given.start))
  function find(request: StandInRequest, user: GraphUser): KeptEvent {
    const found = events.get(request.params['event'] ?? '')
    if (found?.owner.id === user.id) return found
    throw graphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.')
  }
  function announce({ id, owner, version }: KeptEvent, changeType: ChangeType): void {
    const resource = `Users/${owner.id}/Events/${id}`
    const about = { '@odata.type': '#Microsoft.Graph.Event', '@odata.id': resource, '@odata.etag': etag(version) }
    tell({ topics: [`users/${owner.id}/events`], changeType, resource, resourceData: { ...about, id } })
  }
  function page(request: StandInRequest, found: readonly KeptEvent[]) {
    const zone = zoneWanted(request.headers['prefer'])
    return graphPage(
      origin,
      request,
      found.map((event) => shown(event, zone)),
      pages,
    )
  }
  const single = ({ headers, query }: StandInRequest, event: KeptEvent) =>
    selected(shown(event, zoneWanted(headers['prefer'])), query, eventType)

  return {
    'GET /v1.0/me/calendarView': (request) => {
      const user = access(request, 'outlook', viewEvents)
      const [from = Number.NaN, to = Number.NaN] = ['startDateTime', 'endDateTime'].map((name) =>
        Date.parse(zoned(request.query.get(name) ?? '')),
      )
      if (Number.isNaN(from) || Number.isNaN(to)) {
        const message =
          'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.'
        throw graphError(400, 'ErrorInvalidParameter', message)
      }
      const isIn = ({ given }: KeptEvent) => instantOf(given.start) < to && instantOf(given.end) > from
      return page(request, ownedBy(user).filter(isIn))
    },
    'GET /v1.0/me/events': (request) => page(request, ownedBy(access(request, 'outlook', readEvents))),
    'GET /v1.0/me/events/{event}': (request) => {
      const user = access(request, 'outlook', readEvents)
      return { body: single(request, find(request, user)) }
    },
    'POST /v1.0/me/events': (request) => {
      const owner = access(request, 'outlook', writeEvents)
      const given = graphBody(request, 'event', eventBody)
      demandSpan(given)
      const { transactionId } = given
      const repeated =
        transactionId !== undefined && ownedBy(owner).find((one) => one.given.transactionId === transactionId)
      if (repeated) {
        if (JSON.stringify(repeated.given) === JSON.stringify(given)) {
          return { status: 201, body: single(request, repeated) }
        }
        const message =
          "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event."
        throw graphError(409, 'ErrorDuplicateTransactionId', message)
      }
      const id = `AAMkAD${randomBytes(30).toString('base64url')}AAA=`
      const joinUrl = given.isOnlineMeeting ? `https://teams.microsoft.com/l/meetup-join/${id}` : null
      const now = new Date().toISOString()
      const made = { id, owner, given, joinUrl, createdAt: now, modifiedAt: now, version: 1 }
      events.set(id, made)
      announce(made, 'created')
      return { status: 201, body: single(request, made) }
    },
    'PATCH /v1.0/me/events/{event}': (request) => {
      const found = find(request, access(request, 'outlook', writeEvents))
      // What is not given has defaults, and stays as it is all the same.
      const changed = graphBody(request, 'event', eventChange)
      const names = Object.keys(JSON.parse(request.body.toString()) as object)
      const wanted = Object.fromEntries(Object.entries(changed).filter(([name]) => names.includes(name)))
      const given = { ...found.given, ...wanted } as EventBody
      demandSpan(given)
      Object.assign(found, { given, modifiedAt: new Date().toISOString(), version: found.version + 1 })
      announce(found, 'updated')
      return { body: single(request, found) }
    },
    'DELETE /v1.0/me/events/{event}': (request) => {
      const found = find(request, access(request, 'outlook', writeEvents))
      events.delete(found.id)
      announce(found, 'deleted')
      return { status: 204 }
    },
  }
}

/** Without an offset it is UTC. */
const zoned = (time: string) => (/T.*(Z|[+-]\d\d:?\d\d)$/i.test(time) || time === '' ? time : `${time}Z`)
const etag = (version: number) => `W/"${Buffer.from(`event-${version}`).toString('base64')}"`

function shown({ id, owner, given, joinUrl, createdAt, modifiedAt, version }: KeptEvent, zone: string): GraphItem {
  const { subject = null, body, start, end, isAllDay, location, attendees, isOnlineMeeting, importance } = given
  // Whole days are the same days everywhere.
  const at = (moment: typeof start) =>
    isAllDay
      ? { dateTime: `${moment.dateTime.slice(0, 10)}T00:00:00.0000000`, timeZone: zone }
      : momentAt(instantOf(moment), zone)
  return {
    ...{ '@odata.etag': etag(version), id, subject, importance, isAllDay, isCancelled: false, isOrganizer: true },
    ...{ start: at(start), end: at(end), type: 'singleInstance', seriesMasterId: null, showAs: 'busy' },
    body: body ?? { contentType: 'text', content: '' },
    bodyPreview: (body?.content ?? '').replaceAll(/<[^>]*>/g, '').slice(0, 255),
    location: { displayName: location?.displayName ?? '', locationType: 'default' },
    organizer: { emailAddress: { name: owner.displayName, address: owner.userPrincipalName } },
    attendees: attendees.map((one) => ({ ...one, status: { response: 'none', time: '0001-01-01T00:00:00Z' } })),
    ...{ isOnlineMeeting, onlineMeetingProvider: isOnlineMeeting ? 'teamsForBusiness' : 'unknown' },
    onlineMeeting: joinUrl === null ? null : { joinUrl },
    ...{ transactionId: given.transactionId ?? null, iCalUId: `040000008200E000${id}`, hasAttachments: false },
    ...{ categories: [], changeKey: String(version), createdDateTime: createdAt, lastModifiedDateTime: modifiedAt },
    webLink: `https://outlook.office365.com/owa/?itemid=${encodeURIComponent(id)}&exvsurl=1&path=/calendar/item`,
  }
}
