import type { AuditEntry } from '@koble/contract/activity'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import type { CreatedApiKey } from '@koble/contract/organizations'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../app.ts'
import { signUpOwner } from '../../testing/people.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let thirdParty: LocalServer

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  thirdParty = await startLocalServer((_request, reply) => reply.end('{}'))
})
afterAll(async () => {
  await thirdParty.close()
  await koble.stop()
})

const refusal = { status: 403, body: { code: 'address_not_allowed' } }
async function createKey(ipAllowList: string[], role = 'viewer'): Promise<CreatedApiKey> {
  const body = { name: 'Key', role, ipAllowList }
  const answer = await koble.request<CreatedApiKey>('POST', '/api/api-keys', { body })
  expect(answer).toMatchObject({ status: 201, body: { ipAllowList } })
  return answer.body
}
/** What a caller at that address is answered. */
async function callFrom(remoteAddress: string, key: string, headers: Record<string, string> = {}) {
  const answer = await koble.app.inject({
    url: '/api/connections',
    remoteAddress,
    headers: { authorization: `Bearer ${key}`, ...headers },
  })
  return { status: answer.statusCode, body: answer.json<Problem>() }
}
const refused = async (targetId: string) => {
  const { body } = await koble.request<{ data: AuditEntry[] }>('GET', '/api/audit-log?action=address.refused&limit=200')
  return body.data.filter((entry) => entry.targetId === targetId)
}
const setPolicy = (apiKeyIpAllowList: string[], key?: string) =>
  koble.request<Problem>('PATCH', '/api/organization', { key, body: { policies: { apiKeyIpAllowList } } })

describe('the list of an API key', () => {
  test('lets in who is on it, in IPv4, IPv6 and the form between the two, and refuses all others', async () => {
    const { key } = await createKey(['10.1.0.0/16', '2001:db8::/32'])
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::7']) {
      expect((await callFrom(address, key)).status, address).toBe(200)
    }
    for (const address of ['10.2.0.1', '::ffff:10.2.0.1', '2001:db9::7', '127.0.0.1', '::1']) {
      expect(await callFrom(address, key), address).toMatchObject(refusal)
    }
    expect(await koble.request('GET', '/api/connections', { key })).toMatchObject(refusal)
  })

  test('is asked about the caller, not about what a header says of the caller', async () => {
    const { key } = await createKey(['10.1.0.0/16'])
    const headers = { 'x-forwarded-for': '10.1.2.3', 'x-real-ip': '10.1.2.3', forwarded: 'for=10.1.2.3' }
    expect(await callFrom('192.0.2.1', key, headers)).toMatchObject(refusal)
  })

  test('is asked about the caller that a proxy names, when the proxy stands where one may stand', async () => {
    const { key } = await createKey(['203.0.113.0/24'])
    const config = { mode: 'production', publicUrl: 'https://koble.example.com', metricsToken: null } as const
    const { services, database } = koble
    const app = await buildApp({
      services,
      database,
      config,
      version: '0.0.0-test',
      sandbox: false,
      log: pino({ level: 'silent' }),
      dashboardDir: null,
    })
    const ask = async (remoteAddress: string, forwardedFor: string) => {
      const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': forwardedFor }
      return (await app.inject({ url: '/api/connections', remoteAddress, headers })).statusCode
    }
    for (const proxy of ['127.0.0.1', '10.0.0.2', '::ffff:10.0.0.2', 'fd00::2']) {
      expect(await ask(proxy, '203.0.113.7'), proxy).toBe(200)
      expect(await ask(proxy, '192.0.2.1'), proxy).toBe(403)
      // What the caller wrote there itself stands before what the proxy adds.
      expect(await ask(proxy, '203.0.113.7, 192.0.2.1'), proxy).toBe(403)
    }
    expect(await ask('192.0.2.1', '203.0.113.7')).toBe(403)
  })

  test('refuses on every route, the gateway too', async () => {
    const { key } = await createKey(['10.1.0.0/16'], 'owner')
    const headers = { 'koble-connection': await createKeyConnection(koble, thirdParty.origin) }
    expect(await koble.request('GET', '/api/proxy/things', { key, headers })).toMatchObject(refusal)
    expect(await koble.request('DELETE', '/api/integrations/x', { key })).toMatchObject(refusal)
  })

  test('leaves one entry in the audit log for many refusals', async () => {
    const { key, id } = await createKey(['10.1.0.0/16'])
    for (let call = 0; call < 30; call += 1) expect((await callFrom(`192.0.2.${call}`, key)).status).toBe(403)
    expect(await refused(id)).toMatchObject([
      { actorType: 'api_key', ip: '192.0.2.0', details: { address: '192.0.2.0' } },
    ])
  })

  test('is refused when it cannot be read', async () => {
    for (const entry of ['10.0.0.0/33', 'localhost', '10.0.0.1:80', '']) {
      const body = { name: 'Key', ipAllowList: [entry] }
      expect(await koble.request('POST', '/api/api-keys', { body }), entry).toMatchObject({ status: 400 })
    }
  })
})

describe('the list of the organization', () => {
  test('binds every key of it beside the list of the key, at once', async () => {
    const { key } = await createKey([])
    const { key: narrower } = await createKey(['10.1.0.0/16'])
    expect((await callFrom('192.0.2.1', key)).status).toBe(200)
    expect((await setPolicy(['10.0.0.0/8', '127.0.0.0/8'])).status).toBe(200)
    try {
      expect(await callFrom('192.0.2.1', key)).toMatchObject(refusal)
      expect((await callFrom('10.9.9.9', key)).status).toBe(200)
      expect(await callFrom('10.9.9.9', narrower)).toMatchObject(refusal)
      expect((await callFrom('10.1.9.9', narrower)).status).toBe(200)
    } finally {
      expect((await setPolicy([])).status).toBe(200)
    }
    expect((await callFrom('192.0.2.1', key)).status).toBe(200)
  })

  test('reaches the other nodes', async () => {
    const beside = await startTestKoble({ beside: koble, jobs: false })
    try {
      const { key } = await createKey([])
      expect((await beside.request('GET', '/api/connections', { key })).status).toBe(200)
      const owner = await signUpOwner(koble)
      await owner.request('PATCH', '/api/organization', { body: { policies: { apiKeyIpAllowList: ['10.0.0.0/8'] } } })
      await expect.poll(async () => (await beside.request('GET', '/api/connections', { key })).status).toBe(403)
      // People are not bound by it, so nobody is locked out for good.
      const open = { body: { policies: { apiKeyIpAllowList: [] } } }
      expect((await owner.request('PATCH', '/api/organization', open)).status).toBe(200)
      await expect.poll(async () => (await beside.request('GET', '/api/connections', { key })).status).toBe(200)
    } finally {
      await beside.stop()
    }
  })

  test('cannot be set so that it locks out the key that sets it', async () => {
    expect(await setPolicy(['10.0.0.0/8'])).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect((await koble.request('GET', '/api/connections')).status).toBe(200)
  })
})

describe('the list of an integration', () => {
  async function restrict(ipAllowList: string[]) {
    const connectionId = await createKeyConnection(koble, thirdParty.origin)
    const { body } = await koble.request<{ integrationId: string }>('GET', `/api/connections/${connectionId}`)
    const path = `/api/integrations/${body.integrationId}`
    expect((await koble.request<Integration>('PATCH', path, { body: { ipAllowList } })).body).toMatchObject({
      ipAllowList,
    })
    const open = () => koble.services.integrations.open(koble.organization.id, body.integrationId)
    return { connectionId, integrationId: body.integrationId, open }
  }

  test('decides who may read tokens', async () => {
    const { connectionId, integrationId } = await restrict(['10.1.0.0/16'])
    expect(await koble.request('GET', `/api/connections/${connectionId}/token`)).toMatchObject(refusal)
    // The caller does not wait for the entry.
    await expect.poll(() => refused(integrationId)).toHaveLength(1)
    const allowed = await restrict(['127.0.0.1'])
    expect((await koble.request('GET', `/api/connections/${allowed.connectionId}/token`)).status).toBe(200)
  })

  test('decides who may use its connections, in every form of an address', async () => {
    const { open } = await restrict(['10.1.0.0/16', '2001:db8::/32'])
    const integration = await open()
    const { demandCallerAllowed } = koble.services.integrations
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1']) demandCallerAllowed(integration, address)
    for (const address of ['10.2.0.1', '::ffff:10.2.0.1', '::1', '']) {
      expect(() => demandCallerAllowed(integration, address), address).toThrow('may not be used from')
    }
    // Changed, and known at once.
    await koble.request('PATCH', `/api/integrations/${integration.id}`, { body: { ipAllowList: [] } })
    demandCallerAllowed(await open(), '10.2.0.1')
  })
})
