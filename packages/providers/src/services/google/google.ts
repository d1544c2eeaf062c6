import { defineProvider } from '../../define-provider.ts'
import { googleRegistration } from './google-registration.ts'
import { googleSandbox } from './google-sandbox.ts'
import { auth, serviceScopes } from './scopes.ts'

const profile = ['openid', `${auth}/userinfo.email`, `${auth}/userinfo.profile`]

/** Google Workspace and consumer accounts. https://developers.google.com/identity/protocols/oauth2/web-server */
export const google = defineProvider({
  id: 'google',
  name: 'Google',
  description: 'Calendar, Drive, Gmail and sign-in with a Google account.',
  category: 'productivity',
  docsUrl: 'https://developers.google.com/workspace',
  color: '#4285F4',
  auth: {
    type: 'oauth2',
    authorizationUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    revocationUrl: 'https://oauth2.googleapis.com/revoke',
    pkce: 'S256',
    clientAuthentication: 'body',
    // A refresh token comes only with offline access, and after the first consent only when consent is asked again.
    authorizationParams: { access_type: 'offline', prompt: 'consent' },
    refresh: 'stable',
    // Unused for six months it dies.
    refreshTokenLifetimeDays: 180,
    incrementalParams: { include_granted_scopes: 'true' },
    oidc: {
      issuer: 'https://accounts.google.com',
      jwksUri: 'https://www.googleapis.com/oauth2/v3/certs',
      algorithms: ['RS256'],
    },
    scopes: [
      { name: 'openid', description: 'Know who you are at Google', default: true },
      // The short names `email` and `profile` would come back as these in the list of granted scopes.
      { name: `${auth}/userinfo.email`, description: 'See your e-mail address', default: true },
      { name: `${auth}/userinfo.profile`, description: 'See your name and picture', default: true },
      ...serviceScopes,
    ],
  },
  scopePresets: [
    { id: 'sign-in', label: 'Sign-in only', description: 'Know who the account belongs to', scopes: profile },
    {
      id: 'minimal-drive',
      label: 'Chosen Drive files',
      description: 'Use only the files that are opened with this app',
      scopes: [...profile, `${auth}/drive.file`],
    },
    {
      id: 'calendar-read-only',
      label: 'Calendar, read only',
      description: 'Read calendars and change nothing',
      scopes: [...profile, `${auth}/calendar.readonly`],
    },
    {
      id: 'calendar-and-mail',
      label: 'Calendar and sending',
      description: 'See calendars, read and change their events, and send e-mail',
      scopes: [...profile, `${auth}/calendar.calendarlist.readonly`, `${auth}/calendar.events`, `${auth}/gmail.send`],
    },
    {
      id: 'read-only',
      label: 'Read only',
      description: 'Read calendars, Drive files and e-mail, and change nothing',
      scopes: [...profile, `${auth}/calendar.readonly`, `${auth}/drive.readonly`, `${auth}/gmail.readonly`],
    },
  ],
  api: {
    baseUrl: 'https://www.googleapis.com',
    otherOrigins: ['https://gmail.googleapis.com', 'https://openidconnect.googleapis.com'],
    // Quotas are refused with 403 as often as with 429. https://developers.google.com/workspace/calendar/api/guides/errors
    errors: {
      code: ['error.errors[0].reason', 'error.status', 'error'],
      message: ['error.message', 'error_description'],
      failures: {
        rateLimitExceeded: 'throttled',
        userRateLimitExceeded: 'throttled',
        quotaExceeded: 'throttled',
        dailyLimitExceeded: 'throttled',
        sharingRateLimitExceeded: 'throttled',
        RESOURCE_EXHAUSTED: 'throttled',
        backendError: 'unreachable',
        internalError: 'unreachable',
      },
    },
  },
  // The e-mail address of an account may change; `sub` does not.
  account: { url: 'https://openidconnect.googleapis.com/v1/userinfo', id: ['sub'], label: ['email', 'name'] },
  webhooks: {
    // Push notifications carry no signature and no body: the channel's token is the only proof.
    // https://developers.google.com/workspace/calendar/api/guides/push
    signature: { type: 'token', header: 'x-goog-channel-token' },
    secretFrom: 'koble',
    eventType: { header: 'x-goog-resource-state' },
    eventId: { join: [{ header: 'x-goog-channel-id' }, { header: 'x-goog-message-number' }], with: ':' },
    handshakes: [
      {
        when: { header: 'x-goog-resource-state', equals: 'sync' },
        answer: { type: 'acknowledge' },
        signed: true,
      },
    ],
    events: ['exists', 'not_exists', 'change', 'add', 'update', 'remove', 'trash', 'untrash'],
    registration: googleRegistration,
    setup: `1. Call the \`watch\` method of what you want to follow, for example \`POST /calendar/v3/calendars/primary/events/watch\`.
2. Give \`"type": "web_hook"\`, the URL as \`address\`, the secret as \`token\` and a UUID of your own as \`id\`.
3. Note the \`expiration\` of the answer: open a new channel before it, then stop the old one. Google takes only https addresses.`,
  },
  samples: [
    { title: 'Who am I', method: 'GET', path: '/oauth2/v2/userinfo' },
    { title: 'My calendars', method: 'GET', path: '/calendar/v3/users/me/calendarList' },
    {
      title: 'Events in my calendar',
      method: 'GET',
      path: '/calendar/v3/calendars/primary/events?singleEvents=true&orderBy=startTime&maxResults=10',
    },
    {
      title: 'My files',
      method: 'GET',
      path: '/drive/v3/files?pageSize=10&fields=files(id,name,mimeType,modifiedTime)',
    },
  ],
  sandbox: googleSandbox,
})
