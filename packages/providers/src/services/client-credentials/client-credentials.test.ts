import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { clientCredentials } from './client-credentials.ts'

const config = { tokenUrl: 'https://login.example.com/token', apiUrl: 'https://api.example.com' }

test('an audience is sent only where one was entered', () => {
  const auth = (more: object) => resolveProvider(clientCredentials, { config: { ...config, ...more } }).auth
  expect(auth({})).toMatchObject({ tokenUrl: config.tokenUrl, clientAuthentication: 'basic', parameters: {} })
  expect(auth({ audience: 'https://api', clientAuthentication: 'body' })).toMatchObject({
    clientAuthentication: 'body',
    parameters: { audience: 'https://api' },
  })
})
