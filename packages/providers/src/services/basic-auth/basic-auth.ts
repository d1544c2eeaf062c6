import { defineProvider } from '../../define-provider.ts'
import { serviceAccount, serviceFields } from '../../generic-fields.ts'

/** Any service with HTTP Basic authentication, described by the organization itself. */
export const basicAuth = defineProvider({
  id: 'basic-auth',
  name: 'Any service with a user name and password',
  description: 'A service that takes HTTP Basic authentication: enter its address.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc7617',
  color: '#1D4ED8',
  generic: true,
  auth: { type: 'basic' },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: serviceFields,
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
