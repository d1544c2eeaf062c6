import type { Registration } from '@koble/contract/webhook-registrations'
import type { CreatedEndpoint } from '@koble/contract/webhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDataDir } from '../../testing/data-dir.ts'
import { githubHooks, type HookProvider, startHookProvider } from '../../testing/hook-provider.ts'
import { call } from '../../testing/http-call.ts'
import { startProgram } from '../../testing/program.ts'
import {
  onlyHook,
  openRegistered,
  type Registering,
  readRegistration,
  registeringByKey,
  tendNow,
} from '../../testing/register-webhooks.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** What becomes of registrations when nodes die, providers fail, and people change or delete things. */
let koble: TestKoble
let github: HookProvider
let account: Registering
const repository = { target: 'repository', parameters: { repository: 'octocat/hello-world' } }
const isCreation = ({ method }: { method: string }) => method === 'POST'

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  github = await startHookProvider(githubHooks)
  account = await registeringByKey(koble, github, {
    provider: 'github',
    authMethod: 'api_key',
    apiKey: 'github_pat_11A0123456789abcdefghij',
  })
})
afterAll(async () => {
  await github.close()
  await koble.stop()
})
beforeEach(() => {
  github.hooks.clear()
  github.requests.length = 0
  github.fates.length = 0
})

test('a node killed between the provider’s doing and its own writing leaves one hook, once another has looked', async () => {
  const { active } = koble.keys
  const dataDir = createDataDir()
  const program = await startProgram({
    NODE_ENV: 'production',
    KOBLE_ROLE: 'api',
    KOBLE_DATA_DIR: dataDir.path,
    KOBLE_MASTER_KEY: active?.type === 'local' ? active.masterKey : '',
    DATABASE_URL: koble.testDatabase.url,
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
    KOBLE_PUBLIC_URL: koble.url,
  })
  github.fates.push({
    of: isCreation,
    fate: {
      async held() {
        program.kill('SIGKILL')
        await program.ended
      },
    },
  })
  const { integrationId, connectionId } = account
  const body = { register: { connectionId, ...repository } }
  const path = `/api/integrations/${integrationId}/webhooks`
  const asked = call('POST', program.url + path, { key: koble.ownerKey, body })
  await expect(asked).rejects.toThrow()
  await dataDir.remove()

  const orphan = onlyHook(github)
  const [row] = await koble.testDatabase.query<{ id: string; status: string; external_ids: string[] }>(
    'SELECT id, status, external_ids FROM webhook_registrations ORDER BY id DESC LIMIT 1',
  )
  expect(row).toMatchObject({ status: 'pending', external_ids: [] })
  const settled = await tendNow(koble, row?.id ?? '')
  expect(settled).toMatchObject({ status: 'active', errorCode: null })
  expect(onlyHook(github).id).not.toBe(orphan.id)
  expect([...github.hooks.keys()]).toEqual(settled.externalIds)
})

test('a row is left alone while its maker may still be at work', async () => {
  github.fates.push({ of: isCreation, fate: 'lost' })
  const { registration } = await openRegistered(koble, account, repository)
  await koble.testDatabase.query(
    "UPDATE webhook_registrations SET next_at = now(), lease_until = now() + interval '1 minute' WHERE id = $1",
    [registration.id],
  )
  github.requests.length = 0
  await koble.services.registrations.tend()
  expect(github.requests).toEqual([])
  expect((await tendNow(koble, registration.id)).status).toBe('active')
})

describe('an answer that never came', () => {
  test('is settled later: what was left there is removed, and one is made anew', async () => {
    // Of another, to whom nothing must happen.
    github.hooks.set('7', {
      id: '7',
      url: 'https://example.com/other',
      fields: { scope: '/repos/octocat/hello-world/hooks', config: { url: 'https://example.com/other' } },
    })
    github.fates.push({ of: isCreation, fate: 'lost' })
    const { registration } = await openRegistered(koble, account, repository)
    expect(registration).toMatchObject({ status: 'pending', errorCode: 'provider_unreachable', attempts: 1 })
    expect(registration.nextAt).not.toBeNull()
    expect(github.hooks.size).toBe(2)

    const settled = await tendNow(koble, registration.id)
    expect(settled).toMatchObject({ status: 'active', attempts: 0, errorCode: null })
    expect([...github.hooks.keys()].sort()).toEqual(['7', ...settled.externalIds].sort())
  })

  test('leaves nothing behind when the registration is removed instead', async () => {
    github.fates.push({ of: isCreation, fate: 'lost' })
    const { endpoint, registration } = await openRegistered(koble, account, repository)
    expect(github.hooks.size).toBe(1)
    const path = `/api/webhooks/${endpoint.id}/registrations/${registration.id}`
    const removed = await koble.request<Registration>('DELETE', path)
    expect(removed.body.status).toBe('removed')
    expect(github.hooks.size).toBe(0)
  })
})

test('one that exists already at the provider with our address is replaced', async () => {
  const { registration } = await openRegistered(koble, account, repository)
  const [external] = registration.externalIds
  // As after a restored backup: we know nothing of what is there.
  await koble.testDatabase.query(
    "UPDATE webhook_registrations SET status = 'pending', external_ids = '{}' WHERE id = $1",
    [registration.id],
  )
  const settled = await tendNow(koble, registration.id)
  expect(settled.status).toBe('active')
  expect(settled.externalIds).not.toContain(external)
  expect([...github.hooks.keys()]).toEqual(settled.externalIds)
})

describe('a provider’s bad hour', () => {
  test('is waited for, with pauses that grow, and given up after a day; then people are told', async () => {
    const bad = { status: 500, body: { message: 'Server Error' } }
    github.fates.push({ of: isCreation, fate: bad })
    const { registration } = await openRegistered(koble, account, repository)
    expect(registration).toMatchObject({ status: 'pending', errorCode: 'provider_unavailable', attempts: 1 })
    let now = registration
    const pauses: number[] = []
    while (now.nextAt !== null) {
      pauses.push(Date.parse(now.nextAt) - Date.now())
      github.fates.push({ of: isCreation, fate: bad })
      now = await tendNow(koble, registration.id)
    }
    expect(now).toMatchObject({ status: 'failed', errorCode: 'provider_unavailable', attempts: 11 })
    expect(pauses).toHaveLength(10)
    expect(pauses.at(-1)).toBeGreaterThan(pauses[0] as number)
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(20 * 3_600_000)

    const events = await koble.request<{ data: { type: string; data: object }[] }>('GET', '/api/system-events')
    expect(events.body.data[0]).toMatchObject({
      type: 'webhook_registration.failed',
      data: { registrationId: registration.id, errorCode: 'provider_unavailable' },
    })
    const notifications = await koble.request<{ data: { type: string }[] }>('GET', '/api/notifications')
    expect(notifications.body.data[0]).toMatchObject({ type: 'webhook_registration.failed', severity: 'error' })

    // Somebody has it tried again.
    const path = `/api/webhooks/${registration.endpointId}/registrations/${registration.id}/renew`
    const again = await koble.request<Registration>('POST', path)
    expect(again).toMatchObject({ status: 200, body: { status: 'active', attempts: 0, errorCode: null } })
    const after = await koble.request<{ data: { type: string }[] }>('GET', '/api/system-events')
    expect(after.body.data[0]?.type).toBe('webhook_registration.recovered')
    const log = await koble.request<{ data: { action: string }[] }>('GET', '/api/activity?type=webhook')
    expect(log.body.data.slice(0, 2).map(({ action }) => action)).toEqual([
      'webhook.registration_recovered',
      'webhook.registration_failed',
    ])
  })

  test('that asks for patience is left alone for so long', async () => {
    const limited = {
      status: 403,
      body: { message: 'You have exceeded a secondary rate limit' },
      headers: { 'retry-after': '1800' },
    }
    github.fates.push({ of: isCreation, fate: limited })
    const { registration } = await openRegistered(koble, account, repository)
    expect(registration).toMatchObject({ status: 'pending', errorCode: 'provider_throttled' })
    expect(Date.parse(registration.nextAt ?? '') - Date.now()).toBeGreaterThan(1_700_000)
  })
})

describe('a refusal', () => {
  test.each([
    [404, { message: 'Not Found' }, 'target_unknown'],
    [403, { message: 'Resource not accessible by personal access token' }, 'forbidden_at_provider'],
    [
      422,
      { message: 'Validation Failed', errors: [{ message: 'url is not supported because it isn’t reachable' }] },
      'provider_rejected',
    ],
  ])('of %i ends it at once, in the provider’s words', async (status, body, errorCode) => {
    github.fates.push({ of: isCreation, fate: { status, body } })
    const { registration } = await openRegistered(koble, account, repository)
    const words = 'errors' in body ? body.errors?.[0]?.message : body.message
    expect(registration).toMatchObject({ status: 'failed', errorCode, errorMessage: words })
    expect(github.count('POST', /hooks$/)).toBe(1)
  })

  test('leaves nothing to be removed: what was refused was not done', async () => {
    github.fates.push({ of: isCreation, fate: { status: 403, body: { message: 'Not accessible' } } })
    const { endpoint } = await openRegistered(koble, account, repository)
    github.requests.length = 0
    expect((await koble.request('DELETE', `/api/webhooks/${endpoint.id}`)).status).toBe(204)
    expect(github.requests).toEqual([])
  })

  test('that repeats the secret does not show it', async () => {
    const secret = 'a-secret-that-nobody-may-see-0123456789'
    github.fates.push({ of: isCreation, fate: { status: 422, body: { message: `No such secret: ${secret}` } } })
    const { integrationId, connectionId } = account
    const { body } = await koble.request<CreatedEndpoint>('POST', `/api/integrations/${integrationId}/webhooks`, {
      body: { secret, register: { connectionId, ...repository } },
    })
    expect(body.registration?.errorMessage).toBe('No such secret: …')
    const [log] = await koble.testDatabase.query<{ text: string }>(
      'SELECT string_agg(a::text, $1) AS text FROM activities a',
      [' '],
    )
    expect(log?.text).not.toContain(secret)
    expect(koble.log.join('\n')).not.toContain(secret)
  })
})

describe('what is deleted while the provider is away', () => {
  const bad = { status: 503, body: { message: 'Unavailable' } }
  const isDeletion = ({ method }: { method: string }) => method === 'DELETE'

  test('is named in the answer, and removed later, after its endpoint', async () => {
    const { endpoint, registration } = await openRegistered(koble, account, repository)
    for (let tries = 0; tries < 3; tries += 1) github.fates.push({ of: isDeletion, fate: bad })
    const answer = await koble.request<{ registrations: Registration[] }>('DELETE', `/api/webhooks/${endpoint.id}`)
    expect(answer).toMatchObject({
      status: 200,
      body: { registrations: [{ id: registration.id, status: 'removing' }] },
    })
    expect((await koble.request('GET', `/api/webhooks/${endpoint.id}`)).status).toBe(404)
    expect(github.hooks.size).toBe(1)
    github.fates.length = 0
    await tendNow(koble, registration.id)
    expect(github.hooks.size).toBe(0)
    const [row] = await koble.testDatabase.query('SELECT status FROM webhook_registrations WHERE id = $1', [
      registration.id,
    ])
    expect(row).toEqual({ status: 'removed' })
  })

  test('with its credentials stays there, which is said', async () => {
    const other = await registeringByKey(koble, github, {
      provider: 'github',
      authMethod: 'api_key',
      apiKey: 'github_pat_11A0123456789abcdefghij',
    })
    const { registration } = await openRegistered(koble, other, repository)
    for (let tries = 0; tries < 3; tries += 1) github.fates.push({ of: isDeletion, fate: bad })
    const answer = await koble.request<{ registrations: Registration[] }>(
      'DELETE',
      `/api/connections/${other.connectionId}`,
    )
    expect(answer).toMatchObject({
      status: 200,
      body: { registrations: [{ id: registration.id, status: 'failed', errorCode: 'not_removed', nextAt: null }] },
    })
    expect(await readRegistration(koble, registration.id)).toMatchObject({ status: 'failed' })
    const notifications = await koble.request<{ data: { type: string }[] }>('GET', '/api/notifications')
    expect(notifications.body.data[0]?.type).toBe('webhook_registration.not_removed')
  })

  test('with a whole integration goes at the provider first', async () => {
    const other = await registeringByKey(koble, github, {
      provider: 'github',
      authMethod: 'api_key',
      apiKey: 'github_pat_11A0123456789abcdefghij',
    })
    await openRegistered(koble, other, repository)
    expect(github.hooks.size).toBe(1)
    expect((await koble.request('DELETE', `/api/integrations/${other.integrationId}`)).status).toBe(204)
    expect(github.hooks.size).toBe(0)
  })
})

describe('drift', () => {
  test('a hook that somebody removed at the provider is made anew, and that is told', async () => {
    const { registration } = await openRegistered(koble, account, repository)
    github.hooks.clear()
    const checked = await tendNow(koble, registration.id, ', check_at = now()')
    expect(checked).toMatchObject({ status: 'active', errorCode: null })
    expect([...github.hooks.keys()]).toEqual(checked.externalIds)
    expect(checked.externalIds).not.toEqual(registration.externalIds)
    const log = await koble.request<{ data: { action: string }[] }>('GET', '/api/activity?type=webhook')
    expect(log.body.data.slice(0, 2).map(({ action }) => action)).toEqual([
      'webhook.registration_registered',
      'webhook.registration_missing',
    ])
  })

  test('is `missing` while it cannot be made anew', async () => {
    const { registration } = await openRegistered(koble, account, repository)
    github.hooks.clear()
    github.fates.push({ of: isCreation, fate: { status: 502 } })
    expect(await tendNow(koble, registration.id, ', check_at = now()')).toMatchObject({
      status: 'missing',
      attempts: 1,
    })
    expect((await tendNow(koble, registration.id)).status).toBe('active')
  })

  test('one that is there is seen on whatever page it stands, and left alone', async () => {
    const scope = '/repos/octocat/hello-world/hooks'
    for (const id of ['1', '2', '3']) {
      const url = `https://example.com/${id}`
      github.hooks.set(id, { id, url, fields: { scope, config: { url } } })
    }
    const { registration } = await openRegistered(koble, account, repository)
    github.requests.length = 0
    const checked = await tendNow(koble, registration.id, ', check_at = now()')
    expect(checked.externalIds).toEqual(registration.externalIds)
    expect(Date.parse(checked.checkedAt ?? '')).toBeGreaterThan(Date.parse(registration.checkedAt ?? ''))
    expect(github.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET'])
  })
})

describe('a changed endpoint', () => {
  test('has its events and its new secret changed at the provider', async () => {
    const { endpoint, registration } = await openRegistered(koble, account, { ...repository, events: ['push'] })
    expect(onlyHook(github).fields).toMatchObject({ events: ['push'] })
    await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { events: ['push', 'issues', 'ping'] } })
    await koble.services.registrations.tend()
    expect(onlyHook(github).fields).toMatchObject({ events: ['push', 'issues'] })
    const rotated = await koble.request<{ secret: string }>('POST', `/api/webhooks/${endpoint.id}/rotate-secret`)
    await koble.services.registrations.tend()
    expect(onlyHook(github).fields).toMatchObject({ config: { secret: rotated.body.secret } })
    expect((await readRegistration(koble, registration.id)).externalIds).toEqual(registration.externalIds)
    github.requests.length = 0
    // Sealed anew under another key it is still the same secret.
    await koble.testDatabase.query("UPDATE webhook_registrations SET todo = 'update' WHERE id = $1", [registration.id])
    await tendNow(koble, registration.id)
    expect(github.requests).toEqual([])
  })
})

describe('what cannot be', () => {
  const ask = async (register: object, more: object = {}) => {
    const path = `/api/integrations/${account.integrationId}/webhooks`
    const before = await koble.request<{ data: unknown[] }>('GET', path)
    const answer = await koble.request<{ code: string; detail: string }>('POST', path, {
      body: { register: { connectionId: account.connectionId, ...register }, ...more },
    })
    const after = await koble.request<{ data: unknown[] }>('GET', path)
    expect(after.body.data).toHaveLength(before.body.data.length)
    expect(github.requests).toEqual([])
    return answer
  }
  test('is refused before an endpoint is made', async () => {
    const invalid = { status: 400, body: { code: 'invalid_request' } }
    expect(await ask({ target: 'galaxy' })).toMatchObject(invalid)
    expect(await ask({ target: 'repository' })).toMatchObject(invalid)
    for (const name of ['hello-world', 'octocat/..', '../octocat', 'octocat/hello-world/../..', 'a/b?c=d', 'a/b#c']) {
      expect(await ask({ target: 'repository', parameters: { repository: name } }), name).toMatchObject(invalid)
    }
    const extra = { ...repository, parameters: { ...repository.parameters, more: 'x' } }
    expect(await ask(extra)).toMatchObject(invalid)
    const unknown = { ...repository, connectionId: crypto.randomUUID() }
    expect(await ask(unknown)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  test('is registered for the same twice on one endpoint', async () => {
    const { endpoint } = await openRegistered(koble, account, repository)
    const body = { connectionId: account.connectionId, ...repository }
    const again = await koble.request('POST', `/api/webhooks/${endpoint.id}/registrations`, { body })
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(github.hooks.size).toBe(1)
  })
})
