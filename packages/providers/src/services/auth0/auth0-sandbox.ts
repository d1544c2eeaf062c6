import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for Auth0: the tenant of a bicycle shop, called by a machine. Nobody has signed in there. */
export const auth0Sandbox: Sandbox = {
  service: { standIn: 'auth0' },
  lacks: ['getUserInfo'],
  endpoints: {
    authorizationUrl: '/authorize',
    tokenUrl: '/oauth/token',
    revocationUrl: '/oauth/revoke',
    apiUrl: '/',
  },
  credentials: { domain: 'fjord.eu.auth0.com' },
  connectionCredentials: { clientId: 'koble-sandbox-auth0', clientSecret: 'koble-sandbox-auth0-secret' },
}
