import type { Registration } from '@koble/contract/webhook-registrations'
import type { Event } from '@koble/contract/webhooks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../../testing/http-call.ts'
import { openRegistered } from '../../testing/register-webhooks.ts'
import { connectInSandbox, runOperation } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** What is registered at stand-ins, changed there or made anew, still brings events that are verified. */
let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

async function expectEvents(endpointId: string, types: string[]): Promise<void> {
  await vi.waitFor(async () => {
    const { body } = await koble.request<{ data: Event[] }>('GET', `/api/events?endpointId=${endpointId}`)
    expect(body.data.map(({ eventType }) => eventType).toSorted()).toEqual(types)
  }, 20_000)
}

/** Has it looked after at once, as an operator does. */
async function renew({ endpointId, id }: Registration): Promise<Registration> {
  const path = `/api/webhooks/${endpointId}/registrations/${id}/renew`
  const { status, body } = await koble.request<Registration>('POST', path)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

async function register(provider: string, input: Parameters<typeof openRegistered>[2], scopes?: string[]) {
  const connection = await connectInSandbox(koble, provider, scopes)
  const account = { integrationId: connection.integrationId, connectionId: connection.id }
  const opened = await openRegistered(koble, account, input)
  expect(opened.registration).toMatchObject({ status: 'active', errorCode: null })
  return { connection, ...opened }
}

const project = { resource: '1200000000000101', workspace: '1200000000000001' }
const form = { resource: 'urn:altinn:resource:app_ttd_koble-test', partyId: '50001337' }
const mail = { from: { email: 'post@fjord.example' }, subject: 'Your bike is ready', text: 'Come and get it' }

test.each<{
  provider: string
  scopes?: string[]
  register: Parameters<typeof openRegistered>[2]
  events: string[]
  operation: [name: string, input: object]
  /** Whether it is another one at the provider then. */
  isAnew: boolean
}>([
  {
    provider: 'paypal',
    register: { target: 'app', events: ['PAYMENT.CAPTURE.COMPLETED'] },
    events: ['PAYMENT.AUTHORIZATION.VOIDED'],
    operation: ['voidAuthorization', { id: '6DR965477U7140544' }],
    isAnew: false,
  },
  {
    provider: 'sendgrid',
    register: { target: 'account', events: ['delivered'] },
    events: ['bounce'],
    operation: ['sendEmail', { ...mail, to: [{ email: 'bounce@example.com' }] }],
    isAnew: false,
  },
  {
    provider: 'asana',
    scopes: ['default'],
    register: { target: 'resource', parameters: project, events: ['task.deleted'] },
    events: ['task.added'],
    operation: ['createTask', { name: 'Order bells', projectIds: ['1200000000000101'] }],
    isAnew: false,
  },
  {
    provider: 'vipps-payment',
    register: { target: 'payments', events: ['CAPTURED'] },
    events: ['CREATED'],
    operation: ['createPayment', { amount: '499.00', returnUrl: 'https://example.com/return', description: 'Socks' }],
    isAnew: true,
  },
  {
    provider: 'altinn',
    register: { target: 'resource', parameters: form, events: ['app.instance.process.completed'] },
    events: ['app.instance.created'],
    operation: ['createInstance', { app: 'koble-test', instanceOwner: { organizationNumber: '314234367' } }],
    isAnew: true,
  },
])('$provider sends other events once the endpoint takes those', async (example) => {
  const { connection, endpoint, registration } = await register(example.provider, example.register, example.scopes)
  const patched = await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { events: example.events } })
  expect(patched.status, JSON.stringify(patched.body)).toBe(200)
  const changed = await renew(registration)
  expect(changed).toMatchObject({ status: 'active', errorCode: null })
  const isSame = changed.externalIds.join() === registration.externalIds.join()
  expect(isSame).toBe(!example.isAnew)
  await runOperation(koble, connection, ...example.operation)
  await expectEvents(endpoint.id, example.events)
})

test('a subscription to everything at Altinn asks for no type', async () => {
  const { connection, endpoint } = await register('altinn', { target: 'resource', parameters: form })
  const instanceOwner = { organizationNumber: '314234367' }
  await runOperation(koble, connection, 'createInstance', { app: 'koble-test', instanceOwner })
  await expectEvents(endpoint.id, ['app.instance.created'])
})

test('what Asana has dropped is made anew with the secret that its handshake then brings', async () => {
  const input = { target: 'resource', parameters: project, events: ['task.added'] }
  const { connection, endpoint, registration } = await register('asana', input, ['default'])
  await runOperation(koble, connection, 'deleteWebhook', { id: registration.externalIds[0] })
  const anew = await renew(registration)
  expect(anew).toMatchObject({ status: 'active', errorCode: null })
  expect(anew.externalIds).not.toEqual(registration.externalIds)
  await runOperation(koble, connection, 'createTask', { name: 'Order bells', projectIds: [project.resource] })
  await expectEvents(endpoint.id, ['task.added'])
})

test('nobody brings another secret while nothing is being made', async () => {
  const input = { target: 'resource', parameters: project, events: ['task.added'] }
  const { connection, endpoint, registration } = await register('asana', input, ['default'])
  const headers = { 'x-hook-secret': 'a-secret-of-somebody-else' }
  const answer = await call('POST', `${endpoint.url}?registration=${registration.id}`, { headers })
  expect(answer.status).toBe(400)
  expect(answer.headers.get('x-hook-secret')).toBeNull()
  await runOperation(koble, connection, 'createTask', { name: 'Order bells', projectIds: [project.resource] })
  await expectEvents(endpoint.id, ['task.added'])
})
