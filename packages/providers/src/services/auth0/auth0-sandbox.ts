import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for Auth0: the tenant of a bicycle shop, called by a machine, or signed in to by a person. */
export const auth0Sandbox: Sandbox = {
  service: { standIn: 'auth0' },
  endpoints: {
    authorizationUrl: '/authorize',
    tokenUrl: '/oauth/token',
    revocationUrl: '/oauth/revoke',
    apiUrl: '/',
  },
  oidc: { issuer: '/', jwksUri: '/.well-known/jwks.json' },
  credentials: { domain: 'fjord.eu.auth0.com' },
  connectionCredentials: { clientId: 'koble-sandbox-auth0', clientSecret: 'koble-sandbox-auth0-secret' },
  methods: {
    oauth2: {
      credentials: {
        clientId: 'koble-sandbox-auth0',
        clientSecret: 'koble-sandbox-auth0-secret',
        domain: 'fjord.eu.auth0.com',
      },
    },
  },
}
