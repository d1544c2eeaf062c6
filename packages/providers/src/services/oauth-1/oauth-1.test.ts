import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { oauth1 } from './oauth-1.ts'

test('the access token URL is where the verifier is exchanged, and HMAC-SHA1 what signs', () => {
  const config = {
    requestTokenUrl: 'https://example.com/request',
    authorizationUrl: 'https://example.com/authorize',
    accessTokenUrl: 'https://example.com/access',
    apiUrl: 'https://api.example.com',
  }
  expect(resolveProvider(oauth1, { config }).auth).toMatchObject({
    requestTokenUrl: config.requestTokenUrl,
    tokenUrl: config.accessTokenUrl,
    signatureMethod: 'HMAC-SHA1',
  })
})
