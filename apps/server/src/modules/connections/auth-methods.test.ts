import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration, MarketplaceDetail } from '@koble/contract/integrations'
import { startLocalServer } from '@koble/core/testing'
import { createRemoteJWKSet, exportJWK, jwtVerify } from 'jose'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
})
afterAll(() => koble.stop())

/** A third party for one test, whose `/me` tells whose account it is. */
async function serve(listener: (request: IncomingMessage, reply: ServerResponse) => unknown): Promise<string> {
  const server = await startLocalServer((request, reply) => {
    Promise.resolve(listener(request, reply)).catch((error) => reply.writeHead(500).end(String(error)))
  })
  onTestFinished(server.close)
  return server.origin
}

function json(reply: ServerResponse, body: unknown, status = 200): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const account = { id: 'account-1', name: 'Ada' }
const whose = { testPath: '/me', accountIdPath: 'id', accountLabelPath: 'name' }

async function setUp(provider: string, config: object, more: object = {}): Promise<string> {
  const body = { provider, config: { ...whose, ...config }, ...more }
  const { status, body: made } = await koble.request<Integration>('POST', '/api/integrations', { body })
  expect(status, JSON.stringify(made)).toBe(201)
  return made.id
}

const tryConnect = (integrationId: string, credentials: object) =>
  koble.request<Connection & Pick<Problem, 'code' | 'errors'>>('POST', '/api/connections', {
    body: { integrationId, externalUserId: crypto.randomUUID(), credentials },
  })

async function connect(integrationId: string, credentials: object): Promise<Connection> {
  const { status, body } = await tryConnect(integrationId, credentials)
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

/** Has its token run out so soon that the next call renews it. */
const expire = (id: string) =>
  koble.testDatabase.query("UPDATE connections SET token_expires_at = now() + interval '1 second' WHERE id = $1", [id])

const call = (id: string, path = 'things') =>
  koble.request<{ seen: unknown } & Problem>('GET', `/api/proxy/${path}`, { headers: { 'koble-connection': id } })

const connectionsOf = async (integrationId: string) =>
  (await koble.request<{ data: Connection[] }>('GET', `/api/connections?integrationId=${integrationId}`)).body.data

/** How the server would authorize a call, as the gateway asks it to. */
async function authorize(connectionId: string, { url = 'http://127.0.0.1/x', method = 'GET' } = {}) {
  const { connections, integrations } = koble.services
  const connection = await connections.fresh(koble.organization.id, connectionId)
  const integration = await integrations.open(koble.organization.id, connection.integrationId)
  return await connections.authorize(integration, connection, { method, url: new URL(url), headers: {}, body: null })
}

describe('a provider that offers several methods', () => {
  const token = `ghp_${'a'.repeat(36)}`

  test('is set up with the one that is asked for, each with its own form', async () => {
    const path = '/api/integrations/marketplace/github'
    const { authMethods } = (await koble.request<MarketplaceDetail>('GET', path)).body
    expect(authMethods.map(({ type, label }) => [type, label])).toEqual([
      ['oauth2', 'OAuth 2.0'],
      ['api_key', 'Personal access token'],
      ['two_step', 'Installation of a GitHub App'],
    ])
    expect(authMethods[1]?.integrationFields).toEqual([])
    expect(authMethods[1]?.connectionFields.map((field) => field.key)).toEqual(['apiKey'])
    expect(authMethods[2]?.integrationFields.map((field) => field.key)).toEqual(['clientId', 'privateKey'])
    expect(authMethods[2]?.connectionFields.map((field) => field.key)).toEqual(['installationId'])

    const apiUrl = await serve((request, reply) => {
      const known = request.headers.authorization === `Bearer ${token}`
      json(reply, { id: 1, login: 'octocat' }, known ? 200 : 401)
    })
    const { body } = await koble.request<Integration>('POST', '/api/integrations', {
      body: { provider: 'github', authMethod: 'api_key', endpoints: { apiUrl } },
    })
    expect(body).toMatchObject({ authMethod: 'api_key', scopes: [], clientId: null })
    expect((await connect(body.id, { apiKey: token })).accountLabel).toBe('octocat')
  })

  test('refuses one that it does not offer, and fields of another', async () => {
    const create = (more: object) =>
      koble.request<Problem>('POST', '/api/integrations', { body: { provider: 'github', ...more } })
    expect(await create({ authMethod: 'basic' })).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    const foreign = await create({ authMethod: 'api_key', credentials: { clientId: 'a', clientSecret: 'b' } })
    expect(foreign.body.errors?.map((error) => error.path)).toEqual(['clientId', 'clientSecret'])
  })
})

describe('a key that may not read its account', () => {
  const accountSid = 'AC0123456789abcdef0123456789abcdef'
  const key = { keySid: 'SK0123456789abcdef0123456789abcdef', keySecret: 'of-the-key' }

  test('is tried on another call, and the account is the one that its owner named', async () => {
    const paths: string[] = []
    const apiUrl = await serve((request, reply) => {
      paths.push(request.url ?? '')
      const known =
        request.headers.authorization === `Basic ${Buffer.from(`${key.keySid}:of-the-key`).toString('base64')}`
      json(reply, { messages: [] }, known && request.url?.includes('/Messages.json') ? 200 : 401)
    })
    const { body } = await koble.request<Integration>('POST', '/api/integrations', {
      body: { provider: 'twilio', endpoints: { apiUrl } },
    })
    expect(await connect(body.id, { accountSid, ...key })).toMatchObject({ accountId: accountSid, status: 'connected' })
    expect(paths[0]).toBe(`/2010-04-01/Accounts/${accountSid}.json`)
    const refused = await tryConnect(body.id, { accountSid, ...key, keySecret: 'wrong' })
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
  })
})

describe('basic', () => {
  test('is tried before it is saved, and goes with each call', async () => {
    const apiUrl = await serve((request, reply) => {
      const known = request.headers.authorization === `Basic ${Buffer.from('ada:pa:ss wörd').toString('base64')}`
      json(reply, known ? account : {}, known ? 200 : 401)
    })
    const integrationId = await setUp('basic-auth', { apiUrl })
    const refused = await tryConnect(integrationId, { username: 'ada', password: 'wrong' })
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    expect(await connectionsOf(integrationId)).toEqual([])
    const connection = await connect(integrationId, { username: 'ada', password: 'pa:ss wörd' })
    expect(connection).toMatchObject({ accountId: 'account-1', accountLabel: 'Ada', status: 'connected' })
    expect((await call(connection.id)).status).toBe(200)
  })

  test('wants both fields and no others', async () => {
    const integrationId = await setUp('basic-auth', { apiUrl: 'https://api.example.com' })
    const errors = async (credentials: object) =>
      (await tryConnect(integrationId, credentials)).body.errors?.map((error) => error.path)
    expect(await errors({ username: 'ada' })).toEqual(['password'])
    expect(await errors({ username: 'a:b', password: 'x', other: 'y' })).toEqual(['other', 'username'])
  })
})

describe('a key in the body', () => {
  test('is tried as a field of a body', async () => {
    const bodies: string[] = []
    const apiUrl = await serve(async (request, reply) => {
      const body = await text(request)
      bodies.push(body)
      const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded'
      const fields = isForm ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body)
      const known = request.method === 'POST' && fields.api_key === 'the-key'
      json(reply, known ? account : {}, known ? 200 : 401)
    })
    const integrationId = await setUp('api-key', { apiUrl, placement: 'body', keyName: 'api_key' })
    expect((await tryConnect(integrationId, { apiKey: 'another' })).status).toBe(422)
    const connection = await connect(integrationId, { apiKey: 'the-key' })
    expect(connection.accountLabel).toBe('Ada')
    expect(await authorize(connection.id)).toEqual({ headers: {}, query: {}, bodyFields: { api_key: 'the-key' } })
    const send = (raw: string, type: string) =>
      koble.request<Problem>('POST', '/api/proxy/things', {
        raw,
        headers: { 'content-type': type, 'koble-connection': connection.id },
      })
    expect((await send('{"a":1}', 'application/json')).status).toBe(200)
    expect((await send('a=%C3%A5', 'application/x-www-form-urlencoded')).status).toBe(200)
    expect(bodies.slice(-2)).toEqual(['{"a":1,"api_key":"the-key"}', 'a=%C3%A5&api_key=the-key'])
    for (const [raw, type] of [
      ['plain', 'text/plain'],
      [`{"a":"${'x'.repeat(300_000)}"}`, 'application/json'],
    ] as const) {
      expect(await send(raw, type)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    }
  })
})

describe('several keys', () => {
  test('go into the headers and the query parameter that were named', async () => {
    const apiUrl = await serve((request, reply) => {
      const url = new URL(request.url ?? '', 'http://x')
      const known = request.headers['x-app'] === 'first' && url.searchParams.get('app_key') === 'second'
      json(reply, known ? account : {}, known ? 200 : 403)
    })
    const integrationId = await setUp('custom-auth', { apiUrl, firstHeader: 'X-App', secondParameter: 'app_key' })
    const refused = await tryConnect(integrationId, { firstKey: 'second', secondKey: 'first' })
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    const connection = await connect(integrationId, { firstKey: 'first', secondKey: 'second' })
    expect((await call(connection.id, 'things?page=2')).status).toBe(200)
  })
})

/** A certified authorization server, and an API that takes its tokens. */
async function startAuthorizationServer() {
  const asked: string[] = []
  const server = await startLocalServer((request, reply) => listener(request, reply))
  onTestFinished(server.close)
  const { origin } = server
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: 'machine',
        client_secret: 'a-secret-of-more-than-thirty-two-characters',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['read', 'write'],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    ttl: { ClientCredentials: 3600 },
  })
  const issue = provider.callback()
  const revoked = new Set<string>()
  const listener: RequestListener = async (request, reply) => {
    if (request.url === '/token') {
      asked.push(request.url)
      return issue(request, reply)
    }
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    const found = revoked.has(token) ? undefined : await provider.ClientCredentials.find(token)
    json(reply, found ? { ...account, token } : {}, found ? 200 : 401)
  }
  return {
    config: { tokenUrl: `${origin}/token`, apiUrl: origin },
    asked,
    revoked,
  }
}

describe('client credentials', () => {
  const credentials = { clientId: 'machine', clientSecret: 'a-secret-of-more-than-thirty-two-characters' }

  test('bring a token that is kept with its scopes and its end, and serves many calls', async () => {
    const server = await startAuthorizationServer()
    const integrationId = await setUp('client-credentials', server.config, { scopes: ['read'] })
    const refused = await tryConnect(integrationId, { ...credentials, clientSecret: 'wrong' })
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    server.asked.length = 0
    const connection = await connect(integrationId, credentials)
    expect(connection).toMatchObject({ scopes: ['read'], tokenExpiresAt: expect.any(String) })
    for (let round = 0; round < 3; round += 1) expect((await call(connection.id)).status).toBe(200)
    expect(server.asked).toHaveLength(1)
    expect(JSON.stringify(connection)).not.toContain(credentials.clientSecret)
  })

  test('are used again when the token runs out: one request for any number of callers', async () => {
    const server = await startAuthorizationServer()
    const connection = await connect(await setUp('client-credentials', server.config), credentials)
    await expire(connection.id)
    server.asked.length = 0
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(connection.id)))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    expect(server.asked).toHaveLength(1)
    expect((await koble.request('POST', `/api/connections/${connection.id}/refresh`)).status).toBe(200)
    expect(server.asked).toHaveLength(2)
  })

  test('are used again when the API refuses the token', async () => {
    const server = await startAuthorizationServer()
    const connection = await connect(await setUp('client-credentials', server.config), credentials)
    const token = await koble.request<{ accessToken: string }>('GET', `/api/connections/${connection.id}/token`)
    server.revoked.add(token.body.accessToken)
    expect((await call(connection.id)).status).toBe(200)
    expect(server.asked).toHaveLength(2)
  })

  test('that the provider no longer takes end the connection', async () => {
    const server = await startAuthorizationServer()
    const connection = await connect(await setUp('client-credentials', server.config), credentials)
    await expire(connection.id)
    const refusing = await serve((_request, reply) => json(reply, { error: 'invalid_client' }, 401))
    const change = { config: { tokenUrl: `${refusing}/token` } }
    await koble.request('PATCH', `/api/integrations/${connection.integrationId}`, { body: change })
    expect(await call(connection.id)).toMatchObject({ status: 409, body: { code: 'connection_not_usable' } })
    const { body } = await koble.request<Connection>('GET', `/api/connections/${connection.id}`)
    expect(body).toMatchObject({ status: 'error', errorCode: 'needs_reauth' })
  })
})

describe('a login endpoint', () => {
  /** Takes JSON, and gives tokens that live as long as told. */
  async function startLogin(lifetime: { seconds: number }) {
    const logins: unknown[] = []
    let current = ''
    const origin = await serve(async (request, reply) => {
      if (request.url !== '/login') {
        const known = request.headers['x-session'] === current && current !== ''
        return json(reply, known ? account : {}, known ? 200 : 401)
      }
      const login = JSON.parse(await text(request))
      logins.push(login)
      if (login.user !== 'ada' || login.pin !== '1234') return json(reply, { error: 'no such user 1234' }, 403)
      current = `session-${logins.length}`
      json(reply, { data: { jwt: current, ttl: String(lifetime.seconds) } })
    })
    const config = {
      apiUrl: origin,
      loginUrl: `${origin}/login`,
      ...{ userField: 'user', passwordField: 'pin', tokenPath: 'data.jwt', expiresInPath: 'data.ttl' },
      ...{ placement: 'header', tokenName: 'X-Session' },
    }
    return { config, logins, end: () => (current = 'another') }
  }

  test('gives the token that calls carry, and is asked again when that runs out or is refused', async () => {
    const login = await startLogin({ seconds: 3600 })
    const integrationId = await setUp('two-step', login.config)
    const connection = await connect(integrationId, { username: 'ada', password: '1234' })
    await expire(connection.id)
    expect((await call(connection.id)).status).toBe(200)
    expect((await call(connection.id)).status).toBe(200)
    expect(login.logins).toHaveLength(2)
    login.end()
    expect((await call(connection.id)).status).toBe(200)
    expect(login.logins).toHaveLength(3)
  })

  test('that refuses is not repeated to the caller, nor are the credentials', async () => {
    const login = await startLogin({ seconds: 60 })
    const refused = await tryConnect(await setUp('two-step', login.config), { username: 'ada', password: 'other-1234' })
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    expect(JSON.stringify(refused.body)).not.toContain('1234')
  })

  test('without a token in its answer, or in trouble, is no refusal', async () => {
    let status = 200
    const origin = await serve((_request, reply) => json(reply, {}, status))
    const integrationId = await setUp('two-step', { apiUrl: origin, loginUrl: `${origin}/login` })
    const attempt = () => tryConnect(integrationId, { username: 'ada', password: '1234' })
    expect((await attempt()).body.code).toBe('provider_malformed')
    status = 404
    expect((await attempt()).body.code).toBe('provider_malformed')
    status = 503
    expect((await attempt()).body.code).toBe('provider_unavailable')
    status = 429
    expect((await attempt()).body.code).toBe('provider_throttled')
  })
})

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey }
}

describe('a service account', () => {
  test('gets tokens for assertions that the provider can verify', async () => {
    const { pem, publicKey } = keyPair()
    const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1' }
    const assertions: unknown[] = []
    const origin = await serve(async (request, reply) => {
      if (request.url === '/keys') return json(reply, { keys: [jwk] })
      if (request.url !== '/token') {
        const known = request.headers.authorization === `Bearer token-${assertions.length}`
        return json(reply, known ? account : {}, known ? 200 : 401)
      }
      const form = new URLSearchParams(await text(request))
      expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
      const keys = createRemoteJWKSet(new URL(`${origin}/keys`))
      const checks = {
        issuer: 'robot@example.com',
        audience: 'https://audience.example',
        requiredClaims: ['jti', 'exp'],
      }
      const verified = await jwtVerify(form.get('assertion') ?? '', keys, checks).catch(() => null)
      if (!verified) return json(reply, { error: 'invalid_grant' }, 400)
      assertions.push(verified.payload)
      json(reply, { access_token: `token-${assertions.length}`, token_type: 'Bearer', expires_in: 3600 })
    })
    const config = { apiUrl: origin, tokenUrl: `${origin}/token`, algorithm: 'ES256', scopesIn: 'claims' }
    const integrationId = await setUp(
      'jwt-bearer',
      { ...config, audience: 'https://audience.example' },
      { scopes: ['a', 'b'] },
    )
    const credentials = { clientId: 'robot@example.com', keyId: 'key-1', privateKey: pem }
    const connection = await connect(integrationId, { ...credentials, subject: 'ada@example.com' })
    expect(assertions[0]).toMatchObject({ sub: 'ada@example.com', scope: 'a b' })
    expect((await call(connection.id)).status).toBe(200)
    const refused = await tryConnect(integrationId, { ...credentials, privateKey: keyPair().pem })
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    const unreadable = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'
    const unread = await tryConnect(integrationId, { ...credentials, privateKey: unreadable })
    expect(unread).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })
})

describe('a token we sign ourselves', () => {
  test('is verified by the service, and serves many calls until shortly before its end', async () => {
    const { pem, publicKey } = keyPair()
    const verify = (token: string) => jwtVerify(token, publicKey, { issuer: 'issuer-1', audience: 'store' })
    const apiUrl = await serve(async (request, reply) => {
      const verified = await verify(request.headers.authorization?.replace('Bearer ', '') ?? '').catch(() => null)
      json(reply, verified?.protectedHeader.kid === 'KEY1' ? account : {}, verified ? 200 : 401)
    })
    const integrationId = await setUp('signed-jwt', { apiUrl, algorithm: 'ES256', audience: 'store' })
    const credentials = { clientId: 'issuer-1', keyId: 'KEY1', privateKey: pem }
    const refused = await tryConnect(integrationId, { ...credentials, privateKey: keyPair().pem })
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    const connection = await connect(integrationId, credentials)
    expect(connection).toMatchObject({ accountId: 'account-1', tokenExpiresAt: null })
    expect((await call(connection.id)).status).toBe(200)
    const first = await authorize(connection.id)
    expect(await authorize(connection.id)).toEqual(first)
    const { payload } = await verify(first.headers['authorization']?.replace('Bearer ', '') ?? '')
    expect(Number(payload.exp) - Number(payload.iat)).toBe(600)
  })

  test('is not shared between connections', async () => {
    const integrationId = await setUp('signed-jwt', {
      apiUrl: 'https://api.example.com',
      algorithm: 'ES256',
      testPath: '',
    })
    const [one, two] = [keyPair(), keyPair()]
    const first = await connect(integrationId, { clientId: 'one', privateKey: one.pem })
    const second = await connect(integrationId, { clientId: 'two', privateKey: two.pem })
    const tokenOf = async (id: string) => (await authorize(id)).headers['authorization']?.replace('Bearer ', '') ?? ''
    expect((await jwtVerify(await tokenOf(first.id), one.publicKey)).payload.iss).toBe('one')
    expect((await jwtVerify(await tokenOf(second.id), two.publicKey)).payload.iss).toBe('two')
  })

  test('is tried out even where there is no call to try it on', async () => {
    const integrationId = await setUp('signed-jwt', {
      apiUrl: 'https://api.example.com',
      algorithm: 'RS256',
      testPath: '',
    })
    const refused = await tryConnect(integrationId, { clientId: 'one', privateKey: keyPair().pem })
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })
})

describe('a client certificate', () => {
  const certificates = JSON.parse(
    readFileSync(
      new URL('../../../../../packages/core/src/oauth/certificates/certificates.json', import.meta.url),
      'utf8',
    ),
  )
  const { authority, server: own, client, selfSigned } = certificates

  /** Lets in only whom the authority vouches for. */
  async function startTls(): Promise<string> {
    const options = { cert: own.certificate, key: own.privateKey, ca: authority.certificate, requestCert: true }
    const server = createTlsServer({ ...options, rejectUnauthorized: false }, (request, reply) => {
      const { authorized } = request.socket as TLSSocket
      json(reply, authorized ? account : {}, authorized ? 200 : 403)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('is presented to the service, and no other connection presents it', async () => {
    const apiUrl = await startTls()
    const integrationId = await setUp('client-certificate', { apiUrl })
    const trusted = { caCertificate: authority.certificate }
    const refused = await tryConnect(integrationId, { ...selfSigned, ...trusted })
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
    const connection = await connect(integrationId, { ...client, ...trusted })
    expect(connection.accountLabel).toBe('Ada')
    const again = await koble.request<{ ok: boolean }>('POST', `/api/connections/${connection.id}/test`)
    expect(again.body).toMatchObject({ ok: true, status: 200 })
    expect((await call(connection.id)).status).toBe(200)
    expect(await authorize(connection.id)).toMatchObject({
      clientCertificate: { ...client, ca: authority.certificate },
    })
    const other = await tryConnect(integrationId, { ...selfSigned, ...trusted })
    expect(other.status).toBe(422)
  })

  test('that does not fit its key is refused before any call', async () => {
    const integrationId = await setUp('client-certificate', { apiUrl: await startTls(), testPath: '' })
    const mixed = { certificate: client.certificate, privateKey: selfSigned.privateKey }
    const refused = await tryConnect(integrationId, mixed)
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(JSON.stringify(refused.body)).not.toContain('BEGIN')
  })
})

describe('an AWS signature', () => {
  const secret = 'a/secret+access/key'
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

  /** Signature Version 4 as its documentation has it, step by step, for a request without a body. */
  function isSigned(request: IncomingMessage): boolean {
    const [, day = '', region = '', service = '', names = '', signature = ''] =
      /Credential=AKIDEXAMPLE\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
        request.headers.authorization ?? '',
      ) ?? []
    const url = new URL(request.url ?? '', 'http://x')
    const query = url.search.slice(1).split('&').sort().join('&')
    const headers = names.split(';').map((name) => `${name}:${request.headers[name]}\n`)
    // All services but S3 encode the path a second time.
    const path = service === 's3' ? url.pathname : url.pathname.split('/').map(encodeURIComponent).join('/')
    const canonical = [request.method, path, query, headers.join(''), names]
    const empty = createHash('sha256').update('').digest('hex')
    const hash = createHash('sha256')
      .update([...canonical, empty].join('\n'))
      .digest('hex')
    const scope = `${day}/${region}/${service}/aws4_request`
    const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash].join('\n')
    const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
    return hmac(key, text).toString('hex') === signature
  }

  test.each(['s3', 'execute-api'])(
    'for %s is verified by the service, over the address and the query',
    async (service) => {
      const apiUrl = await serve((request, reply) => {
        const known = isSigned(request)
        json(reply, known ? account : {}, known ? 200 : 403)
      })
      const config = { apiUrl, service, region: 'eu-north-1', testPath: '/a%20b/me?z=1&list-type=2' }
      const integrationId = await setUp('aws-sigv4', config)
      const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret }
      const refused = await tryConnect(integrationId, { ...credentials, secretAccessKey: 'another' })
      expect(refused).toMatchObject({ status: 422, body: { code: 'credentials_rejected' } })
      const connection = await connect(integrationId, credentials)
      expect(connection.accountLabel).toBe('Ada')
      expect((await call(connection.id, 'things/a%20b?z=1&a=2')).status).toBe(200)
    },
  )
})
