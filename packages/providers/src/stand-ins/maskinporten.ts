import { createMaskinporten } from './maskinporten-server.ts'
import { type CreateStandIn, createRouter } from './stand-in.ts'

const scopes = [
  scope('krr:global/kontaktinformasjon.read', 'Kontaktinformasjon for innbyggere', 'PUBLIC', ['krr', 'maskinporten']),
  scope('krr:global/digitalpost.read', 'Digital postkasse for innbyggere', 'PUBLIC', ['krr', 'maskinporten']),
  scope('altinn:instances.read', 'Les instanser i Altinn', 'PUBLIC', ['api_klient', 'maskinporten']),
  scope('test:delegated.read', 'Et scope som kan delegeres i Altinn', 'PUBLIC', ['maskinporten'], 'https://altinn.no/'),
]

/** Maskinporten and the public list of scopes beside it. */
export const createStandIn: CreateStandIn = ({ origin }) => {
  const maskinporten = createMaskinporten({
    id: 'b1c2d3e4-0000-4000-8000-6b6f626c6531',
    organization: '312978083',
    scopes: scopes.map(({ name }) => name),
    consumers: ['314234367'],
    systemUsers: ['314234367'],
  })
  return createRouter({
    'GET /.well-known/oauth-authorization-server': () => ({
      body: {
        issuer: 'https://test.maskinporten.no/',
        token_endpoint: `${origin}/token`,
        jwks_uri: `${origin}/jwk`,
        grant_types_supported: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ['RS256', 'RS384', 'RS512'],
      },
    }),
    'POST /token': maskinporten.token,
    'GET /jwk': maskinporten.jwks,
    'GET /api/v1/scopes/all': () => ({ body: scopes }),
    // An API that takes the tokens, for trying one out.
    'GET /whoami': async ({ headers }) => ({ body: await maskinporten.verify(headers) }),
  })
}

function scope(name: string, description: string, visibility: string, types: string[], delegationSource?: string) {
  return {
    name,
    description,
    visibility,
    at_max_age: 119,
    allowed_integration_types: types,
    accessible_for_all: false,
    ...(delegationSource && { delegation_source: delegationSource }),
  }
}
