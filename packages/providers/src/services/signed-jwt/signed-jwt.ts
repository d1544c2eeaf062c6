import { defineProvider } from '../../define-provider.ts'
import { algorithm, algorithmChoice, serviceAccount, serviceFields } from '../../generic-fields.ts'

/** Any service that takes tokens its clients sign themselves, described by the organization itself. */
export const signedJwt = defineProvider({
  id: 'signed-jwt',
  name: 'Any service with self-signed tokens',
  description: 'A service that takes a JSON Web Token which we sign with the private key of an account.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc7519',
  color: '#C2410C',
  generic: true,
  auth: { type: 'jwt', algorithm: algorithmChoice, claims: { aud: '{audience}' } },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: [
    ...serviceFields,
    algorithm,
    { key: 'audience', label: 'Audience', help: 'Whom the token is for (`aud`), where needed.', required: false },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
