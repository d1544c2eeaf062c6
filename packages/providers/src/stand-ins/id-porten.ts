import { createOidcServer } from './oidc-server.ts'
import type { CreateStandIn } from './stand-in.ts'

/** ID-porten, as strict as it is with a client of its usual kind: pushed requests, PKCE, signed assertions. */
export const createStandIn: CreateStandIn = (options) =>
  createOidcServer({
    ...options,
    providerId: 'id-porten',
    routes: {
      authorization: '/authorize',
      token: '/token',
      pushed_authorization_request: '/par',
      jwks: '/jwks.json',
      userinfo: '/userinfo',
      end_session: '/logout',
      revocation: '/revoke',
      introspection: '/tokeninfo',
    },
    client: {
      client_id: 'koble-sandbox-id-porten',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'RS256',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      post_logout_redirect_uris: ['https://app.example.com/signed-out'],
    },
    clientAuthMethods: ['private_key_jwt'],
    requirePushedRequests: true,
    acrValues: ['idporten-loa-substantial', 'idporten-loa-high', 'idporten-loa-low'],
    scopes: ['openid', 'profile'],
    claims: { openid: ['pid', 'locale'], profile: ['locale'] },
    ttl: { AccessToken: 120, IdToken: 120, RefreshToken: 600 },
    people: [
      // Numbers of test people (the month is raised by 80): they belong to nobody.
      {
        label: 'Testperson 03851598730',
        subject: 'kUD9Jc4B1yD7nTAEhS4OSHfJ-XQXfZ0y',
        claims: { pid: '03851598730', locale: 'nb' },
      },
      {
        label: 'Testperson 41819077302, with MinID only',
        subject: 'vN3yPq8R5sG2wLbTzX6mCeKjHdFaU1oW',
        claims: { pid: '41819077302', locale: 'en' },
        acr: 'idporten-loa-substantial',
        amr: ['Minid-PIN'],
      },
    ],
  })
