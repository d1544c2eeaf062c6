import { expect, test } from 'vitest'
import { connectionFields } from '../../fields.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { basicAuth } from './basic-auth.ts'

test('the owner of an account enters user name and password, the organization only the address', () => {
  const resolved = resolveProvider(basicAuth, { config: { apiUrl: 'https://api.example.com/v1/', testPath: '/me' } })
  expect(resolved.auth).toEqual({ type: 'basic', scopes: [] })
  expect(resolved.account?.url).toBe('https://api.example.com/v1/me')
  expect(connectionFields(basicAuth).map((field) => [field.key, field.secret ?? false])).toEqual([
    ['username', false],
    ['password', true],
  ])
})
