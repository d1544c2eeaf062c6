import { calendarScopes, createGoogleAccess } from './google-access.ts'
import { createGoogleCalendarList } from './google-calendar-list.ts'
import { createGoogleCalendars } from './google-calendars.ts'
import { createGoogleChannels } from './google-channels.ts'
import { googleError } from './google-error.ts'
import { createGoogleEvents, eventsResource } from './google-events.ts'
import { passOn } from './pass-on.ts'
import { type CreateStandIn, createRouter } from './stand-in.ts'

/** Who consents at the service behind. */
const person = 'kari@example.com'

/** Google's Calendar with its push channels, before an emulated Google that has sign-in, Drive and Gmail. */
export const createStandIn: CreateStandIn = ({ origin, publicUrl, behind }) => {
  if (behind === undefined) throw new Error('The stand-in for Google stands before another.')
  const access = createGoogleAccess(behind)
  const calendars = createGoogleCalendars()
  const channels = createGoogleChannels(publicUrl)
  const main = calendars.find(person, 'primary')
  channels.seed(eventsResource(main, `${origin}/calendar/v3/calendars/primary/events?alt=json`))
  const parts = { origin, access, calendars, channels }

  const passed = passOn(behind)
  const unknown = createRouter({}, { notFound: googleError(404, 'notFound', 'Not Found').reply })
  return createRouter(
    {
      'POST /oauth2/token': access.token,
      'POST /oauth2/revoke': access.revoke,
      ...createGoogleCalendarList(parts),
      ...createGoogleEvents(parts),
      'POST /calendar/v3/channels/stop': async (request) =>
        channels.stop(request, await access.demand(request, Object.values(calendarScopes).flat())),
    },
    // The calendars of the one behind are others, so that nothing of them is shown.
    {
      otherwise: (request, response) => (request.url?.startsWith('/calendar/') ? unknown : passed)(request, response),
    },
  )
}
