import { defineProvider } from '../../define-provider.ts'
import { address, serviceAccount, serviceFields } from '../../generic-fields.ts'

/** Any service with OAuth 1.0a (RFC 5849), described by the organization itself. */
export const oauth1 = defineProvider({
  id: 'oauth-1',
  name: 'Any service with OAuth 1.0a',
  description: 'An older service whose calls are signed one by one: enter its addresses.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc5849',
  color: '#4D7C0F',
  generic: true,
  auth: {
    type: 'oauth1',
    requestTokenUrl: '{requestTokenUrl}',
    authorizationUrl: '{authorizationUrl}',
    tokenUrl: '{accessTokenUrl}',
    signatureMethod: {
      fromConfig: 'signatureMethod',
      choose: { sha1: 'HMAC-SHA1', sha256: 'HMAC-SHA256', plaintext: 'PLAINTEXT' },
    },
  },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: [
    { key: 'requestTokenUrl', label: 'Request token URL', example: 'https://example.com/oauth/request', ...address },
    { key: 'authorizationUrl', label: 'Authorization URL', example: 'https://example.com/oauth/authorize', ...address },
    { key: 'accessTokenUrl', label: 'Access token URL', example: 'https://example.com/oauth/access', ...address },
    ...serviceFields,
    {
      key: 'signatureMethod',
      label: 'Signature',
      default: 'sha1',
      options: [
        { value: 'sha1', label: 'HMAC-SHA1' },
        { value: 'sha256', label: 'HMAC-SHA256' },
        { value: 'plaintext', label: 'PLAINTEXT' },
      ],
    },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
