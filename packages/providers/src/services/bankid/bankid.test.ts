import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { bankid } from './bankid.ts'

const resolved = (config: Record<string, string>) => {
  const provider = resolveProvider(bankid, { config })
  if (provider.auth.type !== 'oauth2') throw new Error('not OAuth 2.0')
  return { ...provider, auth: provider.auth }
}

test('each environment is a realm of its own, and userinfo has a host of its own', () => {
  const { auth, account, api } = resolved({})
  expect(auth).toMatchObject({
    authorizationUrl: 'https://auth.bankid.no/auth/realms/prod/precheck/auth',
    tokenUrl: 'https://auth.bankid.no/auth/realms/prod/protocol/openid-connect/token',
    oidc: { issuer: 'https://auth.bankid.no/auth/realms/prod' },
  })
  expect(api.otherOrigins).toEqual(['https://userinfo.bankid.no'])
  expect(account).toMatchObject({ url: 'https://userinfo.bankid.no/userinfo', format: 'jwt' })
  expect(resolved({ environment: 'test' })).toMatchObject({
    auth: { oidc: { issuer: 'https://auth.current.bankid.no/auth/realms/current' } },
    account: { url: 'https://userinfo.current.bankid.no/userinfo' },
  })
})

test('biometrics are asked for by their hint, and do not pass for the high level', () => {
  expect(resolved({}).auth).toMatchObject({
    authorizationParams: { acr_values: 'urn:bankid:bid;LOA=4', login_hint: 'BID', ui_locales: 'nb' },
    oidc: { acrValues: ['urn:bankid:bid;LOA=4'] },
  })
  expect(resolved({ level: 'urn:bankid:bis;LOA=3' }).auth).toMatchObject({
    authorizationParams: { acr_values: 'urn:bankid:bis;LOA=3', login_hint: 'BIS' },
    oidc: { acrValues: ['urn:bankid:bis;LOA=3', 'urn:bankid:bid;LOA=4'] },
  })
})
