import type { Connection } from '@koble/contract/connections'
import type { EventDetail } from '@koble/contract/webhooks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectInSandbox } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** Until the worker has come to it. */
const waitMs = 20_000

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

async function openEndpoint({ integrationId }: Connection) {
  const path = `/api/integrations/${integrationId}/webhooks`
  const answer = await koble.request<{ id: string; url: string }>('POST', path, { body: {} })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}
async function run<Output = unknown>({ id }: Connection, name: string, input: object) {
  const path = `/api/connections/${id}/operations/${name}`
  const answer = await koble.request<{ output: Output }>('POST', path, { body: { input } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body.output
}
async function eventsOf(endpoint: { id: string }): Promise<EventDetail[]> {
  const { body } = await koble.request<{ data: EventDetail[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
  return body.data
}

test('a webhook that is made through Koble brings its secret while it is being made, and its events come in', async () => {
  const connection = await connectInSandbox(koble, 'asana')
  const endpoint = await openEndpoint(connection)
  const project = '1200000000000101'
  await run(connection, 'createWebhook', { resourceId: project, target: endpoint.url })
  const secret = await koble.request<{ secret: string }>('GET', `/api/webhooks/${endpoint.id}/secret`)
  expect(secret.body.secret).toMatch(/^[0-9a-f]{64}$/)
  await run(connection, 'createTask', { name: 'Order spokes', projectIds: [project] })
  await vi.waitFor(async () => {
    const types = (await eventsOf(endpoint)).map(({ eventType }) => eventType)
    expect(types.sort()).toEqual(['heartbeat', 'task.added'])
  }, waitMs)
})

test('events of an app come in for the account that they are of', async () => {
  const connection = await connectInSandbox(koble, 'hubspot')
  const endpoint = await openEndpoint(connection)
  await run(connection, 'setWebhookSettings', { appId: 54321, targetUrl: endpoint.url })
  await run(connection, 'createContact', { properties: { email: 'nils@example.com' } })
  await vi.waitFor(async () => {
    const events = await eventsOf(endpoint)
    expect(events).toMatchObject([{ eventType: 'contact.creation', connectionId: connection.id, status: 'completed' }])
  }, waitMs)
})

test('what becomes of a message comes in, signed with the token of the account', async () => {
  const connection = await connectInSandbox(koble, 'twilio')
  const endpoint = await openEndpoint(connection)
  const message = { to: '+4791234567', from: '+15005550006', body: 'Hei', statusCallback: endpoint.url }
  const { id } = await run<{ id: string }>(connection, 'sendMessage', message)
  await vi.waitFor(async () => {
    const events = await eventsOf(endpoint)
    expect(events.map(({ eventType }) => eventType).sort()).toEqual(['message.delivered', 'message.sent'])
    for (const event of events) expect(event).toMatchObject({ connectionId: connection.id, status: 'completed' })
  }, waitMs)
  expect(await run(connection, 'getMessage', { id })).toMatchObject({ status: 'delivered' })
})
