import { defineProvider } from '../../define-provider.ts'
import { oktaRegistration } from './okta-registration.ts'
import { oktaSandbox } from './okta-sandbox.ts'

/** Of the org authorization server: the only one whose tokens are good for Okta's own API. */
const managementScopes = [
  { name: 'okta.users.read', description: 'See users', default: true },
  { name: 'okta.users.manage', description: 'Create, change and deactivate users', sensitive: true },
  { name: 'okta.groups.read', description: 'See groups and who is in them' },
  { name: 'okta.groups.manage', description: 'Change groups and who is in them', sensitive: true },
  { name: 'okta.logs.read', description: 'Read the system log' },
  { name: 'okta.apps.read', description: 'See applications' },
  { name: 'okta.sessions.manage', description: 'End sessions', sensitive: true },
  { name: 'okta.eventHooks.read', description: 'See event hooks' },
  { name: 'okta.eventHooks.manage', description: 'Create and remove event hooks', sensitive: true },
]

/** An Okta org: its users, groups and system log. https://developer.okta.com/docs/api/ */
export const okta = defineProvider({
  id: 'okta',
  name: 'Okta',
  description: 'Users, groups and the system log of an Okta org, and sign-in at it.',
  category: 'identity',
  docsUrl: 'https://developer.okta.com/docs/api/',
  color: '#00297A',
  auth: [
    {
      type: 'oauth2',
      label: 'Sign in with Okta',
      // https://developer.okta.com/docs/concepts/auth-servers/
      authorizationUrl: 'https://{domain}/oauth2/v1/authorize',
      tokenUrl: 'https://{domain}/oauth2/v1/token',
      revocationUrl: 'https://{domain}/oauth2/v1/revoke',
      introspectionUrl: 'https://{domain}/oauth2/v1/introspect',
      endSessionUrl: 'https://{domain}/oauth2/v1/logout',
      pkce: 'S256',
      clientAuthentication: 'body',
      // Whether they rotate is a setting of the application; the newest one is kept either way.
      refresh: 'rotates',
      oidc: { issuer: 'https://{domain}', jwksUri: 'https://{domain}/oauth2/v1/keys', algorithms: ['RS256'] },
      scopes: [
        { name: 'openid', description: 'Sign you in', default: true },
        { name: 'profile', description: 'See your name', default: true },
        { name: 'email', description: 'See your e-mail address', default: true },
        { name: 'offline_access', description: 'Stay connected while you are away', default: true },
        ...managementScopes,
      ],
    },
    {
      // https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/
      type: 'client_credentials',
      label: 'Service app',
      tokenUrl: 'https://{domain}/oauth2/v1/token',
      clientAuthentication: 'private_key_jwt',
      clientKey: { algorithm: 'RS256' },
      fields: [
        { key: 'clientId', help: 'Of an API Services app in the org.' },
        { key: 'keyId', help: 'The `kid` of its public key. Needed where the app has several.' },
      ],
      scopes: managementScopes,
    },
    {
      type: 'api_key',
      label: 'API token',
      placement: { in: 'header', name: 'authorization', value: 'SSWS {apiKey}' },
      fields: [
        {
          key: 'apiKey',
          on: 'connection',
          label: 'API token',
          help: 'It may do what whoever made it may do, and dies when it is not used for 30 days.',
          secret: true,
          pattern: '[A-Za-z0-9_\\-]{20,}',
          patternMessage: 'The token alone, without SSWS before it',
        },
      ],
    },
  ],
  scopePresets: [
    {
      id: 'sign-in',
      label: 'Sign-in only',
      description: 'Know who signs in',
      scopes: ['openid', 'profile', 'email', 'offline_access'],
    },
    {
      id: 'read-only',
      label: 'Users, read only',
      description: 'See users, groups and the system log',
      scopes: [
        ...['openid', 'profile', 'email', 'offline_access'],
        ...['okta.users.read', 'okta.groups.read', 'okta.logs.read'],
      ],
    },
    {
      id: 'provisioning',
      label: 'Provisioning',
      description: 'Create, change and deactivate users, and put them into groups',
      scopes: [
        ...['openid', 'profile', 'email', 'offline_access'],
        ...['okta.users.read', 'okta.users.manage', 'okta.groups.read', 'okta.groups.manage'],
      ],
    },
  ],
  api: {
    baseUrl: 'https://{domain}',
    headers: { accept: 'application/json' },
    // https://developer.okta.com/docs/reference/error-codes/
    errors: {
      code: ['errorCode', 'error'],
      message: ['errorCauses[0].errorSummary', 'errorSummary', 'error_description'],
      failures: { E0000047: 'throttled', E0000009: 'unreachable' },
    },
  },
  account: {
    url: '/oauth2/v1/userinfo',
    id: ['sub'],
    label: ['email', 'preferred_username', 'sub'],
    // Neither a service app nor an API token has a profile.
    fallback: { statuses: [400, 401, 403, 404], url: '/api/v1/users?limit=1', label: '{domain}', id: '{domain}' },
  },
  integrationFields: [
    {
      key: 'domain',
      label: 'Okta domain',
      help: 'Of the org or its custom domain; not that of the Admin Console, which ends in -admin.okta.com.',
      pattern: '(?!.*-admin\\.)[a-z0-9](?:[a-z0-9\\-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9\\-]*[a-z0-9])?)+',
      patternMessage: 'A host such as fjord.okta.com, in lower case, without https:// and -admin',
      example: 'fjord.okta.com',
    },
  ],
  webhooks: {
    // Event hooks are not signed: each brings the header that was given with it.
    // https://developer.okta.com/docs/concepts/event-hooks/
    signature: { type: 'token', header: 'authorization' },
    secretFrom: 'koble',
    eventType: { field: 'data.events[0].eventType' },
    eventId: [{ field: 'eventId' }, { each: 'data.events[]', of: { field: 'uuid' }, with: ',' }],
    handshakes: [
      {
        when: { header: 'x-okta-verification-challenge', method: 'GET' },
        answer: {
          type: 'echo',
          value: { header: 'x-okta-verification-challenge' },
          as: { jsonField: 'verification' },
        },
        signed: false,
      },
    ],
    // https://developer.okta.com/docs/reference/api/event-types/
    events: [
      ...['user.lifecycle.create', 'user.lifecycle.activate', 'user.lifecycle.deactivate', 'user.lifecycle.suspend'],
      ...['user.lifecycle.unsuspend', 'user.lifecycle.delete.initiated', 'user.account.update_profile'],
      ...['user.account.lock', 'user.account.unlock', 'user.account.update_password', 'user.account.reset_password'],
      ...['user.session.start', 'user.session.end', 'user.mfa.factor.activate', 'user.mfa.factor.deactivate'],
      ...['group.user_membership.add', 'group.user_membership.remove', 'group.lifecycle.create'],
      ...['group.lifecycle.delete', 'application.user_membership.add', 'application.user_membership.remove'],
    ],
    registration: oktaRegistration,
    setup: `1. In the Okta Admin Console open **Workflow → Event Hooks → Create Event Hook**, and paste the URL into **Endpoint URL**.
2. Enter \`authorization\` as **Authentication field**, and the secret as **Authentication secret**.
3. Pick the events, save, and choose **Verify**: Okta asks the URL once whether it is yours, and sends nothing before that.
4. Okta tries a delivery twice at most, and drops the events of a day beyond 400,000: read the system log, too, where none may be missed.`,
  },
  samples: [
    { title: 'Users', method: 'GET', path: '/api/v1/users?limit=10' },
    { title: 'Groups', method: 'GET', path: '/api/v1/groups?limit=10' },
    { title: 'System log', method: 'GET', path: '/api/v1/logs?limit=10&sortOrder=DESCENDING' },
    { title: 'Who is signed in', method: 'GET', path: '/oauth2/v1/userinfo' },
  ],
  sandbox: oktaSandbox,
})
