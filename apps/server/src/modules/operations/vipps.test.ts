import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import type { CreatedEndpoint, Event } from '@koble/contract/webhooks'
import { createKoble } from '@koble/sdk'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createBrowser, readForm } from '../../testing/browser.ts'
import { connectUrl, createConnectSession } from '../../testing/connect.ts'
import { connectInSandbox } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

const sdk = (connection: Connection) =>
  createKoble({ baseUrl: koble.url, apiKey: koble.ownerKey }).connection(connection.id)

test('a sales unit is the account, and its payment is told of by a signed webhook that finds its connection', async () => {
  const connection = await connectInSandbox(koble, 'vipps-payment')
  expect(connection).toMatchObject({ accountId: '123456', accountLabel: '123456', status: 'connected' })
  const path = `/api/integrations/${connection.integrationId}/webhooks`
  const endpoint = (await koble.request<CreatedEndpoint>('POST', path, { body: {} })).body
  const { vippsWebhooks } = sdk(await connectInSandbox(koble, 'vipps-webhooks'))
  const events = ['epayments.payment.authorized.v1'] as const
  const { secret } = await vippsWebhooks.registerWebhook({ url: endpoint.url, events: [...events] })
  await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { secret } })

  const { vippsPayment } = sdk(connection)
  const created = await vippsPayment.createPayment({ amount: '1136.15', returnUrl: 'https://example.com/' })
  const { reference } = created
  await vippsPayment.approveTestPayment({ reference, phoneNumber: '+47 912 34 567' })
  const captured = await vippsPayment.capturePayment({ reference, amount: '8.20' })
  expect(captured).toMatchObject({ authorized: { value: 113_615 }, captured: { value: 820 } })

  await vi.waitFor(
    async () => {
      const { body } = await koble.request<{ data: Event[] }>('GET', '/api/events')
      expect(body.data).toMatchObject([
        { eventType: 'AUTHORIZED', status: 'completed', connectionId: connection.id, provider: 'vipps-payment' },
      ])
      expect(body.data[0]?.externalEventId).toMatch(new RegExp(`^123456:${reference}:AUTHORIZED:`))
    },
    { timeout: 15_000 },
  )
})

test('a repeated wish is one payment, and another wish under its key is refused in the words of Vipps', async () => {
  const connection = await connectInSandbox(koble, 'vipps-payment')
  const run = async (operation: string, input: object, key: string) =>
    await koble.request<{ output: { reference: string } } & Problem>(
      'POST',
      `/api/connections/${connection.id}/operations/${operation}`,
      { body: { input }, headers: { 'idempotency-key': key } },
    )
  const wish = { amount: 49_900, returnUrl: 'https://example.com/' }
  const first = await run('createPayment', wish, 'an order/with a long key that Vipps would not take')
  const again = await run('createPayment', wish, 'an order/with a long key that Vipps would not take')
  expect(again.body.output).toEqual(first.body.output)

  const { reference } = first.body.output
  expect(await run('capturePayment', { reference, amount: 100 }, 'key-1')).toMatchObject({
    status: 422,
    body: { code: 'provider_rejected', provider: { status: 400, code: '6080' } },
  })
  expect(await run('capturePayment', { reference, amount: 200 }, 'key-1')).toMatchObject({
    status: 422,
    body: { code: 'provider_rejected', provider: { status: 409, code: '4010' } },
  })
})

test('keys that are wrong are refused before there is a connection', async () => {
  const { integrationId } = await connectInSandbox(koble, 'vipps-recurring')
  const credentials = {
    ...{ clientId: 'other', clientSecret: 'other', subscriptionKey: 'other', merchantSerialNumber: '123456' },
  }
  const body = { integrationId, externalUserId: 'u2', credentials }
  const refused = await koble.request<Problem>('POST', '/api/connections', { body })
  expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
})

test('a person who signs in is known by what they shared, and by nothing else', async () => {
  const connection = await connectInSandbox(koble, 'vipps-login')
  expect(connection).toMatchObject({
    accountLabel: 'Kari Nordmann',
    scopes: ['openid', 'name', 'phoneNumber', 'email'],
    status: 'connected',
  })
  expect(await sdk(connection).vippsLogin.getUserInfo()).toMatchObject({
    subject: connection.accountId,
    phoneNumber: '4791234567',
    email: 'kari@example.com',
    address: null,
    birthDate: null,
  })
  const refused = await koble.request('GET', '/api/proxy/vipps-userinfo-api/userinfo', {
    headers: { 'koble-connection': connection.id, 'ocp-apim-subscription-key': 'any' },
  })
  expect(refused.status).toBe(401)
})

test('a scope that the sales unit may not ask for is left out by Vipps, and then missing here', async () => {
  const integration = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'vipps-login', sandbox: true, scopes: ['openid', 'gender'] },
  })
  const browser = createBrowser()
  const session = await createConnectSession(koble, { externalUserId: crypto.randomUUID() })
  const consent = await browser.open(connectUrl(koble, session, integration.body))
  const { action, fields } = readForm(consent, '>Ola Hansen<')
  await browser.open(action, { form: fields })
  const path = `/api/connect-sessions/${session.id}`
  const { connections } = (await koble.request<{ connections: Connection[] }>('GET', path)).body
  expect(connections[0]).toMatchObject({ scopes: ['openid'], status: 'warning', errorCode: 'scope_missing' })
})
