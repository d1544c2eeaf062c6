import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type CallOptions, call } from '../../testing/http-call.ts'
import { rawRequest } from '../../testing/raw-request.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let upstream: LocalServer
let connectionId: string
/** Answers instead of the echo. */
let respond: RequestListener | null = null

interface Echo {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  upstream = await startLocalServer(async (request, reply) => {
    if (respond) return respond(request, reply)
    const body = await buffer(request)
    const echo: Echo = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: body.toString('latin1'),
    }
    reply.setHeader('content-type', 'application/json').end(JSON.stringify(echo))
  })
  connectionId = await createKeyConnection(koble, `${upstream.origin}/base/v1`, { apiKey: 'third-party-key' })
})
afterAll(async () => {
  await koble.stop()
  await upstream.close()
})
afterEach(() => {
  respond = null
})

const through = <Body = Echo>(
  method: string,
  path: string,
  { headers, ...options }: CallOptions & { as?: string } = {},
) =>
  koble.request<Body>(method, `/api/proxy/${path}`, {
    headers: { 'koble-connection': options.as ?? connectionId, ...headers },
    ...options,
  })

const raw = (path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) =>
  rawRequest(koble.url, {
    method,
    path,
    headers: { authorization: `Bearer ${koble.ownerKey}`, 'koble-connection': connectionId, ...headers },
    body,
  })

/** The newest log line of a path. */
async function lineOf(path: string): Promise<Activity> {
  await koble.services.activity.flush()
  const { body } = await koble.request<{ data: Activity[] }>('GET', '/api/activity?type=request')
  const line = body.data.find((entry) => entry.details.path === path)
  expect(line, path).toBeDefined()
  return line as Activity
}

describe('a call', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s arrives with its path, query, headers and body',
    async (method) => {
      const body = method === 'GET' || method === 'OPTIONS' ? undefined : { sent: 'ærlig' }
      const answer = await through(method, 'things/1?a=b%20c&a=d', {
        body,
        headers: { 'x-custom': 'kept', accept: 'text/plain' },
      })
      expect(answer.status).toBe(200)
      expect(answer.body).toMatchObject({
        method,
        url: '/base/v1/things/1?a=b%20c&a=d',
        headers: {
          authorization: 'Bearer third-party-key',
          'x-custom': 'kept',
          accept: 'text/plain',
          host: new URL(upstream.origin).host,
        },
      })
      expect(Buffer.from(answer.body.body, 'latin1').toString()).toBe(body ? JSON.stringify(body) : '')
    },
  )

  test('of HEAD brings the headers, the length too, and no body', async () => {
    respond = (request, reply) => {
      reply.writeHead(200, { 'content-length': '12345', etag: '"1"', 'x-method': request.method ?? '' }).end()
    }
    const answer = await through('HEAD', 'file')
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': '12345',
      etag: '"1"',
      'x-method': 'HEAD',
    })
  })

  test.each([204, 301, 304, 404, 418, 500])(
    'brings back the status %i as it is, and follows no redirect',
    async (status) => {
      respond = (_request, reply) => {
        reply.writeHead(status, { location: 'http://169.254.169.254/latest/meta-data/' }).end()
      }
      const answer = await through('POST', 'status')
      expect(answer.status).toBe(status)
      expect(answer.headers.get('location')).toBe('http://169.254.169.254/latest/meta-data/')
    },
  )

  test.each(['nonsense', 'text/plain', 'application/x-ndjson'])(
    'of the content type %j is passed on as it is',
    async (type) => {
      const answer = await raw('/api/proxy/typed', { 'content-type': type, 'content-length': '4' }, 'POST', 'body')
      expect(JSON.parse(answer.body.toString())).toMatchObject({ headers: { 'content-type': type }, body: 'body' })
    },
  )
})

describe('of the caller’s headers', () => {
  test('neither credentials, nor hop-by-hop ones, nor those that Connection names travel on', async () => {
    const answer = await raw('/api/proxy/headers', {
      cookie: 'koble.session_token=secret',
      'proxy-authorization': 'Basic c2VjcmV0',
      'koble-timeout-ms': '5000',
      'koble-csrf': '1',
      forwarded: 'for=10.0.0.1',
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-host': 'internal',
      'x-real-ip': '10.0.0.1',
      via: '1.1 internal',
      te: 'trailers',
      connection: 'close, X-Hop',
      'x-hop': 'one hop only',
      'x-kept': 'yes',
    })
    const { headers } = JSON.parse(answer.body.toString()) as Echo
    expect(headers['x-kept']).toBe('yes')
    expect(headers.authorization).toBe('Bearer third-party-key')
    const passed = Object.keys(headers).filter((name) =>
      /^(cookie|proxy-|koble-|forwarded|x-forwarded|x-real-ip|via|te$|x-hop)/.test(name),
    )
    expect(passed).toEqual([])
    expect(JSON.stringify(headers)).not.toContain(koble.ownerKey)
  })
})

describe('of the third party’s headers', () => {
  test('those that would act on Koble’s own origin do not come back', async () => {
    respond = (_request, reply) => {
      reply.writeHead(200, {
        'content-type': 'text/html',
        'set-cookie': 'koble.session_token=planted',
        'access-control-allow-origin': '*',
        'strict-transport-security': 'max-age=1',
        connection: 'close, x-hop',
        'x-hop': 'one hop only',
        'x-kept': 'yes',
      })
      reply.end('<script>alert(1)</script>')
    }
    const { headers } = await through('GET', 'page')
    expect(headers.get('x-kept')).toBe('yes')
    for (const name of ['set-cookie', 'access-control-allow-origin', 'strict-transport-security', 'x-hop']) {
      expect(headers.get(name), name).toBeNull()
    }
    expect(headers.get('content-security-policy')).toContain('sandbox')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-request-id')).toBeTruthy()
  })
})

describe('the credentials', () => {
  test('go into the header or the query parameter that the integration says, over what the caller sent', async () => {
    const inHeader = await createKeyConnection(koble, upstream.origin, {
      apiKey: 'k1',
      config: { placement: 'header', keyName: 'X-Api-Key', keyPrefix: 'Token ' },
    })
    const first = await through('GET', 'x', { as: inHeader, headers: { 'x-api-key': 'the caller’s'.replace('’', '') } })
    expect(first.body.headers).toMatchObject({ 'x-api-key': 'Token k1' })
    expect(first.body.headers.authorization).toBeUndefined()
    const inQuery = await createKeyConnection(koble, upstream.origin, {
      apiKey: 'k2&=',
      config: { placement: 'query', keyName: 'token' },
    })
    const second = await through('GET', 'x?a=1&token=of-the-caller', { as: inQuery })
    expect(second.body.url).toBe('/x?a=1&token=k2%26%3D')
  })

  test('that are refused for good make the connection an error, found out by one call of Koble’s own', async () => {
    let good = true
    respond = (_request, reply) => {
      reply.writeHead(good ? 200 : 401, { 'content-type': 'application/json' }).end('{}')
    }
    const as = await createKeyConnection(koble, upstream.origin, { config: { testPath: '/me' } })
    good = false
    expect((await through('GET', 'x', { as })).status).toBe(401)
    await vi.waitFor(async () => {
      const { body } = await koble.request<Connection>('GET', `/api/connections/${as}`)
      expect(body).toMatchObject({ status: 'error', errorCode: 'needs_reauth' })
    })
    expect(await through('GET', 'x', { as })).toMatchObject({ status: 409, body: { code: 'connection_not_usable' } })
  })
})

describe('bodies stream', () => {
  const chunk = randomBytes(64 * 1024)
  const chunks = 640
  const wholeHash = (() => {
    const hash = createHash('sha256')
    for (let index = 0; index < chunks; index += 1) hash.update(chunk)
    return hash.digest('hex')
  })()
  /** Far less than the whole, and more than the sockets between the three hold. */
  const bufferedMost = 24 * 1024 * 1024

  test('down: a slow caller slows the third party, and gets every byte', async () => {
    let sent = 0
    respond = (_request, reply) => {
      const source = (async function* () {
        for (let index = 0; index < chunks; index += 1) {
          sent += chunk.length
          yield chunk
        }
      })()
      Readable.from(source).pipe(reply)
    }
    const outgoing = httpRequest(`${koble.url}/api/proxy/download`, {
      headers: { authorization: `Bearer ${koble.ownerKey}`, 'koble-connection': connectionId },
    }).end()
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    await sleep(500)
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(bufferedMost)
    const hash = createHash('sha256')
    for await (const part of incoming) hash.update(part)
    expect(hash.digest('hex')).toBe(wholeHash)
  })

  test('up: a slow third party slows the caller, and gets every byte', async () => {
    let sent = 0
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    respond = async (request, reply) => {
      await held
      const hash = createHash('sha256')
      for await (const part of request) hash.update(part)
      reply.end(hash.digest('hex'))
    }
    const source = (async function* () {
      for (let index = 0; index < chunks; index += 1) {
        sent += chunk.length
        yield chunk
      }
    })()
    const answer = through<string>('POST', 'upload', { raw: Readable.toWeb(Readable.from(source)) as ReadableStream })
    await sleep(500)
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(bufferedMost)
    go()
    expect((await answer).body).toBe(wholeHash)
  })

  test('piece by piece, before the whole is there', async () => {
    respond = async (_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/event-stream' })
      reply.write('data: first\n\n')
      await sleep(400)
      reply.end('data: second\n\n')
    }
    const startedAt = performance.now()
    const response = await fetch(`${koble.url}/api/proxy/stream`, {
      headers: { authorization: `Bearer ${koble.ownerKey}`, 'koble-connection': connectionId },
    })
    const arrivals: number[] = []
    for await (const _part of response.body ?? []) arrivals.push(performance.now() - startedAt)
    expect(arrivals.length).toBeGreaterThan(1)
    expect(arrivals[0]).toBeLessThan(350)
    expect(arrivals.at(-1)).toBeGreaterThan(390)
  })

  test('and one that breaks off never looks whole to the caller', async () => {
    respond = (request, reply) => {
      reply.writeHead(200, { 'content-type': 'application/json' })
      reply.write('{"half": ')
      setTimeout(() => request.socket.destroy(), 50)
    }
    await expect(through('GET', 'broken')).rejects.toThrow()
  })
})

describe('a failed call is tried again', () => {
  function failing(times: number, status = 503) {
    let calls = 0
    respond = (request, reply) => {
      calls += 1
      request.resume()
      reply.writeHead(calls <= times ? status : 200).end()
    }
    return () => calls
  }

  test.each(['GET', 'PUT', 'DELETE'])('when it is %s, which does no harm twice', async (method) => {
    const calls = failing(1)
    expect((await through(method, `retried-${method}`)).status).toBe(200)
    expect(calls()).toBe(2)
    expect(await lineOf(`/retried-${method}`)).toMatchObject({ details: { attempts: 2, statusCode: 200 } })
  })

  test.each(['POST', 'PATCH'])('but not when it is %s', async (method) => {
    const calls = failing(1)
    expect((await through(method, 'once', { body: { charge: 100 } })).status).toBe(503)
    expect(calls()).toBe(1)
  })

  test('unless a POST carries the provider’s idempotency key', async () => {
    const integration = await koble.request<{ id: string }>('POST', '/api/integrations', {
      body: { provider: 'stripe', endpoints: { apiUrl: upstream.origin } },
    })
    respond = (_request, reply) => reply.setHeader('content-type', 'application/json').end('{"id":"acct_1"}')
    const connection = await koble.request<Connection>('POST', '/api/connections', {
      body: { integrationId: integration.body.id, externalUserId: 'u1', credentials: { apiKey: 'sk_test_0000000000' } },
    })
    const as = connection.body.id
    const calls = failing(1)
    expect((await through('POST', 'v1/charges', { as, raw: 'a=b' })).status).toBe(503)
    expect(calls()).toBe(1)
    const again = failing(1)
    expect((await through('POST', 'v1/charges', { as, raw: 'a=b', headers: { 'idempotency-key': 'k' } })).status).toBe(
      200,
    )
    expect(again()).toBe(2)
  })

  test('three times at most', async () => {
    const calls = failing(10)
    expect((await through('GET', 'down')).status).toBe(503)
    expect(calls()).toBe(3)
  })
})

describe('a call cannot reach', () => {
  test.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'http://[::1]:9/',
    'http://[::ffff:127.0.0.1]:9/',
    'http://2130706433:9/',
    'http://0x7f.1:9/',
    'http://0.0.0.0:9/',
    'http://10.1.2.3/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://100.100.100.200/',
  ])('%s, unless that network is allowed', async (apiUrl) => {
    const as = await createKeyConnection(guarded, apiUrl)
    const answer = await guarded.request<Problem>('GET', '/api/proxy/x', { headers: { 'koble-connection': as } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'private_address' } })
  })

  test('the cloud’s metadata address where only this machine is allowed', async () => {
    const as = await createKeyConnection(koble, 'http://169.254.169.254/')
    expect(await through('GET', 'latest', { as })).toMatchObject({ status: 400, body: { code: 'private_address' } })
  })

  let guarded: TestKoble
  beforeAll(async () => {
    guarded = await startTestKoble({ jobs: false, allowedPrivateNetworks: [] })
  })
  afterAll(() => guarded.stop())
})

describe('a path stays below the API’s base:', () => {
  test.each([
    '/api/proxy/../../secret',
    '/api/proxy/../v2',
    '/api/proxy/..',
    '/api/proxy/a/../../../secret',
    '/api/proxy/%2e%2e/secret',
    '/api/proxy/%2E%2e/%2e./secret',
    '/api/proxy/..\\..\\secret',
    '/api/proxy/.%2e\\secret',
  ])('%s is refused', async (path) => {
    const answer = await raw(path)
    expect(answer.status, answer.body.toString()).toBe(400)
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'invalid_request' })
  })

  test.each([
    '/api/proxy//evil.example/x',
    '/api/proxy/\\\\evil.example/x',
    '/api/proxy///evil.example',
    '/api/proxy/http://evil.example/x',
    '/api/proxy/@evil.example/x',
    '/api/proxy/:80@evil.example',
    '/api/proxy/%2f%2fevil.example',
    '/api/proxy/?x=//evil.example/../../..',
    '/api/proxy/#@evil.example',
    '/api/proxy/a%00b',
    '/api/proxy/%0d%0aHost:%20evil.example',
  ])('%s reaches only the API, and below its base', async (path) => {
    const answer = await raw(path)
    expect([200, 400]).toContain(answer.status)
    if (answer.status === 200) {
      const echo = JSON.parse(answer.body.toString()) as Echo
      expect(echo.url.startsWith('/base/v1/')).toBe(true)
      expect(echo.headers.host).toBe(new URL(upstream.origin).host)
    }
  })

  test('Koble-Origin picks none but the provider’s own', async () => {
    for (const origin of ['http://evil.example', upstream.origin, '']) {
      const refused = await through<Problem>('GET', 'x', { headers: { 'koble-origin': origin } })
      expect(refused, origin).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    }
  })
})

describe('Koble answers by itself', () => {
  test.each([
    ['without the header', undefined, 400, 'invalid_request'],
    ['to an id that is none', 'not-an-id', 404, 'not_found'],
    ['to an id of nothing', '01900000-0000-7000-8000-000000000000', 404, 'not_found'],
  ])('%s', async (_title, id, status, code) => {
    const headers: Record<string, string> = id === undefined ? {} : { 'koble-connection': id }
    expect(await koble.request('GET', '/api/proxy/x', { headers })).toMatchObject({ status, body: { code } })
  })

  test('504 when the third party takes longer than Koble-Timeout-Ms', async () => {
    respond = () => {}
    const startedAt = performance.now()
    const answer = await through<Problem>('POST', 'slow', { headers: { 'koble-timeout-ms': '300' } })
    expect(answer).toMatchObject({ status: 504, body: { code: 'provider_timeout' } })
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(await lineOf('/slow')).toMatchObject({ status: 'failure', details: { errorCode: 'provider_timeout' } })
    for (const wrong of ['0', '-1', '1.5', 'x', '300001']) {
      expect((await through('GET', 'x', { headers: { 'koble-timeout-ms': wrong } })).status).toBe(400)
    }
  })

  test('502 when nothing listens there', async () => {
    const as = await createKeyConnection(koble, 'http://127.0.0.1:1')
    expect(await through('GET', 'gone', { as })).toMatchObject({ status: 502, body: { code: 'provider_unreachable' } })
    expect(await lineOf('/gone')).toMatchObject({ details: { statusCode: null, errorCode: 'provider_unreachable' } })
  })

  test('409 while the integration is switched off', async () => {
    const as = await createKeyConnection(koble, upstream.origin)
    const { body } = await koble.request<Connection>('GET', `/api/connections/${as}`)
    const set = (status: string) =>
      koble.request('PATCH', `/api/integrations/${body.integrationId}`, { body: { status } })
    expect((await through('GET', 'x', { as })).status).toBe(200)
    await set('inactive')
    expect(await through('GET', 'x', { as })).toMatchObject({ status: 409, body: { code: 'conflict' } })
    await set('active')
    expect((await through('GET', 'x', { as })).status).toBe(200)
  })
})

describe('the log', () => {
  test('has a line for each call: what, how, how long; never a query or a credential', async () => {
    const answer = await through('GET', 'logged/path?access_token=in-the-query', {
      headers: { 'x-request-id': 'my-request-1' },
    })
    expect(answer.headers.get('x-request-id')).toBe('my-request-1')
    const line = await lineOf('/logged/path')
    expect(line).toMatchObject({
      type: 'request',
      status: 'success',
      summary: 'GET /logged/path',
      connectionId,
      details: { method: 'GET', path: '/logged/path', statusCode: 200, attempts: 1, requestId: 'my-request-1' },
      durationMs: expect.any(Number),
    })
    const rows = await koble.testDatabase.query('SELECT row_to_json(r)::text AS text FROM integration_requests r')
    expect(JSON.stringify(rows)).not.toContain('in-the-query')
    expect(JSON.stringify(rows)).not.toContain('third-party-key')
    expect(koble.log.join('')).not.toContain('in-the-query')
  })

  test('has every one of many calls at once, and the connection says when it was last used', async () => {
    const paths = Array.from({ length: 200 }, (_, index) => `many/${index}`)
    const answers = await Promise.all(paths.map((path) => through('GET', path)))
    expect(answers.filter((answer) => answer.status !== 200)).toEqual([])
    await koble.services.activity.flush()
    const [row] = await koble.testDatabase.query<{ count: number }>(
      "SELECT count(DISTINCT endpoint)::int AS count FROM integration_requests WHERE endpoint LIKE '/many/%'",
    )
    expect(row?.count).toBe(200)
    const { body } = await koble.request<Connection>('GET', `/api/connections/${connectionId}`)
    expect(Date.now() - Date.parse(body.lastUsedAt ?? '')).toBeLessThan(10_000)
  })
})

test('a caller who goes away takes the call to the third party along', async () => {
  const gone = new Promise<void>((resolve) => {
    respond = (request) => {
      request.socket.once('close', () => resolve())
    }
  })
  const caller = new AbortController()
  const signal = caller.signal
  const waiting = call('GET', `${koble.url}/api/proxy/left`, {
    key: koble.ownerKey,
    headers: { 'koble-connection': connectionId },
    signal,
  })
  const outcome = expect(waiting).rejects.toThrow()
  await sleep(100)
  caller.abort()
  await outcome
  await gone
  await vi.waitFor(async () => {
    expect(await lineOf('/left')).toMatchObject({ details: { errorCode: 'client_closed' } })
  })
})
