import { defineProvider } from '../../define-provider.ts'
import { auth0Registration } from './auth0-registration.ts'
import { auth0Sandbox } from './auth0-sandbox.ts'

/** An Auth0 tenant: its users by the Management API, or sign-in at it. https://auth0.com/docs */
export const auth0 = defineProvider({
  id: 'auth0',
  name: 'Auth0',
  description: 'Users, roles and the log of an Auth0 tenant, and sign-in at it.',
  category: 'identity',
  docsUrl: 'https://auth0.com/docs',
  color: '#EB5424',
  auth: [
    {
      // https://auth0.com/docs/secure/tokens/access-tokens/management-api-access-tokens
      type: 'client_credentials',
      label: 'Management API',
      tokenUrl: 'https://{domain}/oauth/token',
      clientAuthentication: 'body',
      // Of the tenant's own domain, and with the slash, or it is another audience.
      parameters: { audience: 'https://{domain}/api/v2/' },
      defaultExpiresInSeconds: 86_400,
      fields: [{ key: 'clientId', help: 'Of a machine-to-machine application that may call the Management API.' }],
      // Without any named, the token has all that the application was granted.
      scopes: [
        { name: 'read:users', description: 'See users' },
        { name: 'create:users', description: 'Create users', sensitive: true },
        { name: 'update:users', description: 'Change and block users, and give them roles', sensitive: true },
        { name: 'delete:users', description: 'Delete users', sensitive: true },
        { name: 'read:roles', description: 'See roles and who has them' },
        { name: 'create:role_members', description: 'Give roles to users', sensitive: true },
        { name: 'read:organizations', description: 'See organizations' },
        { name: 'read:logs', description: 'Read the log of the tenant' },
        { name: 'create:user_tickets', description: 'Make links by which users set a password', sensitive: true },
        { name: 'read:log_streams', description: 'See log streams' },
        { name: 'create:log_streams', description: 'Create log streams', sensitive: true },
        { name: 'delete:log_streams', description: 'Delete log streams', sensitive: true },
        { name: 'read:event_streams', description: 'See event streams' },
        { name: 'create:event_streams', description: 'Create event streams', sensitive: true },
        { name: 'delete:event_streams', description: 'Delete event streams', sensitive: true },
      ],
    },
    {
      type: 'oauth2',
      label: 'Sign in with Auth0',
      authorizationUrl: 'https://{domain}/authorize',
      tokenUrl: 'https://{domain}/oauth/token',
      revocationUrl: 'https://{domain}/oauth/revoke',
      // https://auth0.com/docs/authenticate/login/logout
      endSessionUrl: 'https://{domain}/oidc/logout',
      pkce: 'S256',
      clientAuthentication: 'body',
      authorizationParams: { audience: '{audience}', organization: '{organization}', connection: '{connection}' },
      // Whether they rotate is a setting of the application; the newest one is kept either way.
      refresh: 'rotates',
      oidc: {
        issuer: 'https://{domain}/',
        jwksUri: 'https://{domain}/.well-known/jwks.json',
        algorithms: ['RS256'],
      },
      fields: [
        {
          key: 'audience',
          label: 'Audience',
          help: 'Identifier of your own API. With it the access token is a JWT for that API.',
          required: false,
          on: 'integration',
        },
        {
          key: 'organization',
          label: 'Organization',
          help: 'Only members of it can then sign in.',
          required: false,
          on: 'integration',
          example: 'org_8mJbYkqZPbXrAuYz',
        },
        {
          key: 'connection',
          label: 'Identity provider',
          help: 'Name of the connection in Auth0 that people sign in by, to skip the choice.',
          required: false,
          on: 'integration',
          example: 'google-oauth2',
        },
      ],
      scopes: [
        { name: 'openid', description: 'Sign you in', default: true },
        { name: 'profile', description: 'See your name and picture', default: true },
        { name: 'email', description: 'See your e-mail address', default: true },
        { name: 'offline_access', description: 'Stay signed in while you are away', default: true },
      ],
    },
  ],
  scopePresets: [
    {
      id: 'read-only',
      label: 'Users, read only',
      description: 'See users, their roles, and the log',
      scopes: ['read:users', 'read:roles', 'read:logs'],
    },
    {
      id: 'provisioning',
      label: 'Provisioning',
      description: 'Create, change and block users, and give them roles',
      scopes: ['read:users', 'create:users', 'update:users', 'read:roles', 'create:role_members'],
    },
  ],
  api: {
    baseUrl: 'https://{domain}',
    // What is allowed depends on the plan; a free tenant has two calls in a second.
    errors: {
      code: ['errorCode', 'error'],
      message: ['message', 'error_description'],
    },
  },
  account: {
    url: '/userinfo',
    id: ['sub'],
    label: ['email', 'name', 'sub'],
    // A machine has no profile; that it may read users shows that its token is good.
    fallback: {
      statuses: [400, 401, 403, 404],
      url: '/api/v2/users?per_page=1&fields=user_id&include_fields=true',
      label: '{domain}',
      id: '{domain}',
    },
  },
  integrationFields: [
    {
      key: 'domain',
      label: 'Domain',
      help: 'Of the tenant. For sign-in alone a custom domain, where there is one; the Management API has none.',
      pattern: '[a-z0-9](?:[a-z0-9\\-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9\\-]*[a-z0-9])?)+',
      patternMessage: 'A host such as fjord.eu.auth0.com, in lower case and without https://',
      example: 'fjord.eu.auth0.com',
    },
  ],
  webhooks: {
    // Nothing is signed: log streams bring back the whole header that was entered, event streams a bearer token.
    signature: { type: 'token', header: 'authorization', prefix: 'Bearer ' },
    secretFrom: 'koble',
    // A log stream sends one event, or a list of them; an event stream sends a CloudEvent.
    eventType: [{ field: 'data.type' }, { field: '[0].data.type' }, { field: 'type' }],
    eventId: [{ field: 'log_id' }, { each: '[]', of: { field: 'log_id' }, with: ',' }, { field: 'id' }],
    events: [
      ...['user.created', 'user.updated', 'user.deleted', 'organization.created', 'organization.updated'],
      ...['organization.deleted', 'organization.member.added', 'organization.member.deleted'],
      // Types of the log. https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes
      ...['s', 'f', 'fp', 'fu', 'slo', 'ss', 'fs', 'scp', 'fcp', 'scpr', 'sv', 'sce', 'sdu', 'sapi', 'fapi'],
      ...['seacft', 'feacft', 'seccft', 'limit_wc', 'limit_mu', 'pwd_leak', 'gd_auth_failed'],
    ],
    registration: auth0Registration,
    setup: `1. For the log: in the Auth0 dashboard open **Monitoring → Streams → Create Stream → Custom Webhook**, and paste the URL into **Payload URL**.
2. Enter \`Bearer \` and then the secret as **Authorization Token**, \`application/json\` as **Content Type**, and **JSON Object** as **Content Format**.
3. For users and organizations: open **Event Streams → Create Event Stream → Webhook**, paste the URL, choose **Bearer token** and enter the secret, and pick the events.
4. Event streams that fail again and again are switched off by Auth0: look after them.`,
  },
  samples: [
    { title: 'Users', method: 'GET', path: '/api/v2/users?per_page=10' },
    { title: 'Roles', method: 'GET', path: '/api/v2/roles' },
    { title: 'Latest log events', method: 'GET', path: '/api/v2/logs?per_page=10&sort=date:-1' },
    { title: 'Who is signed in', method: 'GET', path: '/userinfo' },
  ],
  sandbox: auth0Sandbox,
})
