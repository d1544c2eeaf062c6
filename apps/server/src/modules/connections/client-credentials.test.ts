import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import { startLocalServer } from '@koble/core/testing'
import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
})
afterAll(() => koble.stop())

type Asked = { path: string; form: URLSearchParams }

/** A provider that gives a token for whatever `judge` does not throw at, and answers calls by `api`. */
async function startProvider(
  judge: (asked: Asked, origin: string) => Promise<unknown> | unknown,
  api: Record<string, { status?: number; body: unknown }>,
) {
  const asked: Asked[] = []
  const server = await startLocalServer(async (request: IncomingMessage, reply: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://provider')
    const answer = (status: number, body: unknown) =>
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'POST') {
      const one = { path: url.pathname, form: new URLSearchParams(await text(request)) }
      asked.push(one)
      try {
        await judge(one, `http://${request.headers.host}`)
        answer(200, { access_token: 'of-the-client', token_type: 'Bearer', expires_in: 3600 })
      } catch (error) {
        answer(401, { error: 'invalid_client', error_description: String(error) })
      }
      return
    }
    const known = request.headers.authorization === 'Bearer of-the-client' ? api[url.pathname] : undefined
    answer(known?.status ?? (known ? 200 : 404), known?.body ?? {})
  })
  onTestFinished(server.close)
  return { origin: server.origin, asked }
}

async function setUp(body: object): Promise<string> {
  const made = await koble.request<Integration>('POST', '/api/integrations', { body })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body.id
}

const connect = (integrationId: string, credentials: object) =>
  koble.request<Connection & Problem>('POST', '/api/connections', {
    body: { integrationId, externalUserId: crypto.randomUUID(), credentials },
  })

describe('a client that signs', () => {
  const keys = generateKeyPair('RS256', { extractable: true })

  test('proves itself by an assertion for the token endpoint, and sends no secret', async () => {
    const { publicKey, privateKey } = await keys
    const provider = await startProvider(
      async ({ path, form }, origin) => {
        const checks = { issuer: 'service-app', subject: 'service-app', audience: `${origin}${path}` }
        const assertion = form.get('client_assertion') ?? ''
        const { protectedHeader, payload } = await jwtVerify(assertion, publicKey, { ...checks, algorithms: ['RS256'] })
        if (protectedHeader.kid !== 'key-1' || payload.jti === undefined) throw new Error('kid or jti')
      },
      { '/oauth2/v1/userinfo': { status: 403, body: {} }, '/api/v1/users': { body: [] } },
    )
    const integrationId = await setUp({
      ...{ provider: 'okta', authMethod: 'client_credentials', scopes: ['okta.users.read', 'okta.logs.read'] },
      config: { domain: 'fjord.okta.com' },
      endpoints: { tokenUrl: `${provider.origin}/oauth2/v1/token`, apiUrl: provider.origin },
    })
    const pem = await exportPKCS8(privateKey)
    const made = await connect(integrationId, { clientId: 'service-app', privateKey: pem, keyId: 'key-1' })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect(made.body).toMatchObject({
      status: 'connected',
      accountId: 'fjord.okta.com',
      accountLabel: 'fjord.okta.com',
    })
    const { form } = provider.asked[0] as Asked
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(form.get('scope')).toBe('okta.users.read okta.logs.read')
    expect(form.has('client_secret')).toBe(false)
  })

  test('is refused with another key', async () => {
    const { publicKey } = await keys
    const provider = await startProvider(({ form }) => jwtVerify(form.get('client_assertion') ?? '', publicKey), {})
    const integrationId = await setUp({
      ...{ provider: 'okta', authMethod: 'client_credentials', config: { domain: 'fjord.okta.com' } },
      endpoints: { tokenUrl: `${provider.origin}/oauth2/v1/token`, apiUrl: provider.origin },
    })
    const other = await generateKeyPair('RS256', { extractable: true })
    const refused = await connect(integrationId, {
      clientId: 'service-app',
      privateKey: await exportPKCS8(other.privateKey),
    })
    expect(refused.status).toBe(422)
    expect(JSON.stringify(refused.body)).not.toContain('PRIVATE KEY')
  })
})

describe('one application for many tenants', () => {
  const tenants = ['6b6f626c-0000-4000-8000-656e74726131', '6b6f626c-0000-4000-8000-656e74726132']

  test('gets a token at the endpoint of the tenant that the connection is of, and is called by its name', async () => {
    const provider = await startProvider(
      ({ form }) => {
        if (form.get('client_secret') !== 'of-the-app') throw new Error('secret')
      },
      {
        '/me': { status: 400, body: { error: { code: 'BadRequest' } } },
        '/organization': { body: { value: [{ id: tenants[0], displayName: 'Fjord Bikes' }] } },
      },
    )
    const integrationId = await setUp({
      ...{ provider: 'entra', authMethod: 'client_credentials' },
      credentials: { clientId: 'the-app', clientSecret: 'of-the-app' },
      endpoints: { tokenUrl: `${provider.origin}/{tenantId}/oauth2/v2.0/token`, apiUrl: provider.origin },
    })
    for (const tenantId of tenants) {
      const made = await connect(integrationId, { tenantId })
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      expect(made.body).toMatchObject({ accountId: tenants[0], accountLabel: 'Fjord Bikes' })
    }
    expect(provider.asked.map(({ path }) => path)).toEqual(tenants.map((id) => `/${id}/oauth2/v2.0/token`))
    expect(provider.asked[0]?.form.get('scope')).toBe('https://graph.microsoft.com/.default')
  })

  test('is led to no other address by what a connection says', async () => {
    const provider = await startProvider(() => {}, {})
    const integrationId = await setUp({
      ...{ provider: 'entra', authMethod: 'client_credentials' },
      credentials: { clientId: 'the-app', clientSecret: 'of-the-app' },
      endpoints: { tokenUrl: `${provider.origin}/{tenantId}/oauth2/v2.0/token`, apiUrl: provider.origin },
    })
    const refused = await connect(integrationId, { tenantId: '../../elsewhere?' })
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(provider.asked).toEqual([])
  })
})
