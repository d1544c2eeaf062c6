import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { connect } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

const certificates = JSON.parse(
  readFileSync(
    new URL('../../../../../packages/core/src/oauth/certificates/certificates.json', import.meta.url),
    'utf8',
  ),
)
const { authority, server: own, client, selfSigned } = certificates

let koble: TestKoble
let provider: OAuthServer
let door: Server
let origin: string
/** What came through the door, in order. */
let passed: string[]

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
})
afterAll(() => koble.stop())

/** In front of the provider stands a door that opens to no connection without a certificate of the authority. */
beforeEach(async () => {
  provider = await startOAuthServer()
  passed = []
  const demands = { ca: authority.certificate, requestCert: true, rejectUnauthorized: true }
  door = createServer({ cert: own.certificate, key: own.privateKey, ...demands }, (request, reply) => {
    const shown = (request.socket as TLSSocket).getPeerX509Certificate()?.subject.replace('CN=', '')
    passed.push(`${request.method} ${request.url} as ${shown}`)
    const { method, headers } = request
    const inner = httpRequest(provider.origin + request.url, { method, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(reply)
    })
    request.pipe(inner)
  })
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  origin = `https://127.0.0.1:${(door.address() as AddressInfo).port}`
})
afterEach(async () => {
  door.closeAllConnections()
  door.close()
  await provider.close()
})

const ours = { certificate: client.certificate, privateKey: client.privateKey, caCertificate: authority.certificate }
async function setUp(credentials: object, config: object = {}) {
  const addresses = Object.fromEntries(
    Object.entries(provider.config).map(([key, url]) => [key, url.replace(provider.origin, origin)]),
  )
  // The browser has no certificate.
  const { authorizationUrl } = provider.config
  const body = {
    provider: 'oauth2',
    credentials: { clientId: 'client', ...credentials },
    config: { ...addresses, authorizationUrl, clientAuthentication: 'tls', ...config },
    scopes: ['read'],
  }
  return await koble.request<Pick<Integration, 'id' | 'provider'> & Partial<Problem>>('POST', '/api/integrations', {
    body,
  })
}

test('code exchange, refresh, calls and revocation all present the certificate, and no secret', async () => {
  const { body: integration } = await setUp(ours)
  const { connection } = await connect(koble, integration)
  expect(connection).toMatchObject({ status: 'connected', accountLabel: 'ada@example.com' })
  const { id } = connection as Connection
  expect((await koble.request('POST', `/api/connections/${id}/refresh`)).status).toBe(200)
  const headers = { 'koble-connection': id }
  expect((await koble.request('GET', '/api/proxy/things', { headers })).status).toBe(200)
  expect((await koble.request('DELETE', `/api/connections/${id}`)).status).toBe(204)

  const grants = provider.tokenRequests.map((form) => form.get('grant_type'))
  expect(grants).toEqual(['authorization_code', 'refresh_token'])
  for (const form of provider.tokenRequests) {
    expect(form.get('client_id')).toBe('client')
    expect(form.has('client_secret')).toBe(false)
  }
  for (const { authorization } of provider.tokenHeaders) expect(authorization).toBeUndefined()
  const name = passed[0]?.split(' as ')[1]
  expect(passed).toEqual(
    ['POST /token', 'GET /userinfo', 'POST /token', 'GET /api/things', 'POST /revoke'].map(
      (line) => `${line} as ${name}`,
    ),
  )
  expect(name).not.toBe('undefined')
})

test('client credentials are exchanged over a connection with the certificate', async () => {
  const config = { tokenUrl: `${origin}/token`, apiUrl: `${origin}/api`, clientAuthentication: 'tls' }
  provider.onToken = (form) =>
    form.get('grant_type') === 'client_credentials' ? { body: provider.issue() } : undefined
  const integration = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'client-credentials', config },
  })
  const create = (credentials: object) =>
    koble.request<Partial<Connection & Problem>>('POST', '/api/connections', {
      body: { integrationId: integration.body.id, externalUserId: 'u1', credentials },
    })
  expect(await create({ clientId: 'client' })).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(passed).toEqual([])
  const made = await create({ clientId: 'client', ...ours })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  expect(passed[0]).toMatch(/^POST \/token as /)
  expect(provider.tokenRequests[0]?.has('client_secret')).toBe(false)
})

test('a certificate of another authority opens no door, and no account is connected', async () => {
  const { body: integration } = await setUp({ ...ours, ...selfSigned })
  const { connection } = await connect(koble, integration)
  expect(connection).toBeUndefined()
  expect(passed).toEqual([])
})

test('a certificate that is missing, or does not fit its key, is refused when the integration is set up', async () => {
  const missing = await setUp({})
  expect(missing).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path: 'certificate' }] } })
  const mixed = { ...ours, privateKey: selfSigned.privateKey }
  expect(await setUp(mixed)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  const { body: good } = await setUp(ours)
  const change = { credentials: { privateKey: selfSigned.privateKey } }
  const changed = await koble.request<Problem>('PATCH', `/api/integrations/${good.id}`, { body: change })
  expect(changed).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(JSON.stringify(changed.body)).not.toContain('BEGIN')
})

test('a service without mutual TLS still takes a secret, and is asked for no certificate', async () => {
  const body = {
    provider: 'oauth2',
    credentials: { clientId: 'client', clientSecret: 'secret' },
    config: provider.config,
    scopes: ['read'],
  }
  const { body: integration } = await koble.request<Integration>('POST', '/api/integrations', { body })
  const { connection } = await connect(koble, integration)
  expect(connection?.status).toBe('connected')
  expect(provider.tokenHeaders[0]?.authorization).toMatch(/^Basic /)
})
