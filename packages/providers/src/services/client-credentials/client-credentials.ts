import { defineProvider } from '../../define-provider.ts'
import { clientAuthenticationOrTls, serviceAccount, serviceFields, tokenUrl } from '../../generic-fields.ts'

/** Any service with the client credentials grant (RFC 6749), described by the organization itself. */
export const clientCredentials = defineProvider({
  id: 'client-credentials',
  name: 'Any service with client credentials',
  description: 'A service that gives tokens for a client ID and secret, without anybody signing in.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc6749#section-4.4',
  color: '#7C3AED',
  generic: true,
  auth: {
    type: 'client_credentials',
    tokenUrl: '{tokenUrl}',
    clientAuthentication: { fromConfig: 'clientAuthentication', choose: { basic: 'basic', body: 'body', tls: 'tls' } },
    clientCertificate: 'optional',
    fields: [{ key: 'clientSecret', required: false }],
    parameters: { audience: '{audience}', resource: '{resource}' },
  },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: [
    tokenUrl,
    ...serviceFields,
    clientAuthenticationOrTls,
    { key: 'audience', label: 'Audience', help: 'Where the service asks for one, as Auth0 does.', required: false },
    { key: 'resource', label: 'Resource', help: 'Where the service asks for one (RFC 8707).', required: false },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
