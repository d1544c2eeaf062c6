import { defineProvider } from '../../define-provider.ts'
import { address } from '../../generic-fields.ts'
import { environmentField, maskinportenClaims, maskinportenFields, maskinportenHost } from '../../maskinporten-auth.ts'
import { testClientKey } from '../../stand-ins/test-client-key.ts'

/** Tokens between organisations, for most APIs of Norway's public sector. https://docs.digdir.no/docs/Maskinporten/ */
export const maskinporten = defineProvider({
  id: 'maskinporten',
  name: 'Maskinporten',
  description: "Call the APIs of Norway's public sector as your organisation, or for one that delegated access to you.",
  category: 'government',
  docsUrl: 'https://docs.digdir.no/docs/Maskinporten/maskinporten_overordnet',
  color: '#1B4965',
  auth: {
    type: 'jwt_bearer',
    label: 'Maskinporten client',
    tokenUrl: 'https://{host}/token',
    algorithm: 'RS256',
    claims: maskinportenClaims('{host}'),
    scopesIn: 'claims',
    // At most 120; some clocks are a few seconds late.
    lifetimeSeconds: 100,
    credentialsOn: 'integration',
    fields: maskinportenFields,
    // Each has to be granted to the organisation by its owner.
    scopes: [
      {
        name: 'krr:global/kontaktinformasjon.read',
        description: 'Read e-mail addresses and phones of residents',
        default: true,
        sensitive: true,
      },
      { name: 'krr:global/digitalpost.read', description: 'Read where residents get digital post', sensitive: true },
      { name: 'altinn:instances.read', description: 'Read forms in Altinn', sensitive: true },
      { name: 'altinn:instances.write', description: 'Fill in and send forms in Altinn', sensitive: true },
      { name: 'idporten:scopes.write', description: 'Manage the scopes of your own APIs', sensitive: true },
      { name: 'idporten:dcr.read', description: 'See the clients of your organisation' },
      { name: 'idporten:dcr.write', description: 'Make and change clients of your organisation', sensitive: true },
    ],
  },
  scopePresets: [
    {
      id: 'clients',
      label: 'Own clients, read only',
      description: 'See the clients of your organisation',
      scopes: ['idporten:dcr.read'],
    },
    {
      id: 'contact',
      label: 'Contact register',
      description: 'Look up how residents are to be reached',
      scopes: ['krr:global/kontaktinformasjon.read', 'krr:global/digitalpost.read'],
    },
  ],
  api: {
    baseUrl: '{apiUrl}',
    otherOrigins: ['https://{host}', 'https://{selfService}'],
    errors: { code: ['error'], message: ['error_description', 'message'] },
  },
  integrationFields: [
    environmentField,
    {
      key: 'apiUrl',
      label: 'API base URL',
      help: 'Of the API that the tokens are for: calls go below this address.',
      default: 'https://api.samarbeid.digdir.no',
      ...address,
    },
    {
      key: 'resource',
      label: 'Resource',
      help: 'Limits tokens to one API, where that asks for it. Skatteetaten wants it empty.',
      required: false,
    },
  ],
  derived: {
    host: maskinportenHost,
    selfService: {
      fromConfig: 'environment',
      choose: { production: 'api.samarbeid.digdir.no', test: 'api.test.samarbeid.digdir.no' },
    },
  },
  samples: [{ title: 'All public scopes', method: 'GET', path: '/api/v1/scopes/all' }],
  sandbox: {
    service: { standIn: 'maskinporten' },
    endpoints: { tokenUrl: '/token', apiUrl: '/' },
    credentials: {
      clientId: 'b1c2d3e4-0000-4000-8000-6b6f626c6531',
      keyId: testClientKey.keyId,
      privateKey: testClientKey.privateKey,
    },
    config: { environment: 'test' },
    connectionCredentials: { consumerOrg: '314234367' },
  },
})
