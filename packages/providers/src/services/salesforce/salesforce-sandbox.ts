import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for Salesforce: two orgs, each with a base of its own below the stand-in's. */
export const salesforceSandbox: Sandbox = {
  service: { standIn: 'salesforce' },
  endpoints: {
    authorizationUrl: '/services/oauth2/authorize',
    tokenUrl: '/services/oauth2/token',
    revocationUrl: '/services/oauth2/revoke',
    apiUrl: '/',
  },
  credentials: { clientId: '3MVG9KobleSandbox', clientSecret: 'koble-sandbox-salesforce-secret' },
}
