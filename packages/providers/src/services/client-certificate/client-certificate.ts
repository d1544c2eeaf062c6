import { defineProvider } from '../../define-provider.ts'
import { serviceAccount, serviceFields } from '../../generic-fields.ts'

/** Any service that knows its clients by their certificate, described by the organization itself. */
export const clientCertificate = defineProvider({
  id: 'client-certificate',
  name: 'Any service with client certificates',
  description: 'A service that knows its clients by a TLS certificate: enter its address.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2',
  color: '#475569',
  generic: true,
  auth: { type: 'mtls' },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: serviceFields,
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
