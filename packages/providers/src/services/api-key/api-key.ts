import { defineProvider } from '../../define-provider.ts'

/** Any service that takes a key with each request, described by the organization itself. */
export const apiKey = defineProvider({
  id: 'api-key',
  name: 'Any service with an API key',
  description: 'A service that is not in the list: enter its address and where it expects the key.',
  category: 'generic',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc6750',
  color: '#B45309',
  generic: true,
  auth: {
    type: 'api_key',
    placement: {
      fromConfig: 'placement',
      choose: {
        bearer: { in: 'header', name: 'authorization', value: 'Bearer {apiKey}' },
        header: { in: 'header', name: '{keyName}', value: '{keyPrefix}{apiKey}' },
        query: { in: 'query', name: '{keyName}', value: '{apiKey}' },
        body: { in: 'body', name: '{keyName}', value: '{apiKey}' },
      },
    },
  },
  api: { baseUrl: '{apiUrl}' },
  account: { url: '{testPath}', id: ['{accountIdPath}'], label: ['{accountLabelPath}'] },
  integrationFields: [
    {
      key: 'apiUrl',
      label: 'API base URL',
      help: 'Calls go below this address.',
      pattern: 'https?://[^\\s\\{\\}]+',
      patternMessage: 'A whole address, beginning with https://',
      example: 'https://api.example.com/v1',
    },
    {
      key: 'placement',
      label: 'Where the key goes',
      default: 'bearer',
      options: [
        { value: 'bearer', label: 'Authorization: Bearer <key>' },
        { value: 'header', label: 'A header of its own' },
        { value: 'query', label: 'A query parameter' },
        { value: 'body', label: 'A field of the body' },
      ],
    },
    {
      key: 'keyName',
      label: 'Name of the header, parameter or field',
      help: 'Not needed for Bearer.',
      default: 'x-api-key',
      pattern: '[A-Za-z0-9_.\\-]+',
      patternMessage: 'Letters, digits and hyphens, as in x-api-key',
    },
    {
      key: 'keyPrefix',
      label: 'Before the key',
      help: 'Stands before the key in a header of its own; a space at its end counts.',
      default: '',
      required: false,
      pattern: '[!-~][ -~]*',
      example: 'Token ',
    },
    {
      key: 'testPath',
      label: 'Test path',
      help: 'A harmless GET that works only with a good key. Keys are tried out on it before they are saved.',
      required: false,
      pattern: '/[^\\s\\{\\}]*',
      patternMessage: 'A path below the base URL, beginning with a slash',
      example: '/me',
    },
    {
      key: 'accountIdPath',
      label: 'Path of the account ID',
      help: "Where the test's answer holds the account's lasting ID.",
      required: false,
      example: 'data.id',
    },
    {
      key: 'accountLabelPath',
      label: 'Path of the account label',
      help: "Where the test's answer holds a name that people recognise.",
      required: false,
      example: 'data.name',
    },
  ],
  connectionFields: [
    {
      key: 'apiKey',
      label: 'API key',
      secret: true,
      pattern: '[!-~]+',
      patternMessage: 'A key has no spaces or line breaks',
    },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
