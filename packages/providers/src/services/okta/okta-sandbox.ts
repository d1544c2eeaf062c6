import type { Sandbox } from '../../define-provider.ts'
import { testClientKey } from '../../stand-ins/test-client-key.ts'

/** The stand-in for Okta: the org of a bicycle shop, whose administrator signs in, or made a service app or a token. */
export const oktaSandbox: Sandbox = {
  service: { standIn: 'okta' },
  endpoints: {
    authorizationUrl: '/oauth2/v1/authorize',
    tokenUrl: '/oauth2/v1/token',
    revocationUrl: '/oauth2/v1/revoke',
    userInfoUrl: '/oauth2/v1/userinfo',
    apiUrl: '/',
  },
  oidc: { issuer: '/', jwksUri: '/oauth2/v1/keys' },
  credentials: {
    clientId: '0oa1koblesandbox5d7',
    clientSecret: 'koble-sandbox-okta-secret',
    domain: 'fjord.okta.com',
  },
  methods: {
    client_credentials: {
      credentials: { domain: 'fjord.okta.com' },
      connectionCredentials: { clientId: '0oa3koblesandbox5d7', ...testClientKey },
    },
    api_key: {
      credentials: { domain: 'fjord.okta.com' },
      connectionCredentials: { apiKey: '00koble-sandbox-okta-api-token' },
    },
  },
}
