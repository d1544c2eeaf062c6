import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for Entra ID and its part of Microsoft Graph: the tenant of a bicycle shop, whose administrator signs in. */
export const entraSandbox: Sandbox = {
  service: { standIn: 'entra' },
  endpoints: {
    authorizationUrl: '/organizations/oauth2/v2.0/authorize',
    tokenUrl: '/organizations/oauth2/v2.0/token',
    apiUrl: '/v1.0',
  },
  oidc: { issuer: '/{tid}/v2.0', jwksUri: '/organizations/discovery/v2.0/keys' },
  credentials: {
    clientId: '0f6e7c1a-5b0c-4e55-9d4e-6b6f626c6541',
    clientSecret: 'koble-sandbox-entra-secret',
  },
  methods: {
    client_credentials: {
      endpoints: { tokenUrl: '/{tenantId}/oauth2/v2.0/token' },
      credentials: {
        clientId: '0f6e7c1a-5b0c-4e55-9d4e-6b6f626c6541',
        clientSecret: 'koble-sandbox-entra-secret',
      },
      connectionCredentials: { tenantId: '6b6f626c-0000-4000-8000-656e74726131' },
    },
  },
}
