import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for sign-in with Microsoft and for Graph: the tenant of a bicycle shop, of which two people sign in. */
export const microsoftSandbox: Sandbox = {
  service: { standIn: 'microsoft-graph' },
  endpoints: {
    authorizationUrl: '/common/oauth2/v2.0/authorize',
    tokenUrl: '/common/oauth2/v2.0/token',
    apiUrl: '/v1.0',
  },
  oidc: { issuer: '/{tid}/v2.0', jwksUri: '/common/discovery/v2.0/keys' },
  credentials: { clientId: '0f6e7c1a-5b0c-4e55-9d4e-6b6f626c6521', clientSecret: 'koble-sandbox-microsoft-secret' },
}
