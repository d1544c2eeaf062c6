import type { Sandbox } from '../../define-provider.ts'

const openid = '/realms/fjord/protocol/openid-connect'

/** The stand-in for Keycloak: a real OpenID provider, and the Admin API of the one realm it has. */
export const keycloakSandbox: Sandbox = {
  service: { standIn: 'keycloak' },
  endpoints: {
    authorizationUrl: `${openid}/auth`,
    tokenUrl: `${openid}/token`,
    revocationUrl: `${openid}/revoke`,
    userInfoUrl: `${openid}/userinfo`,
    apiUrl: '/',
  },
  oidc: { issuer: '/realms/fjord', jwksUri: `${openid}/certs` },
  credentials: {
    clientId: 'koble-sandbox-keycloak',
    clientSecret: 'koble-sandbox-keycloak-secret-of-32',
    serverUrl: 'https://sso.fjord.example',
    realm: 'fjord',
  },
  methods: {
    client_credentials: {
      credentials: { serverUrl: 'https://sso.fjord.example', realm: 'fjord' },
      connectionCredentials: {
        clientId: 'koble-sandbox-keycloak',
        clientSecret: 'koble-sandbox-keycloak-secret-of-32',
      },
    },
  },
}
