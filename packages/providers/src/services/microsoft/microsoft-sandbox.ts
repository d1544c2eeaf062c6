import type { Sandbox } from '../../define-provider.ts'

/** It signs people in and knows who they are: no teams, mail, calendars or files. */
const lacks = [
  ...['listUsers', 'listTeams', 'listChannels', 'createChannel'],
  ...['sendChannelMessage', 'sendChatMessage', 'sendAdaptiveCard'],
  ...['listEvents', 'createEvent', 'createMeeting', 'sendEmail', 'listFiles'],
]

/** The stand-in for Microsoft: sign-in and `/me` of two users. */
export const microsoftSandbox: Sandbox = {
  service: 'microsoft',
  lacks,
  endpoints: {
    authorizationUrl: '/oauth2/v2.0/authorize',
    tokenUrl: '/oauth2/v2.0/token',
    revocationUrl: '/oauth2/v2.0/revoke',
    userInfoUrl: '/v1.0/me',
    apiUrl: '/v1.0',
  },
  oidc: { issuer: '/{tid}/v2.0', jwksUri: '/discovery/v2.0/keys' },
  // The stand-in draws a new object id at every start.
  account: { id: ['userPrincipalName'] },
  credentials: { clientId: '0f6e7c1a-5b0c-4e55-9d4e-6b6f626c6521', clientSecret: 'koble-sandbox-microsoft-secret' },
  seed: {
    users: [
      { email: 'kari@example.com', name: 'Kari Nordmann' },
      { email: 'ola@example.com', name: 'Ola Hansen' },
    ],
    oauth_clients: [
      {
        client_id: '0f6e7c1a-5b0c-4e55-9d4e-6b6f626c6521',
        client_secret: 'koble-sandbox-microsoft-secret',
        name: 'Koble',
        redirect_uris: ['{origin}/api/auth/callback/microsoft', '{origin}/api/auth/callback/microsoft-teams'],
      },
    ],
  },
}
