/** What everybody's calendars hold at first. */
interface SeededCalendar {
  /** Absent for the main one, which is called as its owner. */
  id?: string
  summary?: string
  timeZone: string
  events: { id: string; [field: string]: unknown }[]
}

const zone = 'Europe/Oslo'

/** A week of appointments, and an empty calendar of the shop. */
export const seededCalendars: readonly SeededCalendar[] = [
  {
    timeZone: zone,
    events: [
      {
        id: 'evt_kickoff',
        summary: 'Spring campaign kick-off',
        location: 'Room Fløyen',
        start: { dateTime: '2027-01-11T09:00:00+01:00', timeZone: zone },
        end: { dateTime: '2027-01-11T10:00:00+01:00', timeZone: zone },
        attendees: [{ email: 'ola@example.com', displayName: 'Ola Hansen' }],
      },
      {
        id: 'evt_review',
        summary: 'Design review',
        start: { dateTime: '2027-01-13T13:00:00+01:00', timeZone: zone },
        end: { dateTime: '2027-01-13T13:45:00+01:00', timeZone: zone },
      },
      {
        id: 'evt_offsite',
        summary: 'Winter gathering',
        location: 'Lillehammer',
        start: { date: '2027-02-04' },
        end: { date: '2027-02-06' },
      },
    ],
  },
  { id: 'cal_team', summary: 'Fjord Bikes', timeZone: zone, events: [] },
]
