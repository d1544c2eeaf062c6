import type { Registration } from '@koble/contract/webhook-registrations'
import type { CreatedEndpoint, Event } from '@koble/contract/webhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  googleChannels,
  graphSubscriptions,
  type HookProvider,
  startHookProvider,
} from '../../testing/hook-provider.ts'
import { call } from '../../testing/http-call.ts'
import {
  onlyHook,
  openRegistered,
  type Registering,
  readRegistration,
  registeringBySignIn,
  tendNow,
} from '../../testing/register-webhooks.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** Registrations that end by themselves, on two nodes. */
let koble: TestKoble
let other: TestKoble

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  other = await startTestKoble({ jobs: false, beside: koble })
})
afterAll(async () => {
  await other.stop()
  await koble.stop()
})

const hoursLeft = (registration: Registration) => (Date.parse(registration.expiresAt ?? '') - Date.now()) / 3_600_000
const renewalDue = ", renew_at = now() - interval '1 second', check_at = NULL"
const secretOf = async (endpoint: { id: string }) =>
  (await koble.request<{ secret: string }>('GET', `/api/webhooks/${endpoint.id}/secret`)).body.secret
const eventsOf = async (endpointId: string) =>
  (await koble.request<{ data: Event[] }>('GET', `/api/events?endpointId=${endpointId}`)).body.data

describe('subscriptions of Microsoft Graph', () => {
  let graph: HookProvider
  let account: Registering
  const mail = { target: 'mail', parameters: { resource: 'me/messages' } }

  beforeAll(async () => {
    graph = await startHookProvider(graphSubscriptions)
    account = await registeringBySignIn(koble, graph, { provider: 'microsoft', scopes: ['User.Read', 'Mail.Read'] })
  })
  afterAll(() => graph.close())
  beforeEach(() => {
    graph.hooks.clear()
    graph.requests.length = 0
    graph.fates.length = 0
  })

  /** A notification to the address that the subscription has. */
  async function notify(item: object): Promise<number> {
    const { id, url, fields } = onlyHook(graph)
    const shared = { subscriptionId: id, clientState: fields['clientState'], tenantId: 't' }
    return (await call('POST', url, { body: { value: [{ ...shared, ...item }] } })).status
  }

  test('are made after the handshake, with the secret as client state, for nearly three days', async () => {
    const { endpoint, registration } = await openRegistered(koble, account, mail)
    expect(registration).toMatchObject({ status: 'active', externalIds: [onlyHook(graph).id] })
    expect(hoursLeft(registration)).toBeGreaterThan(70)
    expect(onlyHook(graph).fields).toMatchObject({
      changeType: 'created,updated,deleted',
      resource: 'me/messages',
      clientState: await secretOf(endpoint),
    })
    // At about half of it.
    const nextHours = (Date.parse(registration.nextAt ?? '') - Date.now()) / 3_600_000
    expect(nextHours).toBeLessThan(36)
    expect(await notify({ changeType: 'created', resource: 'me/messages/1', id: 'n-1' })).toBe(200)
    expect(await eventsOf(endpoint.id)).toMatchObject([{ eventType: 'created' }])
    expect(koble.log.join('\n')).not.toContain(await secretOf(endpoint))
  })

  test('whose address is not answered as it should be are refused in Graph’s words', async () => {
    const validation = { error: { code: 'ValidationError', message: 'Subscription validation request failed.' } }
    graph.fates.push({ of: ({ method }) => method === 'POST', fate: { status: 400, body: validation } })
    const { registration } = await openRegistered(koble, account, mail)
    expect(registration).toMatchObject({ status: 'failed', errorMessage: validation.error.message })
  })

  test('are renewed once when two nodes come at the same time, and again when a person asks', async () => {
    const { endpoint, registration } = await openRegistered(koble, account, mail)
    await koble.testDatabase.query(
      `UPDATE webhook_registrations SET next_at = now(), expires_at = now() + interval '1 hour' ${renewalDue} WHERE id = $1`,
      [registration.id],
    )
    const path = `/api/webhooks/${endpoint.id}/registrations/${registration.id}`
    await Promise.all([
      koble.services.registrations.tend(),
      other.services.registrations.tend(),
      koble.services.registrations.tend(),
      other.services.registrations.tend(),
    ])
    expect(graph.count('PATCH', /subscriptions/)).toBe(1)
    const renewed = await koble.request<Registration>('GET', path)
    expect(renewed.body.status).toBe('active')
    expect(hoursLeft(renewed.body)).toBeGreaterThan(70)
    expect(renewed.body.externalIds).toEqual(registration.externalIds)
    const byHand = await other.request<Registration>('POST', `${path}/renew`)
    expect(byHand).toMatchObject({ status: 200, body: { status: 'active' } })
    expect(graph.count('PATCH', /subscriptions/)).toBe(2)
  })

  test('whose renewal nobody heard the end of are renewed again', async () => {
    const { registration } = await openRegistered(koble, account, mail)
    graph.fates.push({ of: ({ method }) => method === 'PATCH', fate: { status: 504 } })
    graph.fates.push({ of: ({ method }) => method === 'PATCH', fate: { status: 504 } })
    graph.fates.push({ of: ({ method }) => method === 'PATCH', fate: { status: 504 } })
    const failed = await tendNow(koble, registration.id, renewalDue)
    expect(failed).toMatchObject({ status: 'renewing', errorCode: 'provider_unavailable', attempts: 1 })
    graph.fates.length = 0
    expect(await tendNow(koble, registration.id)).toMatchObject({ status: 'active', errorCode: null, attempts: 0 })
  })

  test('that Graph has forgotten by then are made anew', async () => {
    const { registration } = await openRegistered(koble, account, mail)
    graph.hooks.clear()
    const renewed = await tendNow(koble, registration.id, renewalDue)
    expect(renewed).toMatchObject({ status: 'active', externalIds: [onlyHook(graph).id] })
  })

  test('that may not be renewed any more fail at once, and come back when the account may again', async () => {
    const { registration } = await openRegistered(koble, account, mail)
    const forbidden = { status: 403, body: { error: { code: 'Forbidden', message: 'Access is denied.' } } }
    graph.fates.push({ of: ({ method }) => method === 'PATCH', fate: forbidden })
    const failed = await tendNow(koble, registration.id, renewalDue)
    expect(failed).toMatchObject({ status: 'failed', errorCode: 'forbidden_at_provider' })
    expect(failed.errorMessage).toBe('Access is denied.')
    expect(failed.nextAt).not.toBeNull()
    expect(await tendNow(koble, registration.id)).toMatchObject({ status: 'active', errorCode: null })
    expect(graph.hooks.size).toBe(1)
  })

  test('that ran out while Koble was away are made anew', async () => {
    const { registration } = await openRegistered(koble, account, mail)
    graph.hooks.clear()
    const revived = await tendNow(koble, registration.id, ", expires_at = now() - interval '1 hour'")
    expect(revived).toMatchObject({ status: 'active', externalIds: [onlyHook(graph).id] })
  })

  test('are renewed or made anew when Graph says so, though the endpoint takes no such events', async () => {
    const { endpoint, registration } = await openRegistered(koble, account, { ...mail, events: ['created'] })
    expect(await notify({ lifecycleEvent: 'reauthorizationRequired' })).toBe(200)
    await koble.services.registrations.tend()
    expect(graph.count('PATCH', /subscriptions/)).toBe(1)

    expect(await notify({ lifecycleEvent: 'subscriptionRemoved' })).toBe(200)
    graph.hooks.clear()
    await koble.services.registrations.tend()
    const anew = await readRegistration(koble, registration.id)
    expect(anew).toMatchObject({ status: 'active', externalIds: [onlyHook(graph).id] })
    expect(anew.externalIds).not.toEqual(registration.externalIds)
    expect(await eventsOf(endpoint.id)).toEqual([])
  })

  test('are not touched by a lifecycle notification without the client state', async () => {
    await openRegistered(koble, account, mail)
    expect(await notify({ lifecycleEvent: 'subscriptionRemoved', clientState: 'a guess' })).toBe(401)
    graph.requests.length = 0
    await koble.services.registrations.tend()
    expect(graph.requests).toEqual([])
  })

  test('are not touched by what stands in the body of a handshake, which anybody may send', async () => {
    const { registration } = await openRegistered(koble, account, mail)
    const { id, url } = onlyHook(graph)
    const body = { value: [{ subscriptionId: id, lifecycleEvent: 'subscriptionRemoved' }] }
    const answer = await fetch(`${url}&validationToken=x`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect([answer.status, await answer.text()]).toEqual([200, 'x'])
    graph.requests.length = 0
    await koble.services.registrations.tend()
    expect(graph.requests).toEqual([])
    expect((await readRegistration(koble, registration.id)).externalIds).toEqual([id])
  })

  test('get another client state when the secret is rotated', async () => {
    const { endpoint, registration } = await openRegistered(koble, account, mail)
    const { body } = await koble.request<{ secret: string }>('POST', `/api/webhooks/${endpoint.id}/rotate-secret`)
    await koble.services.registrations.tend()
    expect(onlyHook(graph).fields['clientState']).toBe(body.secret)
    expect((await readRegistration(koble, registration.id)).status).toBe('active')
  })

  test('of another who listens to the same are no matter of ours', async () => {
    const fields = { resource: 'me/messages', changeType: 'created,updated,deleted' }
    graph.hooks.set('theirs', { id: 'theirs', url: 'https://example.com/theirs', fields })
    const { registration } = await openRegistered(koble, account, mail)
    expect(registration).toMatchObject({ status: 'failed', errorCode: 'already_registered' })
    expect([...graph.hooks.keys()]).toEqual(['theirs'])
  })

  test('need scopes, which are named', async () => {
    const path = `/api/integrations/${account.integrationId}/webhooks`
    const register = { connectionId: account.connectionId, target: 'calendar', parameters: { resource: 'me/events' } }
    const answer = await koble.request<{ detail: string }>('POST', path, { body: { register } })
    expect(answer).toMatchObject({ status: 409, body: { code: 'scopes_missing' } })
    expect(answer.body.detail).toContain('Calendars.Read')
  })

  test('of a connection that must be connected again fail, are told of once, and are tried now and then', async () => {
    const own = await registeringBySignIn(koble, graph, { provider: 'microsoft', scopes: ['User.Read', 'Mail.Read'] })
    const { registration } = await openRegistered(koble, own, mail)
    const setStatus = async (status: string) => {
      await koble.testDatabase.query(
        "UPDATE connections SET status = $2, error_code = CASE WHEN $2 = 'error' THEN 'needs_reauth' END WHERE id = $1",
        [own.connectionId, status],
      )
      // The word of the change arrives a moment later.
      const fresh = () => koble.services.connections.fresh(koble.organization.id, own.connectionId)
      const isUsable = async () =>
        await fresh()
          .then(() => true)
          .catch(() => false)
      await vi.waitFor(async () => expect(await isUsable()).toBe(status === 'connected'))
    }
    const told = async () => {
      const { body } = await koble.request<{ data: { data: { registrationId?: string } }[] }>(
        'GET',
        '/api/system-events?type=webhook_registration.failed',
      )
      return body.data.filter(({ data }) => data.registrationId === registration.id).length
    }
    await setStatus('error')
    for (let tries = 0; tries < 2; tries += 1) {
      const failed = await tendNow(koble, registration.id, renewalDue)
      expect(failed).toMatchObject({ status: 'failed', errorCode: 'connection_not_usable' })
      expect(failed.nextAt).not.toBeNull()
    }
    expect(await told()).toBe(1)
    await setStatus('connected')
    expect(await tendNow(koble, registration.id)).toMatchObject({ status: 'active', errorCode: null })
  })
})

describe('channels of Google', () => {
  let google: HookProvider
  let account: Registering
  const auth = 'https://www.googleapis.com/auth'

  beforeAll(async () => {
    google = await startHookProvider(googleChannels)
    const scopes = ['openid', `${auth}/calendar.readonly`, `${auth}/drive.readonly`]
    account = await registeringBySignIn(koble, google, { provider: 'google', scopes })
  })
  afterAll(() => google.close())
  beforeEach(() => {
    google.hooks.clear()
    google.requests.length = 0
  })

  const push = (
    { url, id, fields }: ReturnType<typeof onlyHook>,
    state: string,
    number: number,
    endpoint: CreatedEndpoint,
  ) =>
    call('POST', url.replace(/^.*\/webhooks\//, `${endpoint.url.replace(/\/webhooks\/.*$/, '')}/webhooks/`), {
      headers: {
        'x-goog-channel-id': id,
        'x-goog-channel-token': String(fields['token']),
        'x-goog-resource-state': state,
        'x-goog-message-number': String(number),
      },
    })

  test('are opened with the secret as token; the first message is a handshake, the next an event', async () => {
    const { endpoint, registration } = await openRegistered(koble, account, { target: 'calendar' })
    expect(registration).toMatchObject({ status: 'active', parameters: { calendarId: 'primary' } })
    const hook = onlyHook(google)
    expect(hook.fields).toMatchObject({
      token: await secretOf(endpoint),
      path: '/calendar/v3/calendars/primary/events/watch',
    })
    expect((await push(hook, 'sync', 1, endpoint)).status).toBe(200)
    expect(await eventsOf(endpoint.id)).toEqual([])
    expect((await push(hook, 'exists', 2, endpoint)).status).toBe(200)
    expect(await eventsOf(endpoint.id)).toMatchObject([{ eventType: 'exists' }])
  })

  test('are followed by another before they end, and then stopped', async () => {
    const { registration } = await openRegistered(koble, account, { target: 'drive' })
    const former = onlyHook(google)
    expect(former.fields['path']).toBe('/drive/v3/changes/watch')
    google.requests.length = 0
    const renewed = await tendNow(koble, registration.id, renewalDue)
    expect(renewed).toMatchObject({ status: 'active', externalIds: [onlyHook(google).id] })
    expect(onlyHook(google).id).not.toBe(former.id)
    expect(google.requests.map(({ path }) => path)).toEqual([
      '/drive/v3/changes/startPageToken',
      '/drive/v3/changes/watch',
      '/drive/v3/channels/stop',
    ])
  })

  test('that could not be stopped are stopped later', async () => {
    const { registration } = await openRegistered(koble, account, { target: 'calendar' })
    for (let tries = 0; tries < 3; tries += 1) {
      google.fates.push({ of: ({ path }) => path.endsWith('/stop'), fate: { status: 503 } })
    }
    await tendNow(koble, registration.id, renewalDue)
    expect(google.hooks.size).toBe(2)
    google.fates.length = 0
    const swept = await tendNow(koble, registration.id)
    expect(swept).toMatchObject({ status: 'active', externalIds: [onlyHook(google).id] })
  })

  test('are stopped with the registration', async () => {
    const { endpoint } = await openRegistered(koble, account, { target: 'calendar' })
    expect((await koble.request('DELETE', `/api/webhooks/${endpoint.id}`)).status).toBe(204)
    expect(google.hooks.size).toBe(0)
  })

  test('wait when Google says that it is too much, which looks like a refusal', async () => {
    const body = { error: { code: 403, message: 'Slow down', errors: [{ reason: 'userRateLimitExceeded' }] } }
    google.fates.push({ of: ({ path }) => path.endsWith('/watch'), fate: { status: 403, body } })
    const { registration } = await openRegistered(koble, account, { target: 'calendar' })
    expect(registration).toMatchObject({ status: 'pending', errorCode: 'provider_throttled' })
    expect((await tendNow(koble, registration.id)).status).toBe('active')
  })
})
