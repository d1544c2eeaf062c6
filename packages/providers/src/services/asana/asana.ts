import { defineProvider } from '../../define-provider.ts'
import { asanaRegistration } from './asana-registration.ts'
import { asanaSandbox } from './asana-sandbox.ts'

/** Asana as the person who connects. https://developers.asana.com/docs */
export const asana = defineProvider({
  id: 'asana',
  name: 'Asana',
  description: 'Projects, tasks and what happens to them.',
  category: 'productivity',
  docsUrl: 'https://developers.asana.com/docs',
  color: '#F06A6A',
  auth: [
    {
      type: 'oauth2',
      label: 'Sign in with Asana',
      // https://developers.asana.com/docs/oauth
      authorizationUrl: 'https://app.asana.com/-/oauth_authorize',
      tokenUrl: 'https://app.asana.com/-/oauth_token',
      revocationUrl: 'https://app.asana.com/-/oauth_revoke',
      pkce: 'S256',
      clientAuthentication: 'body',
      refresh: 'stable',
      scopes: [
        { name: 'users:read', description: 'See people, and who you are', default: true },
        { name: 'workspaces:read', description: 'See your workspaces', default: true },
        { name: 'projects:read', description: 'See projects', default: true },
        { name: 'tasks:read', description: 'See tasks and what happens to them', default: true },
        { name: 'stories:read', description: 'See comments' },
        { name: 'webhooks:read', description: 'See webhooks of this app' },
        { name: 'tasks:write', description: 'Create and change tasks', sensitive: true },
        { name: 'tasks:delete', description: 'Delete tasks', sensitive: true },
        { name: 'stories:write', description: 'Comment on tasks', sensitive: true },
        { name: 'projects:write', description: 'Create and change projects', sensitive: true },
        { name: 'webhooks:write', description: 'Have changes told to this app', sensitive: true },
        { name: 'webhooks:delete', description: 'Stop changes from being told', sensitive: true },
        {
          name: 'default',
          description: 'Do everything that you may do; for apps that are registered with full permissions',
          sensitive: true,
          includes: [
            ...['users:read', 'workspaces:read', 'projects:read', 'projects:write', 'tasks:read', 'tasks:write'],
            ...['tasks:delete', 'stories:read', 'stories:write', 'webhooks:read', 'webhooks:write', 'webhooks:delete'],
          ],
        },
      ],
    },
    {
      type: 'api_key',
      label: 'Personal access token',
      placement: { in: 'header', name: 'authorization', value: 'Bearer {apiKey}' },
      fields: [
        {
          key: 'apiKey',
          on: 'connection',
          label: 'Personal access token',
          help: 'It can do all that its owner can.',
          secret: true,
          pattern: '[\\w\\/:\\-]{20,}',
          patternMessage: 'A personal access token has letters, digits, slashes and a colon',
          example: '2/1200000000000001/1200000000000002:1f2e…',
        },
      ],
    },
  ],
  scopePresets: [
    {
      id: 'read-only',
      label: 'Tasks, read only',
      description: 'See workspaces, projects and tasks',
      scopes: ['users:read', 'workspaces:read', 'projects:read', 'tasks:read'],
    },
    {
      id: 'tasks',
      label: 'Tasks',
      description: 'See, create and change tasks, and comment on them',
      scopes: [
        ...['users:read', 'workspaces:read', 'projects:read', 'tasks:read', 'tasks:write'],
        ...['stories:read', 'stories:write'],
      ],
    },
    {
      id: 'tasks-and-webhooks',
      label: 'Tasks and webhooks',
      description: 'The same, and hear of changes',
      scopes: [
        ...['users:read', 'workspaces:read', 'projects:read', 'tasks:read', 'tasks:write'],
        ...['stories:read', 'stories:write', 'webhooks:read', 'webhooks:write', 'webhooks:delete'],
      ],
    },
  ],
  api: {
    baseUrl: 'https://app.asana.com/api/1.0',
    headers: { accept: 'application/json' },
    // What the free plan allows; paid ones allow ten times as much. https://developers.asana.com/docs/rate-limits
    rateLimits: {
      connection: [{ requests: 150, perSeconds: 60 }],
      endpoints: [
        {
          method: 'GET',
          path: '/workspaces/*/tasks/search',
          per: 'connection',
          limits: [{ requests: 60, perSeconds: 60 }],
        },
      ],
    },
    errors: { message: ['errors[0].message'] },
  },
  account: { url: '/users/me', id: ['data.gid'], label: ['data.email', 'data.name'] },
  webhooks: {
    // https://developers.asana.com/docs/webhooks-guide
    signature: { type: 'hmac', algorithm: 'sha256', header: 'x-hook-signature', encoding: 'hex' },
    secretFrom: 'provider',
    // A delivery without events is a heartbeat.
    eventType: [
      { join: [{ field: 'events[0].resource.resource_type' }, { field: 'events[0].action' }], with: '.' },
      { constant: 'heartbeat' },
    ],
    // Events have no ids; this tells them apart.
    eventId: {
      each: 'events[]',
      of: {
        join: [
          ...[{ field: 'resource.gid' }, { field: 'action' }],
          [{ field: 'parent.gid' }, { constant: '' }],
          [{ field: 'change.field' }, { constant: '' }],
          { field: 'created_at' },
        ],
        with: ' ',
      },
      with: ',',
    },
    // While it makes a webhook, Asana brings the secret of that webhook.
    handshakes: [
      { when: { header: 'x-hook-secret' }, answer: { type: 'hook_secret', header: 'x-hook-secret' }, signed: false },
    ],
    events: [
      ...['task.added', 'task.changed', 'task.removed', 'task.deleted', 'task.undeleted'],
      ...['story.added', 'story.changed', 'story.removed', 'story.deleted'],
      ...['project.added', 'project.changed', 'project.removed', 'project.deleted', 'project.undeleted'],
      ...['section.added', 'section.changed', 'section.removed', 'section.deleted'],
      ...['attachment.added', 'attachment.deleted', 'heartbeat'],
    ],
    setup: `1. Open an endpoint here without a secret: Asana makes the secret itself and brings it when the webhook is made.
2. Run the operation **Create a webhook** as the connected account, with the URL as the target and the project or task to watch.
3. One endpoint takes one webhook: each has a secret of its own. For a second one, open a second endpoint.
4. The URL must be reachable from the Internet; Asana refuses \`localhost\`. A webhook that cannot be delivered for 24 hours is removed.`,
    registration: asanaRegistration,
  },
  samples: [
    { title: 'Who am I', method: 'GET', path: '/users/me' },
    { title: 'Workspaces', method: 'GET', path: '/workspaces' },
    { title: 'My tasks', method: 'GET', path: '/tasks?assignee=me&workspace=1200000000000001&limit=20' },
    {
      title: 'Create a task',
      method: 'POST',
      path: '/tasks',
      body: '{"data": {"name": "Hello from Koble", "projects": ["1200000000000101"]}}',
    },
  ],
  sandbox: asanaSandbox,
})
