import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { customAuth } from './custom-auth.ts'

const config = { apiUrl: 'https://api.example.com', firstHeader: 'X-App' }
const auth = (more: object) => resolveProvider(customAuth, { config: { ...config, ...more } }).auth

test('keys go into the headers and parameters that were named, and nowhere else', () => {
  expect(auth({ secondHeader: 'X-Key' })).toMatchObject({
    headers: { 'X-App': '{firstKey}', 'X-Key': '{secondKey}' },
    query: {},
  })
  expect(auth({ secondParameter: 'key' })).toMatchObject({
    headers: { 'X-App': '{firstKey}' },
    query: { key: '{secondKey}' },
  })
})
