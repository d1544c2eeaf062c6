import type { Registration } from '@koble/contract/webhook-registrations'
import type { CreatedEndpoint, Event } from '@koble/contract/webhooks'
import Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type HookProvider, startHookProvider, stripeEndpoints } from '../../testing/hook-provider.ts'
import { call } from '../../testing/http-call.ts'
import {
  onlyHook,
  openRegistered,
  type Registering,
  registeringByKey,
  tendNow,
} from '../../testing/register-webhooks.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** A provider that makes the secret itself and shows it once. */
let koble: TestKoble
let provider: HookProvider
let account: Registering
const sdk = new Stripe('sk_test_KobleSandbox0000')

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  provider = await startHookProvider(stripeEndpoints)
  account = await registeringByKey(koble, provider, { provider: 'stripe', apiKey: 'rk_test_KobleSandbox0000' })
})
afterAll(async () => {
  await provider.close()
  await koble.stop()
})
beforeEach(() => {
  provider.hooks.clear()
  provider.requests.length = 0
})

/** Signed by Stripe's own package. */
async function deliver(id: string, secret: string, url: string): Promise<number> {
  const payload = JSON.stringify({ id, object: 'event', type: 'invoice.paid', data: { object: {} } })
  const signature = sdk.webhooks.generateTestHeaderString({ payload, secret })
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature }
  return (await call('POST', url, { headers, raw: payload })).status
}
const secretIn = (hook: ReturnType<typeof onlyHook>) => String(hook.fields['secret'])

test('its secret is kept sealed, and its deliveries are taken', async () => {
  const { endpoint, registration } = await openRegistered(koble, account, {
    target: 'account',
    parameters: { description: 'Koble' },
    events: ['invoice.paid', 'refund.created'],
  })
  expect(registration).toMatchObject({ status: 'active', expiresAt: null })
  expect(onlyHook(provider).fields).toMatchObject({
    'enabled_events[0]': 'invoice.paid',
    'enabled_events[1]': 'refund.created',
    description: 'Koble',
  })
  const secret = secretIn(onlyHook(provider))
  expect(await deliver('evt_1', secret, onlyHook(provider).url)).toBe(200)
  expect(await deliver('evt_2', 'whsec_another', onlyHook(provider).url)).toBe(401)
  const events = await koble.request<{ data: Event[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
  expect(events.body.data).toMatchObject([{ externalEventId: 'evt_1' }])
  const [rows] = await koble.testDatabase.query<{ text: string }>(
    `SELECT (SELECT string_agg(r::text, ' ') FROM webhook_registrations r) ||
       (SELECT string_agg(e::text, ' ') FROM webhook_endpoints e) || (SELECT string_agg(a::text, ' ') FROM activities a)
       AS text`,
  )
  expect(rows?.text).not.toContain(secret)
  expect(JSON.stringify(endpoint)).not.toContain(secret)
  expect(koble.log.join('\n')).not.toContain(secret)
})

test('its answer is in no log of bodies, though the integration has them logged', async () => {
  const path = `/api/integrations/${account.integrationId}`
  expect((await koble.request('PATCH', path, { body: { bodyLogging: 'redacted' } })).status).toBe(200)
  await openRegistered(koble, account, { target: 'account' })
  const headers = { 'koble-connection': account.connectionId }
  await koble.request('GET', '/api/proxy/v1/webhook_endpoints', { headers })
  await koble.services.activity.flush()
  const rows = await koble.testDatabase.query<{ method: string; kept: boolean }>(
    `SELECT method, exchange IS NOT NULL AS kept FROM integration_requests WHERE endpoint = '/v1/webhook_endpoints'
     ORDER BY id DESC LIMIT 2`,
  )
  expect(rows).toEqual([
    { method: 'GET', kept: true },
    { method: 'POST', kept: false },
  ])
})

test('after a lost answer another is made, since nobody knows the secret of the first', async () => {
  provider.fates.push({ of: ({ method }) => method === 'POST', fate: 'lost' })
  // With its idempotency key the call is repeated at once; this is how it goes when that is lost, too.
  provider.fates.push({ of: ({ method }) => method === 'POST', fate: 'lost' })
  provider.fates.push({ of: ({ method }) => method === 'POST', fate: 'lost' })
  const { registration } = await openRegistered(koble, account, { target: 'account' })
  expect(registration.status).toBe('pending')
  expect(provider.hooks.size).toBeGreaterThan(0)
  provider.fates.length = 0
  expect((await tendNow(koble, registration.id)).status).toBe('active')
  const hook = onlyHook(provider)
  expect(await deliver('evt_3', secretIn(hook), hook.url)).toBe(200)
})

test('when it is made anew, deliveries with the former secret are taken for a while', async () => {
  const { registration } = await openRegistered(koble, account, { target: 'account' })
  const former = onlyHook(provider)
  provider.hooks.clear()
  await tendNow(koble, registration.id, ', check_at = now()')
  const hook = onlyHook(provider)
  expect(secretIn(hook)).not.toBe(secretIn(former))
  expect(await deliver('evt_4', secretIn(hook), hook.url)).toBe(200)
  expect(await deliver('evt_5', secretIn(former), former.url)).toBe(200)
})

test('an endpoint has one such registration, since it has one secret', async () => {
  const { endpoint } = await openRegistered(koble, account, { target: 'account' })
  const body = { connectionId: account.connectionId, target: 'account', parameters: { description: 'Another' } }
  const more = await koble.request('POST', `/api/webhooks/${endpoint.id}/registrations`, { body })
  expect(more).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(provider.hooks.size).toBe(1)
})

test('a change of events leaves the secret as it is', async () => {
  const { endpoint } = await openRegistered(koble, account, { target: 'account' })
  const secret = secretIn(onlyHook(provider))
  await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { events: ['invoice.paid'] } })
  await koble.services.registrations.tend()
  expect(onlyHook(provider).fields).toMatchObject({ 'enabled_events[0]': 'invoice.paid', secret })
  expect(await deliver('evt_6', secret, onlyHook(provider).url)).toBe(200)
})

test('what can be registered for stands in the marketplace, and without an API for it nothing does', async () => {
  const detail = await koble.request<{ webhookTargets: object[] }>('GET', '/api/integrations/marketplace/stripe')
  expect(detail.body.webhookTargets).toMatchObject([{ id: 'account', exclusive: true, expires: false }])
  const none = await koble.request<{ webhookTargets: object[] }>('GET', '/api/integrations/marketplace/api-key')
  expect(none.body.webhookTargets).toEqual([])
  const { body } = await koble.request<CreatedEndpoint>('POST', `/api/integrations/${account.integrationId}/webhooks`, {
    body: {},
  })
  expect(body.registration).toBeUndefined()
  const list = await koble.request<{ data: Registration[] }>('GET', `/api/webhooks/${body.id}/registrations`)
  expect(list.body.data).toEqual([])
})
