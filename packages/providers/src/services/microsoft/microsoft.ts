import { defineProvider } from '../../define-provider.ts'
import { microsoftRegistration } from './microsoft-registration.ts'
import { microsoftSandbox } from './microsoft-sandbox.ts'
import { microsoftScopes } from './microsoft-scopes.ts'

/** Sign-in with Entra ID and calls to Microsoft Graph. https://learn.microsoft.com/entra/identity-platform */
export const microsoft = defineProvider({
  id: 'microsoft',
  name: 'Microsoft',
  description: 'Outlook, Teams, OneDrive and sign-in through Microsoft Graph.',
  category: 'productivity',
  docsUrl: 'https://learn.microsoft.com/graph/',
  color: '#0078D4',
  auth: {
    type: 'oauth2',
    authorizationUrl: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize',
    tokenUrl: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token',
    pkce: 'S256',
    clientAuthentication: 'body',
    refresh: 'rotates',
    refreshTokenLifetimeDays: 90,
    oidc: {
      issuer: 'https://login.microsoftonline.com/{tid}/v2.0',
      jwksUri: 'https://login.microsoftonline.com/{tenant}/discovery/v2.0/keys',
      algorithms: ['RS256'],
    },
    scopes: microsoftScopes,
  },
  scopePresets: [
    {
      id: 'sign-in',
      label: 'Sign-in only',
      description: 'Know who the account belongs to',
      scopes: ['openid', 'profile', 'email', 'User.Read'],
    },
    {
      id: 'calendar-read-only',
      label: 'Calendar, read only',
      description: 'Read calendars and change nothing',
      scopes: ['openid', 'offline_access', 'User.Read', 'Calendars.Read'],
    },
    {
      id: 'teams-posting',
      label: 'Post in Teams',
      description: 'Find channels and post in them',
      scopes: [
        'openid',
        'offline_access',
        'User.Read',
        'Team.ReadBasic.All',
        'Channel.ReadBasic.All',
        'ChannelMessage.Send',
      ],
    },
    {
      id: 'read-only',
      label: 'Read only',
      description: 'Read e-mail, calendars and files, and change nothing',
      scopes: ['openid', 'offline_access', 'User.Read', 'Mail.Read', 'Calendars.Read', 'Files.Read'],
    },
  ],
  api: {
    baseUrl: 'https://graph.microsoft.com/v1.0',
    // https://learn.microsoft.com/graph/errors
    errors: {
      code: ['error.code', 'error'],
      message: ['error.message', 'error_description'],
      failures: {
        TooManyRequests: 'throttled',
        ApplicationThrottled: 'throttled',
        activityLimitReached: 'throttled',
        serviceNotAvailable: 'unreachable',
      },
    },
  },
  // The user principal name may change and be given to another; `id` is the object id, which is neither.
  account: {
    url: '/me?$select=id,displayName,userPrincipalName',
    id: ['id'],
    label: ['userPrincipalName', 'displayName'],
  },
  integrationFields: [
    {
      key: 'tenant',
      label: 'Tenant',
      help: '`common` for every account, `organizations` for work and school accounts, `consumers` for personal ones, or the ID or domain of one tenant.',
      default: 'common',
      pattern: '[A-Za-z0-9][A-Za-z0-9.\\-]{0,252}',
      patternMessage: 'A word such as common, a tenant ID, or a domain',
      example: 'contoso.onmicrosoft.com',
    },
  ],
  webhooks: {
    // Change notifications are not signed: each item carries the `clientState` that was given at subscription.
    // https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
    signature: { type: 'body_token', path: 'value[].clientState' },
    secretFrom: 'koble',
    eventType: [{ field: 'value[].lifecycleEvent' }, { field: 'value[].changeType' }],
    // One delivery may carry many notifications, so its id is made of all of theirs.
    eventId: [
      { each: 'value[]', of: { field: 'id' }, with: ',' },
      {
        each: 'value[]',
        of: {
          join: [
            { field: 'subscriptionId' },
            { field: 'resource' },
            { field: 'changeType' },
            { field: "resourceData['@odata.etag']" },
          ],
          with: ':',
        },
        with: ',',
      },
    ],
    handshakes: [
      {
        when: { query: 'validationToken', method: 'POST' },
        answer: { type: 'echo', value: { query: 'validationToken' }, as: 'text' },
        signed: false,
      },
    ],
    events: ['created', 'updated', 'deleted', 'reauthorizationRequired', 'subscriptionRemoved', 'missed'],
    registration: microsoftRegistration,
    setup: `1. Call \`POST /subscriptions\` with the URL as \`notificationUrl\` and as \`lifecycleNotificationUrl\`, and the secret as \`clientState\`.
2. Name the \`resource\` (such as \`me/messages\`), the \`changeType\` (\`created,updated,deleted\`) and an \`expirationDateTime\`. Graph checks the URL at once.
3. Renew with \`PATCH /subscriptions/{id}\` before the subscription expires: three days for Teams, under a month for users and groups.`,
  },
  samples: [
    { title: 'Who am I', method: 'GET', path: '/me' },
    { title: 'Latest messages', method: 'GET', path: '/me/messages?$top=10&$select=subject,from,receivedDateTime' },
    { title: 'Events in my calendar', method: 'GET', path: '/me/events?$top=10&$select=subject,start,end' },
    { title: 'My teams', method: 'GET', path: '/me/joinedTeams' },
  ],
  sandbox: microsoftSandbox,
})
