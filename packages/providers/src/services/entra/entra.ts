import { defineProvider } from '../../define-provider.ts'
import { entraRegistration } from './entra-registration.ts'
import { entraSandbox } from './entra-sandbox.ts'

const authority = 'https://{loginHost}/{tenant}'

/** The directory of an Entra tenant, by Microsoft Graph. https://learn.microsoft.com/entra/identity-platform */
export const entra = defineProvider({
  id: 'entra',
  name: 'Microsoft Entra ID',
  description: 'Users, groups and applications of a tenant, and sign-in at it.',
  category: 'identity',
  docsUrl: 'https://learn.microsoft.com/graph/api/resources/identity-network-access-overview',
  color: '#0078D4',
  auth: [
    {
      type: 'oauth2',
      label: 'Sign in with Microsoft',
      // https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
      authorizationUrl: `${authority}/oauth2/v2.0/authorize`,
      tokenUrl: `${authority}/oauth2/v2.0/token`,
      endSessionUrl: `${authority}/oauth2/v2.0/logout`,
      pkce: 'S256',
      clientAuthentication: 'body',
      refresh: 'rotates',
      refreshTokenLifetimeDays: 90,
      oidc: {
        // Of the tenant that the person belongs to, whatever tenant the addresses name.
        issuer: 'https://{loginHost}/{tid}/v2.0',
        jwksUri: `${authority}/discovery/v2.0/keys`,
        algorithms: ['RS256'],
      },
      scopes: [
        { name: 'openid', description: 'Know who you are', default: true, unnamed: true },
        { name: 'profile', description: 'See your name', default: true, unnamed: true },
        { name: 'email', description: 'See your e-mail address', default: true, unnamed: true },
        { name: 'offline_access', description: 'Stay connected while you are away', default: true, unnamed: true },
        { name: 'User.Read', description: 'Read your profile and the name of your organization', default: true },
        // For all of these an administrator has to agree.
        { name: 'User.Read.All', description: "Read everybody's profile", sensitive: true },
        { name: 'User.ReadWrite.All', description: 'Create, change and block users', sensitive: true },
        { name: 'User.RevokeSessions.All', description: 'Sign users out everywhere', sensitive: true },
        { name: 'Group.Read.All', description: 'Read all groups and who is in them', sensitive: true },
        { name: 'Group.ReadWrite.All', description: 'Change all groups', sensitive: true },
        { name: 'GroupMember.ReadWrite.All', description: 'Change who is in groups', sensitive: true },
        { name: 'Directory.Read.All', description: 'Read all of the directory', sensitive: true },
        { name: 'Application.Read.All', description: 'See all applications', sensitive: true },
        { name: 'AuditLog.Read.All', description: 'Read the logs of sign-ins and changes', sensitive: true },
      ],
    },
    {
      // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
      type: 'client_credentials',
      label: 'Application, without anybody',
      credentialsOn: 'integration',
      tokenUrl: 'https://{loginHost}/{tenantId}/oauth2/v2.0/token',
      clientAuthentication: 'body',
      // What the tenant's administrator agreed to, all of it.
      parameters: { scope: 'https://{graphHost}/.default' },
      fields: [
        {
          key: 'tenantId',
          label: 'Tenant ID',
          help: 'Of the tenant whose administrator agreed to the application.',
          on: 'connection',
          pattern: '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
          patternMessage: 'A UUID, as the overview of the tenant shows it',
          example: '6b6f626c-0000-4000-8000-656e74726131',
        },
      ],
    },
  ],
  scopePresets: [
    {
      id: 'sign-in',
      label: 'Sign-in only',
      description: 'Know who signs in',
      scopes: ['openid', 'profile', 'email', 'offline_access', 'User.Read'],
    },
    {
      id: 'read-only',
      label: 'Directory, read only',
      description: 'See users and groups, and who is in them',
      scopes: ['openid', 'profile', 'email', 'offline_access', 'User.Read', 'User.Read.All', 'Group.Read.All'],
    },
    {
      id: 'provisioning',
      label: 'Provisioning',
      description: 'Create, change and block users, and put them into groups',
      scopes: [
        ...['openid', 'profile', 'email', 'offline_access', 'User.Read'],
        ...['User.ReadWrite.All', 'Group.Read.All', 'GroupMember.ReadWrite.All'],
      ],
    },
  ],
  api: {
    baseUrl: 'https://{graphHost}/v1.0',
    // https://learn.microsoft.com/graph/errors
    errors: {
      code: ['error.code', 'error'],
      message: ['error.message', 'error_description'],
      failures: { TooManyRequests: 'throttled', activityLimitReached: 'throttled', serviceNotAvailable: 'unreachable' },
    },
  },
  // The user principal name may change and be given to another; `id` is the object id, which is neither.
  account: {
    url: '/me?$select=id,displayName,userPrincipalName',
    id: ['id'],
    label: ['userPrincipalName', 'displayName'],
    // An application is nobody: what it is connected to is the tenant.
    fallback: {
      statuses: [400],
      url: '/organization?$select=id,displayName',
      label: 'Entra tenant',
      answer: { id: ['value[0].id'], label: ['value[0].displayName'] },
    },
  },
  integrationFields: [
    {
      key: 'tenant',
      label: 'Who may sign in',
      help: '`organizations` for all work and school accounts, or the ID or domain of one tenant. An application without anybody has its tenant with each connection.',
      default: 'organizations',
      pattern: '[A-Za-z0-9][A-Za-z0-9.\\-]{0,252}',
      patternMessage: 'The word organizations, a tenant ID, or a domain',
      example: 'fjord.onmicrosoft.com',
    },
    {
      key: 'cloud',
      label: 'Cloud',
      default: 'global',
      options: [
        { value: 'global', label: 'Global' },
        { value: 'us-government', label: 'US Government' },
      ],
    },
  ],
  // https://learn.microsoft.com/graph/deployments
  derived: {
    loginHost: {
      fromConfig: 'cloud',
      choose: { global: 'login.microsoftonline.com', 'us-government': 'login.microsoftonline.us' },
    },
    graphHost: {
      fromConfig: 'cloud',
      choose: { global: 'graph.microsoft.com', 'us-government': 'graph.microsoft.us' },
    },
  },
  webhooks: {
    // Change notifications are not signed: each item carries the `clientState` that was given at subscription. They say
    // that something changed, and not what: listUserChanges tells.
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
            ...[{ field: 'subscriptionId' }, { field: 'resource' }, { field: 'changeType' }],
            { field: 'resourceData.sequenceNumber' },
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
    events: ['updated', 'deleted', 'reauthorizationRequired', 'subscriptionRemoved', 'missed'],
    registration: entraRegistration,
    setup: `1. Call \`POST /subscriptions\` with the URL as \`notificationUrl\` and as \`lifecycleNotificationUrl\`, and the secret as \`clientState\`. Graph checks the URL at once.
2. Name \`/users\` or \`/groups\` as \`resource\`, \`updated,deleted\` as \`changeType\`, and an \`expirationDateTime\` less than 29 days away.
3. Renew with \`PATCH /subscriptions/{id}\` before it expires.
4. A notification says that something changed: ask \`listUserChanges\` with the cursor of the last time for what it was.`,
  },
  samples: [
    { title: 'Who am I', method: 'GET', path: '/me' },
    { title: 'The tenant', method: 'GET', path: '/organization?$select=id,displayName' },
    { title: 'Users', method: 'GET', path: '/users?$top=10&$select=id,displayName,userPrincipalName,accountEnabled' },
    { title: 'Groups', method: 'GET', path: '/groups?$top=10&$select=id,displayName' },
  ],
  sandbox: entraSandbox,
})
