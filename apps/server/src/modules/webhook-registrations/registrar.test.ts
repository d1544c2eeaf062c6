import type { RegistrationTarget, WebhookRegistration } from '@koble/providers/webhook-registration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type HookApi, type HookProvider, startHookProvider } from '../../testing/hook-provider.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { CallerPresence } from '../gateway/service.ts'
import { createRegistrar, type Registrar, type Subject } from './registrar.ts'

/** Providers of other shapes than those of the catalogue: what they need can be said as data. */
let koble: TestKoble
let registrar: Registrar
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  registrar = createRegistrar(koble.services.gateway)
})
afterAll(() => koble.stop())

async function subjectOf(
  provider: HookProvider,
  target: RegistrationTarget,
  values: Subject['values'],
  registration: Partial<WebhookRegistration> = {},
  api: Partial<Subject['api']> = {},
): Promise<Subject> {
  const connectionId = await createKeyConnection(koble, provider.origin)
  const { organization } = koble
  return {
    id: crypto.randomUUID(),
    actor: { type: 'api_key', id: crypto.randomUUID(), label: 'A key', organizationId: organization.id, role: 'owner' },
    connectionId,
    url: String(values['url']),
    registration: { targets: [target], ...registration },
    target,
    api: { baseUrl: provider.origin, headers: {}, otherOrigins: [], aliases: [], ...api },
    values,
    secrets: [],
    presence: new CallerPresence(),
  }
}

describe('an app with one address and a subscription for each event', () => {
  /** As HubSpot has it. https://developers.hubspot.com/docs/api/webhooks */
  const target: RegistrationTarget = {
    id: 'app',
    label: 'App',
    description: 'Events of all accounts that installed the app',
    parameters: [{ key: 'appId', label: 'App ID', pattern: '[0-9]+' }],
    events: { all: [] },
    create: [
      {
        method: 'PUT',
        path: '/webhooks/v3/{appId}/settings',
        body: { targetUrl: '{url}', throttling: { maxConcurrentRequests: 10 } },
      },
      {
        method: 'POST',
        path: '/webhooks/v3/{appId}/subscriptions',
        each: 'event',
        body: { eventType: '{event}', active: true },
      },
    ],
    answer: { id: { field: 'id' } },
    remove: [
      { method: 'DELETE', path: '/webhooks/v3/{appId}/subscriptions/{externalId}', each: 'externalId' },
      { method: 'DELETE', path: '/webhooks/v3/{appId}/settings' },
    ],
  }
  const api: HookApi = async ({ method, path, body }, hooks) => {
    const [, , , appId, kind, id] = path.split('/')
    if (appId !== '54321') return { status: 403, body: { category: 'MISSING_SCOPES', message: 'Not your app' } }
    if (kind === 'settings' && method === 'PUT') {
      if (!String(body['targetUrl']).startsWith('http')) return { status: 400, body: { message: 'targetUrl' } }
      hooks.set('settings', { id: 'settings', url: String(body['targetUrl']), fields: body })
      return { status: 200, body }
    }
    if (method === 'DELETE') {
      if (kind === 'settings' && hooks.size > 1) return { status: 400, body: { message: 'Subscriptions are left' } }
      return { status: hooks.delete(id ?? 'settings') ? 204 : 404 }
    }
    if (!hooks.has('settings')) return { status: 400, body: { message: 'No settings' } }
    if (body['eventType'] === 'refused') return { status: 400, body: { message: 'No such event type' } }
    const next = String(1000 + hooks.size)
    hooks.set(next, { id: next, url: '', fields: body })
    return { status: 201, body: { id: next, ...body } }
  }
  let provider: HookProvider
  beforeAll(async () => {
    provider = await startHookProvider(api)
  })
  afterAll(() => provider.close())
  beforeEach(() => {
    provider.hooks.clear()
    provider.fates.length = 0
  })
  const values = { appId: '54321', url: 'https://koble.example.com/webhooks/x' }

  test('is set up, and taken down again in the order that it demands', async () => {
    const subject = await subjectOf(provider, target, { ...values, events: ['contact.creation', 'deal.deletion'] })
    const created = await registrar.create(subject)
    expect(created).toMatchObject({ externalIds: ['1001', '1002'], secret: null, expiresAt: null })
    expect([...provider.hooks.values()].map(({ fields }) => fields['eventType'])).toEqual([
      undefined,
      'contact.creation',
      'deal.deletion',
    ])
    await registrar.remove(subject, created)
    expect(provider.hooks.size).toBe(0)
    await registrar.remove(subject, created)
  })

  test('tells what there is already when it fails in the middle', async () => {
    const subject = await subjectOf(provider, target, { ...values, events: ['contact.creation', 'refused'] })
    const failure = await registrar.create(subject).catch((error) => error)
    expect(failure).toMatchObject({ code: 'provider_rejected', details: { placed: { externalIds: ['1001'] } } })
    await registrar.remove(subject, failure.details.placed)
    expect(provider.hooks.size).toBe(0)
  })

  test('of somebody else is refused', async () => {
    const subject = await subjectOf(provider, target, { ...values, appId: '1', events: ['contact.creation'] })
    await expect(registrar.create(subject)).rejects.toMatchObject({ code: 'forbidden_at_provider' })
  })
})

describe('a registration whose secret comes with it, that cannot be changed', () => {
  /** As Vipps MobilePay has it. https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/ */
  const target: RegistrationTarget = {
    id: 'sales-unit',
    label: 'Sales unit',
    description: 'Events of one sales unit',
    parameters: [{ key: 'merchantSerialNumber', label: 'Merchant serial number', required: false }],
    events: { all: ['epayments.payment.authorized.v1', 'epayments.payment.captured.v1'] },
    create: [
      {
        method: 'POST',
        path: '/webhooks/v1/webhooks',
        headers: { 'merchant-serial-number': '{merchantSerialNumber}' },
        body: { url: '{url}', events: '{events}' },
      },
    ],
    answer: { id: { field: 'id' }, secret: { field: 'secret' } },
    find: {
      request: {
        method: 'GET',
        path: '/webhooks/v1/webhooks',
        headers: { 'merchant-serial-number': '{merchantSerialNumber}' },
      },
      items: 'webhooks[]',
      id: 'id',
      url: 'url',
    },
    remove: [{ method: 'DELETE', path: '/webhooks/v1/webhooks/{externalId}' }],
    replace: 'create_first',
  }
  const api: HookApi = async ({ method, path, headers, body }, hooks) => {
    if (method === 'GET') {
      return { status: 200, body: { webhooks: [...hooks.values()].map(({ id, url }) => ({ id, url, events: [] })) } }
    }
    if (method === 'DELETE') return { status: hooks.delete(path.split('/').at(-1) ?? '') ? 204 : 404 }
    if (hooks.size >= 2) return { status: 409, body: { title: 'Too many', detail: 'Limit reached', status: 409 } }
    const id = crypto.randomUUID()
    const fields = { ...body, unit: headers['merchant-serial-number'] }
    hooks.set(id, { id, url: String(body['url']), fields })
    return { status: 201, body: { id, secret: `secret-of-${id}` } }
  }

  test('brings the secret, is found by its address, and the limit is told in the provider’s words', async () => {
    const provider = await startHookProvider(api)
    const url = 'https://koble.example.com/webhooks/x?registration=1'
    const values = { url, events: ['epayments.payment.authorized.v1'], merchantSerialNumber: '123456' }
    const registration = { errorMessage: [{ field: 'detail' }, { field: 'title' }] }
    const subject = await subjectOf(provider, target, values, registration)
    const created = await registrar.create(subject)
    const [id] = created.externalIds
    expect(created.secret).toBe(`secret-of-${id}`)
    expect(provider.hooks.get(id ?? '')?.fields).toMatchObject({ unit: '123456', events: values.events })
    expect(await registrar.find(subject)).toEqual([id])
    await registrar.create({ ...subject, values: { ...values, url: 'https://koble.example.com/webhooks/y' } })
    expect(await registrar.find(subject)).toEqual([id])
    await expect(registrar.create(subject)).rejects.toMatchObject({ message: 'Limit reached' })
    await registrar.remove(subject, created)
    expect(await registrar.find(subject)).toEqual([])
    await provider.close()
  })
})

describe('an app whose whole description is replaced', () => {
  test('keeps what else stands in it, and failures are heard though the status says success', async () => {
    const { webhooks } = await koble.services.marketplace.get(koble.organization.id, 'slack')
    expect(webhooks).toBe(true)
    const { findProvider } = await import('@koble/providers/catalogue')
    const registration = findProvider('slack')?.webhooks?.registration as WebhookRegistration
    const target = registration.targets[0] as RegistrationTarget
    const settings = {
      org_deploy_enabled: false,
      interactivity: { is_enabled: true, request_url: 'https://i.example' },
    }
    const before = { display_information: { name: 'Says {url}' }, settings }
    let manifest: Record<string, unknown> = before
    let isExpired = false
    const provider = await startHookProvider(async ({ path, headers, body }) => {
      if (isExpired) return { status: 200, body: { ok: false, error: 'token_expired' } }
      if (!headers['content-type']?.includes('form') || body['app_id'] !== 'A0KOBLE0001') {
        return { status: 200, body: { ok: false, error: 'invalid_app_id' } }
      }
      if (path === '/apps.manifest.export') return { status: 200, body: { ok: true, manifest } }
      manifest = JSON.parse(String(body['manifest']))
      return { status: 200, body: { ok: true, app_id: 'A0KOBLE0001', permissions_updated: false } }
    })
    const url = 'https://koble.example.com/webhooks/slack/x'
    const values = { url, appId: 'A0KOBLE0001', events: ['app_mention', 'message'] }
    const okField = { errors: { okField: 'ok', code: ['error'] } }
    const subject = await subjectOf(provider, target, values, registration, okField)
    const created = await registrar.create(subject)
    const subscriptions = { request_url: url, bot_events: ['app_mention', 'message'] }
    expect(manifest).toEqual({ ...before, settings: { ...settings, event_subscriptions: subscriptions } })
    await registrar.remove(subject, created)
    expect(manifest).toEqual(before)
    isExpired = true
    await expect(registrar.create(subject)).rejects.toMatchObject({
      code: 'forbidden_at_provider',
      message: expect.stringContaining('configuration token'),
    })
    await provider.close()
  })
})
