import { expect, test } from 'vitest'
import { type ResolvedOAuth2, resolveProvider } from '../../resolve-provider.ts'
import { vippsLogin } from './vipps-login.ts'

const resolve = (config: Record<string, string> = {}) => {
  const { auth, api, account } = resolveProvider(vippsLogin, { config })
  return { auth: auth as ResolvedOAuth2, api, account }
}

test('all of its addresses are those of the environment, and the issuer ends in a slash', () => {
  for (const [environment, host] of [
    ['api', 'https://api.vipps.no'],
    ['apitest', 'https://apitest.vipps.no'],
  ] as const) {
    const { auth, api, account } = resolve({ environment })
    expect(api.baseUrl).toBe(host)
    expect(account?.url).toBe(`${host}/vipps-userinfo-api/userinfo`)
    expect(auth.authorizationUrl).toBe(`${host}/access-management-1.0/access/oauth2/auth`)
    expect(auth.tokenUrl).toBe(`${host}/access-management-1.0/access/oauth2/token`)
    expect(auth.oidc?.issuer).toBe(`${host}/access-management-1.0/access/`)
    expect(auth.oidc?.jwksUri).toBe(`${host}/access-management-1.0/access/.well-known/jwks.json`)
  }
  expect(resolve().api.baseUrl).toBe('https://api.vipps.no')
})

test('an environment cannot lead to another host', () => {
  for (const environment of ['evil.example/', 'evil.example#', 'evil.example?', 'me@evil.example:443/']) {
    expect(() => resolve({ environment }), environment).toThrow('config.environment')
  }
})

test('the client proves itself as the sales unit is set', () => {
  expect(resolve().auth.clientAuthentication).toBe('basic')
  expect(resolve({ clientAuthentication: 'body' }).auth.clientAuthentication).toBe('body')
})

test('userinfo is asked for without a subscription key, which it refuses', () => {
  const { auth, api } = resolve()
  expect(JSON.stringify([auth, api])).not.toMatch(/subscription/i)
})
