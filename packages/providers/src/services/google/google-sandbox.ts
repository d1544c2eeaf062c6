import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for Google: one user with a week of appointments, a few files and a message. */
export const googleSandbox: Sandbox = {
  service: 'google',
  person: 'kari@example.com',
  lacks: ['updateEvent', 'watchCalendar', 'stopChannel'],
  endpoints: {
    authorizationUrl: '/o/oauth2/v2/auth',
    tokenUrl: '/oauth2/token',
    revocationUrl: '/oauth2/revoke',
    userInfoUrl: '/oauth2/v2/userinfo',
    apiUrl: '/',
  },
  oidc: { issuer: '/', jwksUri: '/oauth2/v3/certs' },
  // The stand-in draws a new `sub` at every start.
  account: { id: ['email'] },
  credentials: {
    clientId: 'koble-sandbox.apps.googleusercontent.com',
    clientSecret: 'GOCSPX-koble-sandbox-secret',
  },
  seed: {
    users: [{ email: 'kari@example.com', name: 'Kari Nordmann' }],
    oauth_clients: [
      {
        client_id: 'koble-sandbox.apps.googleusercontent.com',
        client_secret: 'GOCSPX-koble-sandbox-secret',
        name: 'Koble',
        redirect_uris: ['{origin}/api/auth/callback/google'],
      },
    ],
    calendars: [
      { id: 'primary', summary: 'kari@example.com', primary: true, time_zone: 'Europe/Oslo' },
      { id: 'cal_team', summary: 'Fjord Bikes', time_zone: 'Europe/Oslo' },
    ],
    calendar_events: [
      {
        id: 'evt_kickoff',
        summary: 'Spring campaign kick-off',
        location: 'Room Fløyen',
        start_date_time: '2027-01-11T09:00:00+01:00',
        end_date_time: '2027-01-11T10:00:00+01:00',
        attendees: [{ email: 'ola@example.com', display_name: 'Ola Hansen' }],
      },
      {
        id: 'evt_review',
        summary: 'Design review',
        start_date_time: '2027-01-13T13:00:00+01:00',
        end_date_time: '2027-01-13T13:45:00+01:00',
      },
      {
        id: 'evt_offsite',
        summary: 'Winter gathering',
        location: 'Lillehammer',
        start_date: '2027-02-04',
        end_date: '2027-02-06',
      },
    ],
    drive_items: [
      {
        id: 'drv_campaign',
        name: 'Spring campaign',
        mime_type: 'application/vnd.google-apps.folder',
        parent_ids: ['root'],
      },
      {
        id: 'drv_budget',
        name: 'Budget 2027.csv',
        mime_type: 'text/csv',
        parent_ids: ['drv_campaign'],
        data: 'item,nok\nposters,12000\nphotos,8500\n',
      },
    ],
    messages: [
      {
        id: 'msg_hello',
        from: 'Ola Hansen <ola@example.com>',
        to: 'kari@example.com',
        subject: 'Photos for the campaign',
        body_text: 'They are in the shared folder.',
        label_ids: ['INBOX', 'UNREAD'],
      },
    ],
  },
}
