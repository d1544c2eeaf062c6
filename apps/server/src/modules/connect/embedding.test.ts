import type { Connection, ConnectSession } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser } from '../../testing/browser.ts'
import { connect, connectUrl, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let server: OAuthServer
let integration: Integration

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  server = await startOAuthServer()
  const made = await createOAuthIntegration(koble, server)
  const scopes = ['read', 'write']
  integration = (await koble.request<Integration>('PATCH', `/api/integrations/${made.id}`, { body: { scopes } })).body
})
afterAll(async () => {
  await koble.stop()
  await server.close()
})

const createSession = (input: object = {}) =>
  koble.request<{ id: string; token: string; url: string } & Problem>('POST', '/api/connect-sessions', {
    body: { externalUserId: 'u1', ...input },
  })
const connected = async (externalUserId: string, under = integration) => {
  server.account = { sub: crypto.randomUUID(), email: 'ada@example.com' }
  return (await connect(koble, under, { externalUserId })).connection as Connection
}

describe('the scopes of a session', () => {
  test('are all that is asked for, and all that is missed later', async () => {
    server.account = { sub: crypto.randomUUID(), email: 'ada@example.com' }
    const { body: session } = await createSession({ integrations: [integration.id], scopes: ['read'] })
    let asked: string | null = null
    await createBrowser().open(connectUrl(koble, session, integration), {
      follow: (target) => {
        asked ??= target.searchParams.get('scope')
        return true
      },
    })
    expect(asked).toBe('read')
    const { body } = await koble.request<ConnectSession>('GET', `/api/connect-sessions/${session.id}`)
    expect(body.connections[0]).toMatchObject({ status: 'connected', scopes: ['read'] })
    const detail = await koble.request('GET', `/api/connections/${body.connections[0]?.id}`)
    expect(detail.body).toMatchObject({ scopeReport: { needed: ['read'], missing: [], extra: [] } })
  })

  test('must be the integration’s own', async () => {
    for (const input of [{ scopes: ['everything'] }, { scopes: ['everything'], integrations: [integration.id] }]) {
      expect(await createSession(input)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    }
  })
})

describe('an end user with a session’s token', () => {
  test('sees and disconnects own connections alone', async () => {
    const [own, others] = [await connected('owner'), await connected('somebody else')]
    const key = (await createSession({ externalUserId: 'owner' })).body.token
    const list = () => koble.request<{ data: Connection[] }>('GET', '/api/connect-session/connections', { key })
    expect((await list()).body.data.map(({ id }) => id)).toEqual([own.id])
    const remove = (id: string) => koble.request('DELETE', `/api/connect-session/connections/${id}`, { key })
    expect(await remove(others.id)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await remove(own.id)).status).toBe(204)
    expect((await list()).body.data).toEqual([])
    const left = await koble.request<Connection>('GET', `/api/connections/${others.id}`)
    expect(left.body.status).toBe('connected')
  })

  test('does so within the integrations of the session', async () => {
    const other = await createOAuthIntegration(koble, server)
    const [inside, outside] = [await connected('limited'), await connected('limited', other)]
    const key = (await createSession({ externalUserId: 'limited', integrations: [integration.id] })).body.token
    const { body } = await koble.request<{ data: Connection[] }>('GET', '/api/connect-session/connections', { key })
    expect(body.data.map(({ id }) => id)).toEqual([inside.id])
    const path = `/api/connect-session/connections/${outside.id}`
    expect((await koble.request('DELETE', path, { key })).status).toBe(404)
  })

  test('is the only one who may: an API key has routes of its own', async () => {
    const { id } = await connected('owner')
    expect((await koble.request('GET', '/api/connect-session/connections')).status).toBe(403)
    expect((await koble.request('DELETE', `/api/connect-session/connections/${id}`)).status).toBe(403)
  })
})

describe('the ways back', () => {
  const begin = async (more: Record<string, string>, input: object = {}) => {
    server.account = { sub: crypto.randomUUID(), email: 'ada@example.com' }
    const { body: session } = await createSession(input)
    const page = await createBrowser().open(connectUrl(koble, session, integration, more), {
      follow: (target) => target.pathname !== '/done',
    })
    const poll = async () => (await koble.request<ConnectSession>('GET', `/api/connect-sessions/${session.id}`)).body
    return { page, session: await poll() }
  }

  test('redirect: to the page that the session was made with, which the session tells', async () => {
    const returnTo = 'http://localhost:1234/done'
    const { page, session } = await begin({ mode: 'redirect' }, { returnTo })
    const back = new URL(page.location ?? '')
    expect(back.origin + back.pathname).toBe(returnTo)
    expect(back.searchParams.get('connectionId')).toBe(session.connections[0]?.id)
    expect(session).toMatchObject({ status: 'connected', returnTo })
  })

  test('popup: a page that tells its opener', async () => {
    const { page, session } = await begin({ mode: 'popup' })
    expect(page.status).toBe(200)
    expect(page.html).toContain('koble:connect')
    expect(page.html).toContain(session.connections[0]?.id)
  })

  test('a plain link, as a chat bot or a desktop app sends it: a page that says it is done, and polling', async () => {
    const { page, session } = await begin({ mode: 'redirect' })
    expect(page.status).toBe(200)
    expect(page.html).toContain('You can close this window.')
    expect(session).toMatchObject({ status: 'connected', returnTo: null })
    expect(session.connections).toHaveLength(1)
  })

  test('a declined consent is told to who polls', async () => {
    server.onAuthorize = (query) => ({ error: 'access_denied', state: query.get('state') ?? '' })
    const { session } = await begin({ mode: 'redirect' })
    server.onAuthorize = null
    expect(session).toMatchObject({ status: 'failed', errorCode: 'consent_denied' })
  })
})
