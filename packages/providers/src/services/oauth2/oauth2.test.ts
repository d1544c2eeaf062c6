import { expect, test } from 'vitest'
import { readAccount } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { oauth2 } from './oauth2.ts'

const needed = {
  authorizationUrl: 'https://login.example.com/authorize?audience=api',
  tokenUrl: 'https://login.example.com/token',
  apiUrl: 'https://api.example.com/v1/',
}

test('three addresses are enough for a service that follows the standard', () => {
  const resolved = resolveProvider(oauth2, { config: needed })
  expect(resolved.auth).toEqual({
    type: 'oauth2',
    authorizationUrl: needed.authorizationUrl,
    tokenUrl: needed.tokenUrl,
    pkce: 'S256',
    clientAuthentication: 'basic',
    clientCertificate: 'optional',
    authorizationParams: {},
    refresh: 'rotates',
    quirks: {},
    scopes: [],
  })
  expect(resolved.api.baseUrl).toBe('https://api.example.com/v1')
  expect(resolved.account).toBeUndefined()
})

test('what a service does otherwise is chosen, not programmed', () => {
  const config = {
    ...needed,
    pkce: 'none',
    clientAuthentication: 'body',
    scopeSeparator: 'comma',
    revocationUrl: 'https://login.example.com/revoke',
  }
  expect(resolveProvider(oauth2, { config }).auth).toMatchObject({
    pkce: 'none',
    clientAuthentication: 'body',
    revocationUrl: 'https://login.example.com/revoke',
    quirks: { scopeSeparator: ',', grantedScopeSeparator: ',' },
  })
  expect(() => resolveProvider(oauth2, { config: { ...needed, pkce: 'plain' } })).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('config.pkce') }),
  )
})

test('the account is read where the organization says', () => {
  const config = { ...needed, userInfoUrl: 'https://id.example.com/me', accountIdPath: 'data.user.id' }
  const { account } = resolveProvider(oauth2, { config })
  if (!account) throw new Error('there is no account call')
  expect(account.url).toBe('https://id.example.com/me')
  expect(readAccount(account, { data: { user: { id: 7 } }, email: 'kari@example.com' })).toEqual({
    id: '7',
    label: 'kari@example.com',
  })
  const labelled = resolveProvider(oauth2, { config: { ...config, accountLabelPath: 'data.user.nick' } }).account
  expect(labelled?.label).toEqual(['data.user.nick', 'email', 'name'])
})
