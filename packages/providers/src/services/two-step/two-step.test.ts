import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { twoStep } from './two-step.ts'

const config = { loginUrl: 'https://api.example.com/login', apiUrl: 'https://api.example.com' }
const auth = (more: object = {}) => resolveProvider(twoStep, { config: { ...config, ...more } }).auth

test('the fields of the login are called as the organization says', () => {
  expect(auth()).toMatchObject({
    request: { format: 'json', body: { username: '{username}', password: '{password}' } },
  })
  expect(auth({ userField: 'apiKey', passwordField: 'apiSecret', format: 'form' })).toMatchObject({
    request: { format: 'form', body: { apiKey: '{username}', apiSecret: '{password}' } },
  })
})

test('the lifetime is read only from where the organization says', () => {
  expect(auth()).toMatchObject({ answer: { token: 'token' } })
  expect(auth({ tokenPath: 'data.jwt', expiresInPath: 'data.ttl' })).toHaveProperty('answer', {
    token: 'data.jwt',
    expiresIn: 'data.ttl',
  })
})
