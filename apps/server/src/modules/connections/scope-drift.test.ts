import type { Connection, ConnectionDetail } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser } from '../../testing/browser.ts'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let server: OAuthServer

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  server = await startOAuthServer()
})
afterAll(async () => {
  await koble.stop()
  await server.close()
})
afterEach(() => {
  server.onToken = null
  server.onAuthorize = null
})

const grant = (scope: string) => {
  server.onToken = () => ({ body: { ...server.issue(), scope } })
}
/** A connection to which just these scopes were granted. */
async function connected(integration: Integration, scope: string): Promise<Connection> {
  grant(scope)
  server.account = { sub: crypto.randomUUID(), email: 'ada@example.com' }
  const { connection, page } = await connect(koble, integration)
  expect(connection, page.html).toBeDefined()
  return connection as Connection
}
async function integrationWith(scopes: string[]): Promise<Integration> {
  const integration = await createOAuthIntegration(koble, server)
  return await change(integration, scopes)
}
const change = async ({ id }: Integration, scopes: string[]) => {
  const answer = await koble.request<Integration>('PATCH', `/api/integrations/${id}`, { body: { scopes } })
  expect(answer.status).toBe(200)
  return answer.body
}
const get = async (id: string) => (await koble.request<ConnectionDetail>('GET', `/api/connections/${id}`)).body
const reauthorize = (id: string, body?: object) =>
  koble.request<{ url: string } & Problem>('POST', `/api/connections/${id}/reauthorize`, { body })

/** Opens the link; returns what was asked for. */
async function open(url: string): Promise<string[]> {
  let asked = ''
  await createBrowser().open(url, {
    follow: (target) => {
      asked ||= target.searchParams.get('scope') ?? ''
      return true
    },
  })
  return asked.split(' ')
}

test('what was not granted is a warning that names it; a refresh that brings it ends the warning', async () => {
  const { id } = await connected(await integrationWith(['read', 'write']), 'read extra')
  expect(await get(id)).toMatchObject({
    status: 'warning',
    errorCode: 'scope_missing',
    errorMessage: expect.stringContaining('write'),
    scopeReport: { granted: ['read', 'extra'], needed: ['read', 'write'], missing: ['write'], extra: ['extra'] },
  })
  expect((await koble.request('GET', '/api/proxy/x', { headers: { 'koble-connection': id } })).status).toBe(200)
  grant('read write')
  expect((await koble.request('POST', `/api/connections/${id}/refresh`)).status).toBe(200)
  expect(await get(id)).toMatchObject({ status: 'connected', errorCode: null, scopeReport: { missing: [] } })
})

test('a change of the integration is found on all of its connections by a job, and taken back again', async () => {
  let integration = await integrationWith(['read'])
  const ids = [(await connected(integration, 'read')).id, (await connected(integration, 'read write')).id]
  integration = await change(integration, ['read', 'write'])
  const tasks = await koble.testDatabase.query<{ task: string }>(
    `SELECT t.identifier AS task FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
     WHERE j.payload->>'integrationId' = $1`,
    [integration.id],
  )
  expect(tasks.map(({ task }) => task)).toContain('connections.review')
  const review = () => koble.services.connections.review(koble.organization.id, integration.id)
  await review()
  expect((await get(ids[0] ?? '')).errorCode).toBe('scope_missing')
  expect((await get(ids[1] ?? '')).errorCode).toBeNull()
  await change(integration, ['read'])
  await review()
  expect(await get(ids[0] ?? '')).toMatchObject({ status: 'connected', errorCode: null })
})

describe('asking for what is missing', () => {
  test('keeps what was granted, and the connection its id', async () => {
    const { id } = await connected(await integrationWith(['read', 'write', 'admin']), 'read extra')
    const { body } = await reauthorize(id, { scopes: ['write'] })
    grant('read extra write')
    expect(await open(body.url)).toEqual(['read', 'extra', 'write'])
    expect(await get(id)).toMatchObject({ id, status: 'warning', scopeReport: { missing: ['admin'] } })
    const all = await reauthorize(id, { scopes: 'missing' })
    grant('read extra write admin')
    expect(await open(all.body.url)).toEqual(['read', 'write', 'extra', 'admin'])
    expect(await get(id)).toMatchObject({ id, status: 'connected', errorCode: null })
  })

  test('of what the integration does not need is refused', async () => {
    const { id } = await connected(await integrationWith(['read']), 'read')
    expect(await reauthorize(id, { scopes: ['everything'] })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    })
  })

  test('without saying what for asks for all that the integration needs', async () => {
    const { id } = await connected(await integrationWith(['read', 'write']), 'read write')
    const { body } = await reauthorize(id)
    expect(await open(body.url)).toEqual(['read', 'write'])
  })

  test('asks a provider that adds scopes up for the new ones alone, and keeps the old', async () => {
    const created = await koble.request<Integration>('POST', '/api/integrations', {
      body: {
        provider: 'google',
        credentials: { clientId: 'client.apps.googleusercontent.com', clientSecret: 'clientsecret' },
        scopes: ['calendar', 'drive'],
        endpoints: {
          authorizationUrl: `${server.origin}/authorize`,
          tokenUrl: `${server.origin}/token`,
          userInfoUrl: `${server.origin}/userinfo`,
          apiUrl: server.origin,
        },
      },
    })
    expect(created.status, JSON.stringify(created.body)).toBe(201)
    const { id } = await connected(created.body, 'calendar')
    const { body } = await reauthorize(id, { scopes: 'missing' })
    server.onToken = null
    let included: string | null = null
    server.onAuthorize = (query) => {
      included = query.get('include_granted_scopes')
      return { code: 'unused', state: query.get('state') ?? '' }
    }
    server.onToken = () => ({ body: server.issue() })
    expect(await open(body.url)).toEqual(['drive'])
    expect(included).toBe('true')
    expect(await get(id)).toMatchObject({ status: 'connected', scopes: ['calendar', 'drive'] })
  })
})
