import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { signedJwt } from './signed-jwt.ts'

test('the audience is left out where the service wants none', () => {
  const auth = (more: object) =>
    resolveProvider(signedJwt, { config: { apiUrl: 'https://api.example.com', ...more } }).auth
  expect(auth({})).toEqual({ type: 'jwt', algorithm: 'RS256', claims: {}, scopes: [] })
  expect(auth({ algorithm: 'ES256', audience: 'store' })).toMatchObject({
    algorithm: 'ES256',
    claims: { aud: 'store' },
  })
})
