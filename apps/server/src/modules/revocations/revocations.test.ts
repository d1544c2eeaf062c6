import { text } from 'node:stream/consumers'
import type { Activity } from '@koble/contract/activity'
import type { ConnectionDetail } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connect } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

interface Told {
  method: string
  path: string
  authorization: string
  body: string
}

let koble: TestKoble
let server: OAuthServer
/** GitHub's API, as far as revocation and `GET /user` go. */
let api: LocalServer
let integration: Integration
let status: number
const told: Told[] = []

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  server = await startOAuthServer()
  api = await startLocalServer(async (request, reply) => {
    if (request.url === '/user') return reply.end(JSON.stringify({ id: server.account.sub, login: 'octocat' }))
    const { method = '', url: path = '', headers } = request
    told.push({ method, path, authorization: headers.authorization ?? '', body: await text(request) })
    reply.writeHead(status).end()
  })
  const body = {
    provider: 'github',
    credentials: { clientId: 'Iv1.client', clientSecret: 'clientsecret' },
    endpoints: {
      authorizationUrl: `${server.origin}/authorize`,
      tokenUrl: `${server.origin}/token`,
      apiUrl: api.origin,
    },
  }
  const created = await koble.request<Integration>('POST', '/api/integrations', { body })
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  integration = created.body
})
afterAll(async () => {
  await koble.stop()
  await server.close()
  await api.close()
})
beforeEach(() => {
  status = 204
  told.length = 0
  server.account = { sub: crypto.randomUUID(), email: 'octocat' }
})

async function connected(externalUserId = 'u1'): Promise<{ id: string; accessToken: string }> {
  const { connection, page } = await connect(koble, integration, { externalUserId })
  expect(connection, page.html).toBeDefined()
  return { id: connection?.id ?? '', accessToken: server.accessToken }
}
const disconnect = async (id: string) =>
  expect((await koble.request('DELETE', `/api/connections/${id}`)).status).toBe(204)
const get = async (id: string) => (await koble.request<ConnectionDetail>('GET', `/api/connections/${id}`)).body
const pendingOf = (id: string) =>
  koble.testDatabase.query<{ sealed: string; attempts: number }>(
    'SELECT sealed, attempts FROM pending_revocations WHERE connection_id = $1',
    [id],
  )
const retry = async (id: string) => {
  await koble.testDatabase.query(
    "UPDATE pending_revocations SET next_at = now() - interval '1 second' WHERE connection_id = $1",
    [id],
  )
  await koble.services.connections.retryRevocations()
}

test('a disconnection ends the grant, with the client’s id and secret', async () => {
  const { id, accessToken } = await connected()
  await disconnect(id)
  expect(told).toEqual([
    {
      method: 'DELETE',
      path: '/applications/Iv1.client/grant',
      authorization: `Basic ${btoa('Iv1.client:clientsecret')}`,
      body: JSON.stringify({ access_token: accessToken }),
    },
  ])
  expect(await get(id)).toMatchObject({ status: 'disconnected', revocation: 'done' })
  expect(await pendingOf(id)).toEqual([])
})

test('ends one token alone while somebody else is connected to the same account', async () => {
  const first = await connected('u1')
  const second = await connected('u2')
  await disconnect(first.id)
  expect(told.map(({ path }) => path)).toEqual(['/applications/Iv1.client/token'])
  await disconnect(second.id)
  expect(told.at(-1)?.path).toBe('/applications/Iv1.client/grant')
})

describe('a provider that cannot be told', () => {
  test('is told later; until then the tokens are kept sealed, and nowhere else', async () => {
    const { id, accessToken } = await connected()
    status = 503
    await disconnect(id)
    expect(await get(id)).toMatchObject({ status: 'disconnected', revocation: 'pending' })
    const [row] = await koble.testDatabase.query('SELECT credentials FROM connections WHERE id = $1', [id])
    expect(row).toEqual({ credentials: null })
    const [pending] = await pendingOf(id)
    expect(pending?.attempts).toBe(1)
    expect(pending?.sealed).not.toContain(accessToken)
    const [jobs] = await koble.testDatabase.query<{ text: string }>(
      "SELECT coalesce(string_agg(payload::text, ' '), '') AS text FROM graphile_worker._private_jobs",
    )
    expect(jobs?.text).not.toContain(accessToken)

    await koble.services.connections.retryRevocations()
    expect(told).toHaveLength(1)
    status = 204
    await retry(id)
    expect(told).toHaveLength(2)
    expect(told[1]?.body).toContain(accessToken)
    expect(await get(id)).toMatchObject({ revocation: 'done' })
    expect(await pendingOf(id)).toEqual([])
  })

  test('is given up after six tries, which is told, and the tokens are gone', async () => {
    const { id } = await connected()
    status = 500
    await disconnect(id)
    for (let tries = 1; tries < 6; tries += 1) {
      expect(await pendingOf(id)).toHaveLength(1)
      await retry(id)
    }
    expect(told).toHaveLength(6)
    expect(await pendingOf(id)).toEqual([])
    expect(await get(id)).toMatchObject({ revocation: 'failed' })
    const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/connections/${id}/logs`)
    expect(body.data[0]).toMatchObject({
      action: 'connection.revocation_failed',
      details: { code: 'provider_unavailable' },
    })
  })

  test('is given up after a day', async () => {
    const { id } = await connected()
    status = 500
    await disconnect(id)
    await koble.testDatabase.query(
      "UPDATE pending_revocations SET created_at = now() - interval '25 hours' WHERE connection_id = $1",
      [id],
    )
    await retry(id)
    expect(await pendingOf(id)).toEqual([])
  })
})
