import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { jwtBearer } from './jwt-bearer.ts'

const config = { tokenUrl: 'https://login.example.com/token', apiUrl: 'https://api.example.com' }

test('claims that nobody entered are left out, and those of the connection wait for it', () => {
  const auth = (more: object) => resolveProvider(jwtBearer, { config: { ...config, ...more } }).auth
  expect(auth({})).toMatchObject({ algorithm: 'RS256', scopesIn: 'request', claims: { sub: '{subject}' } })
  expect(auth({ audience: 'aud', algorithm: 'ES256', scopesIn: 'claims' })).toMatchObject({
    algorithm: 'ES256',
    scopesIn: 'claims',
    claims: { aud: 'aud', sub: '{subject}' },
  })
})
