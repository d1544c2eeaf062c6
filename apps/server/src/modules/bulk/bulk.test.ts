import type { BulkOperation } from '@koble/contract/bulk'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { ImportReport } from '@koble/contract/portability'
import { generateMasterKey } from '@koble/core/crypto'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createOAuthIntegration } from '../../testing/connect.ts'
import { createDataDir } from '../../testing/data-dir.ts'
import { type CallOptions, call } from '../../testing/http-call.ts'
import { startOAuthServer } from '../../testing/oauth-server.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { startProgram } from '../../testing/program.ts'
import { waitForBulk } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

type Koble = Pick<TestKoble, 'request'>

let koble: TestKoble
/** Answers test calls, after `hold` when there is one. */
let thirdParty: LocalServer
let hold: Promise<void> | null = null
let calls: (string | undefined)[] = []

beforeAll(async () => {
  koble = await startTestKoble()
  thirdParty = await startLocalServer(async (request, reply) => {
    calls.push(request.headers.authorization)
    await hold
    reply.writeHead(request.headers.authorization === 'Bearer bad-key' ? 401 : 200).end('{}')
  })
})
afterAll(async () => {
  await thirdParty.close()
  await koble.stop()
})

/** An integration with that many connections, whose keys are tried at the third party. */
async function createConnections(on: Koble, count: number, keyOf = (at: number) => `key-${at}`): Promise<string> {
  const integration = await on.request<{ id: string }>('POST', '/api/integrations', {
    body: { provider: 'api-key', config: { apiUrl: thirdParty.origin, testPath: '/me' } },
  })
  const integrationId = integration.body.id
  const connections = Array.from({ length: count }, (_, at) => ({
    integrationId,
    externalUserId: `customer-${at}`,
    credentials: { fields: { apiKey: keyOf(at) } },
  }))
  const imported = await on.request<ImportReport>('POST', '/api/connections/import', { body: { connections } })
  expect(imported.status, JSON.stringify(imported.body)).toBe(200)
  if (imported.body.operation) {
    expect(await waitForBulk(on, imported.body.operation.id)).toMatchObject({ status: 'completed', failed: 0 })
  } else expect(imported.body.created).toBe(count)
  return integrationId
}

async function start(on: Koble, body: object): Promise<BulkOperation> {
  const answer = await on.request<BulkOperation>('POST', '/api/bulk-operations', { body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}

const list = async (integrationId: string, more = '') =>
  (
    await koble.request<{ data: Connection[] }>(
      'GET',
      `/api/connections?integrationId=${integrationId}&limit=200${more}`,
    )
  ).body.data

test('tells of each item how it ended, and names those that failed', async () => {
  const integrationId = await createConnections(koble, 60, (at) => (at % 20 === 0 ? 'bad-key' : `key-${at}`))
  const begun = await start(koble, { kind: 'test', filter: { integrationId } })
  expect(begun).toMatchObject({ status: 'queued', total: 60, done: 0, filter: { integrationId } })
  const done = await waitForBulk(koble, begun.id)
  expect(done).toMatchObject({ status: 'completed', total: 60, done: 60, failed: 3, counts: { works: 57 } })
  const failed = (await list(integrationId, '&status=error')).map(({ id }) => id)
  expect(done.errors.map(({ item }) => item).sort()).toEqual(failed.sort())
  expect(done.startedAt).not.toBeNull()
})

test('says that it failed when nothing could be done', async () => {
  const integrationId = await createConnections(koble, 3)
  const done = await waitForBulk(koble, (await start(koble, { kind: 'refresh', filter: { integrationId } })).id)
  expect(done).toMatchObject({ status: 'failed', failed: 3, counts: {} })
  expect(done.errors[0]).toMatchObject({ code: 'conflict' })
})

test('changes metadata, disconnects and deletes what was chosen, and nothing else', async () => {
  const integrationId = await createConnections(koble, 30)
  const [kept, ...others] = await list(integrationId)
  const ids = others.map(({ id }) => id)
  await koble.request('PATCH', `/api/connections/${ids[0]}`, { body: { metadata: { old: 1, plan: 'free' } } })
  const changes = { old: null, plan: 'paid' }
  await waitForBulk(koble, (await start(koble, { kind: 'update-metadata', ids, metadata: changes })).id)
  const changed = await list(integrationId)
  expect(changed.find(({ id }) => id === ids[0])?.metadata).toEqual({ plan: 'paid' })
  expect(changed.find(({ id }) => id === kept?.id)?.metadata).toEqual({})

  const disconnected = await waitForBulk(koble, (await start(koble, { kind: 'disconnect', ids: ids.slice(0, 5) })).id)
  expect(disconnected.counts).toEqual({ disconnected: 5 })
  expect(await list(integrationId)).toHaveLength(25)
  expect((await koble.request<Connection>('GET', `/api/connections/${ids[0]}`)).body.status).toBe('disconnected')

  const deleted = await waitForBulk(koble, (await start(koble, { kind: 'delete', ids })).id)
  expect(deleted).toMatchObject({ status: 'completed', counts: { deleted: 29 } })
  expect((await list(integrationId)).map(({ id }) => id)).toEqual([kept?.id])
  expect((await koble.request('GET', `/api/connections/${ids[0]}`)).status).toBe(404)
})

test('refreshes tokens', async () => {
  const server = await startOAuthServer()
  const integration = await createOAuthIntegration(koble, server)
  const { access_token: accessToken, refresh_token: refreshToken } = server.issue()
  const body = {
    connections: [{ integrationId: integration.id, externalUserId: 'r', credentials: { accessToken, refreshToken } }],
  }
  await koble.request('POST', '/api/connections/import', { body })
  const filter = { integrationId: integration.id }
  const done = await waitForBulk(koble, (await start(koble, { kind: 'refresh', filter })).id)
  expect(done).toMatchObject({ status: 'completed', counts: { refreshed: 1 } })
  expect(server.accessToken).not.toBe(accessToken)
  await server.close()
})

test('leaves out what is not done yet when it is cancelled, and is over then', async () => {
  const integrationId = await createConnections(koble, 90)
  calls = []
  let release = () => {}
  hold = new Promise((resolve) => (release = resolve))
  const { id } = await start(koble, { kind: 'test', filter: { integrationId } })
  await vi.waitFor(() => expect(calls.length).toBeGreaterThan(0))
  const cancelled = await koble.request<BulkOperation>('POST', `/api/bulk-operations/${id}/cancel`)
  expect(cancelled.body).toMatchObject({ status: 'cancelled', done: 0 })
  release()
  hold = null
  // The batch under way comes to its end, and no other begins.
  await vi.waitFor(async () => {
    expect((await koble.request<BulkOperation>('GET', `/api/bulk-operations/${id}`)).body.done).toBe(25)
  }, 10_000)
  const jobs = 'SELECT 1 FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id'
  await vi.waitFor(async () => {
    expect(await koble.testDatabase.query(`${jobs} WHERE t.identifier = 'bulk.run'`)).toEqual([])
  })
  expect(calls).toHaveLength(25)
  expect((await koble.request<Problem>('POST', `/api/bulk-operations/${id}/cancel`)).body.code).toBe('conflict')
})

test('keeps what it works with sealed, and forgets it in the end', async () => {
  const integrationId = await createConnections(koble, 120, (at) => `canary-bulk-key-${at}`)
  const rows = await koble.testDatabase.query<{ text: string }>(
    'SELECT row_to_json(b)::text AS text FROM bulk_batches b UNION ALL SELECT row_to_json(o)::text FROM bulk_operations o',
  )
  expect(rows.length).toBeGreaterThan(5)
  expect(rows.map(({ text }) => text).join()).not.toContain('canary-bulk-key')
  const left = 'SELECT 1 FROM bulk_batches WHERE items IS NOT NULL OR output IS NOT NULL'
  expect(await koble.testDatabase.query(left)).toEqual([])
  expect(await koble.testDatabase.query('SELECT 1 FROM bulk_operations WHERE input IS NOT NULL')).toEqual([])
  expect(await list(integrationId)).toHaveLength(120)
})

test('refuses what does not fit together, and a role that is too low', async () => {
  const passphrase = 'correct horse battery'
  for (const body of [
    { kind: 'test' },
    { kind: 'test', ids: ['01900000-0000-7000-8000-000000000000'], filter: {} },
    { kind: 'update-metadata', filter: {} },
    { kind: 'test', filter: {}, metadata: {} },
    { kind: 'export', filter: {} },
    { kind: 'test', filter: {}, passphrase },
    { kind: 'import', filter: {} },
    { kind: 'erase', filter: {} },
  ]) {
    const answer = await koble.request<Problem>('POST', '/api/bulk-operations', { body })
    expect(answer, JSON.stringify(body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  }
  const key = await koble.createKey('developer')
  for (const body of [
    { kind: 'delete', filter: {} },
    { kind: 'export', filter: {}, passphrase },
  ]) {
    expect((await koble.request('POST', '/api/bulk-operations', { key, body })).status).toBe(403)
  }
  const { id } = await start(koble, { kind: 'export', filter: { provider: 'nobody' }, passphrase })
  expect((await koble.request('POST', `/api/bulk-operations/${id}/cancel`, { key })).status).toBe(403)
})

test('reaches no connection of another organization, by id or by filter', async () => {
  const integrationId = await createConnections(koble, 2)
  const ids = (await list(integrationId)).map(({ id }) => id)
  const other = await createOrganization(await signUpOwner(koble), 'Another')
  const stranger: Koble = {
    request: (method, path, options) => koble.request(method, path, { key: other.ownerKey, ...options }),
  }
  for (const chosen of [{ ids }, { filter: {} }, { filter: { integrationId } }]) {
    expect(await start(stranger, { kind: 'delete', ...chosen })).toMatchObject({ total: 0 })
  }
  expect(await list(integrationId)).toHaveLength(2)
})

test('goes on where it was after the program is killed, and counts every item once', { timeout: 120_000 }, async () => {
  const dataDir = createDataDir()
  const key = 'koble_bulk_test_key_00000000000'
  const environment = {
    NODE_ENV: 'production',
    KOBLE_DATA_DIR: dataDir.path,
    KOBLE_MASTER_KEY: generateMasterKey(),
    KOBLE_ADMIN_API_KEY: key,
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
  }
  let program = await startProgram(environment)
  const on: Koble = {
    request: <Body>(method: string, path: string, options?: CallOptions) =>
      call<Body>(method, program.url + path, { key, ...options }),
  }
  const integrationId = await createConnections(on, 300, (at) => `kill-${at}`)
  calls = []
  const { id } = await start(on, { kind: 'test', filter: { integrationId } })
  for (const enough of [40, 120]) {
    await vi.waitFor(() => expect(calls.length).toBeGreaterThan(enough), { timeout: 30_000, interval: 5 })
    program.kill('SIGKILL')
    await program.ended
    program = await startProgram(environment)
  }
  const done = await waitForBulk(on, id)
  expect(done).toMatchObject({ status: 'completed', total: 300, done: 300, failed: 0, counts: { works: 300 } })
  expect(new Set(calls).size).toBe(300)
  // No more than the batch under way at each kill was done again.
  expect(calls.length).toBeLessThanOrEqual(350)
  program.kill('SIGTERM')
  await program.ended
  await dataDir.remove()
})
