import { defineProvider } from '../../define-provider.ts'
import { serviceAccount, serviceFields } from '../../generic-fields.ts'

const header = { pattern: '[A-Za-z0-9_\\-]+', patternMessage: 'Letters, digits and hyphens, as in x-api-key' }

/** Any service that takes several keys with each call, described by the organization itself. */
export const customAuth = defineProvider({
  id: 'custom-auth',
  name: 'Any service with several keys',
  description: 'A service that takes two keys with each call, in headers or in the query.',
  category: 'generic',
  docsUrl: 'https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers',
  color: '#9F1239',
  generic: true,
  auth: {
    type: 'custom',
    headers: { '{firstHeader}': '{firstKey}', '{secondHeader}': '{secondKey}' },
    query: { '{secondParameter}': '{secondKey}' },
    fields: [
      { key: 'firstKey', label: 'First key', secret: true, pattern: '[!-~]+' },
      { key: 'secondKey', label: 'Second key', secret: true, pattern: '[!-~]+' },
    ],
  },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: [
    ...serviceFields,
    { key: 'firstHeader', label: 'Header of the first key', example: 'x-app-id', ...header },
    { key: 'secondHeader', label: 'Header of the second key', required: false, example: 'x-app-key', ...header },
    {
      key: 'secondParameter',
      label: 'Query parameter of the second key',
      help: 'For services that want it in the query instead.',
      required: false,
      example: 'app_key',
      ...header,
    },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
