import { vippsSandboxClient } from '../vipps.ts'
import { createOAuthServer, type Person } from './oauth-server.ts'
import { Refusal, type StandInHandler } from './stand-in.ts'

const base = '/access-management-1.0/access'

const people: Person[] = [
  person('c06c4afe-d9e1-4c5d-939a-177d752a0944', 'Kari', 'Nordmann', '4791234567', '1985-04-12'),
  person('d1b9f6c2-6b0e-4a2e-9a55-0f5b1f3f0a77', 'Ola', 'Hansen', '4741234567', '1990-11-02'),
]

/** Which claims a scope opens. */
const opened: Record<string, readonly string[]> = {
  openid: [],
  name: ['name', 'given_name', 'family_name'],
  phoneNumber: ['phone_number', 'phone_number_verified'],
  email: ['email', 'email_verified'],
  address: ['address', 'other_addresses'],
  birthDate: ['birthdate'],
}

/** Vipps Login: OpenID Connect with a consent page, and no refresh tokens. */
export function createVippsLogin({ origin, publicUrl }: { origin: string; publicUrl: string }) {
  const issuer = `${origin}${base}/`
  const server = createOAuthServer({
    issuer,
    publicUrl,
    client: { id: vippsSandboxClient.clientId, secret: vippsSandboxClient.clientSecret },
    people: people.map(({ label, subject }) => ({ label, subject })),
    expiresIn: 3599,
    answer: ({ refresh_token: _none, scope, ...standard }) => ({
      ...standard,
      token_type: 'bearer',
      // What the product does not include is left out without a word.
      scope: known(String(scope ?? '')).join(' '),
    }),
  })

  const authorize: StandInHandler = (request) => {
    const { query } = request
    const asked = (query.get('scope') ?? '').split(' ')
    if (!asked.includes('openid')) return { status: 400, body: 'The scope openid is needed' }
    if ((query.get('state') ?? '').length < 8) return { status: 400, body: 'The state has less than 8 characters' }
    if (query.get('response_type') !== 'code') return { status: 400, body: 'Only response_type=code' }
    return server.authorize(request)
  }

  const userInfo: StandInHandler = (request) => {
    if (request.headers['ocp-apim-subscription-key'] !== undefined) {
      throw new Refusal({ status: 401, body: { error: 'invalid_request', error_description: 'A subscription key' } })
    }
    const { person, scope } = server.demand(request)
    const claims = people.find(({ subject }) => subject === person?.subject)?.claims ?? {}
    const names = known(scope).flatMap((name) => opened[name] ?? [])
    const shared = Object.fromEntries(names.map((name) => [name, claims[name]]))
    return { body: { sub: person?.subject, sid: '7d78a726-af92-499e-b857-de263ef9a969', ...shared } }
  }

  const discovery: StandInHandler = () => ({
    headers: { 'cache-control': 'max-age=3600' },
    body: {
      issuer,
      authorization_endpoint: `${origin}${base}/oauth2/auth`,
      token_endpoint: `${origin}${base}/oauth2/token`,
      revocation_endpoint: `${origin}${base}/oauth2/revoke`,
      userinfo_endpoint: `${origin}/vipps-userinfo-api/userinfo`,
      jwks_uri: `${origin}${base}/.well-known/jwks.json`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'client_credentials'],
      code_challenge_methods_supported: ['plain', 'S256'],
      id_token_signing_alg_values_supported: ['RS256'],
      subject_types_supported: ['pairwise'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      scopes_supported: Object.keys(opened),
    },
  })

  return {
    [`GET ${base}/.well-known/openid-configuration`]: discovery,
    [`GET ${base}/.well-known/jwks.json`]: server.jwks,
    [`GET ${base}/oauth2/auth`]: authorize,
    [`POST ${base}/oauth2/auth`]: server.consent,
    [`POST ${base}/oauth2/token`]: server.token,
    [`POST ${base}/oauth2/revoke`]: server.revoke,
    'GET /vipps-userinfo-api/userinfo': userInfo,
  } satisfies Record<string, StandInHandler>
}

const known = (scope: string) => scope.split(' ').filter((name) => Object.hasOwn(opened, name))

function person(subject: string, given: string, family: string, phone: string, birthdate: string): Person {
  const address = {
    address_type: 'home',
    country: 'NO',
    formatted: 'Storgata 1\n0155\nOslo\nNO',
    postal_code: '0155',
    region: 'Oslo',
    street_address: 'Storgata 1',
  }
  const name = `${given} ${family}`
  const email = `${given.toLowerCase()}@example.com`
  const claims = {
    ...{ name, given_name: given, family_name: family, birthdate, email, email_verified: true },
    ...{ phone_number: phone, phone_number_verified: true, address, other_addresses: [] },
  }
  return { label: name, subject, claims }
}
