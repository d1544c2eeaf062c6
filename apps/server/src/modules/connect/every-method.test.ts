import { createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection, ConnectSession, DeviceSignIn } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import { startLocalServer } from '@koble/core/testing'
import OAuth from 'oauth-1.0a'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createBrowser, readForm } from '../../testing/browser.ts'
import { connectUrl, createConnectSession } from '../../testing/connect.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
})
afterAll(() => koble.stop())

async function serve(listener: (request: IncomingMessage, reply: ServerResponse) => unknown): Promise<string> {
  const server = await startLocalServer(listener)
  onTestFinished(server.close)
  return server.origin
}

function json(reply: ServerResponse, body: unknown, status = 200): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function setUp(provider: string, config: object, more: object = {}): Promise<Integration> {
  const answer = await koble.request<Integration>('POST', '/api/integrations', { body: { provider, config, ...more } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}

const sessionOf = async (key: string) =>
  (await koble.request<ConnectSession>('GET', '/api/connect-session', { key })).body
const post = <Body = Connection>(path: string, key: string, body: object) =>
  koble.request<Body & Pick<Problem, 'code' | 'errors'>>('POST', `/api/connect-session/${path}`, { key, body })

describe('credentials that an end user enters', () => {
  test('are asked for by the session, tried, and kept as the user’s own', async () => {
    const apiUrl = await serve((request, reply) => {
      const known = request.headers.authorization === `Basic ${Buffer.from('ada:open-sesame').toString('base64')}`
      json(reply, { name: 'Ada' }, known ? 200 : 401)
    })
    const integration = await setUp('basic-auth', { apiUrl, testPath: '/me', accountLabelPath: 'name' })
    const { token } = await createConnectSession(koble, { externalUserId: 'u7', integrations: [integration.id] })
    const [offered] = (await sessionOf(token)).integrations
    expect(offered).toMatchObject({ id: integration.id, authMethod: 'basic' })
    expect(offered?.connectionFields.map((field) => field.key)).toEqual(['username', 'password'])

    const enter = (password: string) =>
      post('connections', token, { integrationId: integration.id, credentials: { username: 'ada', password } })
    expect(await enter('wrong')).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    expect(await sessionOf(token)).toMatchObject({ status: 'pending', connections: [] })
    expect(await enter('open-sesame')).toMatchObject({
      status: 201,
      body: { externalUserId: 'u7', accountLabel: 'Ada' },
    })
    const session = await sessionOf(token)
    expect(session).toMatchObject({ status: 'connected', connections: [{ accountLabel: 'Ada' }] })
    expect(JSON.stringify(session)).not.toContain('open-sesame')
  })

  test('go only to integrations of the session, and only with its token', async () => {
    const [one, other] = [
      await setUp('basic-auth', { apiUrl: 'https://one.example' }),
      await setUp('basic-auth', { apiUrl: 'https://other.example' }),
    ]
    const { token } = await createConnectSession(koble, { integrations: [one.id] })
    const credentials = { username: 'a', password: 'b' }
    expect((await post('connections', token, { integrationId: other.id, credentials })).status).toBe(404)
    expect((await post('device', token, { integrationId: other.id })).status).toBe(404)
    expect((await post('connections', koble.ownerKey, { integrationId: one.id, credentials })).status).toBe(403)
    const device = await post('device', token, { integrationId: one.id })
    expect(device).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('are entered again by the link that an operator sends', async () => {
    const integration = await setUp('basic-auth', { apiUrl: 'https://one.example' })
    const { token } = await createConnectSession(koble, { integrations: [integration.id] })
    const enter = { integrationId: integration.id, credentials: { username: 'a', password: 'b' } }
    const { id } = (await post('connections', token, enter)).body
    const link = await koble.request<{ url: string }>('POST', `/api/connections/${id}/reauthorize`)
    const again = new URL(link.body.url).searchParams.get('token') ?? ''
    expect((await sessionOf(again)).integrations.map((offered) => offered.id)).toEqual([integration.id])
    expect((await post('connections', again, enter)).body.id).toBe(id)
  })
})

describe('a sign-in on another device', () => {
  /** A certified provider with a page on which codes are entered. */
  async function startProvider(intervalSeconds = 0) {
    const asked: number[] = []
    const server = await startLocalServer((request, reply) => listener(request, reply))
    onTestFinished(server.close)
    const provider = new Provider(server.origin, {
      clients: [
        {
          client_id: 'television',
          token_endpoint_auth_method: 'none',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true } },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      issueRefreshToken: async () => true,
      cookies: { keys: ['a key of this test'] },
    })
    const issue = provider.callback()
    function listener(request: IncomingMessage, reply: ServerResponse): void {
      if (request.url === '/token') asked.push(Date.now())
      if (request.url === '/device/auth') shorten(reply, intervalSeconds)
      void issue(request, reply)
    }
    const { origin } = server
    const integration = await setUp(
      'device-code',
      {
        deviceAuthorizationUrl: `${origin}/device/auth`,
        tokenUrl: `${origin}/token`,
        apiUrl: origin,
        testPath: '/me',
        accountIdPath: 'sub',
        accountLabelPath: 'sub',
      },
      { credentials: { clientId: 'television' }, scopes: ['openid', 'offline_access'] },
    )
    return { integration, asked }
  }

  /** The provider names no interval, which means five seconds: a test has no time for that. */
  function shorten(reply: ServerResponse, interval: number): void {
    const end = reply.end.bind(reply)
    reply.end = ((body: Buffer | string) => {
      const answer = JSON.stringify({ ...JSON.parse(String(body)), interval })
      reply.setHeader('content-length', Buffer.byteLength(answer))
      return end(answer)
    }) as typeof reply.end
  }

  /** Enters the code as a person would, signs in, and confirms or not. */
  async function decide(device: DeviceSignIn, confirm: boolean): Promise<void> {
    const browser = createBrowser()
    let page = await browser.open(device.verificationUriComplete ?? '')
    const press = async (fields: Record<string, string>) => {
      const form = readForm(page)
      page = await browser.open(form.action, { form: { ...form.fields, ...fields } })
    }
    const { xsrf } = readForm(page).fields
    page = await browser.open(device.verificationUri, {
      form: { xsrf: xsrf ?? '', user_code: device.userCode, ...(confirm ? { confirm: 'yes' } : { abort: 'yes' }) },
    })
    if (!confirm) return
    await press({ prompt: 'login', login: 'ada', password: 'x' })
    await press({ prompt: 'consent' })
    expect(page.html).toContain('Sign-in Success')
  }

  test('shows a code, and the session is connected once it is confirmed', async () => {
    const { integration, asked } = await startProvider()
    const session = await createConnectSession(koble, { externalUserId: 'u8' })
    const device = await post<DeviceSignIn>('device', session.token, { integrationId: integration.id })
    expect(device).toMatchObject({ status: 201, body: { userCode: expect.stringMatching(/^\w{4}-\w{4}$/) } })
    expect(JSON.stringify(device.body)).not.toContain('device_code')
    expect((await sessionOf(session.token)).status).toBe('pending')
    expect(asked).toHaveLength(1)
    await decide(device.body, true)
    expect(await sessionOf(session.token)).toMatchObject({
      status: 'connected',
      connections: [{ externalUserId: 'u8', accountId: 'ada', accountLabel: 'ada', status: 'connected' }],
    })
    await sessionOf(session.token)
    expect(asked).toHaveLength(2)
    expect(await koble.testDatabase.query('SELECT id FROM device_sign_ins')).toEqual([])
    const [made] = (await sessionOf(session.token)).connections
    expect((await koble.request('POST', `/api/connections/${made?.id}/refresh`)).status).toBe(200)
  })

  test('that is declined fails the session, which may begin again', async () => {
    const { integration } = await startProvider()
    const session = await createConnectSession(koble)
    const begin = () => post<DeviceSignIn>('device', session.token, { integrationId: integration.id })
    await decide((await begin()).body, false)
    expect(await sessionOf(session.token)).toMatchObject({ status: 'failed', errorCode: 'consent_denied' })
    await begin()
    expect(await sessionOf(session.token)).toMatchObject({ status: 'pending', errorCode: null })
  })

  test('is asked about no more often than the provider allows, whoever looks', async () => {
    const { integration, asked } = await startProvider(3600)
    const session = await createConnectSession(koble)
    await post('device', session.token, { integrationId: integration.id })
    await Promise.all(Array.from({ length: 5 }, () => sessionOf(session.token)))
    expect(asked).toEqual([])
    const due = "UPDATE device_sign_ins SET ask_at = now() - interval '1 second'"
    await koble.testDatabase.query(due)
    await Promise.all([
      ...Array.from({ length: 5 }, () => sessionOf(session.token)),
      koble.services.connect.askDevices(),
    ])
    expect(asked).toHaveLength(1)
  })

  test('that nobody confirmed in time fails the session without asking again', async () => {
    const { integration, asked } = await startProvider()
    const session = await createConnectSession(koble)
    await post('device', session.token, { integrationId: integration.id })
    await koble.testDatabase.query('UPDATE device_sign_ins SET expires_at = now()')
    await koble.services.connect.askDevices()
    expect(await sessionOf(session.token)).toMatchObject({ status: 'failed', errorCode: 'state_expired' })
    expect(asked).toEqual([])
  })
})

describe('a sign-in by OAuth 1.0a', () => {
  /** Verifies every signature by another implementation. */
  async function startProvider() {
    const secrets: Record<string, string> = { temporary: 'temporary-secret', lasting: 'lasting-secret' }
    const oauth = new OAuth({
      consumer: { key: 'consumer', secret: 'consumer-secret' },
      signature_method: 'HMAC-SHA1',
      hash_function: (base, key) => createHmac('sha1', key).update(base).digest('base64'),
    })
    let callback = ''
    const origin: string = await serve((request, reply) => {
      const url = new URL(request.url ?? '', origin)
      if (url.pathname === '/authorize') {
        const target = new URL(callback)
        target.searchParams.set('oauth_token', url.searchParams.get('oauth_token') ?? '')
        target.searchParams.set('oauth_verifier', 'v3rifier')
        return reply.writeHead(302, { location: target.href }).end()
      }
      const pairs = [...(request.headers.authorization ?? '').matchAll(/(\w+)="([^"]*)"/g)]
      const given = Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, decodeURIComponent(value)]))
      const { oauth_signature: signature, ...rest } = given
      const secret = secrets[given['oauth_token'] ?? ''] ?? ''
      const wanted = oauth.getSignature(
        { url: url.href, method: request.method ?? '', data: {} },
        secret,
        rest as never,
      )
      if (signature !== wanted) return json(reply, {}, 401)
      if (url.pathname === '/request') {
        callback = given['oauth_callback'] ?? ''
        return reply.end('oauth_token=temporary&oauth_token_secret=temporary-secret&oauth_callback_confirmed=true')
      }
      if (url.pathname === '/access') {
        if (given['oauth_token'] !== 'temporary' || given['oauth_verifier'] !== 'v3rifier') return json(reply, {}, 401)
        return reply.end('oauth_token=lasting&oauth_token_secret=lasting-secret')
      }
      json(
        reply,
        given['oauth_token'] === 'lasting' ? { id: 7, name: 'Ada' } : {},
        given['oauth_token'] === 'lasting' ? 200 : 401,
      )
    })
    const config = {
      requestTokenUrl: `${origin}/request`,
      authorizationUrl: `${origin}/authorize`,
      accessTokenUrl: `${origin}/access`,
      apiUrl: origin,
      testPath: '/me?fields=all',
      accountIdPath: 'id',
      accountLabelPath: 'name',
    }
    const credentials = { clientId: 'consumer', clientSecret: 'consumer-secret' }
    return await setUp('oauth-1', config, { credentials })
  }

  test('goes by way of the provider, and its calls are signed one by one', async () => {
    const integration = await startProvider()
    const session = await createConnectSession(koble, { externalUserId: 'u9' })
    const page = await createBrowser().open(connectUrl(koble, session, integration))
    expect(page.status, page.html).toBe(200)
    const [connection] = (await sessionOf(session.token)).connections
    expect(connection).toMatchObject({ externalUserId: 'u9', accountId: '7', accountLabel: 'Ada' })
    const again = await koble.request('POST', `/api/connections/${connection?.id}/test`)
    expect(again.body).toMatchObject({ ok: true, status: 200 })
  })

  test('is finished only by the browser that began it', async () => {
    const integration = await startProvider()
    const session = await createConnectSession(koble)
    const page = await createBrowser().open(connectUrl(koble, session, integration), {
      follow: (target) => !target.pathname.startsWith('/api/auth/callback'),
    })
    const stolen = await createBrowser().open(page.location ?? '')
    expect(stolen.status).toBe(400)
    expect((await sessionOf(session.token)).connections).toEqual([])
  })
})
