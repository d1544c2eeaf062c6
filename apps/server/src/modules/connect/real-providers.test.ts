import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Connection } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import type { Event } from '@koble/contract/webhooks'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Browser, createBrowser, type Page, readForm } from '../../testing/browser.ts'
import { connectUrl, createConnectSession } from '../../testing/connect.ts'
import { deliver, type GithubEndpoint } from '../../testing/github-deliveries.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

/** Begins in a new session, lets a person consent, and finds the connection. */
async function connectAs(
  integration: { id: string; provider: string },
  consent: (page: Page, browser: Browser) => Promise<Page>,
): Promise<Connection> {
  const browser = createBrowser()
  const session = await createConnectSession(koble, { externalUserId: crypto.randomUUID() })
  const page = await consent(await browser.open(connectUrl(koble, session, integration)), browser)
  expect(page.status, page.html).toBe(200)
  const { body } = await koble.request<{ connections: Connection[] }>('GET', `/api/connect-sessions/${session.id}`)
  return body.connections[0] as Connection
}

const pressing = (name: string) => async (page: Page, browser: Browser) => {
  const { action, fields } = readForm(page, `>${name}<`)
  return await browser.open(action, { form: fields })
}

describe.each([
  { provider: 'github', person: 'octocat', account: 'octocat', path: 'user/repos', contains: 'hello-world' },
  {
    provider: 'google',
    person: 'kari@example.com',
    account: 'kari@example.com',
    path: 'oauth2/v2/userinfo',
    contains: 'kari@example.com',
  },
  { provider: 'slack', person: 'kari', account: 'Fjord Bikes', path: 'auth.test', contains: 'Fjord Bikes' },
  {
    provider: 'microsoft',
    person: 'kari@example.com',
    account: 'kari@example.com',
    path: 'me',
    contains: 'Kari Nordmann',
  },
])('the stand-in for $provider', ({ provider, person, account, path, contains }) => {
  test('is connected, tested and called through the gateway', async () => {
    const integration = await koble.request<Integration>('POST', '/api/integrations', {
      body: { provider, sandbox: true },
    })
    expect(integration.status, JSON.stringify(integration.body)).toBe(201)
    const connection = await connectAs(integration.body, pressing(person))
    expect(connection).toMatchObject({ accountLabel: account, status: 'connected', sandbox: true })
    expect(await koble.request('POST', `/api/connections/${connection.id}/test`)).toMatchObject({ body: { ok: true } })
    const method = provider === 'slack' ? 'POST' : 'GET'
    const headers = { 'koble-connection': connection.id }
    const answer = await koble.request(method, `/api/proxy/${path}`, { headers })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(JSON.stringify(answer.body)).toContain(contains)
  })
})

test('an event finds the connection whose account it speaks of', async () => {
  const integration = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'github', sandbox: true },
  })
  const connection = await connectAs(integration.body, pressing('octocat'))
  const endpoint = await koble.request<GithubEndpoint>('POST', `/api/integrations/${integration.body.id}/webhooks`, {
    body: {},
  })
  const send = async (id: string, owner: number) => {
    const body = JSON.stringify({ repository: { owner: { id: owner }, created_at: 1 } })
    const { eventId } = (await deliver(endpoint.body, id, { body })).body
    return await vi.waitFor(async () => {
      const event = await koble.request<Event>('GET', `/api/events/${eventId}`)
      expect(['completed', 'unroutable']).toContain(event.body.status)
      return event.body
    })
  }
  const own = await send('own', Number(connection.accountId))
  expect(own).toMatchObject({ status: 'completed', connectionId: connection.id })
  expect(await send('foreign', 987_654)).toMatchObject({ status: 'unroutable', connectionId: null })
  const log = await koble.request<{ data: { type: string }[] }>('GET', `/api/connections/${connection.id}/logs`)
  expect(log.body.data.map((line) => line.type)).toContain('webhook')
})

test('Stripe’s stand-in is connected by a key', async () => {
  const integration = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'stripe', sandbox: true },
  })
  const connection = await koble.request<Connection>('POST', '/api/connections', {
    body: {
      integrationId: integration.body.id,
      externalUserId: 'u1',
      credentials: { apiKey: 'sk_test_KobleSandbox0000' },
    },
  })
  expect(connection).toMatchObject({ status: 201, body: { status: 'connected', accountLabel: 'Fjord Bikes' } })
  const answer = await koble.request('GET', '/api/proxy/v1/customers', {
    headers: { 'koble-connection': connection.body.id },
  })
  expect(JSON.stringify(answer.body)).toContain('Kari Nordmann')
})

describe('a certified OpenID provider, as any service with OAuth 2.0,', () => {
  let server: Server
  let issuer: string

  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: 'koble',
          client_secret: 'a secret: with+characters%that need encoding',
          redirect_uris: [`${koble.url}/api/auth/callback/oauth2`],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'client_secret_basic',
        },
      ],
      pkce: { required: () => true },
      rotateRefreshToken: true,
      issueRefreshToken: async () => true,
      cookies: { keys: ['cookie-key'] },
      features: { revocation: { enabled: true } },
      ttl: { AccessToken: 3600, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 86_400, Session: 3600 },
      findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, email: `${sub}@example.com` }) }),
    })
    server.on('request', provider.callback())
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test('is connected with PKCE, refreshed with rotation, and revoked', async () => {
    const integration = await koble.request<Integration>('POST', '/api/integrations', {
      body: {
        provider: 'oauth2',
        credentials: { clientId: 'koble', clientSecret: 'a secret: with+characters%that need encoding' },
        scopes: ['openid', 'offline_access'],
        config: {
          authorizationUrl: `${issuer}/auth?prompt=consent`,
          tokenUrl: `${issuer}/token`,
          apiUrl: issuer,
          userInfoUrl: `${issuer}/me`,
          revocationUrl: `${issuer}/token/revocation`,
        },
      },
    })
    expect(integration.status, JSON.stringify(integration.body)).toBe(201)
    const connection = await connectAs(integration.body, async (page, browser) => {
      const consent = await browser.open(readForm(page).action, {
        form: { prompt: 'login', login: 'ada', password: 'x' },
      })
      if (consent.url.startsWith(koble.url)) return consent
      return await browser.open(readForm(consent).action, { form: { prompt: 'consent' } })
    })
    expect(connection).toMatchObject({ accountId: 'ada', status: 'connected', scopes: ['openid', 'offline_access'] })
    const tokenOf = async () =>
      (await koble.request<{ accessToken: string }>('GET', `/api/connections/${connection.id}/token`)).body.accessToken
    const first = await tokenOf()
    for (const _time of [1, 2]) {
      const refreshed = await koble.request<Connection>('POST', `/api/connections/${connection.id}/refresh`)
      expect(refreshed).toMatchObject({ status: 200, body: { status: 'connected' } })
    }
    const last = await tokenOf()
    expect(last).not.toBe(first)
    const me = await koble.request('GET', '/api/proxy/me', { headers: { 'koble-connection': connection.id } })
    expect(me).toMatchObject({ status: 200, body: { sub: 'ada' } })
    await koble.request('DELETE', `/api/connections/${connection.id}`)
    expect((await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${last}` } })).status).toBe(401)
  })
})
