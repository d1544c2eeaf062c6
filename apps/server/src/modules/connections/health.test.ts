import type { Connection, ConnectionHealth } from '@koble/contract/connections'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let server: OAuthServer
let integration: { id: string; provider: string }

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
  server.onApi = null
})

/** A connection under an integration of its own, whose check is due. */
async function due(): Promise<string> {
  integration = await createOAuthIntegration(koble, server)
  server.account = { sub: crypto.randomUUID(), email: 'ada@example.com' }
  const { connection, page } = await connect(koble, integration)
  expect(connection, page.html).toBeDefined()
  const id = connection?.id ?? ''
  await travel(id, "health_due_at = now() - interval '1 minute'")
  return id
}
const travel = (id: string, change: string) =>
  koble.testDatabase.query(`UPDATE connections SET ${change} WHERE id = $1`, [id])
const healthOf = async (id: string) =>
  (await koble.request<ConnectionHealth>('GET', `/api/connections/${id}/health`)).body
const get = async (id: string) => (await koble.request<Connection>('GET', `/api/connections/${id}`)).body
const hoursUntil = (time: string | null) => (Date.parse(time ?? '') - Date.now()) / 3_600_000

describe('a check', () => {
  test('that is due asks the provider once, and stands on the connection and in lists', async () => {
    const id = await due()
    expect((await healthOf(id)).latest).toBeNull()
    await koble.services.connections.checkHealth()
    await koble.services.connections.checkHealth()
    const health = await healthOf(id)
    expect(health.history).toHaveLength(1)
    expect(health.latest).toMatchObject({ ok: true, code: null })
    expect(hoursUntil(health.nextCheckAt)).toBeGreaterThan(20)
    expect(hoursUntil(health.nextCheckAt)).toBeLessThan(27)
    const { body } = await koble.request<{ data: Connection[] }>(
      'GET',
      `/api/connections?integrationId=${integration.id}`,
    )
    expect(body.data[0]?.health).toEqual(health.latest)
  })

  test('is left out while calls get through, which is proof enough', async () => {
    const id = await due()
    expect((await koble.request('GET', '/api/proxy/x', { headers: { 'koble-connection': id } })).status).toBe(200)
    await koble.services.activity.flush()
    await koble.services.connections.checkHealth()
    const health = await healthOf(id)
    expect(health.history).toEqual([])
    expect(hoursUntil(health.nextCheckAt)).toBeGreaterThan(20)
  })

  test('is not left out for calls that failed', async () => {
    const id = await due()
    server.onApi = (_request, reply) => reply.writeHead(500).end()
    expect((await koble.request('GET', '/api/proxy/x', { headers: { 'koble-connection': id } })).status).toBe(500)
    await koble.services.activity.flush()
    await koble.services.connections.checkHealth()
    expect((await healthOf(id)).history).toHaveLength(1)
  })

  test('failing once is remembered and repeated soon; twice it is a warning, which a success ends', async () => {
    const id = await due()
    await koble.request('PATCH', `/api/integrations/${integration.id}`, {
      body: {
        config: { userInfoUrl: `${server.origin}/nothing-here` },
        endpoints: { userInfoUrl: 'http://127.0.0.1:1' },
      },
    })
    await koble.services.connections.checkHealth()
    expect(await get(id)).toMatchObject({ status: 'connected', health: { ok: false, code: 'provider_unreachable' } })
    expect(hoursUntil((await healthOf(id)).nextCheckAt)).toBeLessThan(0.4)
    await travel(id, 'health_due_at = now()')
    await koble.services.connections.checkHealth()
    expect(await get(id)).toMatchObject({ status: 'warning', errorCode: 'provider_unavailable' })

    await koble.request('PATCH', `/api/integrations/${integration.id}`, { body: { endpoints: {} } })
    await koble.request('PATCH', `/api/integrations/${integration.id}`, {
      body: { config: { userInfoUrl: `${server.origin}/userinfo` } },
    })
    await travel(id, 'health_due_at = now()')
    await koble.services.connections.checkHealth()
    expect(await get(id)).toMatchObject({ status: 'connected', errorCode: null, health: { ok: true } })
    expect((await healthOf(id)).history.map(({ ok }) => ok)).toEqual([true, false, false])
  })

  test('that the provider refuses ends the connection', async () => {
    const id = await due()
    server.accessToken = 'withdrawn'
    await koble.services.connections.checkHealth()
    expect(await get(id)).toMatchObject({ status: 'error', errorCode: 'needs_reauth', health: { ok: false } })
    expect((await healthOf(id)).nextCheckAt).toBeNull()
  })

  test('leaves the last twenty behind', async () => {
    const id = await due()
    for (let check = 0; check < 22; check += 1) await koble.request('POST', `/api/connections/${id}/test`)
    expect((await healthOf(id)).history).toHaveLength(20)
  })
})

describe('an integration', () => {
  test('that wants no checks gets none', async () => {
    const id = await due()
    const path = `/api/integrations/${integration.id}`
    const off = await koble.request('PATCH', path, { body: { healthCheck: { enabled: false } } })
    expect(off).toMatchObject({ status: 200, body: { healthCheck: { enabled: false, intervalHours: 24 } } })
    await koble.services.connections.checkHealth()
    expect(await healthOf(id)).toMatchObject({ latest: null, nextCheckAt: null })
  })

  test('that wants them more often spreads them over the interval', async () => {
    const id = await due()
    await travel(id, "health_due_at = now() + interval '23 hours'")
    await koble.request('PATCH', `/api/integrations/${integration.id}`, {
      body: { healthCheck: { intervalHours: 2 } },
    })
    await koble.services.connections.review(koble.organization.id, integration.id)
    expect(hoursUntil((await healthOf(id)).nextCheckAt)).toBeLessThan(2)
  })

  test('with many connections is asked sixty times a minute at most, and all get their turn', async () => {
    const id = await due()
    await koble.testDatabase.query(
      `INSERT INTO connections (id, organization_id, integration_id, provider_id, external_user_id, account_id,
         status, credentials, health_due_at)
       SELECT gen_random_uuid(), organization_id, integration_id, provider_id, 'u' || n, 'account-' || n, 'connected',
         credentials, now() - n * interval '1 second' FROM connections, generate_series(1, 70) n WHERE id = $1`,
      [id],
    )
    const left = async () => {
      const [row] = await koble.testDatabase.query<{ count: number }>(
        'SELECT count(*)::int FROM connections WHERE integration_id = $1 AND health_due_at <= now()',
        [integration.id],
      )
      return row?.count
    }
    expect(await left()).toBe(71)
    await koble.services.connections.checkHealth()
    expect(await left()).toBe(11)
    await koble.services.connections.checkHealth()
    expect(await left()).toBe(0)
  })
})
