import type { AuditEntry } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Page } from '@koble/contract/paging'
import type { Sync, SyncRecord } from '@koble/contract/syncs'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type ContactsServer,
  connectContacts,
  createContactsSync,
  recordsOf,
  runNow,
  runsOf,
  startContactsServer,
} from '../../testing/contacts-server.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { waitForBulk } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let crm: ContactsServer
let connection: Connection
beforeAll(async () => {
  koble = await startTestKoble()
  crm = await startContactsServer()
  crm.reset(0)
  connection = await connectContacts(koble, crm)
})
afterAll(async () => {
  await koble.stop()
  await crm.close()
})
beforeEach(() => crm.reset(3))

const create = (input: object = {}) => createContactsSync(koble, connection, input)

describe('a sync', () => {
  const refused = async (input: object) => {
    const body = { name: 'Contacts', connectionId: connection.id, operation: 'listContacts', ...input }
    const answer = await koble.request<Problem>('POST', '/api/syncs', { body })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    return answer.body.errors?.map(({ path }) => path)
  }

  test('is refused with the field by which an operation cannot be kept up to date', async () => {
    expect(await refused({ operation: 'listNothing' })).toEqual(['operation'])
    expect(await refused({ operation: 'toString' })).toEqual(['operation'])
    // It changes something; it gives one thing; what it lists is not all it gives.
    expect(await refused({ operation: 'createContact' })).toEqual(['operation'])
    expect(await refused({ operation: 'getContact' })).toEqual(['operation'])
    expect(await refused({ items: 'contacts' })).toEqual(['items'])
    expect(await refused({ recordId: 'uuid' })).toEqual(['recordId'])
    expect(await refused({ recordId: 'id..x' })).toEqual(['recordId'])
    expect(await refused({ input: { cursor: '2' } })).toEqual(['input.cursor'])
    expect(await refused({ input: { limit: 'many' } })).toEqual(['input.limit'])
    expect(await refused({ everyMinutes: 0 })).toEqual(['everyMinutes'])
  })

  test('of a connection that is not there is refused', async () => {
    const body = { name: 'x', connectionId: crypto.randomUUID(), operation: 'listContacts' }
    expect(await koble.request('POST', '/api/syncs', { body })).toMatchObject({ status: 404 })
  })

  test('is made once for one idempotency key', async () => {
    const body = { name: 'Once', connectionId: connection.id, operation: 'listContacts' }
    const headers = { 'idempotency-key': 'one-sync' }
    const first = await koble.request<Sync>('POST', '/api/syncs', { body, headers })
    const second = await koble.request<Sync>('POST', '/api/syncs', { body, headers })
    expect(second.body.id).toBe(first.body.id)
  })

  test('is changed, and each change is audited', async () => {
    const sync = await create()
    const path = `/api/syncs/${sync.id}`
    const input = { properties: ['email'], limit: 2 }
    const changed = await koble.request<Sync>('PATCH', path, { body: { name: 'People', input, everyMinutes: 5 } })
    expect(changed).toMatchObject({ status: 200, body: { name: 'People', input, everyMinutes: 5 } })
    expect(changed.body.nextRunAt).not.toBeNull()
    expect(await koble.request('PATCH', path, { body: { input: { limit: 0 } } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'input.limit' }] },
    })
    await koble.request('PATCH', path, { body: { everyMinutes: null } })
    await koble.request('POST', `${path}/pause`)
    await koble.request('POST', `${path}/resume`)
    await vi.waitFor(async () => expect(await runsOf(koble, sync)).toMatchObject([{ status: 'completed' }]), 10_000)
    expect((await koble.request('DELETE', path)).status).toBe(204)
    expect((await koble.request('GET', path)).status).toBe(404)
    const { body } = await koble.request<{ data: AuditEntry[] }>('GET', '/api/audit-log?limit=200')
    const actions = body.data.filter(({ targetId }) => targetId === sync.id).map(({ action }) => action)
    expect(actions.reverse()).toEqual([
      ...['sync.created', 'sync.updated', 'sync.updated', 'sync.paused', 'sync.resumed', 'sync.deleted'],
    ])
    for (const table of ['sync_jobs', 'sync_records']) {
      expect(await koble.testDatabase.query(`SELECT FROM ${table} WHERE sync_id = $1`, [sync.id])).toEqual([])
    }
  })

  test('is found by its connection and its state, page by page', async () => {
    const own = await connectContacts(koble, crm)
    const syncs = [await createContactsSync(koble, own), await createContactsSync(koble, own)]
    await koble.request('POST', `/api/syncs/${syncs[0]?.id}/pause`)
    const list = async (query: string) =>
      (await koble.request<{ data: Sync[]; nextCursor: string | null }>('GET', `/api/syncs?${query}`)).body
    const first = await list(`connectionId=${own.id}&limit=1`)
    expect(first.data.map(({ id }) => id)).toEqual([syncs[1]?.id])
    const second = await list(`connectionId=${own.id}&limit=1&cursor=${first.nextCursor}`)
    expect(second).toMatchObject({ data: [{ id: syncs[0]?.id }], nextCursor: null })
    expect((await list(`integrationId=${own.integrationId}&status=paused`)).data).toMatchObject([{ id: syncs[0]?.id }])
  })

  test('runs with all of its integration, or those of the names that are asked for', async () => {
    const own = await connectContacts(koble, crm)
    const [contacts, companies, paused] = [
      await createContactsSync(koble, own),
      await createContactsSync(koble, own, { name: 'Others' }),
      await createContactsSync(koble, own),
    ]
    await koble.request('POST', `/api/syncs/${paused.id}/pause`)
    const path = `/api/integrations/${own.integrationId}/sync`
    const ask = (entities?: string[]) => koble.request<Problem>('POST', path, { body: { syncType: 'full', entities } })
    expect(await ask(['Others'])).toMatchObject({ status: 202, body: { syncs: 1 } })
    await vi.waitFor(async () => expect(await runsOf(koble, companies)).toHaveLength(1))
    expect(await runsOf(koble, contacts)).toEqual([])
    expect(await ask()).toMatchObject({ status: 202, body: { syncs: 2 } })
    await vi.waitFor(async () => expect(await runsOf(koble, contacts)).toMatchObject([{ status: 'completed' }]), 10_000)
    expect(await runsOf(koble, paused)).toEqual([])
    expect(await ask(['Contacts', 'Nobody'])).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'entities.1' }] },
    })
  })
})

describe('records', () => {
  test('are found by a part of their id or of their payload, page by page', async () => {
    const sync = await create()
    crm.contacts.set('4711', { email: 'kari_100%@example.com' })
    await runNow(koble, sync)
    expect([...(await recordsOf(koble, sync, '&search=71')).keys()]).toEqual(['4711'])
    expect([...(await recordsOf(koble, sync, '&search=KARI_')).keys()]).toEqual(['4711'])
    expect((await recordsOf(koble, sync, '&search=kari-100')).size).toBe(0)
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path: string = `/api/syncs/${sync.id}/records?limit=3${cursor && `&cursor=${cursor}`}`
      const { body: page }: { body: Page<SyncRecord> } = await koble.request<Page<SyncRecord>>('GET', path)
      seen.push(...page.data.map(({ recordId }) => recordId))
      cursor = page.nextCursor
    }
    expect(seen.sort()).toEqual(['1', '2', '3', '4711'])
  })

  test('of a restricted integration show what is in them to admins alone, and are searched by them alone', async () => {
    const own = await connectContacts(koble, crm)
    const sync = await createContactsSync(koble, own)
    await runNow(koble, sync)
    const body = { classification: 'restricted' }
    expect((await koble.request('PATCH', `/api/integrations/${own.integrationId}`, { body })).status).toBe(200)
    const path = `/api/syncs/${sync.id}/records`
    const as = async (role: 'developer' | 'admin', query = '') =>
      await koble.request<{ data: SyncRecord[] }>('GET', path + query, { key: await koble.createKey(role) })
    const shown = await as('developer')
    expect(shown.body.data).toHaveLength(3)
    for (const record of shown.body.data) expect(record).toMatchObject({ payload: null, payloadWithheld: true })
    expect(await as('developer', '?search=contact-1')).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect((await as('admin', '?search=contact-1')).body.data).toMatchObject([
      { recordId: '1', payloadWithheld: false },
    ])
  })

  test('leave with the person whose account they are from, who gets a copy of them', async () => {
    const own = await connectContacts(koble, crm)
    await koble.testDatabase.query("UPDATE connections SET external_user_id = 'leaving' WHERE id = $1", [own.id])
    const sync = await createContactsSync(koble, own)
    await runNow(koble, sync)
    const exported = await koble.request<{ records: object[] }>('GET', '/api/external-users/leaving/export')
    expect(exported.body.records).toHaveLength(3)
    expect(exported.body.records[0]).toMatchObject({ syncId: sync.id, payload: { properties: expect.anything() } })
    const erasure = await koble.request<{ id: string }>('DELETE', '/api/external-users/leaving')
    expect(await waitForBulk(koble, erasure.body.id)).toMatchObject({ status: 'completed' })
    expect(await koble.testDatabase.query('SELECT FROM sync_records WHERE sync_id = $1', [sync.id])).toEqual([])
    expect((await koble.request('GET', `/api/syncs/${sync.id}`)).status).toBe(404)
  })
})

test('another organization can name neither its connections nor its syncs', async () => {
  const other = await createOrganization(await signUpOwner(koble), 'Another one')
  const sync = await create()
  const key = other.ownerKey
  const body = { name: 'x', connectionId: connection.id, operation: 'listContacts' }
  expect(await koble.request('POST', '/api/syncs', { key, body })).toMatchObject({ status: 404 })
  const own = await connectContacts(
    { request: (method, path, options) => koble.request(method, path, { key, ...options }) },
    crm,
  )
  const handlers = [{ type: 'sync', syncIds: [sync.id] }]
  const path = `/api/integrations/${own.integrationId}/webhooks`
  expect(await koble.request('POST', path, { key, body: { handlers } })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'handlers.0.syncIds' }] },
  })
})
