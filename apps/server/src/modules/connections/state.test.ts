import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { NotificationPage, SystemEvent } from '@koble/contract/notifications'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { invite, type Person, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let server: OAuthServer
let owner: Person

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  server = await startOAuthServer()
  owner = await signUpOwner(koble)
})
afterAll(async () => {
  await koble.stop()
  await server.close()
})
afterEach(() => {
  server.onToken = null
})

async function connected(integration?: { id: string; provider: string }): Promise<Connection> {
  const under = integration ?? (await createOAuthIntegration(koble, server))
  server.account = { sub: crypto.randomUUID(), email: 'ada@example.com' }
  const { connection, page } = await connect(koble, under)
  expect(connection, page.html).toBeDefined()
  return connection as Connection
}
const refresh = (id: string) => koble.request<Problem>('POST', `/api/connections/${id}/refresh`)
const notifications = async (who: Pick<TestKoble, 'request'> = koble, query = '') =>
  (await who.request<NotificationPage>('GET', `/api/notifications${query}`)).body
const about = ({ data }: NotificationPage, { integrationId }: Connection) =>
  data.filter((notification) => notification.data['integrationId'] === integrationId)
const eventsOf = async (id: string) => {
  const { body } = await koble.request<{ data: SystemEvent[] }>('GET', '/api/system-events?limit=200')
  return body.data.filter((event) => event.data['connectionId'] === id)
}
const actionsOf = async (id: string) => {
  const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/connections/${id}/logs?limit=200`)
  return body.data.map((line) => line.action)
}
const travel = (id: string, change: string) =>
  koble.testDatabase.query(`UPDATE connections SET ${change} WHERE id = $1`, [id])

describe('every change of state', () => {
  test('is a line of the activity, an event, and for what nobody did on purpose a notification', async () => {
    const connection = await connected()
    const { id } = connection
    server.onToken = () => ({ status: 503, body: '' })
    expect((await refresh(id)).status).toBe(503)
    server.onToken = null
    await travel(id, 'refresh_not_before = NULL')
    expect((await refresh(id)).status).toBe(200)
    server.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
    expect((await refresh(id)).status).toBe(409)
    expect((await koble.request('DELETE', `/api/connections/${id}`)).status).toBe(204)

    const events = (await eventsOf(id)).toReversed()
    expect(events.map(({ type }) => type)).toEqual([
      'connection.created',
      'connection.warning',
      'connection.recovered',
      'connection.error',
      'connection.disconnected',
    ])
    expect(events[3]?.data).toMatchObject({
      integrationId: connection.integrationId,
      provider: 'oauth2',
      externalUserId: 'u1',
      status: 'error',
      previousStatus: 'connected',
      errorCode: 'needs_reauth',
    })
    expect(await actionsOf(id)).toEqual([
      'connection.disconnected',
      'connection.error',
      'connection.recovered',
      'token.refreshed',
      'token.refresh_failed',
      'connection.created',
    ])
    const told = about(await notifications(), connection).map(({ type, severity, read }) => ({ type, severity, read }))
    expect(told).toEqual([
      { type: 'connection.error', severity: 'error', read: false },
      { type: 'connection.recovered', severity: 'ok', read: false },
      { type: 'connection.warning', severity: 'warning', read: false },
    ])
  })

  test('stands or falls with what is told of it', async () => {
    const { id } = await connected()
    await koble.testDatabase.query('ALTER TABLE system_events ADD CONSTRAINT closed CHECK (false) NOT VALID')
    server.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
    expect((await refresh(id)).status).toBe(500)
    await koble.testDatabase.query('ALTER TABLE system_events DROP CONSTRAINT closed')
    const [row] = await koble.testDatabase.query('SELECT status FROM connections WHERE id = $1', [id])
    expect(row).toEqual({ status: 'connected' })
    expect(await eventsOf(id)).toHaveLength(1)
  })

  test('to an error makes calls fail at once, with what it is about', async () => {
    const { id } = await connected()
    server.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
    const connection = { id, status: 'error', errorCode: 'needs_reauth' }
    const refused = { status: 409, body: { code: 'connection_not_usable', connection } }
    expect(await refresh(id)).toMatchObject(refused)
    expect(await koble.request('GET', '/api/proxy/x', { headers: { 'koble-connection': id } })).toMatchObject(refused)
    expect(await koble.request('GET', `/api/connections/${id}/token`)).toMatchObject(refused)
  })
})

describe('the provider refusing', () => {
  test('the client of the integration is a warning: connecting again would not help', async () => {
    const { id } = await connected()
    server.onToken = () => ({ status: 401, body: { error: 'invalid_client' } })
    expect(await refresh(id)).toMatchObject({ status: 422, body: { code: 'provider_rejected' } })
    const { body } = await koble.request<Connection>('GET', `/api/connections/${id}`)
    expect(body).toMatchObject({ status: 'warning', errorCode: 'client_rejected' })
    server.onToken = null
    await travel(id, 'refresh_not_before = NULL')
    expect(await refresh(id)).toMatchObject({ status: 200, body: { status: 'connected', errorCode: null } })
  })

  test('since the access was withdrawn is an error that says so', async () => {
    const { id } = await connected()
    server.onToken = () => ({ status: 400, body: { error: 'token_revoked' } })
    expect((await refresh(id)).status).toBe(409)
    const { body } = await koble.request<Connection>('GET', `/api/connections/${id}`)
    expect(body).toMatchObject({ status: 'error', errorCode: 'revoked' })
  })
})

describe('notifications', () => {
  test('of 1,000 connections that fail together are one, with a count and the first few of them', {
    timeout: 60_000,
  }, async () => {
    const integration = await createOAuthIntegration(koble, server)
    const first = await connected(integration)
    await koble.testDatabase.query(
      `INSERT INTO connections (id, organization_id, integration_id, provider_id, external_user_id, account_id,
         credentials, token_expires_at)
       SELECT gen_random_uuid(), organization_id, integration_id, provider_id, 'u' || n, 'account-' || n, credentials, now()
       FROM connections, generate_series(1, 999) n WHERE id = $1`,
      [first.id],
    )
    const rows = await koble.testDatabase.query<{ id: string }>(
      'SELECT id FROM connections WHERE integration_id = $1',
      [integration.id],
    )
    const open = await koble.services.integrations.open(koble.organization.id, integration.id)
    const target = { organizationId: koble.organization.id, version: 1, integration: open }
    const state = { status: 'error' as const, errorCode: 'needs_reauth' as const, errorMessage: 'It ran out.' }
    const changed = await Promise.all(
      rows.map(({ id }) => koble.services.access.states.judge({ ...target, id }, state)),
    )
    expect(changed.filter(Boolean)).toHaveLength(1000)
    const [only, ...more] = about(await notifications(), first)
    expect(more).toEqual([])
    expect(only).toMatchObject({ type: 'connection.error', severity: 'error', count: 1000, read: false })
    expect(only?.data['connectionIds']).toHaveLength(10)
    const { rows: events } = await koble.database.systemPool.query(
      `SELECT count(*)::int FROM system_events WHERE type = 'connection.error' AND data->>'integrationId' = $1`,
      [integration.id],
    )
    expect(events).toEqual([{ count: 1000 }])
  })

  test('are read by each person alone, and unread again when they grow', async () => {
    const admin = await invite(koble, 'anne@example.com', 'admin')
    const integration = await createOAuthIntegration(koble, server)
    const fail = async () => {
      const connection = await connected(integration)
      server.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
      expect((await refresh(connection.id)).status).toBe(409)
      server.onToken = null
      return connection
    }
    const connection = await fail()
    const [notification] = about(await notifications(owner), connection)
    const ids = [notification?.id ?? '']
    const before = (await notifications(owner)).unreadCount
    const answer = await owner.request('POST', '/api/notifications/read', { body: { ids } })
    expect(answer.body).toEqual({ unreadCount: before - 1 })
    expect(about(await notifications(owner), connection)).toMatchObject([{ read: true, count: 1 }])
    expect(about(await notifications(owner, '?unread=true'), connection)).toEqual([])
    expect(about(await notifications(admin), connection)).toMatchObject([{ read: false }])

    await fail()
    expect(about(await notifications(owner), connection)).toMatchObject([{ read: false, count: 2 }])
    await owner.request('POST', '/api/notifications/read', { body: {} })
    expect((await notifications(owner)).unreadCount).toBe(0)
    expect((await notifications(admin)).unreadCount).toBeGreaterThan(0)
  })

  test('come in pages', async () => {
    const first = await notifications(koble, '?limit=1')
    const second = await notifications(koble, `?limit=1&cursor=${first.nextCursor}`)
    expect(first.data).toHaveLength(1)
    expect(second.data[0]?.id).toBeDefined()
    expect(second.data[0]?.id).not.toBe(first.data[0]?.id)
  })
})

test('events come in pages, and by type', async () => {
  type Page = { data: SystemEvent[]; nextCursor: string | null }
  const ask = async (query: string) => (await koble.request<Page>('GET', `/api/system-events?${query}`)).body
  const first = await ask('limit=2&type=connection.created')
  expect(first.data.map(({ type }) => type)).toEqual(['connection.created', 'connection.created'])
  const second = await ask(`limit=2&type=connection.created&cursor=${first.nextCursor}`)
  const ids = [...first.data, ...second.data].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(ids.toSorted().toReversed())
})
