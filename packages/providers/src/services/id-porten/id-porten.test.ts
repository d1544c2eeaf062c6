import { codeChallengeOf } from '@koble/core/oauth'
import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { idPorten } from './id-porten.ts'

const auth = (config: Record<string, string>) => {
  const { auth: resolved } = resolveProvider(idPorten, { config })
  if (resolved.type !== 'oauth2') throw new Error('not OAuth 2.0')
  return resolved
}

test('each environment has its own addresses, and the sign-in page a host of its own', () => {
  expect(auth({})).toMatchObject({
    authorizationUrl: 'https://login.idporten.no/authorize',
    tokenUrl: 'https://idporten.no/token',
    pushedAuthorizationUrl: 'https://idporten.no/par',
    endSessionUrl: 'https://login.idporten.no/logout',
    assertionAudience: 'https://idporten.no',
    oidc: { issuer: 'https://idporten.no', jwksUri: 'https://idporten.no/jwks.json' },
  })
  expect(auth({ environment: 'test' })).toMatchObject({
    authorizationUrl: 'https://login.test.idporten.no/authorize',
    tokenUrl: 'https://test.idporten.no/token',
    oidc: { issuer: 'https://test.idporten.no' },
  })
  expect(() => auth({ environment: 'staging' })).toThrow('config.environment must be one of production, test')
})

test('a sign-in below the level that was asked for is not enough, one above it is', () => {
  expect(auth({}).oidc?.acrValues).toEqual(['idporten-loa-substantial', 'idporten-loa-high'])
  expect(auth({ level: 'idporten-loa-high' }).oidc?.acrValues).toEqual(['idporten-loa-high'])
  expect(auth({ level: 'idporten-loa-high' }).authorizationParams).toEqual({
    acr_values: 'idporten-loa-high',
    ui_locales: 'nb',
  })
})

// https://docs.digdir.no/docs/idporten/oidc/oidc_func_pkce
test('the documented verifier makes the documented challenge', async () => {
  const verifier = 'xyo94uhy3zKvgB0NJwLms86SwcjtWviEOpkBnGgaLlo'
  expect(await codeChallengeOf(verifier)).toBe('b7elB7ZyxIXgFyvBznKvxl7wOB-H17Pz0a3B62NIMFI')
})
