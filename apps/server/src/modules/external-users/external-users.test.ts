import type { AuditEntry } from '@koble/contract/activity'
import type { BulkOperation } from '@koble/contract/bulk'
import type { ExternalUser } from '@koble/contract/external-users'
import type { Page } from '@koble/contract/paging'
import { sha256Hex } from '@koble/core/crypto'
import { startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connect, createConnectSession, createOAuthIntegration } from '../../testing/connect.ts'
import { deliver, type GithubEndpoint, openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { createKeyConnection, waitForBulk } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** Ids and data of one person, each planted wherever it can get to. */
const canary = 'canary-user/Ærlig "Olsen"+1@example.com'
const traces = {
  id: 'canary-user/Ærlig',
  account: 'canary-account',
  label: 'canary-label@example.com',
  metadata: 'canary-metadata',
  path: 'canary-path',
  body: 'canary-body',
  event: 'canary-event',
  receiver: 'canary-receiver',
  sent: 'canary-sent',
}
const bystander = 'bystander'

let koble: TestKoble
let server: OAuthServer
let endpoint: GithubEndpoint & { integrationId: string }
let keyed: string

const path = (externalUserId: string) => `/api/external-users/${encodeURIComponent(externalUserId)}`

beforeAll(async () => {
  koble = await startTestKoble()
  server = await startOAuthServer()
  endpoint = await openGithubEndpoint(koble.request)
})
afterAll(async () => {
  await server.close()
  await koble.stop()
})

/** One of everything for a user. */
async function plant(externalUserId: string, mark: string): Promise<string[]> {
  server.account = { sub: `${mark}-account`, email: `${mark}-label@example.com` }
  const oauth = await createOAuthIntegration(koble, server)
  const { connection } = await connect(koble, oauth, { externalUserId })
  expect(connection?.externalUserId).toBe(externalUserId)
  const id = connection?.id ?? ''
  const metadata = { note: `${mark}-metadata` }
  await koble.request('PATCH', `/api/connections/${id}`, { body: { metadata } })
  await koble.request('GET', `/api/proxy/${mark}-path`, { headers: { 'koble-connection': id } })
  keyed = await createKeyConnection(koble, server.origin, { externalUserId })
  await koble.request('DELETE', `/api/connections/${keyed}`)
  // Answers that are kept for repetition: of a connect session, and under a key that names the user.
  for (const key of [`for-${externalUserId.replaceAll(/[^ -~]/g, '')}`, `${mark}-session`]) {
    const body = { externalUserId }
    await koble.request('POST', '/api/connect-sessions', { body, headers: { 'idempotency-key': `${mark}:${key}` } })
  }
  const integrationId = (await koble.request<{ integrationId: string }>('GET', `/api/connections/${keyed}`)).body
    .integrationId
  const create = { integrationId, externalUserId, credentials: { apiKey: 'again' } }
  await koble.request('POST', '/api/connections', { body: create, headers: { 'idempotency-key': `${mark}-create` } })
  await sendTo(externalUserId, mark)
  // A sign-in that was begun and never finished.
  const session = await createConnectSession(koble, { externalUserId })
  await koble.request('GET', `/api/connect/oauth2?token=${session.token}&integrationId=${oauth.id}`, { key: null })
  await waitForBulk(koble, (await startBulk({ kind: 'test', filter: { externalUserId } })).id)

  // An account at the provider of the webhooks, and an event that speaks of it.
  const imported = await koble.request<{ results: { connectionId: string }[] }>('POST', '/api/connections/import', {
    body: {
      connections: [
        {
          integrationId: endpoint.integrationId,
          externalUserId,
          accountId: mark === 'canary' ? '4711' : '4712',
          credentials: { accessToken: 'x' },
        },
      ],
    },
  })
  const sender = { id: mark === 'canary' ? 4711 : 4712, login: `${mark}-body` }
  const delivered = await deliver(endpoint, `${mark}-event`, { body: JSON.stringify({ sender }) })
  await vi.waitFor(async () => {
    const event = await koble.request<{ status: string }>('GET', `/api/events/${delivered.body.eventId}`)
    expect(event.body.status).toBe('completed')
  })
  const hooked = imported.body.results[0]?.connectionId ?? ''
  // How an event finds its connection is the provider's affair; here it has found it.
  await koble.testDatabase.query('UPDATE webhook_events SET connection_id = $1 WHERE external_event_id = $2', [
    hooked,
    `${mark}-event`,
  ])
  await koble.services.activity.flush()
  return [id, keyed, hooked]
}

/** A destination that the user made, and a message that was tried to be sent there. */
async function sendTo(externalUserId: string, mark: string): Promise<void> {
  const portal = await koble.request<{ token: string }>('POST', '/api/portal-sessions', {
    body: { externalUserId },
    headers: { 'idempotency-key': `${mark}-portal` },
  })
  const config = { url: `${server.origin}/${mark}-receiver` }
  const made = await koble.request('POST', '/api/destinations', {
    key: portal.body.token,
    body: { name: 'Mine', type: 'https', config },
    headers: { 'idempotency-key': `${mark}-destination` },
  })
  expect(made.status).toBe(201)
  const body = { eventType: 'person.told', externalUserId, data: { text: `${mark}-sent` }, id: `${mark}-message` }
  const sent = await koble.request<{ id: string }>('POST', '/api/messages', { body })
  await vi.waitFor(async () => {
    const { body } = await koble.request<{ data: object[] }>('GET', `/api/messages/${sent.body.id}/attempts`)
    expect(body.data).toHaveLength(1)
  }, 10_000)
}

async function startBulk(body: object): Promise<BulkOperation> {
  return (await koble.request<BulkOperation>('POST', '/api/bulk-operations', { body })).body
}

/** Every row of every table, as text, with the raw bytes as text too. */
async function everything(): Promise<{ table: string; text: string }[]> {
  const tables = await koble.testDatabase.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  const rows: { table: string; text: string }[] = []
  for (const { name } of tables) {
    const found = await koble.testDatabase.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM ${name} t`,
    )
    for (const { row } of found) {
      const bytes =
        typeof row['body'] === 'string' ? Buffer.from(row['body'].replace(/^\\x/, ''), 'hex').toString() : ''
      rows.push({ table: name, text: `${JSON.stringify(row)} ${bytes}` })
    }
  }
  return rows
}

const tablesWith = (rows: { table: string; text: string }[], needle: string) =>
  [...new Set(rows.filter(({ text }) => text.includes(needle)).map(({ table }) => table))].sort()

test('one person is exported without secrets, then erased from every table, and nobody else is', {
  timeout: 60_000,
}, async () => {
  const connectionIds = await plant(canary, 'canary')
  await plant(bystander, 'other')
  const before = await everything()
  for (const [name, trace] of Object.entries(traces)) expect(tablesWith(before, trace), name).not.toEqual([])
  expect(tablesWith(before, traces.id)).toEqual(
    expect.arrayContaining([
      'public.bulk_operations',
      'public.connect_sessions',
      'public.connections',
      'public.oauth_states',
    ]),
  )
  const others = before.filter(({ text }) => text.includes('other-') || text.includes(bystander)).length

  const exported = await koble.request<Record<string, unknown[]>>('GET', `${path(canary)}/export`)
  expect(exported.status).toBe(200)
  expect(exported.headers.get('content-disposition')).toContain('attachment')
  const { connections, connectSessions, requests, activities, events, externalUserId } = exported.body
  expect(externalUserId).toBe(canary)
  expect(connections).toHaveLength(3)
  for (const section of [connectSessions, requests, activities]) expect(section?.length).toBeGreaterThan(0)
  expect(events).toMatchObject([{ externalEventId: 'canary-event', body: expect.stringContaining('canary-body') }])
  const text = JSON.stringify(exported.body)
  for (const trace of Object.values(traces)) expect(text).toContain(trace)
  for (const secret of [server.accessToken, server.refreshToken, 'third-party-key', 'credentials"', 'token_hash']) {
    expect(text).not.toContain(secret)
  }
  expect(text).not.toContain('other-')

  const begun = await koble.request<BulkOperation>('DELETE', path(canary))
  expect(begun).toMatchObject({ status: 202, body: { kind: 'erase', status: 'queued', total: 3, filter: null } })
  const done = await waitForBulk(koble, begun.body.id)
  expect(done).toMatchObject({
    status: 'completed',
    failed: 0,
    counts: { connections: 3, webhookEvents: 1 },
  })
  for (const name of ['connectSessions', 'activities', 'integrationRequests', 'idempotencyKeys', 'webhookEventKeys']) {
    expect(done.counts[name], name).toBeGreaterThan(0)
  }

  const after = await everything()
  for (const [name, trace] of Object.entries(traces)) expect(tablesWith(after, trace), name).toEqual([])
  expect(tablesWith(after, 'canary')).toEqual([])
  // The audit log, which cannot be changed, and the jobs and operations that are over know ids of connections at most.
  for (const id of connectionIds) {
    const left = tablesWith(after, id).filter((table) => !['public.audit_log', 'public.bulk_batches'].includes(table))
    expect(left).toEqual([])
  }
  expect(after.filter(({ text }) => text.includes('other-') || text.includes(bystander)).length).toBe(others)

  const pseudonym = sha256Hex(`${koble.organization.id}/${canary}`)
  const { body } = await koble.request<Page<AuditEntry>>('GET', '/api/audit-log?limit=200')
  const told = body.data.filter(({ targetId }) => targetId === pseudonym).map(({ action }) => action)
  expect(told.sort()).toEqual(['external_user.erased', 'external_user.erasing', 'external_user.exported'])
  expect(await koble.services.audit.verify(koble.organization.id)).toMatchObject({ ok: true })
  expect((await koble.request('DELETE', path(canary))).status).toBe(404)
  expect((await koble.request('GET', `${path(canary)}/export`)).status).toBe(404)
})

test('every table that names a connection or an external user is among those that are erased from', async () => {
  const columns = await koble.testDatabase.query<{ name: string; organization: boolean }>(`
    SELECT c.relname || '.' || a.attname AS name,
      EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attname = 'organization_id') AS organization
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attname ~ '^(external_user|connection)_id$'`)
  expect(columns.length).toBeGreaterThan(5)
  for (const { name, organization } of columns) expect({ name, organization }).toEqual({ name, organization: true })
})

test('an erasure revokes the tokens at the provider', async () => {
  const received: string[] = []
  const local = await startLocalServer(async (request, reply) => {
    let form = ''
    for await (const chunk of request) form += chunk
    received.push(new URLSearchParams(form).get('token') ?? '')
    reply.end()
  })
  const config = { config: { ...server.config, revocationUrl: `${local.origin}/revoke` } }
  const integration = await createOAuthIntegration(koble, config)
  const credentials = { accessToken: 'a', refreshToken: 'to-be-revoked' }
  await koble.request('POST', '/api/connections/import', {
    body: { connections: [{ integrationId: integration.id, externalUserId: 'leaver', credentials }] },
  })
  const { body } = await koble.request<BulkOperation>('DELETE', path('leaver'))
  await waitForBulk(koble, body.id)
  expect(received).toEqual(['to-be-revoked'])
  await local.close()
})

test('external users are listed page by page, found by a part of their id, and only by their own organization', async () => {
  for (const at of [1, 2, 3]) await createKeyConnection(koble, server.origin, { externalUserId: `listed-${at}%` })
  await createKeyConnection(koble, server.origin, { externalUserId: 'listed-1%' })
  const found: ExternalUser[] = []
  let cursor = ''
  do {
    const query = `search=isted-&limit=2${cursor && `&cursor=${cursor}`}`
    const { body } = await koble.request<Page<ExternalUser>>('GET', `/api/external-users?${query}`)
    found.push(...body.data)
    cursor = body.nextCursor ?? ''
  } while (cursor)
  expect(found.map(({ externalUserId, connectionCount }) => [externalUserId, connectionCount])).toEqual([
    ['listed-1%', 2],
    ['listed-2%', 1],
    ['listed-3%', 1],
  ])
  expect((await koble.request<Page<ExternalUser>>('GET', '/api/external-users?search=1%25')).body.data).toHaveLength(1)
  const other = await createOrganization(await signUpOwner(koble), 'Another')
  const key = other.ownerKey
  expect((await koble.request<Page<ExternalUser>>('GET', '/api/external-users', { key })).body.data).toEqual([])
  expect((await koble.request('DELETE', path('listed-1%'), { key })).status).toBe(404)
})

test('the longest id, in any script, can be exported and erased', async () => {
  const externalUserId = '好'.repeat(255)
  await createKeyConnection(koble, server.origin, { externalUserId })
  expect((await koble.request('GET', `${path(externalUserId)}/export`)).status).toBe(200)
  const { body } = await koble.request<BulkOperation>('DELETE', path(externalUserId))
  expect(await waitForBulk(koble, body.id)).toMatchObject({ status: 'completed', counts: { connections: 1 } })
})
