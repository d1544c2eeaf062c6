import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Connection } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import { catalogue, findProvider } from '@koble/providers/catalogue'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBrowser, readForm } from '../../testing/browser.ts'
import { connectUrl, createConnectSession } from '../../testing/connect.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const subscriptionKey = 'subscription-key-of-the-test'
const server = createServer()
const received: { method?: string; path: string; headers: IncomingMessage['headers'] }[] = []
let koble: TestKoble
let issuer: string

// A provider that takes nothing but pushed requests, signed clients and bound tokens; this file alone has it listed.
beforeAll(async () => {
  koble = await startTestKoble()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'koble',
        redirect_uris: [`${koble.url}/api/auth/callback/strict`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'private_key_jwt',
        dpop_bound_access_tokens: true,
        jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'PS256', use: 'sig' }] as never[] },
      },
    ],
    clientAuthMethods: ['private_key_jwt'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    cookies: { keys: ['cookie-key'] },
    features: {
      revocation: { enabled: true, allowedPolicy: () => true },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    },
    enabledJWA: { clientAuthSigningAlgValues: ['PS256'] } as never,
    ttl: { AccessToken: 3600, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 86_400, Session: 3600 },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, email: `${sub}@example.com` }) }),
  })
  server.on('request', ({ method, url = '', headers }) => {
    received.push({ method, path: url.split('?', 1)[0] ?? '', headers })
  })
  server.on('request', provider.callback())
  const strict: CatalogueEntry = {
    ...(findProvider('oauth2') as CatalogueEntry),
    id: 'strict',
    auth: {
      type: 'oauth2',
      authorizationUrl: '{issuer}/auth',
      tokenUrl: '{issuer}/token',
      revocationUrl: '{issuer}/token/revocation',
      pushedAuthorizationUrl: '{issuer}/request',
      pkce: 'S256',
      clientAuthentication: 'private_key_jwt',
      clientKey: { algorithm: 'PS256' },
      assertionAudience: '{issuer}',
      authorizationParams: { prompt: 'consent' },
      requestHeaders: { 'ocp-apim-subscription-key': '{subscriptionKey}' },
      dpop: true,
      oidc: { issuer: '{issuer}', jwksUri: '{issuer}/jwks', issuerInCallback: true },
      refresh: 'rotates',
      scopes: [],
    },
    api: { baseUrl: '{issuer}' },
    account: { url: '/me', id: ['sub'], label: ['email'] },
    integrationFields: [
      { key: 'issuer', label: 'Issuer' },
      { key: 'subscriptionKey', label: 'Subscription key', secret: true },
    ],
  }
  const listed = catalogue as Map<string, CatalogueEntry>
  listed.set(strict.id, strict)
})
afterAll(async () => {
  await koble.stop()
  server.closeAllConnections()
  server.close()
})

test('a provider that insists on pushed requests, signed clients and bound tokens is connected by its data alone', async () => {
  const body = {
    provider: 'strict',
    credentials: { clientId: 'koble', privateKey: pem, keyId: 'key-1', subscriptionKey },
    config: { issuer },
    scopes: ['openid', 'offline_access'],
  }
  const integration = await koble.request<Integration>('POST', '/api/integrations', { body })
  expect(integration.status, JSON.stringify(integration.body)).toBe(201)
  expect(JSON.stringify(integration.body)).not.toMatch(/PRIVATE KEY|subscription-key|dpop/i)

  const browser = createBrowser()
  const session = await createConnectSession(koble, { externalUserId: 'u1' })
  const login = await browser.open(connectUrl(koble, session, integration.body))
  let page = await browser.open(readForm(login).action, { form: { prompt: 'login', login: 'ada', password: 'x' } })
  if (!page.url.startsWith(koble.url)) page = await browser.open(readForm(page).action, { form: { prompt: 'consent' } })
  expect(page.status, page.html).toBe(200)
  const { body: state } = await koble.request<{ connections: Connection[] }>(
    'GET',
    `/api/connect-sessions/${session.id}`,
  )
  const connection = state.connections[0] as Connection
  expect(connection).toMatchObject({ accountId: 'ada', status: 'connected' })
  for (const _time of [1, 2]) {
    const refreshed = await koble.request<Connection>('POST', `/api/connections/${connection.id}/refresh`)
    expect(refreshed, JSON.stringify(refreshed.body)).toMatchObject({ status: 200, body: { status: 'connected' } })
  }
  expect(await koble.request('POST', `/api/connections/${connection.id}/test`)).toMatchObject({ body: { ok: true } })
  expect((await koble.request('DELETE', `/api/connections/${connection.id}`)).status).toBe(204)

  const calls = received.filter(({ method }) => method === 'POST')
  for (const path of ['/request', '/token', '/token/revocation']) {
    const call = calls.find((one) => one.path === path)
    expect(call?.headers, path).toMatchObject({ 'ocp-apim-subscription-key': subscriptionKey })
  }
  const me = received.filter(({ path }) => path === '/me')
  expect(me.length).toBeGreaterThan(1)
  for (const { headers } of me) expect(headers.authorization).toMatch(/^DPoP /)
})

test('without the key that it is to sign with, the integration is refused by the name of the field', async () => {
  const body = { provider: 'strict', credentials: { clientId: 'koble', subscriptionKey }, config: { issuer } }
  const answer = await koble.request<{ errors: { path: string }[] }>('POST', '/api/integrations', { body })
  expect(answer.status).toBe(400)
  expect(answer.body.errors.map(({ path }) => path)).toEqual(['privateKey'])
})
