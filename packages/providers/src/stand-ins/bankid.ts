import { createOidcServer } from './oidc-server.ts'
import type { CreateStandIn } from './stand-in.ts'

const realm = '/auth/realms/current'

/** Norwegian BankID: an issuer below a path, a secret by HTTP Basic, and userinfo as a signed token. */
export const createStandIn: CreateStandIn = (options) =>
  createOidcServer({
    ...options,
    providerId: 'bankid',
    issuerPath: realm,
    routes: {
      authorization: `${realm}/precheck/auth`,
      token: `${realm}/protocol/openid-connect/token`,
      pushed_authorization_request: `${realm}/protocol/openid-connect/ext/par/request`,
      jwks: `${realm}/protocol/openid-connect/certs`,
      // On a host of its own in truth.
      userinfo: `${realm}/userinfo`,
      end_session: `${realm}/protocol/openid-connect/logout`,
      introspection: `${realm}/protocol/openid-connect/token/introspect`,
      revocation: `${realm}/protocol/openid-connect/revoke`,
    },
    client: {
      client_id: 'koble-sandbox-bankid',
      client_secret: 'koble-sandbox-bankid-secret',
      token_endpoint_auth_method: 'client_secret_basic',
      userinfo_signed_response_alg: 'RS256',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      post_logout_redirect_uris: ['https://app.example.com/signed-out'],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    acrValues: ['urn:bankid:bid;LOA=4', 'urn:bankid:bis;LOA=3'],
    scopes: ['openid', 'profile', 'email', 'phone', 'address', 'nnin', 'nnin_altsub'],
    claims: {
      openid: ['bankid_altsub'],
      profile: ['name', 'given_name', 'family_name', 'birthdate'],
      email: ['email'],
      phone: ['phone_number'],
      nnin: ['nnin'],
      nnin_altsub: ['nnin_altsub'],
    },
    ttl: { AccessToken: 300, IdToken: 300 },
    people: [
      {
        label: 'Test Testesen',
        subject: '1b5d1a3e-5f7a-4c34-9d4d-6b6f626c6531',
        claims: {
          bankid_altsub: '9578-5999-4-1234567',
          name: 'Test Testesen',
          given_name: 'Test',
          family_name: 'Testesen',
          birthdate: '1985-05-03',
          email: 'test.testesen@example.com',
          phone_number: '+4741234567',
          nnin: '03851598730',
          nnin_altsub: '03851598730',
        },
        amr: ['BID'],
      },
      {
        label: 'Biometrisk Testesen, with biometrics only',
        subject: '2c6e2b4f-6a8b-4d45-8e5e-7c7a737d7642',
        claims: { bankid_altsub: '9578-5999-4-7654321', name: 'Biometrisk Testesen' },
        acr: 'urn:bankid:bis;LOA=3',
        amr: ['BIS'],
      },
    ],
  })
