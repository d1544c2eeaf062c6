import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Sync } from '@koble/contract/syncs'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  askForRun,
  type ContactsServer,
  connectContacts,
  createContactsSync,
  gate,
  recordsOf,
  runIn,
  runNow,
  runsOf,
  startContactsServer,
} from '../../testing/contacts-server.ts'
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
beforeEach(() => crm.reset(5))

const create = (input: object = {}) => createContactsSync(koble, connection, input)
const read = async ({ id }: Sync) => (await koble.request<Sync>('GET', `/api/syncs/${id}`)).body

describe('a whole pass', () => {
  test('brings every item as a record, page by page', async () => {
    const sync = await create({ input: { properties: ['email'] } })
    expect(sync).toMatchObject({ items: 'records', recordId: 'id', records: 0, lastRunAt: null, currentRun: null })
    const run = await runNow(koble, sync)
    expect(run).toMatchObject({
      ...{ trigger: 'manual', eventId: null, pages: 3, recordsProcessed: 5, created: 5, updated: 0, unchanged: 0 },
      ...{ deleted: 0, errorCode: null },
    })
    expect(crm.asked).toEqual(['start', '2', '4'])
    const records = await recordsOf(koble, sync)
    expect([...records.keys()].sort()).toEqual(['1', '2', '3', '4', '5'])
    expect(records.get('3')).toMatchObject({
      ...{ version: 1, deletedAt: null, payloadWithheld: false },
      payload: { id: '3', properties: { email: 'contact-3@example.com' }, isArchived: false },
    })
    expect(await read(sync)).toMatchObject({ records: 5, lastRunStatus: 'completed', currentRun: null })
    const { body } = await koble.request<Connection>('GET', `/api/connections/${connection.id}`)
    expect(body.lastSyncAt).not.toBeNull()
  })

  test('touches nothing but what changed, marks what is absent, and brings back what returns', async () => {
    const sync = await create()
    await runNow(koble, sync)
    const rows = () =>
      koble.testDatabase.query<{ external_id: string; place: string }>(
        'SELECT external_id, xmin::text || ctid::text AS place FROM sync_records WHERE sync_id = $1 ORDER BY external_id',
        [sync.id],
      )
    const before = await rows()
    expect(await runNow(koble, sync)).toMatchObject({ created: 0, updated: 0, unchanged: 5, deleted: 0 })
    expect(await rows()).toEqual(before)

    crm.contacts.set('2', { email: 'new@example.com' })
    crm.contacts.delete('4')
    expect(await runNow(koble, sync)).toMatchObject({ created: 0, updated: 1, unchanged: 3, deleted: 1 })
    const records = await recordsOf(koble, sync)
    expect(records.get('2')).toMatchObject({ version: 2, payload: { properties: { email: 'new@example.com' } } })
    expect(records.get('4')?.deletedAt).not.toBeNull()
    expect([...(await recordsOf(koble, sync, '&deleted=true')).keys()]).toEqual(['4'])
    expect((await recordsOf(koble, sync, '&deleted=false')).size).toBe(4)
    expect((await read(sync)).records).toBe(4)

    crm.contacts.set('4', { email: 'contact-4@example.com' })
    expect(await runNow(koble, sync)).toMatchObject({ created: 0, updated: 1, unchanged: 4, deleted: 0 })
    expect((await recordsOf(koble, sync)).get('4')?.deletedAt).toBeNull()
    expect((await read(sync)).records).toBe(5)
  })

  test('does not take another order of the fields for a change', async () => {
    const sync = await create()
    crm.contacts.set('1', { email: 'a@example.com', city: 'Bergen' })
    await runNow(koble, sync)
    crm.contacts.set('1', { city: 'Bergen', email: 'a@example.com' })
    expect(await runNow(koble, sync)).toMatchObject({ updated: 0, unchanged: 5 })
  })

  test('leaves what is absent as it is where deletions are not to be marked', async () => {
    const sync = await create({ deletes: 'keep' })
    await runNow(koble, sync)
    crm.contacts.delete('1')
    expect(await runNow(koble, sync)).toMatchObject({ unchanged: 4, deleted: 0 })
    expect((await recordsOf(koble, sync)).get('1')?.deletedAt).toBeNull()
  })

  test('knows all that it brought when deletions are to be marked only since it began', async () => {
    const sync = await create({ deletes: 'keep' })
    await runNow(koble, sync)
    crm.contacts.delete('5')
    crm.asked.length = 0
    const held = gate()
    crm.odd = (after) => (after === '2' ? { wait: held.opened } : undefined)
    const run = await askForRun(koble, sync)
    await vi.waitFor(() => expect(crm.asked).toEqual(['start', '2']), 10_000)
    await koble.request('PATCH', `/api/syncs/${sync.id}`, { body: { deletes: 'mark' } })
    held.open()
    expect(await runIn(koble, run, 'completed')).toMatchObject({ unchanged: 4, deleted: 1 })
    expect([...(await recordsOf(koble, sync, '&deleted=true')).keys()]).toEqual(['5'])
  })

  test('goes on after an empty page that leads on', async () => {
    const sync = await create()
    crm.odd = (after) => (after === '2' ? { body: { results: [], paging: { next: { after: '4' } } } } : undefined)
    expect(await runNow(koble, sync)).toMatchObject({ pages: 3, created: 3 })
    expect([...(await recordsOf(koble, sync)).keys()].sort()).toEqual(['1', '2', '5'])
  })

  test('keeps text that the database has no type for, such as the character U+0000', async () => {
    const sync = await create()
    crm.contacts.set('1', { email: 'before\0after', city: '\ud83d' })
    await runNow(koble, sync)
    const payload = (await recordsOf(koble, sync)).get('1')?.payload as { properties: Record<string, string> }
    expect(payload.properties['email']).toBe('before\0after')
  })

  test('is told in the activity', async () => {
    const sync = await create({ name: 'Told' })
    await runNow(koble, sync)
    const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/connections/${connection.id}/logs`)
    expect(
      body.data.find(({ action, details }) => action === 'sync.completed' && details['syncId'] === sync.id),
    ).toMatchObject({ status: 'success', summary: 'Sync Told brought 5 new, 0 changed and 0 deleted records' })
  })
})

describe('a run that meets trouble', () => {
  test('waits while the provider is throttled, and goes on from its checkpoint', async () => {
    const sync = await create()
    let busy = true
    crm.odd = (after) => (after === '2' && busy ? { status: 429, headers: { 'retry-after': '1' } } : undefined)
    const run = await askForRun(koble, sync)
    await vi.waitFor(async () => {
      const [waiting] = await runsOf(koble, sync)
      expect(waiting).toMatchObject({ status: 'running', pages: 1, errorCode: 'provider_throttled' })
      expect(waiting?.nextAttemptAt).not.toBeNull()
    }, 20_000)
    busy = false
    expect(await runIn(koble, run, 'completed')).toMatchObject({ created: 5, pages: 3, errorCode: null })
    expect(crm.asked.filter((after) => after === 'start')).toHaveLength(1)
  })

  test('fails with the provider’s code, and marks nothing as deleted', async () => {
    const sync = await create()
    await runNow(koble, sync)
    crm.odd = (after) =>
      after === '2' ? { status: 400, body: { category: 'VALIDATION_ERROR', message: 'No such property' } } : undefined
    const run = await runIn(koble, await askForRun(koble, sync), 'failed')
    expect(run).toMatchObject({ errorCode: 'provider_rejected', deleted: 0, pages: 1 })
    expect(run.errorMessage).toContain('400 VALIDATION_ERROR')
    expect(run.errorMessage).not.toContain('No such property')
    expect((await recordsOf(koble, sync, '&deleted=true')).size).toBe(0)
    expect(await read(sync)).toMatchObject({ lastRunStatus: 'failed', records: 5 })
  })

  test('fails at once when the account is not connected any more', async () => {
    const own = await connectContacts(koble, crm)
    const sync = await createContactsSync(koble, own)
    await koble.request('DELETE', `/api/connections/${own.id}`)
    crm.asked.length = 0
    const run = await runIn(koble, await askForRun(koble, sync), 'failed')
    expect(run).toMatchObject({ errorCode: 'connection_not_usable', pages: 0 })
    expect(crm.asked).toEqual([])
  })

  test.each([
    ['itself', '2', '2'],
    ['an earlier page', '4', '2'],
  ])('fails when a page leads back to %s', async (_to, from, after) => {
    const sync = await create()
    crm.odd = (at) => (at === from ? { body: { results: [], paging: { next: { after } } } } : undefined)
    const run = await runIn(koble, await askForRun(koble, sync), 'failed')
    expect(run.errorCode).toBe('sync_cursor_repeats')
    expect((await recordsOf(koble, sync, '&deleted=true')).size).toBe(0)
  })

  test('fails at an item that has no id, and says which', async () => {
    const sync = await create({ recordId: 'properties.email' })
    crm.contacts.set('2', { email: null })
    const run = await runIn(koble, await askForRun(koble, sync), 'failed')
    expect(run).toMatchObject({ errorCode: 'sync_record_invalid', created: 0 })
    expect(run.errorMessage).toContain('Item 2')
  })

  test('takes ids from where they stand, and the last of two with the same', async () => {
    const sync = await create({ recordId: 'properties.email' })
    crm.contacts.set('2', { email: 'contact-1@example.com' })
    expect(await runNow(koble, sync)).toMatchObject({ created: 4 })
    expect((await recordsOf(koble, sync)).get('contact-1@example.com')?.payload).toMatchObject({ id: '2' })
  })

  test('fails at a record that is larger than 256 KiB', async () => {
    const sync = await create()
    crm.contacts.set('5', { email: 'x'.repeat(257 * 1024) })
    const run = await runIn(koble, await askForRun(koble, sync), 'failed')
    expect(run).toMatchObject({ errorCode: 'sync_record_invalid', created: 4 })
  })
})

describe('runs of one sync', () => {
  test('never overlap: whoever asks while one is under way waits behind it, all together', async () => {
    const sync = await create()
    const held = gate()
    crm.odd = (after) => (after === '2' ? { wait: held.opened } : undefined)
    const first = await askForRun(koble, sync)
    await vi.waitFor(() => expect(crm.asked).toEqual(['start', '2']), 10_000)
    const asked = await Promise.all(Array.from({ length: 10 }, () => askForRun(koble, sync)))
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
    expect(await read(sync)).toMatchObject({ currentRun: 'running' })
    expect((await runsOf(koble, sync)).map(({ status }) => status)).toEqual(['queued', 'running'])
    held.open()
    await runIn(koble, first, 'completed')
    const [second] = asked
    if (!second) throw new Error('Nothing was queued')
    expect(await runIn(koble, second, 'completed')).toMatchObject({ created: 0, unchanged: 5 })
    expect(await runsOf(koble, sync)).toHaveLength(2)
    expect(crm.asked).toEqual(['start', '2', '4', 'start', '2', '4'])
  })

  test('end at the next page when they are cancelled, and what waits behind them does not begin', async () => {
    const sync = await create()
    await runNow(koble, sync)
    crm.contacts.set('3', { email: 'too-late@example.com' })
    crm.asked.length = 0
    const held = gate()
    crm.odd = (after) => (after === '2' ? { wait: held.opened } : undefined)
    const run = await askForRun(koble, sync)
    await vi.waitFor(() => expect(crm.asked).toEqual(['start', '2']), 10_000)
    const behind = await askForRun(koble, sync)
    const cancelled = await koble.request<Sync>('POST', `/api/syncs/${sync.id}/cancel`)
    expect(cancelled).toMatchObject({ status: 200, body: { currentRun: null, lastRunStatus: 'cancelled' } })
    held.open()
    expect(await runIn(koble, run, 'cancelled')).toMatchObject({ pages: 1, unchanged: 2, deleted: 0 })
    await runIn(koble, behind, 'cancelled')
    crm.odd = () => undefined
    // The next one begins from the start, with what was thrown away.
    expect(await runNow(koble, sync)).toMatchObject({ updated: 1, unchanged: 4, deleted: 0 })
    expect(crm.asked).toEqual(['start', '2', 'start', '2', '4'])
    const again = await koble.request('POST', `/api/syncs/${sync.id}/cancel`)
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })

  test('begin by the clock, unless the sync is paused', async () => {
    /** As if the hour had passed. */
    const pass = async (...syncs: Sync[]) => {
      const ids = syncs.map(({ id }) => id)
      await koble.testDatabase.query('UPDATE syncs SET next_run_at = now() WHERE id = ANY($1)', [ids])
      await koble.testDatabase.query("SELECT add_job('syncs.schedule', '{}')")
    }
    const done = { trigger: 'schedule', status: 'completed' }
    const expectRuns = (sync: Sync, ...runs: object[]) =>
      vi.waitFor(async () => expect(await runsOf(koble, sync)).toMatchObject(runs), 20_000)
    const sync = await create({ everyMinutes: 60 })
    const other = await create({ everyMinutes: 60 })
    await expectRuns(sync, done)
    await expectRuns(other, done)
    await pass(sync)
    await expectRuns(sync, done, done)
    expect(new Date((await read(sync)).nextRunAt ?? 0).getTime()).toBeGreaterThan(Date.now())
    await koble.request('POST', `/api/syncs/${sync.id}/pause`)
    expect((await read(sync)).nextRunAt).toBeNull()
    await pass(sync, other)
    await expectRuns(other, done, done)
    await expectRuns(sync, done, done)
    // Nobody knows what changed meanwhile.
    await koble.request('POST', `/api/syncs/${sync.id}/resume`)
    await expectRuns(sync, { trigger: 'manual', status: 'completed' }, done, done)
  })

  test('are forgotten after thirty days, and records as long after their deletion', async () => {
    const sync = await create()
    await runNow(koble, sync)
    crm.contacts.delete('1')
    await runNow(koble, sync)
    await koble.testDatabase.query(
      "UPDATE sync_jobs SET finished_at = now() - interval '31 days' WHERE sync_id = $1 AND created = 5",
      [sync.id],
    )
    await koble.testDatabase.query(
      "UPDATE sync_records SET deleted_at = now() - interval '31 days' WHERE sync_id = $1 AND deleted_at IS NOT NULL",
      [sync.id],
    )
    await koble.testDatabase.query("SELECT add_job('syncs.purge', '{}')")
    await vi.waitFor(async () => {
      expect(await runsOf(koble, sync)).toMatchObject([{ deleted: 1 }])
      expect((await recordsOf(koble, sync)).size).toBe(4)
    }, 20_000)
  })
})
