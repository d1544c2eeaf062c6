import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditEntry } from '@koble/contract/activity'
import type { ApiKey, CreatedApiKey } from '@koble/contract/organizations'
import { sha256Hex } from '@koble/core/crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let beside: TestKoble

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  beside = await startTestKoble({ beside: koble, jobs: false })
})
afterAll(async () => {
  await beside.stop()
  await koble.stop()
})

async function create(input: object): Promise<CreatedApiKey> {
  const answer = await koble.request<CreatedApiKey>('POST', '/api/api-keys', { body: { name: 'Key', ...input } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}
const use = async (key: string, node = koble) => (await node.request('GET', '/api/connections', { key })).status
const revoke = async (id: string) => (await koble.request('DELETE', `/api/api-keys/${id}`)).status

test('a key is shown once: the database has its hash, and lists its first characters', async () => {
  const { key, id } = await create({ role: 'viewer' })
  expect(key).toMatch(/^koble_[\w-]{43}$/)
  const [row] = await koble.testDatabase.query('SELECT * FROM api_keys WHERE id = $1', [id])
  expect(JSON.stringify(row)).not.toContain(key.slice(12))
  expect(row).toMatchObject({ key_hash: sha256Hex(key), prefix: key.slice(0, 12) })
  const list = await koble.request<{ data: ApiKey[] }>('GET', '/api/api-keys')
  expect(JSON.stringify(list.body)).not.toContain(key.slice(12))
  expect(list.body.data.find((entry) => entry.id === id)).toMatchObject({ prefix: key.slice(0, 12), role: 'viewer' })
})

test('a revoked key is refused at once on this node, and within two seconds on another', async () => {
  const { key, id } = await create({ role: 'viewer' })
  // Both nodes know it by heart now.
  expect([await use(key), await use(key, beside)]).toEqual([200, 200])
  expect(await revoke(id)).toBe(204)
  expect(await use(key)).toBe(401)
  await vi.waitFor(async () => expect(await use(key, beside)).toBe(401), { timeout: 2000, interval: 20 })
  expect(await revoke(id)).toBe(404)
})

test('a revoked key is refused on a node that could not hear of it', async () => {
  const { key, id } = await create({ role: 'viewer' })
  expect(await use(key, beside)).toBe(200)
  await koble.testDatabase.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
  )
  expect(await revoke(id)).toBe(204)
  await vi.waitFor(async () => expect(await use(key, beside)).toBe(401), { timeout: 2000, interval: 20 })
  expect(await use(koble.ownerKey, beside)).toBe(200)
})

test('a key does no more than its role, and makes no key with a higher one', async () => {
  const admin = await create({ role: 'admin' })
  const ask = (role: string) => koble.request('POST', '/api/api-keys', { key: admin.key, body: { name: 'x', role } })
  expect((await ask('owner')).status).toBe(403)
  expect((await ask('admin')).status).toBe(201)
  const viewer = await create({ role: 'viewer' })
  const body = { externalUserId: 'u1' }
  expect((await koble.request('POST', '/api/connect-sessions', { key: viewer.key, body })).status).toBe(403)
})

test('a key ends when it says, although it is remembered, and cannot be made for the past', async () => {
  const past = { name: 'x', role: 'viewer', expiresAt: new Date(Date.now() - 1000).toISOString() }
  expect((await koble.request('POST', '/api/api-keys', { body: past })).status).toBe(400)
  const { key } = await create({ role: 'viewer', expiresAt: new Date(Date.now() + 700).toISOString() })
  expect(await use(key)).toBe(200)
  await sleep(800)
  expect(await use(key)).toBe(401)
})

const change = (id: string, body: object, key = koble.ownerKey) =>
  koble.request<ApiKey>('PATCH', `/api/api-keys/${id}`, { key, body })

test('a changed list of networks and expiry count at once on this node, and within two seconds on another', async () => {
  const { key, id } = await create({ role: 'viewer', ipAllowList: ['127.0.0.0/8'] })
  expect([await use(key), await use(key, beside)]).toEqual([200, 200])
  const narrowed = await change(id, { ipAllowList: ['192.0.2.0/24'] })
  expect(narrowed).toMatchObject({ status: 200, body: { id, ipAllowList: ['192.0.2.0/24'] } })
  expect(await use(key)).toBe(403)
  await vi.waitFor(async () => expect(await use(key, beside)).toBe(403), { timeout: 2000, interval: 20 })

  const expiresAt = new Date(Date.now() + 700).toISOString()
  expect((await change(id, { ipAllowList: [], expiresAt })).body).toMatchObject({ ipAllowList: [], expiresAt })
  expect(await use(key)).toBe(200)
  await vi.waitFor(async () => expect(await use(key, beside)).toBe(200), { timeout: 2000, interval: 20 })
  await sleep(800)
  expect([await use(key), await use(key, beside)]).toEqual([401, 401])
  // An expired key comes back when it is given more time.
  expect((await change(id, { expiresAt: null })).body).toMatchObject({ expiresAt: null })
  expect(await use(key)).toBe(200)
})

test('a change of a key leaves the rest as it is, and stands in the audit log with what was there before', async () => {
  const { id } = await create({ role: 'viewer', name: 'Old name', ipAllowList: ['127.0.0.1'] })
  expect((await change(id, { name: 'New name' })).body).toMatchObject({ name: 'New name', ipAllowList: ['127.0.0.1'] })
  expect((await change(id, { name: 'New name', ipAllowList: [] })).body).toMatchObject({ name: 'New name' })
  const { body } = await koble.request<{ data: AuditEntry[] }>('GET', '/api/audit-log?action=api_key.updated')
  expect(body.data.filter((entry) => entry.targetId === id).map((entry) => entry.details)).toEqual([
    { name: 'New name', changes: { ipAllowList: { from: ['127.0.0.1'], to: [] } } },
    { name: 'New name', changes: { name: { from: 'Old name', to: 'New name' } } },
  ])
})

test('a key is not changed into the past, by a lesser role, when revoked, or so that it locks itself out', async () => {
  const owned = await create({ role: 'owner' })
  const admin = await create({ role: 'admin' })
  expect((await change(owned.id, { expiresAt: new Date(Date.now() - 1000).toISOString() })).status).toBe(400)
  expect((await change(owned.id, { ipAllowList: ['10.0.0.0/33'] })).status).toBe(400)
  expect((await change(owned.id, { ipAllowList: [] }, admin.key)).status).toBe(403)
  expect((await change(admin.id, { ipAllowList: ['192.0.2.1'] }, admin.key)).status).toBe(409)
  expect((await change(admin.id, { ipAllowList: ['127.0.0.1'] }, admin.key)).status).toBe(200)
  await revoke(owned.id)
  expect((await change(owned.id, { name: 'x' })).status).toBe(404)
})

test('when a key was last used is written down', async () => {
  const { key, id } = await create({ role: 'viewer' })
  await use(key)
  await koble.services.apiKeys.flush()
  const { body } = await koble.request<{ data: ApiKey[] }>('GET', '/api/api-keys')
  const { lastUsedAt } = body.data.find((entry) => entry.id === id) as ApiKey
  expect(Date.now() - Date.parse(lastUsedAt ?? '')).toBeLessThan(10_000)
})

test.each(['', 'Bearer', 'Bearer ', 'Basic a29ibGU=', 'Bearer a b', `Bearer ${'x'.repeat(8000)}`, 'koble_key'])(
  'the header %j opens nothing',
  async (authorization) => {
    const answer = await koble.request('GET', '/api/connections', { key: null, headers: { authorization } })
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  },
)
