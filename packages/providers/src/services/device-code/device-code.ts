import { defineProvider } from '../../define-provider.ts'
import { address, clientAuthentication, serviceAccount, serviceFields, tokenUrl } from '../../generic-fields.ts'

/** Any service with the device grant (RFC 8628), described by the organization itself. */
export const deviceCode = defineProvider({
  id: 'device-code',
  name: 'Any service with device codes',
  description: 'A service whose accounts are connected by a code that is confirmed on another device.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc8628',
  color: '#0E7490',
  generic: true,
  auth: {
    type: 'device',
    deviceAuthorizationUrl: '{deviceAuthorizationUrl}',
    tokenUrl: '{tokenUrl}',
    revocationUrl: '{revocationUrl}',
    clientAuthentication: { fromConfig: 'clientAuthentication', choose: { basic: 'basic', body: 'body' } },
  },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: [
    {
      key: 'deviceAuthorizationUrl',
      label: 'Device authorization URL',
      example: 'https://login.example.com/oauth/device',
      ...address,
    },
    tokenUrl,
    { key: 'revocationUrl', label: 'Revocation URL', required: false, ...address },
    ...serviceFields,
    clientAuthentication,
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
