import { clientCredentials, type OAuthSettings } from '@koble/core/oauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { createStandIn } from '../../stand-ins/keycloak.ts'
import { type Started, startStandIn } from '../../stand-ins/start-stand-in.ts'
import { keycloak } from './keycloak.ts'
import { keycloakSandbox } from './keycloak-sandbox.ts'

describe('Keycloak', () => {
  test('is where the integration says, with or without the path of older versions', () => {
    const older = { serverUrl: 'https://sso.example.com/auth', realm: 'Fjord Bikes' }
    const { auth, api, account } = resolveProvider(keycloak, { config: older })
    expect(auth).toMatchObject({
      tokenUrl: 'https://sso.example.com/auth/realms/Fjord%20Bikes/protocol/openid-connect/token',
    })
    expect(api.baseUrl).toBe('https://sso.example.com/auth')
    expect(account?.fallback?.url).toBe('https://sso.example.com/auth/admin/realms/Fjord%20Bikes/users/count')
    const { auth: newer } = resolveProvider(keycloak, {
      config: { serverUrl: 'https://sso.example.com', realm: 'fjord' },
    })
    expect(newer).toMatchObject({
      oidc: {
        issuer: 'https://sso.example.com/realms/fjord',
        jwksUri: 'https://sso.example.com/realms/fjord/protocol/openid-connect/certs',
      },
    })
  })

  test.each([
    ['https://sso.example.com', true],
    ['https://sso.example.com/auth', true],
    ['http://localhost:8080', true],
    ['https://sso.example.com/', false],
    ['https://sso.example.com/auth/', false],
    ['https://user:secret@sso.example.com', false],
    ['https://sso.example.com?x=1', false],
    ['sso.example.com', false],
  ])('takes as an address only what one is built on: %s', (address, isOne) => {
    expect(new RegExp(`^(?:${keycloak.integrationFields?.[0]?.pattern})$`, 'v').test(address)).toBe(isOne)
  })
})

describe('the stand-in', () => {
  let standIn: Started
  let settings: OAuthSettings
  let token: string
  const users = '/admin/realms/fjord/users'
  const { clientId = '', clientSecret = '' } = keycloakSandbox.credentials

  beforeAll(async () => {
    standIn = await startStandIn(createStandIn, 'http://127.0.0.1:3000')
    const config = { serverUrl: standIn.origin, realm: 'fjord' }
    const { auth } = resolveProvider(keycloak, { config, authMethod: 'client_credentials' })
    if (auth.type !== 'client_credentials') throw new Error('no client credentials')
    settings = {
      ...{ tokenUrl: auth.tokenUrl, clientAuthentication: auth.clientAuthentication, clientId, clientSecret },
      ...{ authorizationUrl: '', redirectUri: '', pkce: 'none', scopes: [], fetch },
    }
    token = (await clientCredentials(settings)).slots.default?.accessToken ?? ''
  })
  afterAll(() => standIn.stop())

  const call = async (method: string, path: string, body?: unknown, bearer = token) => {
    const response = await fetch(standIn.origin + path, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      location: response.headers.get('location'),
      body: isJson ? JSON.parse(text) : text,
    }
  }

  test('lets a service account in by its secret, and says of none who it is', async () => {
    expect(await call('GET', `${users}/count`)).toMatchObject({ status: 200, body: 3 })
    const userInfo = await call('GET', '/realms/fjord/protocol/openid-connect/userinfo')
    expect([401, 403]).toContain(userInfo.status)
    await expect(clientCredentials({ ...settings, clientSecret: 'another' })).rejects.toMatchObject({
      code: 'token_rejected',
    })
    expect(await call('GET', users, undefined, 'another')).toMatchObject({
      status: 401,
      body: { error: 'HTTP 401 Unauthorized' },
    })
  })

  test('counts pages by what stands before them', async () => {
    const names = async (query: string) =>
      (await call('GET', `${users}?${query}`)).body.map(({ username }: { username: string }) => username)
    expect(await names('first=0&max=2')).toEqual(['kari', 'ola'])
    expect(await names('first=2&max=2')).toEqual(['nils'])
    expect(await names('first=4&max=2')).toEqual([])
  })

  test('says where a new user is, and takes no name twice', async () => {
    const made = await call('POST', users, { username: 'nora', enabled: true })
    expect(made).toMatchObject({ status: 201, body: '' })
    const at = new URL(made.location ?? '').pathname
    expect((await call('GET', at)).body).toMatchObject({ username: 'nora', enabled: true, emailVerified: false })
    expect(await call('POST', users, { username: 'nora' })).toMatchObject({
      status: 409,
      body: { errorMessage: 'User exists with same username' },
    })
  })

  test('loses attributes that are not written back', async () => {
    const at = `${users}/5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6512`
    await call('PUT', at, { attributes: { department: ['Shop'] } })
    expect((await call('GET', at)).body).toMatchObject({ username: 'ola', attributes: { department: ['Shop'] } })
    expect(await call('GET', `${users}?q=department:Shop`)).toMatchObject({ body: [{ username: 'ola' }] })
    await call('PUT', at, { lastName: 'Berg' })
    expect((await call('GET', at)).body).toMatchObject({ lastName: 'Berg', attributes: {} })
    const events = await call('GET', '/admin/realms/fjord/admin-events')
    expect(events.body).toContainEqual(expect.objectContaining({ operationType: 'UPDATE', resourceType: 'USER' }))
  })

  test('mails no link to somebody who is disabled, nor one to an address without its client', async () => {
    const at = `${users}/5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6513`
    const mail = (query: string) => call('PUT', `${at}/execute-actions-email${query}`, ['UPDATE_PASSWORD'])
    expect((await mail('')).status).toBe(204)
    expect((await mail('?redirect_uri=https://shop.example.com')).status).toBe(400)
    await call('PUT', at, { enabled: false })
    expect((await mail('')).status).toBe(400)
  })
})
