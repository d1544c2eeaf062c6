import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for Asana: the workspace of a bicycle shop. */
export const asanaSandbox: Sandbox = {
  service: { standIn: 'asana' },
  endpoints: {
    authorizationUrl: '/-/oauth_authorize',
    tokenUrl: '/-/oauth_token',
    revocationUrl: '/-/oauth_revoke',
    apiUrl: '/api/1.0',
  },
  credentials: { clientId: '1200000000009001', clientSecret: 'koble-sandbox-asana-secret' },
  methods: {
    api_key: {
      credentials: {},
      connectionCredentials: { apiKey: '2/1200000000000011/1200000000009002:koble-sandbox' },
    },
  },
}
