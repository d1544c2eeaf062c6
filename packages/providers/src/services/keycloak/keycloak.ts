import { defineProvider } from '../../define-provider.ts'
import { keycloakSandbox } from './keycloak-sandbox.ts'

const issuer = '{serverUrl}/realms/{realm}'
const openid = `${issuer}/protocol/openid-connect`

/** A realm of a Keycloak server, wherever that runs. https://www.keycloak.org/documentation */
export const keycloak = defineProvider({
  id: 'keycloak',
  name: 'Keycloak',
  description: 'Users, groups and clients of a Keycloak realm, and sign-in at it.',
  category: 'identity',
  docsUrl: 'https://www.keycloak.org/documentation',
  color: '#4D4D4D',
  auth: [
    {
      type: 'oauth2',
      label: 'Sign in with Keycloak',
      // https://www.keycloak.org/securing-apps/oidc-layers
      authorizationUrl: `${openid}/auth`,
      tokenUrl: `${openid}/token`,
      revocationUrl: `${openid}/revoke`,
      introspectionUrl: `${openid}/token/introspect`,
      deviceAuthorizationUrl: `${openid}/auth/device`,
      endSessionUrl: `${openid}/logout`,
      pkce: 'S256',
      clientAuthentication: 'basic',
      // Each answer brings a new one; that the former ends is a setting of the realm. It lives as long as the session of
      // the browser, half an hour without use, unless `offline_access` was granted.
      refresh: 'rotates',
      oidc: { issuer, jwksUri: `${openid}/certs` },
      scopes: [
        { name: 'openid', description: 'Sign you in, and do what your roles in the realm let you do', default: true },
        { name: 'profile', description: 'See your name', default: true },
        { name: 'email', description: 'See your e-mail address', default: true },
        { name: 'offline_access', description: 'Stay connected after you have signed out', default: true },
        { name: 'roles', description: 'See your roles' },
      ],
    },
    {
      // https://www.keycloak.org/docs/latest/server_admin/#_service_accounts
      type: 'client_credentials',
      label: 'Service account',
      tokenUrl: `${openid}/token`,
      clientAuthentication: 'basic',
      // Five minutes unless the realm says otherwise.
      defaultExpiresInSeconds: 300,
      fields: [{ key: 'clientId', help: 'Of a client with a service account that has roles of realm-management.' }],
    },
  ],
  scopePresets: [
    {
      id: 'sign-in',
      label: 'Sign-in only',
      description: 'Know who signs in',
      scopes: ['openid', 'profile', 'email'],
    },
    {
      id: 'stay',
      label: 'Manage the realm',
      description: 'Do what the roles of whoever signs in let them do, also while they are away',
      scopes: ['openid', 'profile', 'email', 'offline_access', 'roles'],
    },
  ],
  api: {
    baseUrl: '{serverUrl}',
    rateLimits: { maxConcurrent: 10 },
    errors: { code: ['error'], message: ['errorMessage', 'error_description', 'error'] },
  },
  account: {
    url: `${openid}/userinfo`,
    id: ['sub'],
    label: ['preferred_username', 'email', 'sub'],
    // A token of a service account has no scope `openid`.
    fallback: {
      statuses: [401, 403],
      url: '/admin/realms/{realm}/users/count',
      label: '{realm}',
      id: '{realm}',
    },
  },
  integrationFields: [
    {
      key: 'serverUrl',
      label: 'Address of the server',
      help: 'As browsers reach it, without the realm. Before version 17, and where a relative path is set, it ends in /auth.',
      pattern: 'https?://[^\\s\\/?#@]+(?:/[^\\s\\/?#]+)*',
      patternMessage: 'An address such as https://sso.example.com, without a slash at its end',
      example: 'https://sso.example.com',
    },
    {
      key: 'realm',
      label: 'Realm',
      help: 'Its name as it stands in addresses; mind upper and lower case.',
      pattern: '[^\\s\\/?#%]+',
      patternMessage: 'The name of a realm, without spaces and slashes',
      example: 'fjord',
    },
  ],
  samples: [
    { title: 'What the realm says of itself', method: 'GET', path: '/realms/fjord/.well-known/openid-configuration' },
    { title: 'Users of the realm fjord', method: 'GET', path: '/admin/realms/fjord/users?max=10' },
    { title: 'Who is signed in', method: 'GET', path: '/realms/fjord/protocol/openid-connect/userinfo' },
  ],
  sandbox: keycloakSandbox,
})
