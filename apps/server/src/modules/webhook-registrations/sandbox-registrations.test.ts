import type { Connection } from '@koble/contract/connections'
import type { Registration } from '@koble/contract/webhook-registrations'
import type { EventDetail } from '@koble/contract/webhooks'
import { catalogue } from '@koble/providers/catalogue'
import { fillRequest } from '@koble/providers/fill-request'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openRegistered } from '../../testing/register-webhooks.ts'
import { connectInSandbox, runOperation } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** Registrations at stand-ins that ask our address who it is, and then deliver to it. */
let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

/** Whether the provider lists what goes to a registration's URL, as it says itself. */
async function isListed({ id, provider }: Connection, registration: Registration): Promise<boolean> {
  const { targets = [] } = catalogue.get(provider)?.webhooks?.registration ?? {}
  const find = targets.find((target) => target.id === registration.target)?.find
  if (!find) throw new Error(`${provider} does not tell what is registered`)
  const { path } = fillRequest(find.request, registration.parameters)
  const { status, body } = await koble.request('GET', `/api/proxy${path}`, { headers: { 'koble-connection': id } })
  expect(status, JSON.stringify(body)).toBe(200)
  return JSON.stringify(body).includes(registration.id)
}

const openId = ['openid', 'profile', 'email', 'offline_access']
const channel = { teamId: '02bd9fd6-8f93-4758-87c3-1fb73740a315', channelId: '19:general@thread.tacv2' }

interface Example {
  provider: string
  scopes?: string[]
  register: Parameters<typeof openRegistered>[2]
  /** What brings an event about, and with whose account where that is another provider's. */
  operation: [name: string, input: object]
  operatedBy?: string
  eventType: string
}

const payment = { amount: '499.00', returnUrl: 'https://example.com/return', description: 'Socks' }
const mail = {
  from: { email: 'post@fjord.example' },
  to: [{ email: 'kari@example.com' }],
  subject: 'Your bike is ready',
  text: 'Come and get it',
}
const examples: Example[] = [
  {
    provider: 'okta',
    scopes: [...openId, 'okta.users.manage', 'okta.eventHooks.manage'],
    register: { target: 'event-hook', events: ['user.lifecycle.suspend'] },
    operation: ['suspendUser', { userId: 'ola@example.com' }],
    eventType: 'user.lifecycle.suspend',
  },
  {
    provider: 'entra',
    scopes: [...openId, 'User.Read', 'User.ReadWrite.All'],
    register: { target: 'users' },
    operation: ['updateUser', { userId: 'ola@fjord.example', department: 'Shop' }],
    eventType: 'updated',
  },
  {
    provider: 'microsoft',
    scopes: [...openId, 'User.Read', 'Calendars.ReadWrite'],
    register: { target: 'calendar', parameters: { resource: 'me/events' } },
    operation: [
      'createEvent',
      {
        ...{ subject: 'Lunch', start: { dateTime: '2027-03-01T10:00:00Z' } },
        end: { dateTime: '2027-03-01T11:00:00Z' },
      },
    ] as const,
    eventType: 'created',
  },
  {
    provider: 'microsoft-teams',
    scopes: ['openid', 'offline_access', 'User.Read', 'ChannelMessage.Send', 'ChannelMessage.Read.All'],
    register: {
      target: 'teams-messages',
      parameters: { resource: `teams/${channel.teamId}/channels/${channel.channelId}/messages` },
    },
    operation: ['sendChannelMessage', { ...channel, content: 'Hei' }] as const,
    eventType: 'created',
  },
  {
    provider: 'auth0',
    register: { target: 'event-stream', events: ['user.updated'] },
    operation: ['updateUser', { userId: 'auth0|66f1c2a4e3b7d90012ab34ce', name: 'Ola' }],
    eventType: 'user.updated',
  },
  {
    provider: 'auth0',
    register: { target: 'log-stream' },
    operation: ['deleteUser', { userId: 'auth0|66f1c2a4e3b7d90012ab34cf' }],
    eventType: 'sdu',
  },
  {
    provider: 'vipps-payment',
    register: { target: 'payments', events: ['CREATED'] },
    operation: ['createPayment', payment],
    eventType: 'CREATED',
  },
  {
    provider: 'vipps-webhooks',
    register: { target: 'sales-unit' },
    operation: ['createPayment', payment],
    operatedBy: 'vipps-payment',
    eventType: 'CREATED',
  },
  {
    provider: 'vipps-recurring',
    register: { target: 'agreements' },
    operation: ['stopAgreement', { agreementId: 'agr_stoppable' }],
    eventType: 'recurring.agreement-stopped.v1',
  },
  {
    provider: 'paypal',
    register: { target: 'app', events: ['PAYMENT.CAPTURE.REFUNDED'] },
    operation: ['refundCapture', { id: '2GG279541U471931P', amount: '50,00' }],
    eventType: 'PAYMENT.CAPTURE.REFUNDED',
  },
  {
    provider: 'sendgrid',
    register: { target: 'account', events: ['delivered'] },
    operation: ['sendEmail', mail],
    eventType: 'delivered',
  },
  {
    provider: 'stripe',
    register: { target: 'account', events: ['payment_intent.succeeded'] },
    operation: ['confirmPaymentIntent', { id: 'pi_3KobleToConfirm', paymentMethodId: 'pm_card_visa' }],
    eventType: 'payment_intent.succeeded',
  },
  {
    provider: 'altinn',
    register: {
      target: 'resource',
      parameters: { resource: 'urn:altinn:resource:app_ttd_koble-test', organizationNumber: '314234367' },
      events: ['app.instance.created', 'app.instance.process.completed'],
    },
    operation: ['createInstance', { app: 'koble-test', instanceOwner: { organizationNumber: '314234367' } }],
    eventType: 'app.instance.created',
  },
  {
    provider: 'asana',
    scopes: ['default'],
    register: {
      target: 'resource',
      parameters: { resource: '1200000000000101', workspace: '1200000000000001' },
      events: ['task.added'],
    },
    operation: ['createTask', { name: 'Order bells', projectIds: ['1200000000000101'] }],
    eventType: 'task.added',
  },
]

test.each(examples)(
  '$provider: $register.target is registered by its API, brings events, is found there again, and is removed',
  async (example) => {
    const connection = await connectInSandbox(koble, example.provider, example.scopes)
    const account = { integrationId: connection.integrationId, connectionId: connection.id }
    const { endpoint, registration } = await openRegistered(koble, account, example.register)
    expect(registration).toMatchObject({ status: 'active', errorCode: null })
    expect(await isListed(connection, registration)).toBe(true)
    const { operatedBy } = example
    const [name, input] = example.operation
    await runOperation(koble, operatedBy ? await connectInSandbox(koble, operatedBy) : connection, name, input)
    await vi.waitFor(async () => {
      const { body } = await koble.request<{ data: EventDetail[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
      expect(body.data).toMatchObject([
        { eventType: example.eventType, status: 'completed', connectionId: connection.id },
      ])
    }, 20_000)
    const path = `/api/webhooks/${endpoint.id}/registrations/${registration.id}`
    const { body: looked } = await koble.request<Registration>('POST', `${path}/renew`)
    expect(looked).toMatchObject({ status: 'active', errorCode: null, externalIds: registration.externalIds })
    expect((await koble.request<{ status: string }>('DELETE', path)).body.status).toBe('removed')
    expect(await isListed(connection, registration)).toBe(false)
  },
)

test('a second registration for QR codes is refused by Vipps, in its words', async () => {
  const connection = await connectInSandbox(koble, 'vipps-webhooks')
  const account = { integrationId: connection.integrationId, connectionId: connection.id }
  // The stand-in begins with one for everything.
  await runOperation(koble, connection, 'deleteWebhook', { id: '497f6eca-6276-4993-bfeb-53cbbbba6f08' })
  const first = await openRegistered(koble, account, { target: 'qr-codes', events: ['other'] })
  expect(first.registration).toMatchObject({ status: 'active', errorCode: null })
  const second = await openRegistered(koble, account, { target: 'qr-codes' })
  expect(second.registration).toMatchObject({ status: 'failed', errorCode: 'provider_rejected' })
  expect(second.registration.errorMessage).toContain('no registration left')
})

const google = 'https://www.googleapis.com/auth'
const calendars = '/api/proxy/calendar/v3/users/me/calendarList'

test.each([
  {
    target: 'calendar',
    scopes: ['openid', `${google}/calendar.events`],
    change: (connection: Connection) =>
      runOperation(koble, connection, 'updateEvent', { eventId: 'evt_review', location: 'Room Ulriken' }),
  },
  {
    target: 'calendar-list',
    scopes: ['openid', `${google}/calendar`],
    async change({ id }: Connection) {
      const headers = { 'koble-connection': id }
      const patched = await koble.request('PATCH', `${calendars}/cal_team`, { headers, body: { selected: false } })
      expect(patched.status, JSON.stringify(patched.body)).toBe(200)
    },
  },
])(
  'google: a channel to the $target is opened by the API, brings events, and is stopped with the endpoint',
  async ({ target, scopes, change }) => {
    const connection = await connectInSandbox(koble, 'google', scopes)
    const account = { integrationId: connection.integrationId, connectionId: connection.id }
    const { endpoint, registration } = await openRegistered(koble, account, { target })
    expect(registration).toMatchObject({ status: 'active', errorCode: null })
    await change(connection)
    const event = await vi.waitFor(async () => {
      const { body } = await koble.request<{ data: EventDetail[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
      // The first message says only that there is a channel, and is none.
      expect(body.data).toMatchObject([{ eventType: 'exists', status: 'completed', connectionId: connection.id }])
      return body.data[0] as EventDetail
    }, 20_000)
    const { body: detail } = await koble.request<EventDetail>('GET', `/api/events/${event.id}`)
    const [id] = registration.externalIds
    expect(detail.headers).toMatchObject({ 'x-goog-channel-id': id })
    expect((await koble.request('DELETE', `/api/webhooks/${endpoint.id}`)).status).toBe(204)
    const stopped = await koble.request('POST', '/api/proxy/calendar/v3/channels/stop', {
      headers: { 'koble-connection': connection.id },
      body: { id, resourceId: detail.headers['x-goog-resource-id'] },
    })
    expect(stopped).toMatchObject({ status: 404, body: { error: { errors: [{ reason: 'notFound' }] } } })
  },
)

test('hubspot: an app is given the address and what it tells of, brings events, and is told of no more afterwards', async () => {
  const connection = await connectInSandbox(koble, 'hubspot')
  const account = { integrationId: connection.integrationId, connectionId: connection.id }
  const subscriptions = async () => {
    const answer = await koble.request<{
      output: { subscriptions: { eventType: string; propertyName: string | null }[] }
    }>('POST', `/api/connections/${connection.id}/operations/listWebhookSubscriptions`, {
      body: { input: { appId: 54321 } },
    })
    return answer.body.output.subscriptions.map(({ eventType, propertyName }) => `${eventType} ${propertyName ?? ''}`)
  }
  const before = await subscriptions()
  const parameters = { appId: '54321', propertyName: 'email' }
  const events = ['company.creation', 'contact.propertyChange']
  const { endpoint, registration } = await openRegistered(koble, account, { target: 'app', parameters, events })
  expect(registration).toMatchObject({ status: 'active', errorCode: null })
  expect(registration.externalIds).toHaveLength(2)
  expect((await subscriptions()).slice(before.length)).toEqual(['company.creation ', 'contact.propertyChange email'])
  await runOperation(koble, connection, 'createCompany', { properties: { name: 'Fjord Bikes' } })
  await vi.waitFor(async () => {
    const { body } = await koble.request<{ data: EventDetail[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
    const event = { eventType: 'company.creation', status: 'completed', connectionId: connection.id }
    expect(body.data).toMatchObject([event])
  }, 20_000)
  expect((await koble.request('DELETE', `/api/webhooks/${endpoint.id}`)).status).toBe(204)
  expect(await subscriptions()).toEqual(before)
})
