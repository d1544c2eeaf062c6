import type { Sandbox } from '../../define-provider.ts'

const clientSecret = 'koble-sandbox-hubspot-secret'

/** The stand-in for HubSpot: the customers of a bicycle shop. */
export const hubspotSandbox: Sandbox = {
  service: { standIn: 'hubspot' },
  endpoints: {
    authorizationUrl: '/oauth/authorize',
    tokenUrl: '/oauth/v3/token',
    revocationUrl: '/oauth/v3/token/revoke',
    apiUrl: '/',
  },
  credentials: { clientId: '5e0a1f6c-koble-sandbox', clientSecret },
  webhookSecret: clientSecret,
  methods: {
    api_key: {
      credentials: {},
      connectionCredentials: { apiKey: 'pat-eu1-6b6f626c-0000-4000-8000-000000062515' },
    },
  },
}
