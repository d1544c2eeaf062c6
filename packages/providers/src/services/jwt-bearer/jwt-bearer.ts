import { defineProvider } from '../../define-provider.ts'
import { algorithm, algorithmChoice, serviceAccount, serviceFields, tokenUrl } from '../../generic-fields.ts'

/** Any service with the JWT bearer grant (RFC 7523), described by the organization itself. */
export const jwtBearer = defineProvider({
  id: 'jwt-bearer',
  name: 'Any service with service accounts',
  description: 'A service that gives tokens for an assertion signed with a private key.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc7523',
  color: '#BE185D',
  generic: true,
  auth: {
    type: 'jwt_bearer',
    tokenUrl: '{tokenUrl}',
    algorithm: algorithmChoice,
    claims: { aud: '{audience}', sub: '{subject}', resource: '{resource}' },
    scopesIn: { fromConfig: 'scopesIn', choose: { request: 'request', claims: 'claims' } },
    fields: [{ key: 'subject', label: 'Subject', help: 'On whose behalf (`sub`), where needed.', required: false }],
  },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: [
    tokenUrl,
    ...serviceFields,
    algorithm,
    { key: 'audience', label: 'Audience', help: 'Whom the assertion is for; the token URL if empty.', required: false },
    { key: 'resource', label: 'Resource', help: 'A further claim of some services (Maskinporten).', required: false },
    {
      key: 'scopesIn',
      label: 'Where the scopes go',
      default: 'request',
      options: [
        { value: 'request', label: 'Beside the assertion' },
        { value: 'claims', label: 'Into the assertion (Google, Maskinporten)' },
      ],
    },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
