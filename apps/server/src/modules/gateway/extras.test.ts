import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Activity } from '@koble/contract/activity'
import type { Problem } from '@koble/contract/errors'
import type { GatewayResponse } from '@koble/contract/gateway'
import type { GatewaySettings, GatewaySettingsInput, TransformTestResult } from '@koble/contract/gateway-settings'
import type { Integration } from '@koble/contract/integrations'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CallOptions } from '../../testing/http-call.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let upstream: LocalServer
let hits: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[] = []
let respond: (request: IncomingMessage, reply: ServerResponse, body: string) => unknown = () => {}

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  upstream = await startLocalServer(async (request, reply) => {
    const body = await text(request)
    hits.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    await respond(request, reply, body)
  })
})
afterAll(async () => {
  await koble.stop()
  await upstream.close()
})

const json = (reply: ServerResponse, value: unknown, headers: Record<string, string> = {}) =>
  reply.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
const fresh = { 'cache-control': 'private, max-age=60' }

/** An integration with its settings, and a connection of it. */
async function setUp(gatewaySettings?: GatewaySettingsInput, extra: { rateLimits?: object; base?: string } = {}) {
  hits = []
  const { base = '', rateLimits } = extra
  const integration = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'api-key', config: { apiUrl: upstream.origin + base }, gatewaySettings, rateLimits },
  })
  expect(integration.status, JSON.stringify(integration.body)).toBe(201)
  const connect = async (externalUserId = 'u1', apiKey = 'key-1') => {
    const connection = await koble.request<{ id: string }>('POST', '/api/connections', {
      body: { integrationId: integration.body.id, externalUserId, credentials: { apiKey } },
    })
    expect(connection.status, JSON.stringify(connection.body)).toBe(201)
    return connection.body.id
  }
  const connectionId = await connect()
  const call = <Body = unknown>(
    method: string,
    path: string,
    { headers, ...options }: CallOptions & { as?: string } = {},
  ) =>
    koble.request<Body>(method, `/api/proxy/${path}`, {
      headers: { 'koble-connection': options.as ?? connectionId, ...headers },
      ...options,
    })
  const state = async (path: string, options: Parameters<typeof call>[2] = {}) =>
    (await call('GET', path, options)).headers.get('koble-cache')
  return { id: integration.body.id, call, state, connect, connectionId }
}

const problemOf = (answer: { status: number; body: unknown }) => {
  const { code, errors } = answer.body as Problem
  return { status: answer.status, code, paths: errors?.map(({ path }) => path) }
}

describe('the cache', () => {
  test('answers without a call, spends no rate limit for it, and says so in the log', async () => {
    respond = (_request, reply) => json(reply, { count: hits.length }, fresh)
    const { call } = await setUp(
      { cache: { enabled: true } },
      { rateLimits: { connection: [{ requests: 1, perSeconds: 600 }], maxWaitSeconds: 0 } },
    )
    const answers = []
    for (let index = 0; index < 3; index += 1) answers.push(await call('GET', 'a?x=1'))
    expect(answers.map(({ headers }) => headers.get('koble-cache'))).toEqual(['miss', 'hit', 'hit'])
    expect(answers.map(({ body }) => body)).toEqual([{ count: 1 }, { count: 1 }, { count: 1 }])
    expect(hits).toHaveLength(1)
    expect(await call('GET', 'other')).toMatchObject({ status: 429 })
    await koble.services.activity.flush()
    const { body } = await koble.request<{ data: Activity[] }>('GET', '/api/activity?type=request')
    const lines = body.data.filter(({ details }) => details['path'] === '/a').reverse()
    expect(lines.map(({ details }) => [details['cacheHit'], details['attempts'], details['statusCode']])).toEqual([
      [false, 1, 200],
      [true, 0, 200],
      [true, 0, 200],
    ])
    const rows = await koble.testDatabase.query('SELECT cache_hit FROM integration_requests WHERE endpoint = $1', [
      '/a',
    ])
    expect(rows.filter((row) => row['cache_hit'])).toHaveLength(2)
  })

  test('is asked for, passed by or refreshed by a header of the call, in the envelope too', async () => {
    respond = (_request, reply) => json(reply, {}, fresh)
    const { id, state, connectionId } = await setUp()
    expect(await state('a')).toBeNull()
    expect([await state('a', { headers: { 'koble-cache': 'on' } }), hits.length]).toEqual(['miss', 2])
    expect([await state('a', { headers: { 'koble-cache': 'on' } }), hits.length]).toEqual(['hit', 2])
    expect([await state('a', { headers: { 'koble-cache': 'off' } }), hits.length]).toEqual([null, 3])
    expect([await state('a', { headers: { 'koble-cache': 'refresh' } }), hits.length]).toEqual(['miss', 4])
    const body = { connectionId, method: 'GET', endpoint: '/a', headers: { 'Koble-Cache': 'on' } }
    const sealed = await koble.request<GatewayResponse>('POST', `/api/integrations/${id}/requests`, { body })
    expect(sealed.body.headers['koble-cache']).toBe('hit')
    const wrong = await koble.request('GET', '/api/proxy/a', {
      headers: { 'koble-connection': connectionId, 'koble-cache': 'maybe' },
    })
    expect(problemOf(wrong)).toMatchObject({ status: 400, code: 'invalid_request' })
  })

  test('never passes anything to another connection, nor to one that was connected again', async () => {
    respond = (request, reply) =>
      json(reply, { as: request.headers.authorization }, { 'cache-control': 'public, max-age=60' })
    const { call, connect, connectionId } = await setUp({ cache: { enabled: true } })
    const other = await connect('u2', 'key-2')
    expect((await call('GET', 'me')).body).toEqual({ as: 'Bearer key-1' })
    expect((await call('GET', 'me', { as: other })).body).toEqual({ as: 'Bearer key-2' })
    expect((await call('GET', 'me')).headers.get('koble-cache')).toBe('hit')
    // Without an account to ask for, the same external user keeps its connection, whoever signs in.
    expect(await connect('u1', 'key-3')).toBe(connectionId)
    await vi.waitFor(async () => expect((await call('GET', 'me')).body).toEqual({ as: 'Bearer key-3' }))
  })

  test('forgets what was written to, streams included, and only on success', async () => {
    respond = (request, reply) => (request.headers['x-fail'] ? reply.writeHead(500).end() : json(reply, {}, fresh))
    const { call, state } = await setUp({ cache: { enabled: true } })
    await state('a')
    await call('POST', 'a', { body: {}, headers: { 'x-fail': '1', 'content-type': 'application/json' } })
    expect(await state('a')).toBe('hit')
    await call('POST', 'a', { raw: new Blob(['streamed']).stream() as ReadableStream })
    expect(await state('a')).toBe('miss')
    await call('DELETE', 'a', { headers: { 'koble-cache': 'off' } })
    expect(await state('a')).toBe('miss')
  })

  test('asks whether an answer still holds, and keeps it on when it does', async () => {
    respond = (request, reply) => {
      if (request.headers['if-none-match'] === '"1"')
        reply.writeHead(304, { etag: '"1"', 'cache-control': 'max-age=60' }).end()
      else json(reply, { whole: true }, { etag: '"1"', 'cache-control': 'max-age=0' })
    }
    const { call } = await setUp({ cache: { enabled: true } })
    const answers = []
    for (let index = 0; index < 3; index += 1) answers.push(await call('GET', 'a'))
    expect(answers.map(({ headers }) => headers.get('koble-cache'))).toEqual(['miss', 'revalidated', 'hit'])
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { whole: true } })
  })

  test('makes one call of identical ones at the same time, for each connection', async () => {
    respond = async (request, reply) => {
      await sleep(150)
      json(reply, { as: request.headers.authorization })
    }
    const { call, connect } = await setUp({ cache: { enabled: true } })
    const other = await connect('u2', 'key-2')
    const answers = await Promise.all([
      call('GET', 'a'),
      call('GET', 'a'),
      call('GET', 'a'),
      call('GET', 'a', { as: other }),
    ])
    expect(hits).toHaveLength(2)
    expect(answers.map(({ headers }) => headers.get('koble-cache')).sort()).toEqual([
      'coalesced',
      'coalesced',
      'miss',
      'miss',
    ])
    expect(answers[3]?.body).toEqual({ as: 'Bearer key-2' })
    for (const answer of answers.slice(0, 3)) expect(answer.body).toEqual({ as: 'Bearer key-1' })
  })

  test('lets a caller go without taking the answer from the others', async () => {
    respond = async (_request, reply) => {
      await sleep(200)
      json(reply, { done: true })
    }
    const { call } = await setUp({ cache: { enabled: true } })
    const leaving = call('GET', 'a', { signal: AbortSignal.timeout(60) }).catch(() => 'left')
    const staying = call('GET', 'a')
    expect(await leaving).toBe('left')
    expect((await staying).body).toEqual({ done: true })
    expect(hits).toHaveLength(1)
  })
})

describe('transforms', () => {
  test('change the request and the answer, and the rest is as it was', async () => {
    respond = (_request, reply, body) => json(reply, { items: JSON.parse(body || '{}'), total: 2 }, { 'x-kept': 'yes' })
    const { call } = await setUp({
      transforms: [
        {
          method: 'POST',
          path: '/orders*',
          request: {
            query: '{"limit": query.limit, "v": 2}',
            headers: '{"X-Tenant": body.tenant}',
            body: '{"order": $merge([body, {"at": path}])}',
          },
          response: { body: 'body.items' },
        },
        { path: '/orders/*', request: { body: '{"second": body}' } },
      ],
    })
    const answer = await call('POST', 'orders/1?limit=5&drop=me', { body: { tenant: 't1' } })
    expect(hits[0]).toMatchObject({
      url: '/orders/1?limit=5&v=2',
      headers: { 'x-tenant': 't1', authorization: 'Bearer key-1' },
    })
    const sent = { second: { order: { tenant: 't1', at: '/orders/1' } } }
    expect(JSON.parse(hits[0]?.body ?? '')).toEqual(sent)
    expect(answer.body).toEqual(sent)
    expect(answer.headers.get('x-kept')).toBe('yes')
    expect(answer.headers.get('koble-transform')).toBeNull()
    const untouched = await call('POST', 'things', { body: { tenant: 't1' } })
    expect(untouched.body).toEqual({ items: { tenant: 't1' }, total: 2 })
  })

  test('read a compressed answer, and change failures only when told to', async () => {
    respond = (request, reply) => {
      const status = request.url === '/bad' ? 400 : 200
      reply.writeHead(status, { 'content-type': 'application/problem+json', 'content-encoding': 'gzip' })
      reply.end(gzipSync(JSON.stringify({ inner: status })))
    }
    const transform = { path: '/*', response: { body: '{"outer": body.inner, "status": status}' } }
    const first = await setUp({ transforms: [transform] })
    expect((await first.call('GET', 'good')).body).toEqual({ outer: 200, status: 200 })
    expect((await first.call('GET', 'bad')).body).toEqual({ inner: 400 })
    const second = await setUp({ transforms: [{ ...transform, onStatus: 'any' }] })
    expect((await second.call('GET', 'bad')).body).toEqual({ outer: 400, status: 400 })
  })

  test.each([
    ['is no JSON', 'text/plain', 'plain'],
    ['says that it is JSON and is not', 'application/json', '{'],
    ['is larger than 1 MiB', 'application/json', JSON.stringify('x'.repeat(1_200_000))],
  ])('leave a body untouched that %s, and say so', async (_title, type, body) => {
    respond = (request, reply, received) =>
      reply.writeHead(200, { 'content-type': request.headers['content-type'] ?? '' }).end(received)
    const { connectionId } = await setUp({
      transforms: [{ path: '/*', request: { body: '{"changed": true}' }, response: { body: '{"changed": true}' } }],
    })
    const answer = await fetch(`${koble.url}/api/proxy/a`, {
      method: 'POST',
      headers: { authorization: `Bearer ${koble.ownerKey}`, 'koble-connection': connectionId, 'content-type': type },
      body,
    })
    expect(answer.headers.get('koble-transform')).toBe('skipped')
    // Not compared by `toBe`, which would print a megabyte.
    expect([hits.at(-1)?.body === body, (await answer.text()) === body]).toEqual([true, true])
  })

  test('that fail or take too long answer 422 with their place, and nothing is sent', async () => {
    respond = (_request, reply) => json(reply, {})
    const endless = '($f := function($n) { $n < 0 ? 1 : $f($n + 1) }; $f(1))'
    const { call } = await setUp({
      transforms: [
        { path: '/fails', request: { headers: '{"a": "b"}', body: 'body.a + "x"' } },
        { path: '/endless', request: { body: endless } },
        { path: '/late', response: { body: '$error("not today")' } },
      ],
    })
    const failing = await call('POST', 'fails', { body: { a: 1 } })
    expect(problemOf(failing)).toEqual({ status: 422, code: 'transform_failed', paths: ['transforms.0.request.body'] })
    expect((failing.body as Problem).detail).toMatch(/position \d+/)
    expect(problemOf(await call('POST', 'endless', { body: {} }))).toEqual({
      status: 422,
      code: 'transform_failed',
      paths: ['transforms.1'],
    })
    expect(hits).toHaveLength(0)
    const late = await call('GET', 'late')
    expect(problemOf(late)).toEqual({ status: 422, code: 'transform_failed', paths: ['transforms.2.response.body'] })
    expect((late.body as Problem).detail).toContain('The request was answered 200')
    expect(hits).toHaveLength(1)
  })

  test('are applied to answers out of the cache as well', async () => {
    respond = (_request, reply) => json(reply, { n: hits.length }, fresh)
    const { call } = await setUp({
      cache: { enabled: true },
      transforms: [{ path: '/*', response: { body: '{"m": body.n}' } }],
    })
    for (const state of ['miss', 'hit']) {
      const answer = await call('GET', 'a')
      expect([answer.body, answer.headers.get('koble-cache')]).toEqual([{ m: 1 }, state])
    }
  })

  test('can be tried without sending or saving anything', async () => {
    const { id } = await setUp()
    const run = (transform: object, sample: object) =>
      koble.request<TransformTestResult>('POST', `/api/integrations/${id}/transforms/test`, {
        body: { transform, sample },
      })
    const transform = {
      path: '/a',
      request: { body: '{"b": body.a}', query: '{"q": query.p}', headers: '{"X-H": "1"}' },
      response: { body: 'body.items[0]' },
    }
    const sample = { body: { a: 1 }, query: { p: 'v' }, headers: { Accept: 'x' }, responseBody: { items: [7] } }
    expect((await run(transform, sample)).body).toEqual({
      request: { body: { b: 1 }, query: { q: 'v' }, headers: { accept: 'x', 'x-h': '1' } },
      response: { body: 7 },
    })
    expect((await run({ path: '/a', response: { body: 'body' } }, {})).body).toEqual({ request: null, response: null })
    const failing = await run({ path: '/a', request: { body: '$error("no")' } }, {})
    expect(problemOf(failing)).toMatchObject({
      status: 422,
      code: 'transform_failed',
      paths: ['transform.request.body'],
    })
    expect(hits).toHaveLength(0)
  })
})

const openapi = {
  openapi: '3.0.3',
  info: { title: 'Things', version: '1' },
  servers: [{ url: 'https://api.example.com/{version}', variables: { version: { default: 'v1' } } }],
  paths: {
    '/things': {
      get: {
        parameters: [
          { name: 'limit', in: 'query', required: true, schema: { type: 'integer', maximum: 100 } },
          { name: 'tags', in: 'query', explode: false, schema: { type: 'array', items: { enum: ['a', 'b'] } } },
          { name: 'X-Version', in: 'header', required: true, schema: { type: 'string', pattern: '^v[0-9]$' } },
          { $ref: '#/components/parameters/Filter' },
        ],
      },
      post: {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
        },
      },
    },
    '/things/mine': { get: {} },
    '/things/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
      get: {},
      delete: {},
    },
  },
  components: {
    parameters: {
      Filter: { name: 'filter', in: 'query', style: 'deepObject', required: true, schema: { type: 'object' } },
    },
    schemas: {
      Thing: {
        type: 'object',
        required: ['id', 'name', 'size'],
        additionalProperties: false,
        properties: {
          id: { type: 'string', readOnly: true },
          name: { type: 'string', nullable: true },
          size: { type: 'number', minimum: 0, exclusiveMinimum: true },
          at: { type: 'string', format: 'date-time' },
          parts: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
          example: { type: 'string' },
        },
      },
    },
  },
}

describe('validation', () => {
  const enforced = () => setUp({ openapi, validation: 'enforce' }, { base: '/v1' })
  const good = 'things?limit=5&tags=a,b&filter[state]=open'
  const version = { headers: { 'x-version': 'v2' } }

  test('lets requests through that are as described', async () => {
    respond = (_request, reply) => json(reply, {})
    const { call } = await enforced()
    expect((await call('GET', good, version)).status).toBe(200)
    expect((await call('GET', 'things/mine')).status).toBe(200)
    expect((await call('DELETE', 'things/7')).status).toBe(200)
    const body = { name: null, size: 0.1, at: '2026-01-01T00:00:00Z', parts: [{ name: 'x', size: 1 }], example: 'e' }
    const posted = await call('POST', 'things', { body })
    expect([posted.status, posted.headers.get('koble-validation')]).toEqual([200, null])
    expect(hits).toHaveLength(4)
  })

  test.each<[string, string, CallOptions, string[]]>([
    ['GET', 'nothing', {}, ['path']],
    ['PUT', 'things', { body: {} }, ['method']],
    ['GET', 'things/abc', {}, ['path.id']],
    ['GET', 'things', {}, ['query.limit', 'header.X-Version', 'query.filter']],
    [
      'GET',
      'things?limit=1000&tags=a,c&filter[x]=1',
      { headers: { 'x-version': 'two' } },
      ['query.limit', 'query.tags.1', 'header.X-Version'],
    ],
    ['POST', 'things', {}, ['body']],
    ['POST', 'things', { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, ['body']],
    ['POST', 'things', { raw: '{', headers: { 'content-type': 'application/json' } }, ['body']],
    [
      'POST',
      'things',
      { body: { size: 0, parts: [{ name: 1, size: 2 }], more: 1 } },
      ['body.name', 'body.more', 'body.size', 'body.parts.0.name'],
    ],
    ['POST', 'things', { body: { name: 'x', size: 1, at: 'yesterday' } }, ['body.at']],
  ])('refuses %s %s with %o before it is sent, and names what is wrong', async (method, path, options, paths) => {
    const { call } = await enforced()
    const refused = problemOf(await call(method, path, options))
    expect({ ...refused, paths: refused.paths?.toSorted() }).toEqual({
      status: 422,
      code: 'request_not_valid',
      paths: paths.toSorted(),
    })
    expect(hits).toHaveLength(0)
  })

  test('only counts the problems where it is to warn, and says so in the activity', async () => {
    respond = (_request, reply) => json(reply, {})
    const { id, call } = await setUp({ openapi, validation: 'warn' }, { base: '/v1' })
    const answer = await call('GET', 'things')
    expect([answer.status, answer.headers.get('koble-validation')]).toEqual([200, '3 problems'])
    expect((await call('GET', good, version)).headers.get('koble-validation')).toBeNull()
    await vi.waitFor(async () => {
      const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/activity?type=system&integrationId=${id}`)
      expect(body.data[0]).toMatchObject({
        action: 'request.not_valid',
        summary: expect.stringContaining('GET /things'),
      })
    })
  })

  test('takes what Koble fills in as given, and looks at the request as it is after the transforms', async () => {
    respond = (_request, reply) => json(reply, {})
    const keyed = structuredClone(openapi) as unknown as { paths: Record<string, Record<string, object>> }
    const parameters = [
      { name: 'Authorization-Key', in: 'header', required: true, schema: { type: 'string', maxLength: 1 } },
    ]
    keyed.paths['/things/mine'] = { get: { parameters } }
    const integration = await koble.request<Integration>('POST', '/api/integrations', {
      body: {
        provider: 'api-key',
        config: { apiUrl: `${upstream.origin}/v1`, placement: 'header', keyName: 'Authorization-Key' },
        gatewaySettings: {
          openapi: keyed,
          validation: 'enforce',
          transforms: [{ path: '/things', method: 'POST', request: { body: '{"name": body.title, "size": 1}' } }],
        },
      },
    })
    const connection = await koble.request<{ id: string }>('POST', '/api/connections', {
      body: { integrationId: integration.body.id, externalUserId: 'u1', credentials: { apiKey: 'long' } },
    })
    const headers = { 'koble-connection': connection.body.id }
    expect((await koble.request('GET', '/api/proxy/things/mine', { headers })).status).toBe(200)
    expect((await koble.request('POST', '/api/proxy/things', { headers, body: { title: 'x' } })).status).toBe(200)
    const large = {
      headers: { ...headers, 'content-type': 'application/json' },
      raw: new Blob(['{"title": 5}']).stream(),
    }
    const refused = await koble.request('POST', '/api/proxy/things', large as CallOptions)
    expect(problemOf(refused)).toMatchObject({ code: 'request_not_valid', paths: ['body.name'] })
  })
})

describe('the settings', () => {
  test('are kept part by part, shown whole by themselves, and in short with the integration', async () => {
    const { id } = await setUp({ cache: { enabled: true, defaultTtlSeconds: 5 }, openapi })
    const patch = (gatewaySettings: GatewaySettingsInput) =>
      koble.request<Integration>('PATCH', `/api/integrations/${id}`, { body: { gatewaySettings } })
    const transforms = [{ path: '/*', request: { body: 'body' } }]
    const changed = await patch({ transforms, validation: 'warn', cache: null })
    expect(changed.body.gateway).toEqual({ cache: false, transforms: 1, validation: 'warn', openapi: true })
    const whole = await koble.request<GatewaySettings>('GET', `/api/integrations/${id}/gateway-settings`)
    expect(whole.body).toEqual({ cache: null, transforms, validation: 'warn', openapi })
    const list = await koble.request<{ data: Integration[] }>('GET', '/api/integrations')
    expect(list.body.data.find((one) => one.id === id)?.gateway.openapi).toBe(true)
    expect(JSON.stringify(list.body)).not.toContain('api.example.com')
    await patch({ openapi: null, transforms: null, validation: null })
    const empty = await koble.request<GatewaySettings>('GET', `/api/integrations/${id}/gateway-settings`)
    expect(empty.body).toEqual({ cache: null, transforms: [], validation: 'off', openapi: null })
  })

  test.each<[object, string]>([
    [
      {
        transforms: [
          { path: '/a', request: { body: 'a' } },
          { path: '/a', response: { body: '{"a": ' } },
        ],
      },
      'gatewaySettings.transforms.1.response.body',
    ],
    [{ openapi: { swagger: '2.0' } }, 'gatewaySettings.openapi'],
    [{ openapi: { openapi: '3.1.0', paths: { '/a': { $ref: 'https://example.com/a' } } } }, 'gatewaySettings.openapi'],
    [{ openapi: { openapi: '3.1.0', x: 'x'.repeat(530_000) } }, 'gatewaySettings.openapi'],
    [{ transforms: Array.from({ length: 21 }, () => ({ path: '/a' })) }, 'gatewaySettings.transforms'],
    [
      { transforms: [{ path: '/a', request: { body: 'a'.repeat(8_193) } }] },
      'gatewaySettings.transforms.0.request.body',
    ],
  ])('are refused when they could not be used, with the field (%#)', async (gatewaySettings, path) => {
    const body = { provider: 'api-key', config: { apiUrl: upstream.origin }, gatewaySettings }
    const created = await koble.request('POST', '/api/integrations', { body })
    expect(problemOf(created)).toEqual({ status: 400, code: 'invalid_request', paths: [path] })
    const { id } = await setUp()
    const patched = await koble.request('PATCH', `/api/integrations/${id}`, { body: { gatewaySettings } })
    expect(problemOf(patched)).toEqual({ status: 400, code: 'invalid_request', paths: [path] })
  })
})
