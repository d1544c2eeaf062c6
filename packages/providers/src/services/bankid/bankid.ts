import { defineProvider } from '../../define-provider.ts'
import { environmentField } from '../../maskinporten-auth.ts'

const high = 'urn:bankid:bid;LOA=4'
const substantial = 'urn:bankid:bis;LOA=3'
const realm = '/auth/realms/current'

/**
 * Norwegian BankID, an OpenID provider; orders that are polled are the Swedish one's. A client comes by contract with a
 * reseller. https://developer.bankid.no/
 */
export const bankid = defineProvider({
  id: 'bankid',
  name: 'BankID (Norway)',
  description: 'Sign people in with Norwegian BankID, and know who they are.',
  category: 'identity',
  docsUrl: 'https://developer.bankid.no/',
  color: '#39134C',
  auth: {
    type: 'oauth2',
    authorizationUrl: '{issuer}/precheck/auth',
    tokenUrl: '{issuer}/protocol/openid-connect/token',
    endSessionUrl: '{issuer}/protocol/openid-connect/logout',
    introspectionUrl: '{issuer}/protocol/openid-connect/token/introspect',
    pkce: 'S256',
    clientAuthentication: 'basic',
    // BankID with biometrics is reached by its hint alone.
    authorizationParams: { acr_values: '{level}', login_hint: '{loginHint}', ui_locales: '{locale}' },
    // For signing in, not for keeping: whether refresh tokens live on is not documented.
    refresh: 'none',
    defaultExpiresInSeconds: 300,
    oidc: {
      issuer: '{issuer}',
      jwksUri: '{issuer}/protocol/openid-connect/certs',
      algorithms: ['RS256'],
      acrValues: { fromConfig: 'level', choose: { [high]: [high], [substantial]: [substantial, high] } },
    },
    scopes: [
      { name: 'openid', description: 'Sign you in', default: true },
      { name: 'profile', description: 'See your name and date of birth', default: true },
      { name: 'email', description: 'See your e-mail address', sensitive: true },
      { name: 'phone', description: 'See your phone number', sensitive: true },
      { name: 'address', description: 'See your address', sensitive: true },
      // In the id token alone, and only for clients that are entitled to it.
      { name: 'nnin_altsub', description: 'See your national identity number', sensitive: true, unnamed: true },
      { name: 'nnin', description: 'See your national identity number, with your consent', sensitive: true },
    ],
  },
  scopePresets: [
    { id: 'sign-in', label: 'Sign-in', description: 'Know who signs in', scopes: ['openid', 'profile'] },
    {
      id: 'contact',
      label: 'Sign-in and contact data',
      description: 'Know who signs in and how to reach them',
      scopes: ['openid', 'profile', 'email', 'phone'],
    },
    {
      id: 'number',
      label: 'Sign-in with identity number',
      description: 'Know who signs in by their national identity number, with their consent, and how to reach them',
      scopes: ['openid', 'profile', 'email', 'phone', 'nnin'],
    },
  ],
  api: {
    baseUrl: '{issuer}',
    otherOrigins: ['https://{userInfo}'],
    errors: { code: ['error'], message: ['error_description'] },
  },
  account: { url: 'https://{userInfo}/userinfo', format: 'jwt', id: ['sub'], label: ['name', 'sub'] },
  integrationFields: [
    environmentField,
    {
      key: 'level',
      label: 'Security level',
      help: 'A sign-in below it is refused.',
      default: high,
      options: [
        { value: high, label: 'High (BankID)' },
        { value: substantial, label: 'Substantial (BankID with biometrics)' },
      ],
    },
    {
      key: 'locale',
      label: 'Language of the sign-in',
      default: 'nb',
      options: [
        { value: 'nb', label: 'Norwegian' },
        { value: 'en', label: 'English' },
      ],
    },
  ],
  derived: {
    issuer: {
      fromConfig: 'environment',
      choose: {
        production: 'https://auth.bankid.no/auth/realms/prod',
        test: `https://auth.current.bankid.no${realm}`,
      },
    },
    userInfo: {
      fromConfig: 'environment',
      choose: { production: 'userinfo.bankid.no', test: 'userinfo.current.bankid.no' },
    },
    loginHint: { fromConfig: 'level', choose: { [high]: 'BID', [substantial]: 'BIS' } },
  },
  samples: [{ title: 'What the service says of itself', method: 'GET', path: '/.well-known/openid-configuration' }],
  sandbox: {
    service: { standIn: 'bankid' },
    endpoints: {
      authorizationUrl: `${realm}/precheck/auth`,
      tokenUrl: `${realm}/protocol/openid-connect/token`,
      userInfoUrl: `${realm}/userinfo`,
      apiUrl: realm,
    },
    oidc: { issuer: realm, jwksUri: `${realm}/protocol/openid-connect/certs` },
    credentials: { clientId: 'koble-sandbox-bankid', clientSecret: 'koble-sandbox-bankid-secret' },
    config: { environment: 'test' },
  },
})
