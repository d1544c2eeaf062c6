import type { Field } from '../../define-provider.ts'
import { defineProvider } from '../../define-provider.ts'
import { clientAuthenticationOrTls } from '../../generic-fields.ts'

const address: Pick<Field, 'pattern' | 'patternMessage'> = {
  pattern: 'https?://[^\\s\\{\\}]+',
  patternMessage: 'A whole address, beginning with https://',
}

/** Any service with the authorization code grant (RFC 6749), described by the organization itself. */
export const oauth2 = defineProvider({
  id: 'oauth2',
  name: 'Any service with OAuth 2.0',
  description: 'A service that is not in the list: enter its addresses, and it connects like the others.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc6749',
  color: '#0F766E',
  generic: true,
  auth: {
    type: 'oauth2',
    authorizationUrl: '{authorizationUrl}',
    tokenUrl: '{tokenUrl}',
    revocationUrl: '{revocationUrl}',
    pkce: { fromConfig: 'pkce', choose: { S256: 'S256', none: 'none' } },
    clientAuthentication: { fromConfig: 'clientAuthentication', choose: { basic: 'basic', body: 'body', tls: 'tls' } },
    clientCertificate: 'optional',
    refresh: 'rotates',
    quirks: {
      fromConfig: 'scopeSeparator',
      choose: { space: {}, comma: { scopeSeparator: ',', grantedScopeSeparator: ',' } },
    },
    scopes: [],
  },
  api: { baseUrl: '{apiUrl}' },
  account: { url: '{userInfoUrl}', id: ['{accountIdPath}'], label: ['{accountLabelPath}', 'email', 'name'] },
  integrationFields: [
    {
      key: 'authorizationUrl',
      label: 'Authorization URL',
      help: 'Where the browser is sent for consent. Extra parameters may follow after a question mark.',
      example: 'https://login.example.com/oauth/authorize',
      ...address,
    },
    { key: 'tokenUrl', label: 'Token URL', example: 'https://login.example.com/oauth/token', ...address },
    {
      key: 'apiUrl',
      label: 'API base URL',
      help: 'Calls go below this address.',
      example: 'https://api.example.com/v1',
      ...address,
    },
    {
      key: 'userInfoUrl',
      label: 'User info URL',
      help: 'A call that says whose account it is. It is also used to test connections.',
      required: false,
      example: 'https://api.example.com/v1/me',
      ...address,
    },
    {
      key: 'accountIdPath',
      label: 'Path of the account ID',
      help: "Where the answer holds the account's lasting ID.",
      default: 'sub',
      example: 'data.user.id',
    },
    {
      key: 'accountLabelPath',
      label: 'Path of the account label',
      help: 'Where the answer holds a name that people recognise. Without it, `email` and `name` are tried.',
      required: false,
      example: 'data.user.email',
    },
    {
      key: 'revocationUrl',
      label: 'Revocation URL',
      help: 'Called when a connection is removed (RFC 7009).',
      required: false,
      example: 'https://login.example.com/oauth/revoke',
      ...address,
    },
    {
      key: 'pkce',
      label: 'PKCE',
      default: 'S256',
      options: [
        { value: 'S256', label: 'Yes (S256)' },
        { value: 'none', label: 'No, the service refuses it' },
      ],
    },
    clientAuthenticationOrTls,
    {
      key: 'scopeSeparator',
      label: 'Between scopes',
      default: 'space',
      options: [
        { value: 'space', label: 'A space' },
        { value: 'comma', label: 'A comma' },
      ],
    },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
