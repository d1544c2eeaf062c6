import { defineProvider } from '../../define-provider.ts'
import { vipps, vippsSandboxClient } from '../../vipps.ts'

const access = `${vipps.host}/access-management-1.0/access`

/**
 * Vipps Login, which is OpenID Connect. It knows the person's verified name, phone and address, but is no electronic ID.
 * https://developer.vippsmobilepay.com/docs/APIs/login-api/
 */
export const vippsLogin = defineProvider({
  id: 'vipps-login',
  name: 'Vipps Login',
  description: 'Sign people in with Vipps or MobilePay, and read the verified profile that they share.',
  category: 'identity',
  docsUrl: 'https://developer.vippsmobilepay.com/docs/APIs/login-api/',
  color: vipps.color,
  auth: {
    type: 'oauth2',
    authorizationUrl: `${access}/oauth2/auth`,
    tokenUrl: `${access}/oauth2/token`,
    revocationUrl: `${access}/oauth2/revoke`,
    // The server takes a challenge without a method for a plain one.
    pkce: 'S256',
    // Set for each sales unit in the portal; the other one is refused.
    clientAuthentication: { fromConfig: 'clientAuthentication', choose: { basic: 'basic', body: 'body' } },
    // When the hour is over, the person signs in again.
    refresh: 'none',
    defaultExpiresInSeconds: 3599,
    oidc: { issuer: `${access}/`, jwksUri: `${access}/.well-known/jwks.json`, algorithms: ['RS256'] },
    scopes: [
      { name: 'openid', description: 'Recognise you by an id that only this company sees', default: true },
      { name: 'name', description: 'See your name', default: true },
      { name: 'phoneNumber', description: 'See your verified phone number', default: true },
      { name: 'email', description: 'See your verified e-mail address', default: true },
      { name: 'address', description: 'See your addresses', sensitive: true },
      { name: 'birthDate', description: 'See your date of birth', sensitive: true },
      { name: 'gender', description: 'See your gender', sensitive: true },
    ],
  },
  // Consent is all or nothing: each scope more costs some of those who would sign in.
  scopePresets: [
    { id: 'sign-in', label: 'Sign-in', description: 'Recognise the person, and know nothing else', scopes: ['openid'] },
    {
      id: 'contact',
      label: 'Contact details',
      description: 'Know name, phone number and e-mail address',
      scopes: ['openid', 'name', 'phoneNumber', 'email'],
    },
    {
      id: 'delivery',
      label: 'Contact and delivery',
      description: 'Know the address, too',
      scopes: ['openid', 'name', 'phoneNumber', 'email', 'address'],
    },
  ],
  api: {
    baseUrl: vipps.host,
    errors: { code: ['error'], message: ['error_description', 'detail', 'title', 'message'] },
  },
  account: {
    url: '/vipps-userinfo-api/userinfo',
    id: ['sub'],
    label: ['name', 'phone_number', 'email', 'sub'],
  },
  integrationFields: [
    vipps.environment,
    {
      key: 'clientAuthentication',
      label: 'Token endpoint authentication method',
      help: 'As it is set for the sales unit in the portal.',
      default: 'basic',
      options: [
        { value: 'basic', label: 'client_secret_basic' },
        { value: 'body', label: 'client_secret_post' },
      ],
    },
  ],
  samples: [{ title: 'Who signed in', method: 'GET', path: '/vipps-userinfo-api/userinfo' }],
  sandbox: {
    service: { standIn: 'vipps' },
    endpoints: {
      authorizationUrl: '/access-management-1.0/access/oauth2/auth',
      tokenUrl: '/access-management-1.0/access/oauth2/token',
      revocationUrl: '/access-management-1.0/access/oauth2/revoke',
      apiUrl: '/',
    },
    oidc: {
      issuer: '/access-management-1.0/access/',
      jwksUri: '/access-management-1.0/access/.well-known/jwks.json',
    },
    credentials: vippsSandboxClient,
  },
})
