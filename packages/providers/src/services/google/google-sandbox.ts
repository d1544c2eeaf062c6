import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for Google: one user with a week of appointments (of the front), a few files and a message. */
export const googleSandbox: Sandbox = {
  service: 'google',
  front: 'google',
  person: 'kari@example.com',
  endpoints: {
    authorizationUrl: '/o/oauth2/v2/auth',
    tokenUrl: '/oauth2/token',
    revocationUrl: '/oauth2/revoke',
    userInfoUrl: '/oauth2/v2/userinfo',
    apiUrl: '/',
  },
  oidc: { issuer: '/', jwksUri: '/oauth2/v3/certs' },
  // The stand-in draws a new `sub` at every start.
  account: { id: ['email'] },
  credentials: {
    clientId: 'koble-sandbox.apps.googleusercontent.com',
    clientSecret: 'GOCSPX-koble-sandbox-secret',
  },
  seed: {
    users: [{ email: 'kari@example.com', name: 'Kari Nordmann' }],
    oauth_clients: [
      {
        client_id: 'koble-sandbox.apps.googleusercontent.com',
        client_secret: 'GOCSPX-koble-sandbox-secret',
        name: 'Koble',
        redirect_uris: ['{origin}/api/auth/callback/google'],
      },
    ],
    drive_items: [
      {
        id: 'drv_campaign',
        name: 'Spring campaign',
        mime_type: 'application/vnd.google-apps.folder',
        parent_ids: ['root'],
      },
      {
        id: 'drv_budget',
        name: 'Budget 2027.csv',
        mime_type: 'text/csv',
        parent_ids: ['drv_campaign'],
        data: 'item,nok\nposters,12000\nphotos,8500\n',
      },
    ],
    messages: [
      {
        id: 'msg_hello',
        from: 'Ola Hansen <ola@example.com>',
        to: 'kari@example.com',
        subject: 'Photos for the campaign',
        body_text: 'They are in the shared folder.',
        label_ids: ['INBOX', 'UNREAD'],
      },
    ],
  },
}
