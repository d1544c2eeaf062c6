import { text } from 'node:stream/consumers'
import type { BulkOperation } from '@koble/contract/bulk'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import type { ImportReport } from '@koble/contract/portability'
import { generateBundleKeys, openBundle } from '@koble/core/crypto'
import { startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOAuthIntegration } from '../../testing/connect.ts'
import type { Answer } from '../../testing/http-call.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { createKeyConnection, waitForBulk } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

const passphrase = 'correct horse battery staple'
let here: TestKoble
let there: TestKoble
let server: OAuthServer
let integration: Integration
/** Two tokens and a key, in the first Koble. */
let connectionIds: string[]

beforeAll(async () => {
  here = await startTestKoble()
  there = await startTestKoble()
  server = await startOAuthServer()
  integration = await createOAuthIntegration(here, server)
  const { access_token: accessToken, refresh_token: refreshToken } = server.issue()
  const token = { accessToken, refreshToken, expiresAt: inAnHour(), scopes: ['read'] }
  const connections = ['ada', 'bo'].map((externalUserId) => ({
    integrationId: integration.id,
    externalUserId,
    accountId: `account of ${externalUserId}`,
    metadata: { plan: 'paid' },
    credentials: token,
  }))
  const imported = await importInto(here, { connections })
  expect(imported.body).toMatchObject({ total: 2, created: 2, failed: 0 })
  const keyed = await createKeyConnection(here, server.origin, { apiKey: 'a-key-to-move', externalUserId: 'cai' })
  connectionIds = [...imported.body.results.map(({ connectionId }) => connectionId ?? ''), keyed]
})
afterAll(async () => {
  await server.close()
  await here.stop()
  await there.stop()
})

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

const importInto = (koble: TestKoble, body: object, key = koble.ownerKey): Promise<Answer<ImportReport & Problem>> =>
  koble.request('POST', '/api/connections/import', { body, key })

async function exportFrom(koble: TestKoble, body: object): Promise<string> {
  const answer = await koble.request<string>('POST', '/api/connections/export', { body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(answer.headers.get('content-disposition')).toContain('attachment')
  return answer.body
}

const tokenOf = async (koble: TestKoble, id: string) =>
  (await koble.request<{ accessToken: string }>('GET', `/api/connections/${id}/token`)).body.accessToken
const countOf = async (koble: TestKoble) =>
  (await koble.testDatabase.query<{ count: number }>('SELECT count(*)::int FROM connections'))[0]?.count

describe('a sealed export', { timeout: 60_000 }, () => {
  test('brings connections into another Koble with ids, credentials and metadata, and again without harm', async () => {
    const bundle = await exportFrom(here, { passphrase, includeIntegrations: true })
    expect(bundle).not.toContain('a-key-to-move')
    const dry = await importInto(there, { bundle, passphrase, dryRun: true })
    expect(dry.body).toMatchObject({ dryRun: true, total: 3, created: 3, failed: 0, integrationsCreated: [] })
    expect(await countOf(there)).toBe(0)
    expect((await there.request<{ data: [] }>('GET', '/api/integrations')).body.data).toEqual([])

    const first = await importInto(there, { bundle, passphrase })
    expect(first.body).toMatchObject({ total: 3, created: 3, failed: 0, operation: null })
    expect(first.body.integrationsCreated).toHaveLength(2)
    expect(first.body.results.map(({ connectionId }) => connectionId).sort()).toEqual([...connectionIds].sort())
    for (const id of connectionIds) {
      expect(await tokenOf(there, id)).toBe(await tokenOf(here, id))
      const { integrationId: _, ...moved } = (await there.request<Connection>('GET', `/api/connections/${id}`)).body
      const { integrationId: __, ...original } = (await here.request<Connection>('GET', `/api/connections/${id}`)).body
      expect(moved).toEqual(original)
    }
    // The refresh token works there with the client that came along.
    const refreshed = await there.request('POST', `/api/connections/${connectionIds[0]}/refresh`)
    expect(refreshed.status, JSON.stringify(refreshed.body)).toBe(200)

    const again = await importInto(there, { bundle, passphrase })
    expect(again.body).toMatchObject({ created: 0, skipped: 3, failed: 0, integrationsCreated: [] })
    expect(await countOf(there)).toBe(3)
    const refused = await importInto(there, { bundle, passphrase, onConflict: 'fail' })
    expect(refused.body).toMatchObject({ failed: 3, skipped: 0 })
    expect(refused.body.results[0]).toMatchObject({ outcome: 'failed', code: 'conflict' })
    const replaced = await importInto(there, { bundle, passphrase, onConflict: 'replace' })
    expect(replaced.body).toMatchObject({ replaced: 3 })
    expect(await tokenOf(there, connectionIds[0] ?? '')).toBe(await tokenOf(here, connectionIds[0] ?? ''))
  })

  test('names integrations without their secrets, unless asked to include them', async () => {
    const bundle = await exportFrom(here, { passphrase, filter: { integrationId: integration.id } })
    const content = (await openBundle(bundle, { passphrase })).toString()
    expect(content).toContain('"clientId":"client"')
    expect(content).not.toContain('clientsecret')
    const whole = await exportFrom(here, { passphrase, includeIntegrations: true })
    expect((await openBundle(whole, { passphrase })).toString()).toContain('clientsecret')
  })

  test('goes to the integration that the mapping names, and says so when there is none', async () => {
    const koble = await startTestKoble()
    const bundle = await exportFrom(here, { passphrase, filter: { integrationId: integration.id } })
    const lost = await importInto(koble, { bundle, passphrase })
    expect(lost.body).toMatchObject({ created: 0, failed: 2 })
    expect(lost.body.results[0]).toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(integration.name),
    })
    const target = await createOAuthIntegration(koble, server, { clientId: 'another', clientSecret: 'another secret' })
    const mapping = { [integration.id]: target.id }
    expect((await importInto(koble, { bundle, passphrase, mapping })).body).toMatchObject({ created: 2, failed: 0 })
    const foreign = await importInto(koble, { bundle, passphrase, mapping: { [integration.id]: integration.id } })
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } })
    await koble.stop()
  })

  test('holds only what the filter names', async () => {
    const counts: Record<string, number> = {}
    for (const filter of [
      { externalUserId: 'ada' },
      { ids: connectionIds.slice(1) },
      { integrationId: integration.id },
    ]) {
      const bundle = await exportFrom(here, { passphrase, filter })
      const { connections } = JSON.parse((await openBundle(bundle, { passphrase })).toString())
      counts[Object.keys(filter)[0] ?? ''] = connections.length
    }
    expect(counts).toEqual({ externalUserId: 1, ids: 2, integrationId: 2 })
  })

  test('opens for the recipient of a public key alone', async () => {
    const keys = generateBundleKeys()
    const bundle = await exportFrom(here, { recipientPublicKey: keys.publicKey })
    const { privateKey } = keys
    expect((await importInto(here, { bundle, privateKey })).body).toMatchObject({ skipped: 3, failed: 0 })
    const other = await importInto(here, { bundle, privateKey: generateBundleKeys().privateKey })
    expect(other).toMatchObject({ status: 400, body: { code: 'bundle_recipient_other' } })
    expect(await importInto(here, { bundle, passphrase })).toMatchObject({ body: { code: 'bundle_recipient_other' } })
    const broken = await here.request<Problem>('POST', '/api/connections/export', { body: { recipientPublicKey: 'x' } })
    expect(broken).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('does not open by a wrong passphrase, nor when one character was changed, cut off or added', async () => {
    const bundle = await exportFrom(here, { passphrase })
    const wrong = await importInto(here, { bundle, passphrase: `${passphrase}!` })
    expect(wrong).toMatchObject({ status: 400, body: { code: 'passphrase_wrong' } })
    const at = bundle.length - 50
    const flipped = bundle.slice(0, at) + (bundle[at] === 'A' ? 'B' : 'A') + bundle.slice(at + 1)
    for (const damaged of [flipped, bundle.slice(0, -4), `${bundle}AAAA`, 'koble-bundle.v1', '']) {
      expect(await importInto(here, { bundle: damaged, passphrase })).toMatchObject({
        status: 400,
        body: { code: 'bundle_invalid' },
      })
    }
    expect(await importInto(here, { bundle })).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('is audited without passphrase or user, and needs an admin', async () => {
    await exportFrom(here, { passphrase, filter: { externalUserId: 'ada' } })
    const { body } = await here.request<{ data: object[] }>('GET', '/api/audit-log?action=connections.exported')
    expect(body.data[0]).toMatchObject({ details: { count: 1, sealedFor: 'passphrase', includeIntegrations: false } })
    expect(JSON.stringify(body.data[0])).not.toMatch(/correct horse|"ada"/)
  })

  test('takes and gives nothing across organizations, and an id that is taken there becomes a new one', async () => {
    const other = await createOrganization(await signUpOwner(here), 'Another')
    const ids = { passphrase, filter: { ids: connectionIds } }
    const answer = await here.request<string>('POST', '/api/connections/export', { body: ids, key: other.ownerKey })
    expect(JSON.parse((await openBundle(answer.body, { passphrase })).toString()).connections).toEqual([])

    const bundle = await exportFrom(here, { passphrase, includeIntegrations: true })
    const moved = await importInto(here, { bundle, passphrase }, other.ownerKey)
    expect(moved.body).toMatchObject({ created: 3, failed: 0 })
    for (const { connectionId } of moved.body.results) expect(connectionIds).not.toContain(connectionId)
    expect((await importInto(here, { bundle, passphrase }, other.ownerKey)).body).toMatchObject({ skipped: 3 })
    const stolen = { integrationId: integration.id, externalUserId: 'x', credentials: { accessToken: 'x' } }
    const refused = await importInto(here, { connections: [stolen] }, other.ownerKey)
    expect(refused.body.results[0]).toMatchObject({ outcome: 'failed', code: 'not_found' })
  })

  test('of many connections is made in the background, and can be fetched by admins for a while', async () => {
    const started = await here.request<BulkOperation>('POST', '/api/bulk-operations', {
      body: { kind: 'export', filter: {}, passphrase, includeIntegrations: true },
    })
    const done = await waitForBulk(here, started.body.id)
    expect(done).toMatchObject({ status: 'completed', counts: { exported: 3 }, hasBundle: true })
    const path = `/api/bulk-operations/${done.id}/bundle`
    const { body: bundle } = await here.request<string>('GET', path)
    expect((await importInto(here, { bundle, passphrase })).body).toMatchObject({ total: 3, skipped: 3 })
    expect((await here.request('GET', path, { key: await here.createKey('developer') })).status).toBe(403)
    await here.testDatabase.query("UPDATE bulk_operations SET finished_at = now() - interval '25 hours'")
    await here.testDatabase.query("SELECT graphile_worker.add_job('bulk.purge')")
    await expect.poll(async () => (await here.request('GET', path)).status).toBe(404)
  })
})

describe('tokens that exist already', { timeout: 60_000 }, () => {
  const item = (more: object) => ({ integrationId: integration.id, externalUserId: 'eva', ...more })

  test('are checked one by one, and what is wrong with one does not stop the others', async () => {
    const accessToken = 'imported-token'
    const connections = [
      item({ accountId: 'e-1', credentials: { accessToken, slots: { user: { accessToken: 'of-the-user' } } } }),
      item({ credentials: { fields: { apiKey: 'k' } } }),
      item({ credentials: { accessToken, expiresAt: 'tomorrow' } }),
      item({ credentials: { accessToken }, unexpected: 1 }),
      item({ externalUserId: '', credentials: { accessToken } }),
      'nonsense',
    ]
    const { body } = await importInto(here, { connections })
    expect(body).toMatchObject({ total: 6, created: 1, failed: 5 })
    expect(body.results.map(({ code }) => code)).toEqual([null, ...Array(5).fill('invalid_request')])
    expect(JSON.stringify(body)).not.toContain(accessToken)
    expect(await tokenOf(here, body.results[0]?.connectionId ?? '')).toBe(accessToken)
  })

  test('can be verified: the provider tells whose they are, and bad ones are not taken', async () => {
    server.account = { sub: 'fay-1', email: 'fay@example.com' }
    const { access_token: accessToken } = server.issue()
    const connections = [
      item({ externalUserId: 'fay', credentials: { accessToken } }),
      item({ externalUserId: 'gil', credentials: { accessToken: 'not-good' } }),
      item({ externalUserId: 'hal', accountId: 'another', credentials: { accessToken } }),
      item({ externalUserId: 'ida', credentials: { accessToken: 'old', expiresAt: '2020-01-01T00:00:00Z' } }),
    ]
    const dry = await importInto(here, { connections, verify: true, dryRun: true })
    expect(dry.body).toMatchObject({ created: 2, failed: 2 })
    const { body } = await importInto(here, { connections, verify: true })
    expect(body.results.map(({ code }) => code)).toEqual([null, 'credentials_rejected', 'conflict', null])
    expect(body.results[3]?.message).toContain('Not verified')
    const made = await here.request<Connection>('GET', `/api/connections/${body.results[0]?.connectionId}`)
    expect(made.body).toMatchObject({ accountId: 'fay-1', accountLabel: 'fay@example.com', status: 'connected' })
  })

  test('connect an account again that was disconnected', async () => {
    const connections = [item({ externalUserId: 'jon', credentials: { accessToken: 'first' } })]
    const id = (await importInto(here, { connections })).body.results[0]?.connectionId
    await here.request('DELETE', `/api/connections/${id}`)
    const again = await importInto(here, { connections })
    expect(again.body.results[0]).toMatchObject({ outcome: 'replaced', connectionId: id })
    expect((await here.request<Connection>('GET', `/api/connections/${id}`)).body.status).toBe('connected')
  })

  test('are imported in the background when there are many, and failures are told by their number', async () => {
    const connections = Array.from({ length: 1500 }, (_, at) =>
      item({ externalUserId: `many-${at}`, credentials: at === 700 ? {} : { accessToken: `token-${at}` } }),
    )
    const { body } = await importInto(here, { connections })
    expect(body).toMatchObject({ total: 1500, results: [], operation: { kind: 'import', total: 1500 } })
    const done = await waitForBulk(here, body.operation?.id ?? '')
    expect(done).toMatchObject({ status: 'completed', counts: { created: 1499 }, failed: 1 })
    expect(done.errors).toMatchObject([{ item: '700', code: 'invalid_request' }])
  })

  test('may be large, up to 32 MiB; more is refused', async () => {
    const large = item({
      externalUserId: 'large',
      metadata: { pad: 'x'.repeat(5 * 1024 * 1024) },
      credentials: { accessToken: 'l' },
    })
    expect((await importInto(here, { connections: [large] })).body).toMatchObject({ created: 1 })
    const raw = `{"connections": ["${'x'.repeat(32 * 1024 * 1024)}"]}`
    const headers = { 'content-type': 'application/json' }
    expect(await here.request('POST', '/api/connections/import', { raw, headers })).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    })
    const elsewhere = await here.request('POST', '/api/connections', { body: large })
    expect(elsewhere).toMatchObject({ status: 413 })
  })

  test('and credentials are taken as the method of the integration has them', async () => {
    const asked: URLSearchParams[] = []
    const api = await startLocalServer(async (request, reply) => {
      const body = await text(request)
      if (request.url === '/token') asked.push(new URLSearchParams(body))
      const answer = request.url === '/token' ? { access_token: 'granted', token_type: 'Bearer', expires_in: 3600 } : {}
      const { authorization = '' } = request.headers
      const known = [`Basic ${Buffer.from('ada:pw').toString('base64')}`, 'Bearer granted', 'Bearer brought']
      reply.writeHead(request.url === '/token' || known.includes(authorization) ? 200 : 401, {
        'content-type': 'application/json',
      })
      reply.end(JSON.stringify(answer))
    })
    const setUp = async (provider: string, config: object) => {
      const body = { provider, config: { apiUrl: api.origin, ...config } }
      return (await here.request<Integration>('POST', '/api/integrations', { body })).body.id
    }
    const basic = await setUp('basic-auth', {})
    const machine = await setUp('client-credentials', { tokenUrl: `${api.origin}/token` })
    const client = { clientId: 'machine', clientSecret: 'secret' }
    const connections = [
      { integrationId: basic, externalUserId: 'a', credentials: { fields: { username: 'ada', password: 'pw' } } },
      { integrationId: machine, externalUserId: 'b', credentials: { fields: client } },
      { integrationId: machine, externalUserId: 'c', credentials: { accessToken: 'brought', fields: client } },
      { integrationId: basic, externalUserId: 'd', credentials: { fields: { username: 'ada' } } },
      { integrationId: basic, externalUserId: 'e', credentials: { accessToken: 'x' } },
      { integrationId: machine, externalUserId: 'f', credentials: { accessToken: 'x' } },
    ]
    const { body } = await importInto(here, { connections })
    expect(body).toMatchObject({ created: 3, failed: 3 })
    expect(asked).toHaveLength(0)
    for (const { connectionId } of body.results.slice(0, 3)) {
      const headers = { 'koble-connection': connectionId ?? '' }
      expect((await here.request('GET', '/api/proxy/things', { headers })).status).toBe(200)
    }
    expect(asked.map((form) => form.get('grant_type'))).toEqual(['client_credentials'])
    const verified = await importInto(here, {
      connections: connections.slice(1, 2),
      verify: true,
      onConflict: 'replace',
    })
    expect(verified.body).toMatchObject({ created: 0, replaced: 1 })
    expect(asked).toHaveLength(2)
    await api.close()
  })

  test('must come in just one of the three forms', async () => {
    for (const body of [{}, { connections: [], nango: [] }, { bundle: 'x', connections: [], passphrase }]) {
      expect(await importInto(here, body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    }
  })
})
