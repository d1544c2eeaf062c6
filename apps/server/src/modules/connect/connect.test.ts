import { runInNewContext } from 'node:vm'
import type { Connection, ConnectMessage, ConnectSession } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser, type Page } from '../../testing/browser.ts'
import { connect, connectUrl, createConnectSession, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let server: OAuthServer
let integration: { id: string; provider: string }

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  server = await startOAuthServer()
  integration = await createOAuthIntegration(koble, server)
})
afterAll(async () => {
  await koble.stop()
  await server.close()
})
afterEach(() => {
  server.onToken = null
  server.onAuthorize = null
  server.account = { sub: 'account-1', email: 'ada@example.com' }
  server.tokenRequests.length = 0
})

const sessionOf = async (id: string) => (await koble.request<ConnectSession>('GET', `/api/connect-sessions/${id}`)).body
const countConnections = async () =>
  (await koble.testDatabase.query<{ count: number }>('SELECT count(*)::int FROM connections'))[0]?.count

/** Goes as far as the provider's answer, which is not yet brought back. */
async function untilCallback(more: Record<string, string> = {}, provider = integration) {
  const browser = createBrowser()
  const session = await createConnectSession(koble)
  const callback = (target: URL) => target.pathname.startsWith('/api/auth/callback/')
  const page = await browser.open(connectUrl(koble, session, provider, more), { follow: (target) => !callback(target) })
  expect(page.location, page.html).toContain('/api/auth/callback/')
  return { browser, session, callback: page.location ?? '' }
}

/** What the page's script tells the window that opened it. */
function postedBy(page: Page): { message: ConnectMessage; target: string }[] {
  const [, script = ''] = /<script nonce="[^"]*">([\s\S]*?)<\/script>/.exec(page.html) ?? []
  const posted: { message: ConnectMessage; target: string }[] = []
  const opener = { postMessage: (message: ConnectMessage, target: string) => posted.push({ message, target }) }
  runInNewContext(script, { window: { opener, close() {} } })
  return structuredClone(posted)
}

describe('the whole way', () => {
  test('ends with a connection that says whose it is, and with the session saying so', async () => {
    const { page, connection, sessionId } = await connect(koble, integration, { externalUserId: 'user-7' })
    expect(page.status).toBe(200)
    expect(connection).toMatchObject({
      externalUserId: 'user-7',
      accountId: 'account-1',
      accountLabel: 'ada@example.com',
      status: 'connected',
      scopes: ['read'],
      errorCode: null,
    })
    expect(await sessionOf(sessionId)).toMatchObject({ status: 'connected', connections: [{ id: connection?.id }] })
    const [request] = server.tokenRequests
    expect(request?.get('redirect_uri')).toBe(`${koble.url}/api/auth/callback/oauth2`)
    expect(request?.get('code_verifier')?.length).toBeGreaterThanOrEqual(43)
    expect(server.tokenHeaders[0]?.authorization).toBe(`Basic ${btoa('client:clientsecret')}`)
  })

  test('asks for consent with PKCE S256, an unguessable state, and no cookie that a script can read', async () => {
    const session = await createConnectSession(koble)
    const page = await createBrowser().open(connectUrl(koble, session, integration), { follow: () => false })
    const query = new URL(page.location ?? '').searchParams
    expect(query.get('code_challenge_method')).toBe('S256')
    expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    expect(query.get('state')).toMatch(/^[\w-]{43,}$/)
    expect(page.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Lax/i)
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  test('of the same account by the same user keeps its connection; by another user it makes another', async () => {
    const first = await connect(koble, integration, { externalUserId: 'user-8' })
    const again = await connect(koble, integration, { externalUserId: 'user-8' })
    const other = await connect(koble, integration, { externalUserId: 'user-9' })
    expect(again.connection?.id).toBe(first.connection?.id)
    expect(other.connection?.id).not.toBe(first.connection?.id)
  })

  test('begun by somebody signed in to the dashboard belongs to that person', async () => {
    const owner = await signUpOwner(koble)
    const start = await owner.request('GET', `/api/connect/oauth2?integrationId=${integration.id}`)
    expect(start.status).toBe(302)
    expect(start.headers.get('location')).toContain(server.origin)
  })

  test('disconnecting tells the provider, and erases the credentials', async () => {
    const { connection } = await connect(koble, integration, { externalUserId: 'leaver' })
    expect((await koble.request('DELETE', `/api/connections/${connection?.id}`)).status).toBe(204)
    const [row] = await koble.testDatabase.query('SELECT status, credentials FROM connections WHERE id = $1', [
      connection?.id,
    ])
    expect(row).toEqual({ status: 'disconnected', credentials: null })
    const headers = { 'koble-connection': connection?.id ?? '' }
    expect((await koble.request('GET', '/api/proxy/x', { headers })).status).toBe(409)
  })
})

describe('the state', () => {
  const visit = (url: string, browser = createBrowser()) => browser.open(url, { follow: () => false })

  test('missing or unknown ends the sign-in with a page that says so', async () => {
    const missing = await visit(`${koble.url}/api/auth/callback/oauth2?code=x`)
    expect(missing.status).toBe(400)
    expect(missing.html).toContain('carried no state')
    const asJson = await koble.request<Problem>('GET', '/api/auth/callback/oauth2?code=x', { key: null })
    expect(asJson.body).toMatchObject({ code: 'state_missing' })
    const unknown = await koble.request<Problem>('GET', '/api/auth/callback/oauth2?code=x&state=made-up', { key: null })
    expect(unknown).toMatchObject({ status: 400, body: { code: 'state_unknown' } })
  })

  test('works once: the second use is refused without a token request', async () => {
    const { browser, callback } = await untilCallback()
    expect((await visit(callback, browser)).status).toBe(200)
    const again = await visit(callback, browser)
    expect(again.status).toBe(400)
    expect(again.html).toContain('used already')
    expect(server.tokenRequests).toHaveLength(1)
  })

  test('works once, even twice at the same moment', async () => {
    const { browser, callback } = await untilCallback()
    const pages = await Promise.all([visit(callback, browser), visit(callback, browser), visit(callback, browser)])
    expect(pages.map((page) => page.status).sort()).toEqual([200, 400, 400])
    expect(server.tokenRequests).toHaveLength(1)
  })

  test('ends after ten minutes', async () => {
    const { browser, callback } = await untilCallback()
    const [row] = await koble.testDatabase.query<{ seconds: number }>(
      'SELECT extract(epoch FROM expires_at - now())::int AS seconds FROM oauth_states WHERE used_at IS NULL ORDER BY expires_at DESC LIMIT 1',
    )
    expect(row?.seconds).toBeGreaterThan(590)
    expect(row?.seconds).toBeLessThanOrEqual(600)
    await koble.testDatabase.query("UPDATE oauth_states SET expires_at = expires_at - interval '10 minutes'")
    const late = await visit(callback, browser)
    expect(late.status).toBe(400)
    expect(late.html).toContain('ten minutes')
    expect(server.tokenRequests).toHaveLength(0)
  })

  test('from another browser is refused, and the one that began can still finish', async () => {
    const { browser, callback } = await untilCallback()
    const stranger = await visit(callback)
    expect(stranger.status).toBe(400)
    expect(stranger.html).toContain('another browser')
    // Another end user of the same Koble, who has a cookie of their own.
    const neighbour = await untilCallback()
    expect((await visit(callback, neighbour.browser)).html).toContain('another browser')
    expect(server.tokenRequests).toHaveLength(0)
    expect((await visit(callback, browser)).status).toBe(200)
  })

  test('of one provider is worth nothing at the callback of another', async () => {
    const { browser, callback } = await untilCallback()
    const page = await visit(callback.replace('/callback/oauth2', '/callback/github'), browser)
    expect(page.status).toBe(400)
    expect(server.tokenRequests).toHaveLength(0)
  })
})

describe('a provider that', () => {
  async function expectFailure(code: string): Promise<void> {
    const before = await countConnections()
    const { page, connection, sessionId } = await connect(koble, integration, { externalUserId: crypto.randomUUID() })
    expect(page.status).toBe(400)
    expect(postedBy(page)).toMatchObject([
      { message: { type: 'koble:connect', status: 'failed', code, connectionId: null } },
    ])
    expect(connection).toBeUndefined()
    expect(await sessionOf(sessionId)).toMatchObject({ status: 'failed', errorCode: code, connections: [] })
    expect(await countConnections()).toBe(before)
  }

  test('was denied consent leaves a session that says so, and no connection', async () => {
    server.onAuthorize = (query) => ({ error: 'access_denied', state: query.get('state') ?? '' })
    await expectFailure('consent_denied')
    expect(server.tokenRequests).toHaveLength(0)
  })

  test.each([
    ['answers the code with 500', { status: 500, body: 'Internal error' }, 'provider_unavailable'],
    ['answers the code with HTML', { body: '<!doctype html><title>Maintenance</title>' }, 'provider_malformed'],
    [
      'answers the code with 200 and an error',
      { body: { error: 'bad_code' } },
      /^(provider_malformed|credentials_rejected)$/,
    ],
    ['refuses the code', { status: 400, body: { error: 'invalid_grant' } }, 'credentials_rejected'],
    ['refuses the client', { status: 401, body: { error: 'invalid_client' } }, 'credentials_rejected'],
    ['gives no access token', { body: { token_type: 'Bearer' } }, 'provider_malformed'],
    ['answers 429', { status: 429, body: {} }, 'provider_throttled'],
  ])('%s leaves a session that says so, and no connection', async (_title, answer, code) => {
    server.onToken = () => answer
    if (typeof code === 'string') return await expectFailure(code)
    await expectFailure(expect.stringMatching(code) as unknown as string)
  })

  test('does not accept its own token leaves no connection', async () => {
    server.onToken = () => ({ body: { access_token: 'not what userinfo wants', token_type: 'Bearer' } })
    await expectFailure('credentials_rejected')
  })

  test('failed once can be tried again in the same session', async () => {
    const session = await createConnectSession(koble)
    const browser = createBrowser()
    server.onToken = () => ({ status: 500, body: '' })
    await browser.open(connectUrl(koble, session, integration))
    expect((await sessionOf(session.id)).status).toBe('failed')
    server.onToken = null
    await browser.open(connectUrl(koble, session, integration))
    expect(await sessionOf(session.id)).toMatchObject({ status: 'connected', errorCode: null })
  })
})

describe('connecting again', () => {
  test('with another account is refused, says so, and leaves the connection as it was', async () => {
    const { connection } = await connect(koble, integration, { externalUserId: 'again-1' })
    server.account = { sub: 'account-2', email: 'eve@example.com' }
    const more = { connectionId: connection?.id ?? '' }
    const { page } = await connect(koble, integration, { externalUserId: 'again-1', more })
    expect(page.status).toBe(400)
    expect(postedBy(page)[0]?.message).toMatchObject({ status: 'failed', code: 'conflict' })
    expect(page.html).toContain('eve@example.com')
    const { body } = await koble.request<Connection>('GET', `/api/connections/${connection?.id}`)
    expect(body).toMatchObject({ ...connection, lastUsedAt: null })
  })

  test('by the link that an operator sends leads to the same connection', async () => {
    const { connection } = await connect(koble, integration, { externalUserId: 'again-2' })
    const link = await koble.request<{ url: string }>('POST', `/api/connections/${connection?.id}/reauthorize`)
    const page = await createBrowser().open(link.body.url)
    expect(page.status).toBe(200)
    expect(postedBy(page)[0]?.message).toMatchObject({ status: 'connected', connectionId: connection?.id })
  })

  test('somebody else’s connection is refused', async () => {
    const { connection } = await connect(koble, integration, { externalUserId: 'again-3' })
    const session = await createConnectSession(koble, { externalUserId: 'somebody else' })
    const page = await createBrowser().open(
      connectUrl(koble, session, integration, { connectionId: connection?.id ?? '' }),
    )
    expect(page.status).toBe(404)
  })
})

describe('returnTo', () => {
  const start = async (returnTo: string, mode = 'redirect') => {
    const session = await createConnectSession(koble)
    return await createBrowser().open(connectUrl(koble, session, integration, { returnTo, mode }), {
      follow: (target) => target.hostname !== 'product.example' && target.port !== '4999',
    })
  }

  test.each([
    'https://evil.example/',
    'https://product.example.evil.example/',
    'https://product.example@evil.example/',
    'https://localhost.evil.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'https://user:password@product.example/',
    'http://product.example/',
  ])('%s is refused before anything begins', async (returnTo) => {
    await koble.request('PATCH', '/api/organization', { body: { allowedOrigins: ['https://product.example'] } })
    const page = await start(returnTo)
    expect(page.status).toBe(400)
    expect(page.location).toBeNull()
    const body = { externalUserId: 'u1', returnTo }
    expect(await koble.request('POST', '/api/connect-sessions', { body })).toMatchObject({ status: 400 })
  })

  test('of an allowed origin gets the browser back with the outcome, its own query kept', async () => {
    await koble.request('PATCH', '/api/organization', { body: { allowedOrigins: ['https://product.example'] } })
    const page = await start('https://product.example/settings?tab=apps#top')
    const url = new URL(page.location ?? '')
    expect(`${url.origin}${url.pathname}`).toBe('https://product.example/settings')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tab: 'apps',
      status: 'connected',
      connectionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    server.onAuthorize = (query) => ({ error: 'access_denied', state: query.get('state') ?? '' })
    const denied = new URL((await start('https://product.example/')).location ?? '')
    expect(Object.fromEntries(denied.searchParams)).toEqual({ status: 'failed', code: 'consent_denied' })
  })

  test('on this machine is allowed in development, and not in production', async () => {
    expect((await start('http://localhost:4999/')).location).toMatch(/^http:\/\/localhost:4999\/\?status=connected/)
    const production = await startTestKoble({ mode: 'production', jobs: false })
    try {
      const body = { externalUserId: 'u1', returnTo: 'http://localhost:4999/' }
      expect(await production.request('POST', '/api/connect-sessions', { body })).toMatchObject({
        status: 400,
        body: { code: 'return_to_refused' },
      })
    } finally {
      await production.stop()
    }
  })
})

describe('the popup’s last page', () => {
  test('tells its opener, and nobody of another origin', async () => {
    await koble.request('PATCH', '/api/organization', { body: { allowedOrigins: ['https://product.example'] } })
    const { page, connection } = await connect(koble, integration, {
      more: { returnTo: 'https://product.example/page' },
    })
    expect(postedBy(page)).toEqual([
      {
        message: {
          type: 'koble:connect',
          status: 'connected',
          connectionId: connection?.id,
          provider: 'oauth2',
          code: null,
          message: null,
        },
        target: 'https://product.example',
      },
    ])
    const own = await connect(koble, integration)
    expect(postedBy(own.page)[0]?.target).toBe(koble.url)
  })

  test('runs no script but its own, whatever an account is called', async () => {
    const { connection } = await connect(koble, integration, { externalUserId: 'injected' })
    const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>'"\u2028<!--`
    server.account = { sub: 'account-3', email: evil }
    const { page } = await connect(koble, integration, {
      externalUserId: 'injected',
      more: { connectionId: connection?.id ?? '' },
    })
    expect(page.html.match(/<script/g)).toHaveLength(1)
    expect(page.html.match(/<\/script/g)).toHaveLength(1)
    expect(page.html).not.toContain('<img')
    expect(page.html).not.toContain('<!--')
    expect(postedBy(page)[0]?.message.message).toContain(evil)
    const policy = page.headers.get('content-security-policy') ?? ''
    const [, nonce] = /<script nonce="([^"]+)">/.exec(page.html) ?? []
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src 'nonce-${nonce}'`)
    expect(policy).toContain("frame-ancestors 'none'")
    expect((await connect(koble, integration)).page.html).not.toContain(nonce)
  })
})

describe('a connect session', () => {
  const own = (token: string) => koble.request<ConnectSession>('GET', '/api/connect-session', { key: token })

  test('shows its own progress and nothing of another session', async () => {
    const [mine, theirs] = [await createConnectSession(koble), await createConnectSession(koble)]
    expect((await own(mine.token)).body).toMatchObject({ id: mine.id, status: 'pending', connections: [] })
    expect((await koble.request('GET', `/api/connect-sessions/${mine.id}`, { key: mine.token })).status).toBe(200)
    expect((await koble.request('GET', `/api/connect-sessions/${theirs.id}`, { key: mine.token })).status).toBe(404)
  })

  test('connects and offers only the integrations it was made for', async () => {
    const other = await createOAuthIntegration(koble, server)
    const session = await createConnectSession(koble, { integrations: [integration.id] })
    expect((await own(session.token)).body.integrations.map((offered) => offered.id)).toEqual([integration.id])
    const refused = await createBrowser().open(connectUrl(koble, session, other), { follow: () => false })
    expect(refused.status).toBe(404)
    const started = await createBrowser().open(connectUrl(koble, session, integration), { follow: () => false })
    expect(started.status).toBe(302)
    await koble.request('DELETE', `/api/integrations/${other.id}`)
  })

  test('connects for its own user, whatever the link says', async () => {
    const { connection } = await connect(koble, integration, {
      externalUserId: 'the-user',
      more: { externalUserId: 'another-user' },
    })
    expect(connection?.externalUserId).toBe('the-user')
  })

  test('that ran out is worth nothing, and says so to those who poll', async () => {
    const session = await createConnectSession(koble, { expiresIn: 60 })
    const { callback, browser } = await untilCallback()
    await koble.testDatabase.query(
      "UPDATE connect_sessions SET expires_at = now() - interval '1 second' WHERE id = $1",
      [session.id],
    )
    expect((await own(session.token)).status).toBe(401)
    const page = await createBrowser().open(connectUrl(koble, session, integration), { follow: () => false })
    expect(page.status).toBe(401)
    expect((await sessionOf(session.id)).status).toBe('expired')
    // A sign-in that began in time may end: the state has a life of its own.
    expect((await browser.open(callback)).status).toBe(200)
  })

  test('cannot use an integration that is switched off', async () => {
    const off = await createOAuthIntegration(koble, server)
    await koble.request('PATCH', `/api/integrations/${off.id}`, { body: { status: 'inactive' } })
    const session = await createConnectSession(koble)
    expect((await own(session.token)).body.integrations.map((offered) => offered.id)).not.toContain(off.id)
    const page = await createBrowser().open(connectUrl(koble, session, off), { follow: () => false })
    expect(page.status).toBe(409)
  })
})

describe('connecting with an API key', () => {
  const create = async (config: Record<string, string>, node = koble) => {
    const body = { provider: 'api-key', config }
    return (await node.request<{ id: string }>('POST', '/api/integrations', { body })).body.id
  }
  const tryKey = (integrationId: string, apiKey: string, node = koble) =>
    node.request<Problem & Connection>('POST', '/api/connections', {
      body: { integrationId, externalUserId: 'u1', credentials: { apiKey } },
    })

  test('saves nothing when the service refuses the key, and shows the account when it accepts it', async () => {
    server.accessToken = 'the-right-key'
    const id = await create({
      apiUrl: server.origin,
      testPath: '/userinfo',
      accountIdPath: 'sub',
      accountLabelPath: 'email',
    })
    const before = await countConnections()
    expect(await tryKey(id, 'a-wrong-key')).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    expect(await countConnections()).toBe(before)
    expect(await tryKey(id, 'the-right-key')).toMatchObject({
      status: 201,
      body: { accountId: 'account-1', accountLabel: 'ada@example.com', status: 'connected' },
    })
  })

  test('saves nothing when the service cannot be reached, or answers nonsense', async () => {
    const before = await countConnections()
    const gone = await create({ apiUrl: 'http://127.0.0.1:1', testPath: '/me' })
    expect(await tryKey(gone, 'key')).toMatchObject({ status: 502, body: { code: 'provider_unreachable' } })
    server.onApi = (_request, reply) => reply.end('<html>')
    const nonsense = await create({ apiUrl: `${server.origin}/api`, testPath: '/me' })
    expect(await tryKey(nonsense, 'key')).toMatchObject({ status: 502, body: { code: 'provider_malformed' } })
    server.onApi = null
    expect(await countConnections()).toBe(before)
  })

  test('refuses fields that the provider does not know, and a missing one', async () => {
    const id = await create({ apiUrl: server.origin })
    for (const credentials of [{}, { apiKey: 'a key' }, { apiKey: 'x', another: 'y' }]) {
      const answer = await koble.request<Problem>('POST', '/api/connections', {
        body: { integrationId: id, externalUserId: 'u1', credentials },
      })
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    }
  })

  test('sends no key to a private address that is not allowed', async () => {
    const guarded = await startTestKoble({ jobs: false, allowedPrivateNetworks: [] })
    try {
      const id = await create({ apiUrl: server.origin, testPath: '/userinfo' }, guarded)
      expect(await tryKey(id, 'key', guarded)).toMatchObject({ status: 400, body: { code: 'private_address' } })
    } finally {
      await guarded.stop()
    }
  })
})
