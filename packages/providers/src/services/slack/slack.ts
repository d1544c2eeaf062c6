import { defineProvider } from '../../define-provider.ts'
import { slackRegistration } from './slack-registration.ts'
import { slackSandbox } from './slack-sandbox.ts'

/** A Slack app with a bot token and, where user scopes are asked for, a user token. https://docs.slack.dev/ */
export const slack = defineProvider({
  id: 'slack',
  name: 'Slack',
  description: 'Post messages, read channels and react to what happens in a workspace.',
  category: 'messaging',
  docsUrl: 'https://docs.slack.dev/',
  color: '#4A154B',
  auth: {
    type: 'oauth2',
    authorizationUrl: 'https://slack.com/oauth/v2/authorize',
    tokenUrl: 'https://slack.com/api/oauth.v2.access',
    revocationUrl: 'https://slack.com/api/auth.revoke',
    // Switching PKCE on makes the app a public client for good, whose refresh tokens end after 30 days.
    pkce: 'none',
    clientAuthentication: 'body',
    // Only apps with token rotation get refresh tokens; each of those works once.
    refresh: 'rotates',
    quirks: {
      errorsWithStatus200: true,
      okField: 'ok',
      scopeSeparator: ',',
      grantedScopeSeparator: ',',
      userToken: { path: 'authed_user', scopeParam: 'user_scope' },
    },
    scopes: [
      { name: 'chat:write', description: 'Post messages in channels the app was added to', default: true },
      { name: 'channels:read', description: 'See the public channels and who is in them', default: true },
      { name: 'users:read', description: 'See the people in the workspace', default: true },
      { name: 'chat:write.public', description: 'Post in public channels without being added' },
      { name: 'users:read.email', description: "See people's e-mail addresses", sensitive: true },
      { name: 'groups:read', description: 'See the private channels the app was added to', sensitive: true },
      { name: 'im:read', description: 'See direct messages with the app, not their content' },
      { name: 'mpim:read', description: 'See group messages with the app, not their content' },
      {
        name: 'channels:history',
        description: 'Read messages in public channels the app was added to',
        sensitive: true,
      },
      { name: 'channels:manage', description: 'Create public channels and invite people to them', sensitive: true },
      { name: 'groups:write', description: 'Create private channels and invite people to them', sensitive: true },
      { name: 'files:write', description: 'Upload, change and delete files', sensitive: true },
      { name: 'app_mentions:read', description: 'Read messages that mention the app' },
      { name: 'commands', description: 'Add slash commands to the workspace' },
      { name: 'incoming-webhook', description: 'Post in one channel that you choose' },
      // Those of the user's own token are asked for apart from the app's.
      { name: 'user:chat:write', description: 'Post messages as you', sensitive: true },
      { name: 'user:search:read', description: 'Search the messages and files that you can see', sensitive: true },
      { name: 'user:users.profile:write', description: 'Change your profile and status', sensitive: true },
    ],
  },
  scopePresets: [
    { id: 'minimal', label: 'Post only', description: 'Post where the app was added', scopes: ['chat:write'] },
    {
      id: 'read-only',
      label: 'Directory, read only',
      description: 'See public channels and people, and post nothing',
      scopes: ['channels:read', 'users:read'],
    },
    {
      id: 'bot',
      label: 'Bot that answers',
      description: 'Read mentions, answer in channels and offer slash commands',
      scopes: ['chat:write', 'channels:read', 'users:read', 'app_mentions:read', 'commands'],
    },
    {
      id: 'read-messages',
      label: 'Messages of public channels, read only',
      description: 'Read what is written where the app was added',
      scopes: ['channels:read', 'users:read', 'channels:history'],
    },
  ],
  api: {
    baseUrl: 'https://slack.com/api',
    otherOrigins: ['https://files.slack.com'],
    errors: {
      okField: 'ok',
      code: ['error'],
      message: ['response_metadata.messages[0]'],
      failures: {
        ratelimited: 'throttled',
        rate_limited: 'throttled',
        fatal_error: 'unreachable',
        internal_error: 'unreachable',
      },
    },
  },
  account: { method: 'POST', url: '/auth.test', id: ['team_id'], label: ['team'], okField: 'ok' },
  webhooks: {
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    signature: {
      type: 'hmac',
      algorithm: 'sha256',
      header: 'x-slack-signature',
      encoding: 'hex',
      prefix: 'v0=',
      signedContent: 'v0:{timestamp}:{body}',
      timestamp: { header: 'x-slack-request-timestamp' },
      toleranceSeconds: 300,
    },
    secretFrom: 'provider',
    // An event, an interaction (a `type` of its own), or a slash command (`/deploy`).
    eventType: [{ field: 'event.type' }, { field: 'type' }, { field: 'command' }],
    eventId: [{ field: 'event_id' }, { field: 'trigger_id' }],
    account: [{ field: 'team_id' }, { field: 'team.id' }],
    handshakes: [
      {
        when: { field: 'type', equals: 'url_verification' },
        answer: { type: 'echo', value: { field: 'challenge' }, as: 'text' },
        signed: true,
      },
    ],
    events: [
      'message',
      'app_mention',
      'reaction_added',
      'reaction_removed',
      'member_joined_channel',
      'member_left_channel',
      'channel_created',
      'channel_rename',
      'channel_archive',
      'team_join',
      'file_shared',
      'app_home_opened',
      'app_uninstalled',
      'tokens_revoked',
      'app_rate_limited',
      'block_actions',
      'view_submission',
      'shortcut',
    ],
    registration: slackRegistration,
    setup: `1. Open your app on [api.slack.com/apps](https://api.slack.com/apps); under **Basic Information** copy the **Signing Secret** and enter it here as the secret.
2. Under **Event Subscriptions** switch events on and paste the URL into **Request URL**; Slack checks it at once.
3. Add the events under **Subscribe to bot events**, save, and install the app again if Slack asks for it.
4. The same URL serves **Interactivity & Shortcuts** and **Slash Commands**.`,
  },
  samples: [
    { title: 'Which workspace is this', method: 'POST', path: '/auth.test' },
    { title: 'Channels', method: 'POST', path: '/conversations.list' },
    { title: 'People', method: 'POST', path: '/users.list' },
    {
      title: 'Post a message',
      method: 'POST',
      path: '/chat.postMessage',
      body: '{"channel": "general", "text": "Hello from Koble"}',
    },
  ],
  sandbox: slackSandbox,
})
