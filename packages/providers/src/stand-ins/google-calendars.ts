import { googleError } from './google-error.ts'
import type { EventPlace, KeptEvent } from './google-event.ts'
import { demandEvent } from './google-event-body.ts'
import { seededCalendars } from './google-seed.ts'

/** One calendar of somebody's. */
export interface GoogleCalendar {
  id: string
  owner: string
  summary: string
  timeZone: string
  events: Map<string, KeptEvent>
  /** How many changes there have been. */
  changes: number
  /** How its owner has it in the list. */
  entry: { summaryOverride?: string | undefined; hidden?: boolean | undefined; selected: boolean }
}

/** Everybody's calendars: the same at first, and then their own. */
export function createGoogleCalendars() {
  const byOwner = new Map<string, GoogleCalendar[]>()

  return {
    of(owner: string): readonly GoogleCalendar[] {
      const known = byOwner.get(owner) ?? seededCalendars.map((seeded) => plant(seeded, owner))
      byOwner.set(owner, known)
      return known
    },
    /** By its id, of which `primary` is another for the main one; refuses one that is not there. */
    find(owner: string, id: string): GoogleCalendar {
      const found = this.of(owner).find((one) => one.id === (id === 'primary' ? owner : id))
      if (!found) throw googleError(404, 'notFound', 'Not Found')
      return found
    },
  }
}

export type GoogleCalendars = ReturnType<typeof createGoogleCalendars>

/** What its events are shown with. */
export function placeOf({ id: calendarId, owner, summary, timeZone }: GoogleCalendar): EventPlace {
  return { owner, calendarId, summary, timeZone }
}

/** What a changed event is stamped with. */
export function nextChange(calendar: GoogleCalendar): Pick<KeptEvent, 'updatedAt' | 'changedAt'> {
  calendar.changes += 1
  return { updatedAt: new Date().toISOString(), changedAt: calendar.changes }
}

function plant(seeded: (typeof seededCalendars)[number], owner: string): GoogleCalendar {
  const { id = owner, summary = owner, timeZone } = seeded
  const calendar: GoogleCalendar = {
    ...{ id, owner, summary, timeZone, events: new Map(), changes: 0, entry: { selected: true } },
  }
  for (const { id: eventId, ...given } of seeded.events) {
    const stamp = nextChange(calendar)
    const times = { createdAt: stamp.updatedAt, ...stamp, order: stamp.changedAt, sequence: 0 }
    calendar.events.set(eventId, { id: eventId, given: demandEvent(given, timeZone), ...times })
  }
  return calendar
}
