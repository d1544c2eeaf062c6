import { defineProvider } from '../../define-provider.ts'
import { address, serviceAccount, serviceFields } from '../../generic-fields.ts'

const name = { pattern: '[A-Za-z0-9_.\\-]+', patternMessage: 'Letters, digits and hyphens, as in api_key' }

/** Any service with a login endpoint that is no OAuth, described by the organization itself. */
export const twoStep = defineProvider({
  id: 'two-step',
  name: 'Any service with a login endpoint',
  description: 'A service that gives a token for a user name and password, or for two keys, at an address of its own.',
  category: 'generic',
  docsUrl: 'https://developer.mozilla.org/docs/Web/HTTP/Guides/Authentication',
  color: '#A16207',
  generic: true,
  auth: {
    type: 'two_step',
    tokenUrl: '{loginUrl}',
    request: {
      format: { fromConfig: 'format', choose: { json: 'json', form: 'form' } },
      body: { '{userField}': '{username}', '{passwordField}': '{password}' },
    },
    answer: { token: '{tokenPath}', expiresIn: '{expiresInPath}', expiresAt: '{expiresAtPath}' },
    placement: {
      fromConfig: 'placement',
      choose: {
        bearer: { in: 'header', name: 'authorization', value: 'Bearer {token}' },
        header: { in: 'header', name: '{tokenName}', value: '{token}' },
        query: { in: 'query', name: '{tokenName}', value: '{token}' },
      },
    },
    fields: [
      { key: 'username', label: 'User name or first key' },
      { key: 'password', label: 'Password or second key', secret: true },
    ],
  },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: [
    { key: 'loginUrl', label: 'Login URL', example: 'https://api.example.com/login', ...address },
    ...serviceFields,
    {
      key: 'format',
      label: 'Body of the login',
      default: 'json',
      options: [
        { value: 'json', label: 'JSON' },
        { value: 'form', label: 'A form' },
      ],
    },
    { key: 'userField', label: 'Field of the user name', default: 'username', ...name },
    { key: 'passwordField', label: 'Field of the password', default: 'password', ...name },
    { key: 'tokenPath', label: 'Path of the token', help: 'In the answer of the login.', default: 'token' },
    {
      key: 'expiresInPath',
      label: 'Path of the lifetime',
      help: 'In seconds.',
      required: false,
      example: 'expires_in',
    },
    { key: 'expiresAtPath', label: 'Path of the end time', required: false, example: 'expires_at' },
    {
      key: 'placement',
      label: 'Where the token goes',
      default: 'bearer',
      options: [
        { value: 'bearer', label: 'Authorization: Bearer <token>' },
        { value: 'header', label: 'A header of its own' },
        { value: 'query', label: 'A query parameter' },
      ],
    },
    {
      key: 'tokenName',
      label: 'Name of the header or parameter',
      help: 'Not needed for Bearer.',
      default: 'x-auth-token',
      ...name,
    },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
