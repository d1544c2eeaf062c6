import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { GatewayResponse } from '@koble/contract/gateway'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let upstream: LocalServer
let connection: Connection
let respond: RequestListener

const echo: RequestListener = async (request, reply) => {
  const { method, url, headers } = request
  reply.setHeader('content-type', 'application/json')
  reply.end(JSON.stringify({ method, url, headers, body: await text(request) }))
}

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  upstream = await startLocalServer((request, reply) => respond(request, reply))
  respond = echo
  const id = await createKeyConnection(koble, `${upstream.origin}/v1`, { apiKey: 'third-party-key' })
  connection = (await koble.request<Connection>('GET', `/api/connections/${id}`)).body
})
afterAll(async () => {
  await koble.stop()
  await upstream.close()
})
beforeEach(() => {
  respond = echo
})

const send = <Body = GatewayResponse>(body: object, integrationId = connection.integrationId) =>
  koble.request<Body>('POST', `/api/integrations/${integrationId}/requests`, {
    body: { connectionId: connection.id, method: 'GET', ...body },
  })

describe('a call in an envelope', () => {
  test('is made as the account, with its parameters, headers and JSON body', async () => {
    const { status, body } = await send({
      method: 'POST',
      endpoint: '/things?a=1',
      params: { b: [2, 'ærlig'], c: true },
      headers: { 'X-Custom': 'kept', Authorization: 'Bearer mine' },
      body: { name: 'Kari' },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 200,
      bodyEncoding: 'json',
      body: {
        method: 'POST',
        url: '/v1/things?a=1&b=2&b=%C3%A6rlig&c=true',
        headers: {
          authorization: 'Bearer third-party-key',
          'x-custom': 'kept',
          'content-type': 'application/json',
          'content-length': '15',
        },
        body: '{"name":"Kari"}',
      },
    })
    expect(body.duration).toBeGreaterThanOrEqual(0)
    expect(Math.abs(Date.parse(body.timestamp) - Date.now())).toBeLessThan(60_000)
  })

  test('takes a whole address of the provider, and refuses any other', async () => {
    const answer = await send({ endpoint: `${upstream.origin}/v1/things?a=1` })
    expect(answer.body.body).toMatchObject({ url: '/v1/things?a=1' })
    for (const endpoint of [`${upstream.origin}/v2/things`, 'https://example.com/v1/things']) {
      expect((await send<Problem>({ endpoint })).body.code).toBe('url_not_of_provider')
    }
  })

  test.each([
    ['text', 'text/plain; charset=utf-8', Buffer.from('hei på deg'), 'hei på deg'],
    ['text', 'application/json', Buffer.from('<html>'), '<html>'],
    ['base64', 'image/png', Buffer.from([0, 255, 1]), 'AP8B'],
    ['json', 'application/problem+json', Buffer.from('{"a":1}'), { a: 1 }],
    ['none', 'application/json', Buffer.alloc(0), null],
  ])('brings back %s for %s', async (bodyEncoding, contentType, bytes, body) => {
    respond = (_request, reply) => reply.setHeader('content-type', contentType).end(bytes)
    expect((await send({ endpoint: '/' })).body).toMatchObject({ bodyEncoding, body })
  })

  test('brings back an error status and what was compressed', async () => {
    respond = (_request, reply) => {
      reply.writeHead(422, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      reply.end(gzipSync('{"error":"name is missing"}'))
    }
    expect((await send({ endpoint: '/' })).body).toMatchObject({ status: 422, body: { error: 'name is missing' } })
  })

  test('does not swallow an answer larger than 10 MiB, even one that was small before it was unpacked', async () => {
    respond = (_request, reply) => {
      reply.writeHead(200, { 'content-encoding': 'gzip' })
      reply.end(gzipSync(Buffer.alloc(11 * 1024 * 1024)))
    }
    expect((await send<Problem>({ endpoint: '/' })).body.code).toBe('provider_malformed')
  })

  test.each([
    { endpoint: '' },
    { endpoint: '/', method: 'TRACE' },
    { endpoint: '/', body: {} },
    { endpoint: '/', timeout: 0 },
    { endpoint: '/', extra: 1 },
    { endpoint: '/../secrets' },
  ])('that makes no sense is refused: %j', async (body) => {
    expect((await send<Problem>(body)).body.code).toBe('invalid_request')
  })

  test('names a connection of that integration, and none of another', async () => {
    const other = await createKeyConnection(koble, upstream.origin)
    expect((await send<Problem>({ endpoint: '/', connectionId: other })).status).toBe(404)
  })
})
