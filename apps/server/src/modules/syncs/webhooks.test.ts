import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { SyncRun } from '@koble/contract/syncs'
import type { Endpoint } from '@koble/contract/webhooks'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import {
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
import { eventIn } from '../../testing/own-endpoint.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let crm: ContactsServer
let connection: Connection
beforeAll(async () => {
  koble = await startTestKoble()
  crm = await startContactsServer()
})
afterAll(async () => {
  await koble.stop()
  await crm.close()
})
beforeEach(async () => {
  crm.reset(5)
  connection = await connectContacts(koble, crm)
})

/** An endpoint of the account, with these handlers. */
async function open(handlers: object[]): Promise<Endpoint> {
  const body = { connectionId: connection.id, secret: 'the-client-secret', handlers }
  const path = `/api/integrations/${connection.integrationId}/webhooks`
  const answer = await koble.request<Endpoint>('POST', path, { body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}

/** A signed delivery with an event of its own; the event once it is processed. */
async function deliver({ id }: Endpoint): Promise<string> {
  const { body } = await koble.request<{ status: number; eventId: string }>('POST', `/api/webhooks/${id}/test`)
  expect(body.status).toBe(200)
  await eventIn(koble, body.eventId, 'completed')
  return body.eventId
}

test('an event has the syncs of its connection run, and a change arrives', async () => {
  const sync = await createContactsSync(koble, connection)
  const bystander = await createContactsSync(koble, await connectContacts(koble, crm))
  await runNow(koble, sync)
  const endpoint = await open([{ type: 'sync' }])
  crm.contacts.set('1', { email: 'changed@example.com' })
  const eventId = await deliver(endpoint)
  const [run] = await runsOf(koble, sync)
  expect(run).toMatchObject({ trigger: 'webhook', eventId })
  await runIn(koble, run as SyncRun, 'completed')
  expect((await recordsOf(koble, sync)).get('1')).toMatchObject({
    version: 2,
    payload: { properties: { email: 'changed@example.com' } },
  })
  expect(await runsOf(koble, bystander)).toEqual([])
})

test('a burst of events has one run under way and one behind it, which brings the last change', async () => {
  const sync = await createContactsSync(koble, connection)
  const endpoint = await open([{ type: 'sync' }])
  const held = gate()
  crm.odd = (after) => (after === '2' ? { wait: held.opened } : undefined)
  await deliver(endpoint)
  await vi.waitFor(() => expect(crm.asked).toEqual(['start', '2']), 10_000)
  await Promise.all(Array.from({ length: 20 }, () => deliver(endpoint)))
  // It is on a page that is over.
  crm.contacts.set('1', { email: 'last@example.com' })
  await deliver(endpoint)
  expect((await runsOf(koble, sync)).map(({ status }) => status)).toEqual(['queued', 'running'])
  held.open()
  await vi.waitFor(async () => {
    expect((await runsOf(koble, sync)).map(({ status }) => status)).toEqual(['completed', 'completed'])
  }, 20_000)
  expect((await recordsOf(koble, sync)).get('1')?.payload).toMatchObject({ properties: { email: 'last@example.com' } })
})

test('only named syncs run where they are named, and one that is paused or gone does not', async () => {
  const [named, unnamed, paused, gone] = [
    await createContactsSync(koble, connection),
    await createContactsSync(koble, connection),
    await createContactsSync(koble, connection),
    await createContactsSync(koble, connection),
  ]
  const endpoint = await open([{ type: 'sync', syncIds: [named.id, paused.id, gone.id] }])
  await koble.request('POST', `/api/syncs/${paused.id}/pause`)
  await koble.request('DELETE', `/api/syncs/${gone.id}`)
  await deliver(endpoint)
  expect(await runsOf(koble, named)).toHaveLength(1)
  expect(await runsOf(koble, unnamed)).toEqual([])
  expect(await runsOf(koble, paused)).toEqual([])
  // What is gone by now may stand there when something else is changed.
  const handlers = [{ type: 'activity' }, { type: 'sync', syncIds: [gone.id, unnamed.id] }]
  const changed = await koble.request<Endpoint>('PATCH', `/api/webhooks/${endpoint.id}`, { body: { handlers } })
  expect(changed).toMatchObject({ status: 200, body: { handlers } })
})

test('an endpoint takes only syncs of its integration', async () => {
  const foreign = await createContactsSync(koble, await connectContacts(koble, crm))
  const own = await createContactsSync(koble, connection)
  const endpoint = await open([{ type: 'sync', syncIds: [own.id] }])
  const path = `/api/webhooks/${endpoint.id}`
  for (const id of [foreign.id, crypto.randomUUID()]) {
    const handlers = [{ type: 'forward' }, { type: 'sync', syncIds: [own.id, id] }]
    const answer = await koble.request<Problem>('PATCH', path, { body: { handlers } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(answer.body.errors).toEqual([{ path: 'handlers.1.syncIds', message: `The integration has no sync ${id}.` }])
  }
})

test('an endpoint runs no syncs unless it is told to', async () => {
  const sync = await createContactsSync(koble, connection)
  const body = { connectionId: connection.id, secret: 'the-client-secret' }
  const path = `/api/integrations/${connection.integrationId}/webhooks`
  const { body: endpoint } = await koble.request<Endpoint>('POST', path, { body })
  expect(endpoint.handlers).toEqual([{ type: 'forward' }, { type: 'activity' }])
  await deliver(endpoint)
  expect(await runsOf(koble, sync)).toEqual([])
})
