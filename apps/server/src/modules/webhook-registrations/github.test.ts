import type { Connection } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import type { Registration } from '@koble/contract/webhook-registrations'
import type { CreatedEndpoint, Event } from '@koble/contract/webhooks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createBrowser, readForm } from '../../testing/browser.ts'
import { connectUrl, createConnectSession } from '../../testing/connect.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** GitHub's stand-in, which nobody here wrote, and whose hooks deliver. */
let koble: TestKoble
let integration: Integration
let connection: Connection

beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
  const created = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'github', sandbox: true, scopes: ['read:user', 'repo', 'admin:repo_hook', 'admin:org_hook'] },
  })
  integration = created.body
  const browser = createBrowser()
  const session = await createConnectSession(koble)
  const page = await browser.open(connectUrl(koble, session, integration))
  const { action, fields } = readForm(page, '>octocat<')
  await browser.open(action, { form: fields })
  const { body } = await koble.request<{ connections: Connection[] }>('GET', `/api/connect-sessions/${session.id}`)
  connection = body.connections[0] as Connection
  expect(connection?.status).toBe('connected')
})
afterAll(() => koble.stop())

const call = (method: string, path: string, body?: object) =>
  koble.request<{ id: number; config: { url: string } }[]>(method, `/api/proxy${path}`, {
    headers: { 'koble-connection': connection.id },
    ...(body && { body }),
  })
const eventsOf = async (endpointId: string) =>
  (await koble.request<{ data: Event[] }>('GET', `/api/events?endpointId=${endpointId}`)).body.data

async function open(target: string, parameters: Record<string, string>, events: string[] = []) {
  const { status, body } = await koble.request<CreatedEndpoint>(
    'POST',
    `/api/integrations/${integration.id}/webhooks`,
    {
      body: { events, register: { connectionId: connection.id, target, parameters } },
    },
  )
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

test('a hook of a repository is made, its signed deliveries come, and it goes with its endpoint', async () => {
  const endpoint = await open('repository', { repository: 'octocat/hello-world' }, ['issues'])
  expect(endpoint.registration).toMatchObject({ status: 'active', errorCode: null, expiresAt: null })
  const hooks = await call('GET', '/repos/octocat/hello-world/hooks')
  expect(hooks.body.map(({ id }) => String(id))).toEqual(endpoint.registration?.externalIds)
  expect(hooks.body[0]?.config.url).toContain(endpoint.url)

  expect((await call('POST', '/repos/octocat/hello-world/issues', { title: 'Found a bug' })).status).toBe(201)
  await vi.waitFor(async () => {
    expect(await eventsOf(endpoint.id)).toMatchObject([{ eventType: 'issues', status: 'completed' }])
  }, 10_000)

  expect((await koble.request('DELETE', `/api/webhooks/${endpoint.id}`)).status).toBe(204)
  expect((await call('GET', '/repos/octocat/hello-world/hooks')).body).toEqual([])
})

test('one endpoint serves several repositories and an organization, each with a hook of its own', async () => {
  const endpoint = await open('repository', { repository: 'octocat/hello-world' })
  const path = `/api/webhooks/${endpoint.id}/registrations`
  const more = await koble.request<Registration>('POST', path, {
    body: { connectionId: connection.id, target: 'repository', parameters: { repository: 'octocat/spoon-knife' } },
  })
  expect(more).toMatchObject({ status: 201, body: { status: 'active' } })
  const organization = await koble.request<Registration>('POST', path, {
    body: { connectionId: connection.id, target: 'organization', parameters: { organization: 'fjord-bikes' } },
  })
  expect(organization).toMatchObject({ status: 201, body: { status: 'active' } })

  await call('POST', '/repos/octocat/spoon-knife/issues', { title: 'It is a fork' })
  await vi.waitFor(async () => {
    expect((await eventsOf(endpoint.id)).map(({ eventType }) => eventType)).toContain('issues')
  }, 10_000)

  const removed = await koble.request<Registration>('DELETE', `${path}/${more.body.id}`)
  expect(removed.body.status).toBe('removed')
  expect((await call('GET', '/repos/octocat/spoon-knife/hooks')).body).toEqual([])
  expect((await call('GET', '/repos/octocat/hello-world/hooks')).body).toHaveLength(1)
  expect((await call('GET', '/orgs/fjord-bikes/hooks')).body).toHaveLength(1)
  expect((await koble.request('DELETE', `/api/connections/${connection.id}`)).status).toBe(204)
  const left = await koble.request<{ data: Registration[] }>('GET', path)
  expect(left.body.data).toEqual([])
})
