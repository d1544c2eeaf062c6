import { defineProvider, type OAuth2Auth, type Webhooks } from '../../define-provider.ts'
import { microsoft } from '../microsoft/microsoft.ts'
import { microsoftRegistration } from '../microsoft/microsoft-registration.ts'
import { microsoftSandbox } from '../microsoft/microsoft-sandbox.ts'
import { microsoftScopes } from '../microsoft/microsoft-scopes.ts'

const signIn = ['openid', 'offline_access', 'User.Read']
const posting = ['Team.ReadBasic.All', 'Channel.ReadBasic.All', 'ChannelMessage.Send']
const defaults = new Set(['profile', ...signIn, ...posting])

/** Microsoft Graph as Teams is used by it: work and school accounts, asked for what posting needs. https://learn.microsoft.com/graph/teams-concept-overview */
export const microsoftTeams = defineProvider({
  ...microsoft,
  id: 'microsoft-teams',
  name: 'Microsoft Teams',
  description: 'Post in channels and chats, create meetings and react to messages in Microsoft Teams.',
  category: 'messaging',
  docsUrl: 'https://learn.microsoft.com/graph/teams-concept-overview',
  color: '#5059C9',
  auth: {
    ...(microsoft.auth as OAuth2Auth),
    scopes: microsoftScopes.map((scope) => ({ ...scope, default: defaults.has(scope.name) })),
  },
  scopePresets: [
    {
      id: 'directory',
      label: 'Teams and channels, read only',
      description: 'See teams and channels, and post nothing',
      scopes: [...signIn, 'Team.ReadBasic.All', 'Channel.ReadBasic.All'],
    },
    {
      id: 'posting',
      label: 'Post in channels',
      description: 'Find channels and post in them',
      scopes: [...signIn, ...posting],
    },
    {
      id: 'meetings',
      label: 'Posting and meetings',
      description: 'Post in channels, and create meetings and events',
      scopes: [...signIn, ...posting, 'OnlineMeetings.ReadWrite', 'Calendars.ReadWrite'],
    },
    {
      id: 'chats',
      label: 'Channels, chats and meetings',
      description: 'Post in channels and chats, and create meetings and events',
      scopes: [...signIn, ...posting, 'ChatMessage.Send', 'OnlineMeetings.ReadWrite', 'Calendars.ReadWrite'],
    },
  ],
  integrationFields: (microsoft.integrationFields ?? []).map((field) =>
    // Personal accounts have no teams.
    field.key === 'tenant' ? { ...field, default: 'organizations' } : field,
  ),
  webhooks: {
    ...(microsoft.webhooks as Webhooks),
    registration: {
      ...microsoftRegistration,
      targets: ['teams-messages', 'calendar', 'files', 'presence', 'directory'].flatMap((id) =>
        microsoftRegistration.targets.filter((target) => target.id === id),
      ),
    },
  },
  samples: [
    { title: 'Who am I', method: 'GET', path: '/me' },
    { title: 'My teams', method: 'GET', path: '/me/joinedTeams' },
    {
      title: 'Post in a channel',
      method: 'POST',
      path: '/teams/02bd9fd6-8f93-4758-87c3-1fb73740a315/channels/19:general@thread.tacv2/messages',
      body: '{"body": {"content": "Hello from Koble"}}',
    },
  ],
  sandbox: { ...microsoftSandbox, service: { standIn: 'microsoft-teams' } },
})
