import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { LoggedRequest, LoggedRequestDetail } from '@koble/contract/requests'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { bodyBytesMax } from './body-log.ts'

const canary = `canary-${randomBytes(18).toString('hex')}`
let koble: TestKoble
let thirdParty: LocalServer
let connectionId: string
let integration: string
let answer: (request: IncomingMessage, reply: ServerResponse) => unknown

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  thirdParty = await startLocalServer((request, reply) => void answer(request, reply))
  connectionId = await createKeyConnection(koble, thirdParty.origin, { apiKey: canary })
  const { body } = await koble.request<{ integrationId: string }>('GET', `/api/connections/${connectionId}`)
  integration = `/api/integrations/${body.integrationId}`
  await koble.request('PATCH', integration, { body: { bodyLogging: 'redacted' } })
})
afterAll(async () => {
  await koble.stop()
  await thirdParty.close()
})

const json = { 'content-type': 'application/json' }

/** A call through the gateway, what came back byte for byte, and what the log has of it. */
async function call(
  path: string,
  init: {
    method?: string
    headers?: Record<string, string>
    body?: string | ReadableStream
    signal?: AbortSignal
  } = {},
) {
  const requestId = randomBytes(8).toString('hex')
  const response = await fetch(`${koble.url}/api/proxy${path}`, {
    ...init,
    ...(init.body instanceof ReadableStream && { duplex: 'half' }),
    headers: {
      authorization: `Bearer ${koble.ownerKey}`,
      'koble-connection': connectionId,
      'x-request-id': requestId,
      ...init.headers,
    },
  } as RequestInit)
  const received = Buffer.from(await response.arrayBuffer().catch(() => new ArrayBuffer(0)))
  return { response, received, logged: await logged(requestId) }
}

async function logged(requestId: string): Promise<LoggedRequestDetail> {
  await expect
    .poll(async () => {
      await koble.services.activity.flush()
      return (await find(requestId)).length
    })
    .toBe(1)
  const [row] = await find(requestId)
  return (await koble.request<LoggedRequestDetail>('GET', `/api/requests/${row?.id}`)).body
}
const find = async (requestId: string) =>
  (await koble.request<{ data: LoggedRequest[] }>('GET', `/api/requests?search=${requestId}`)).body.data

async function reading(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('with body logging on, a call', () => {
  test('is kept with headers and bodies of both ways, and no credentials', async () => {
    answer = async (request, reply) => {
      const body = await reading(request)
      reply.writeHead(200, {
        ...json,
        'x-echo': String(request.headers.authorization),
        'set-cookie': 'sid=secret-cookie',
      })
      reply.end(JSON.stringify({ echo: body.toString(), headers: request.headers }))
    }
    const { received, logged } = await call(`/things?api_key=in-the-query&page=2&note=${canary}`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ name: 'Ada', password: 'hunter2hunter2', nested: { sessionId: 'abc123' }, quote: canary }),
    })
    expect(received.toString()).toContain(canary)
    const text = JSON.stringify(logged)
    for (const secret of [canary, 'in-the-query', 'hunter2', 'abc123', 'secret-cookie', koble.ownerKey]) {
      expect(text).not.toContain(secret)
    }
    expect(logged.exchange?.request).toMatchObject({ truncated: false, omitted: null })
    expect(JSON.parse(logged.exchange?.request.body ?? '')).toEqual({
      name: 'Ada',
      password: '[redacted]',
      nested: { sessionId: '[redacted]' },
      quote: '[redacted]',
    })
    expect(logged.exchange?.request.query).toContain('page=2')
    expect(logged.exchange?.response?.body).toContain('Ada')
    expect(logged.timing?.downloadMs).toBeGreaterThanOrEqual(0)
  })

  const document = (bytes: number) => Buffer.from(JSON.stringify({ text: 'x'.repeat(bytes - 11) }))
  const inPieces = (whole: Buffer, size: number) =>
    Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
      whole.subarray(index * size, (index + 1) * size),
    )

  test.each([
    ['one chunk', document(200), 1000],
    ['many chunks', document(9_000), 7],
    ['a huge body', document(3_000_000), 60_000],
  ])('passes the answer on unchanged: %s', async (_title, whole, size) => {
    answer = (_request, reply) => {
      reply.writeHead(200, json)
      Readable.from(inPieces(whole, size)).pipe(reply)
    }
    const { received, logged } = await call('/stream')
    expect(received.equals(whole)).toBe(true)
    const response = logged.exchange?.response
    expect(response?.bodyBytes).toBe(whole.length)
    expect(response?.truncated).toBe(whole.length > bodyBytesMax)
    expect(response?.body).toBe(whole.subarray(0, bodyBytesMax).toString())
  })

  test.each([
    ['one chunk', document(200), 1000],
    ['many chunks', document(9_000), 100],
    ['a huge body', document(3_000_000), 60_000],
  ])('passes a streamed request on unchanged: %s', async (_title, whole, size) => {
    let seen: Buffer = Buffer.alloc(0)
    answer = async (request, reply) => {
      seen = await reading(request)
      reply.end('ok')
    }
    const { logged } = await call('/upload', {
      method: 'PUT',
      headers: json,
      body: ReadableStream.from(inPieces(whole, size)) as ReadableStream,
    })
    expect(seen.equals(whole)).toBe(true)
    expect(logged.exchange?.request).toMatchObject({
      bodyBytes: whole.length,
      truncated: whole.length > bodyBytesMax,
      body: whole.subarray(0, bodyBytesMax).toString(),
    })
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('reads what is encoded with %s, and passes it on as it came', async (encoding, encode) => {
    const encoded = encode(JSON.stringify({ token: 'a-secret-token', open: 'kept' }))
    answer = (_request, reply) => reply.writeHead(200, { ...json, 'content-encoding': encoding }).end(encoded)
    const { logged } = await call('/encoded')
    expect(JSON.parse(logged.exchange?.response?.body ?? '')).toEqual({ token: '[redacted]', open: 'kept' })
    expect(logged.exchange?.response?.bodyBytes).toBe(encoded.length)
  })

  test('stops decoding where enough was read, however much a few bytes stand for', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, 'a'))
    answer = (_request, reply) =>
      reply.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(bomb)
    const { logged } = await call('/bomb')
    expect(logged.exchange?.response).toMatchObject({ truncated: true, body: 'a'.repeat(bodyBytesMax) })
  })

  test('keeps no bytes that are no text, nor what cannot be decoded', async () => {
    answer = (_request, reply) => reply.writeHead(200, { 'content-type': 'image/png' }).end(randomBytes(5000))
    const binary = await call('/image')
    expect(binary.logged.exchange?.response).toMatchObject({ body: null, omitted: 'not_text', bodyBytes: 5000 })
    answer = (_request, reply) => reply.writeHead(200, { ...json, 'content-encoding': 'x-own' }).end('????')
    const unknown = await call('/unknown')
    expect(unknown.logged.exchange?.response).toMatchObject({ body: null, omitted: 'not_decodable' })
  })

  test('is kept as far as it came when the answer breaks off', async () => {
    answer = (_request, reply) => {
      reply.writeHead(200, { ...json, 'content-length': '5000' })
      reply.write('{"begun":true,')
      setTimeout(() => reply.destroy(), 50)
    }
    const { logged } = await call('/broken')
    expect(logged.exchange?.response?.body).toContain('{"begun":true,')
  })

  test('never shows credentials, wherever and however they stand, or where the cut goes through them', async () => {
    const filler = (length: number) => 'f'.repeat(length)
    const forms = [
      JSON.stringify({ [canary]: 1 }),
      JSON.stringify({ deep: [{ note: `before ${canary} after` }] }).replace(canary, `\\u0063${canary.slice(1)}`),
      `{"a":"${filler(bodyBytesMax - 20)}${canary}"}`,
      `{"password": "${filler(bodyBytesMax)}`,
      `{"list": [1, 2], "note": "${Buffer.from(canary).toString('base64')}"`,
    ]
    for (const form of forms) {
      answer = (_request, reply) => reply.writeHead(200, json).end(form)
      const { logged } = await call('/forms')
      const text = JSON.stringify(logged)
      expect(text).not.toContain(canary.slice(0, 12))
      expect(text).not.toContain(canary.slice(8))
      expect(text).not.toContain(Buffer.from(canary).toString('base64').slice(0, 30))
      expect(text).not.toContain('ffff"')
    }
    const others: [string, string, string][] = [
      ['application/x-www-form-urlencoded', `user%5Bpassword%5D=hunter2&note=${canary}&page=2`, 'page=2'],
      ['application/xml', `<a><Password t="1">hunter2</Password><b apiKey='hunter2'>${canary}</b>ok</a>`, 'ok'],
      ['text/plain', `token: hunter2\nfine: yes\nkey=${canary}`, 'fine: yes'],
    ]
    for (const [type, form, kept] of others) {
      answer = (_request, reply) => reply.writeHead(200, { 'content-type': type }).end(form)
      const { logged } = await call('/others')
      const text = logged.exchange?.response?.body ?? ''
      expect(text).toContain(kept)
      expect(text).not.toMatch(/hunter2|canary/)
    }
    const rows = await koble.testDatabase.query<{ text: string }>(
      'SELECT row_to_json(r)::text AS text FROM integration_requests r',
    )
    for (const { text } of rows) expect(text).not.toContain(canary)
  })

  test('with characters that no database keeps spoils neither its own row nor the batch', async () => {
    answer = (_request, reply) => reply.writeHead(200, json).end('{"a":"\\u0000\\ud800","b":"\0"}')
    const { logged } = await call('/odd')
    expect(logged.exchange?.response?.body).toContain('"b"')
  })

  test('is kept without an answer when there was none', async () => {
    answer = (request) => request.socket.destroy()
    const { logged } = await call('/gone', { method: 'POST', headers: json, body: '{"a":1}' })
    expect(logged).toMatchObject({ status: null, errorCode: 'provider_unreachable', timing: null })
    expect(logged.exchange).toMatchObject({ request: { body: '{"a":1}' }, response: null })
  })
})

test('with body logging off, nothing but the facts is kept', async () => {
  await koble.request('PATCH', integration, { body: { bodyLogging: 'off' } })
  answer = (_request, reply) => reply.writeHead(200, json).end('{"a":1}')
  const { logged } = await call('/off')
  expect(logged).toMatchObject({ hasExchange: false, exchange: null, status: 200 })
})
