import { defineProvider } from '../../define-provider.ts'
import { testClientKey } from '../../stand-ins/test-client-key.ts'

const loa = ['idporten-loa-low', 'idporten-loa-substantial', 'idporten-loa-high'] as const

/** The sign-in of Norway's public sector, for public bodies and those who work for them. https://docs.digdir.no/docs/idporten/ */
export const idPorten = defineProvider({
  id: 'id-porten',
  name: 'ID-porten',
  description: 'Sign people in with MinID, BankID, Buypass or Commfides, and share public data in their name.',
  category: 'government',
  docsUrl: 'https://docs.digdir.no/docs/idporten/',
  color: '#1E2B3C',
  auth: {
    type: 'oauth2',
    authorizationUrl: 'https://login.{host}/authorize',
    tokenUrl: 'https://{host}/token',
    // https://docs.digdir.no/docs/idporten/oidc/oidc_protocol_par
    pushedAuthorizationUrl: 'https://{host}/par',
    revocationUrl: 'https://{host}/revoke',
    endSessionUrl: 'https://login.{host}/logout',
    assertionAudience: 'https://{host}',
    pkce: 'S256',
    clientAuthentication: 'private_key_jwt',
    clientKey: { algorithm: 'RS256' },
    authorizationParams: { acr_values: '{level}', ui_locales: '{locale}' },
    // Only clients with that grant get refresh tokens; they live ten minutes unless the client says otherwise.
    refresh: 'rotates',
    defaultExpiresInSeconds: 120,
    oidc: {
      issuer: 'https://{host}',
      jwksUri: 'https://{host}/jwks.json',
      algorithms: ['RS256'],
      // What was asked for is a wish; only what the id token says was done.
      acrValues: {
        fromConfig: 'level',
        choose: { [loa[0]]: [...loa], [loa[1]]: loa.slice(1), [loa[2]]: loa.slice(2) },
      },
    },
    fields: [{ key: 'keyId', required: true, help: 'The `kid` under which the public key is registered.' }],
    scopes: [
      {
        name: 'openid',
        description: 'Sign you in, with your national identity number',
        default: true,
        sensitive: true,
      },
      { name: 'profile', description: 'See the language you use', default: true },
      { name: 'krr:user/kontaktinformasjon.read', description: 'Read your e-mail address and phone', sensitive: true },
      { name: 'krr:user/digitalpost.read', description: 'Read where you get digital post', sensitive: true },
      { name: 'krr:user/spraak.write', description: 'Change your language in the contact register', sensitive: true },
      { name: 'altinn:instances.read', description: 'Read your forms in Altinn', sensitive: true },
      { name: 'altinn:instances.write', description: 'Fill in and send forms in Altinn as you', sensitive: true },
      { name: 'skatteetaten:mvameldingvalidering', description: 'Check VAT returns before they are sent' },
    ],
  },
  scopePresets: [
    { id: 'sign-in', label: 'Sign-in', description: 'Know who signs in', scopes: ['openid', 'profile'] },
    {
      id: 'contact',
      label: 'Sign-in and contact data',
      description: 'Know who signs in and how to reach them',
      scopes: ['openid', 'profile', 'krr:user/kontaktinformasjon.read'],
    },
    {
      id: 'altinn',
      label: 'Forms in Altinn',
      description: 'Fill in and send forms as whoever signs in',
      scopes: ['openid', 'profile', 'altinn:instances.read', 'altinn:instances.write'],
    },
  ],
  api: {
    baseUrl: 'https://{host}',
    errors: { code: ['error'], message: ['error_description'] },
  },
  // There is no name and no e-mail address; the number of a person is no label.
  account: { url: '/userinfo', id: ['sub'], label: ['sub'] },
  integrationFields: [
    {
      key: 'environment',
      label: 'Environment',
      default: 'production',
      options: [
        { value: 'production', label: 'Production' },
        { value: 'test', label: 'Test' },
      ],
    },
    {
      key: 'level',
      label: 'Security level',
      help: 'The least at which people have to sign in; a sign-in below it is refused.',
      default: 'idporten-loa-substantial',
      options: [
        { value: 'idporten-loa-low', label: 'Low' },
        { value: 'idporten-loa-substantial', label: 'Substantial (MinID and better)' },
        { value: 'idporten-loa-high', label: 'High (BankID, Buypass, Commfides)' },
      ],
    },
    {
      key: 'locale',
      label: 'Language of the sign-in',
      default: 'nb',
      options: [
        { value: 'nb', label: 'Bokmål' },
        { value: 'nn', label: 'Nynorsk' },
        { value: 'en', label: 'English' },
        { value: 'se', label: 'Northern Sámi' },
      ],
    },
  ],
  derived: {
    host: { fromConfig: 'environment', choose: { production: 'idporten.no', test: 'test.idporten.no' } },
  },
  samples: [
    { title: 'Who is signed in', method: 'GET', path: '/userinfo' },
    { title: 'What the service says of itself', method: 'GET', path: '/.well-known/openid-configuration' },
  ],
  sandbox: {
    service: { standIn: 'id-porten' },
    endpoints: {
      authorizationUrl: '/authorize',
      tokenUrl: '/token',
      pushedAuthorizationUrl: '/par',
      revocationUrl: '/revoke',
      userInfoUrl: '/userinfo',
      apiUrl: '/',
    },
    oidc: { issuer: '/', jwksUri: '/jwks.json' },
    credentials: { clientId: 'koble-sandbox-id-porten', ...testClientKeyFields() },
    config: { environment: 'test' },
  },
})

/** In the order of the form. */
function testClientKeyFields() {
  const { privateKey, keyId } = testClientKey
  return { privateKey, keyId }
}
