import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jwtBearer, type OAuthSettings, signAssertion } from '@koble/core/oauth'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fillClaims } from '../../fill-template.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { createStandIn } from '../../stand-ins/maskinporten.ts'
import { testClientKey } from '../../stand-ins/test-client-key.ts'
import { maskinporten } from './maskinporten.ts'

function authOf(config: Record<string, string> = {}) {
  const { auth } = resolveProvider(maskinporten, { config })
  if (auth.type !== 'jwt_bearer') throw new Error('not a JWT bearer grant')
  return auth
}

test('the audience is that of the environment and ends in a slash', () => {
  expect(authOf()).toMatchObject({ tokenUrl: 'https://maskinporten.no/token', scopesIn: 'claims' })
  expect(fillClaims(authOf().claims, {})).toEqual({ aud: 'https://maskinporten.no/' })
  expect(fillClaims(authOf({ environment: 'test' }).claims, {})).toEqual({ aud: 'https://test.maskinporten.no/' })
  expect(authOf().lifetimeSeconds).toBeLessThanOrEqual(120)
})

test('a connection says on whose behalf, and a system user takes its documented form', () => {
  const claims = authOf({ environment: 'test', resource: 'https://api.example.com' }).claims
  expect(fillClaims(claims, { consumerOrg: '314234367' })).toEqual({
    aud: 'https://test.maskinporten.no/',
    resource: 'https://api.example.com',
    consumer_org: '314234367',
  })
  expect(fillClaims(claims, { systemUserOrg: '314234367' })['authorization_details']).toEqual([
    {
      type: 'urn:altinn:systemuser',
      systemuser_org: { authority: 'iso6523-actorid-upis', ID: '0192:314234367' },
    },
  ])
})

describe('the stand-in', () => {
  let server: Server
  let origin: string
  beforeAll(async () => {
    server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', await createStandIn({ origin, publicUrl: 'http://127.0.0.1:3000' }))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const key = { ...testClientKey, algorithm: 'RS256' as const }
  const settings = (): OAuthSettings => ({
    authorizationUrl: '',
    redirectUri: '',
    tokenUrl: `${origin}/token`,
    clientId: 'b1c2d3e4-0000-4000-8000-6b6f626c6531',
    clientAuthentication: 'basic',
    clientKey: key,
    pkce: 'none',
    scopes: ['krr:global/kontaktinformasjon.read'],
    fetch,
  })
  const grant = (credentials: Record<string, string> = {}, lifetimeSeconds = 100) => ({
    claims: fillClaims(authOf({ environment: 'test' }).claims, credentials),
    scopesIn: 'claims' as const,
    lifetimeSeconds,
  })
  const claimsOf = (set: Awaited<ReturnType<typeof jwtBearer>>) => decodeJwt(set.slots.default?.accessToken ?? '')

  test('gives a token for the organisation itself, for one that delegated, and for a system user', async () => {
    expect(claimsOf(await jwtBearer(settings(), grant()))).toMatchObject({ consumer: { ID: '0192:312978083' } })
    expect(claimsOf(await jwtBearer(settings(), grant({ consumerOrg: '314234367' })))).toMatchObject({
      consumer: { ID: '0192:314234367' },
      supplier: { ID: '0192:312978083' },
    })
    expect(claimsOf(await jwtBearer(settings(), grant({ systemUserOrg: '314234367' })))).toMatchObject({
      authorization_details: [{ system_id: '312978083_koble' }],
    })
  })

  test('refuses what Maskinporten refuses', async () => {
    const cases: [() => Promise<unknown>, string][] = [
      [() => jwtBearer(settings(), grant({}, 121)), 'invalid_grant'],
      [() => jwtBearer(settings(), grant({ consumerOrg: '312978083' })), 'invalid_request'],
      [() => jwtBearer(settings(), grant({ consumerOrg: '974760673' })), 'invalid_grant'],
      [() => jwtBearer(settings(), grant({ systemUserOrg: '974760673' })), 'invalid_altinn_customer_configuration'],
      [() => jwtBearer({ ...settings(), scopes: ['skatteetaten:alt'] }, grant()), 'invalid_scope'],
      [() => jwtBearer({ ...settings(), clientId: 'another' }, grant()), 'invalid_client'],
      [() => jwtBearer(settings(), { ...grant(), claims: { aud: 'https://test.maskinporten.no' } }), 'invalid_grant'],
      [() => jwtBearer(settings(), { ...grant(), claims: { ...grant().claims, sub: 'x' } }), 'invalid_grant'],
    ]
    for (const [refused, error] of cases) {
      await expect(refused()).rejects.toMatchObject({ code: 'token_rejected', details: { error } })
    }
  })

  test('takes each assertion once', async () => {
    const { clientId: iss, scopes } = settings()
    const claims = { ...grant().claims, iss, scope: scopes.join(' ') }
    const assertion = await signAssertion(key, claims, { now: new Date() })
    expect((await jwtBearer(settings(), { assertion })).slots.default).toBeDefined()
    await expect(jwtBearer(settings(), { assertion })).rejects.toMatchObject({ details: { error: 'invalid_grant' } })
  })
})
