import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for Slack: a workspace of a bicycle shop. */
export const slackSandbox: Sandbox = {
  service: 'slack',
  endpoints: { authorizationUrl: '/oauth/v2/authorize', tokenUrl: '/api/oauth.v2.access', apiUrl: '/api' },
  credentials: { clientId: '10000000001.10000000002', clientSecret: 'koble-sandbox-slack-secret' },
  seed: {
    team: { name: 'Fjord Bikes', domain: 'fjord-bikes' },
    users: [
      { name: 'kari', real_name: 'Kari Nordmann', email: 'kari@example.com' },
      { name: 'ola', real_name: 'Ola Hansen', email: 'ola@example.com' },
    ],
    channels: [
      { name: 'campaign', topic: 'Spring campaign' },
      { name: 'support', topic: 'Questions from customers' },
    ],
    oauth_apps: [
      {
        client_id: '10000000001.10000000002',
        client_secret: 'koble-sandbox-slack-secret',
        app_id: 'A0KOBLE0001',
        bot_id: 'B0KOBLE0001',
        bot_user_id: 'U0KOBLE0001',
        bot_name: 'koble',
        name: 'Koble',
        redirect_uris: ['{origin}/api/auth/callback/slack'],
        scopes: ['chat:write', 'channels:read', 'users:read'],
      },
    ],
  },
}
