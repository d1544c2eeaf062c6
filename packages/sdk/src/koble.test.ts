import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { routes } from '@koble/contract/routes'
import { afterEach, expect, test } from 'vitest'
import { createKoble, KobleApiError } from './koble.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

async function startServer(handler: Handler): Promise<string> {
  const server = createServer((request, response) => void handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
  response.end(JSON.stringify(body))
}

test('has a method for every route of the contract, and calls none besides', async () => {
  const called = new Set<string>()
  const baseUrl = await startServer((request, response) => {
    called.add(`${request.method} ${request.url?.replace(/\?.*$/, '').replaceAll('the-id', '{id}')}`)
    response.setHeader('content-type', 'text/event-stream')
    if (request.url?.endsWith('/subscriptions')) response.end('event: complete\ndata: {}\n\n')
    else if (request.url?.includes('/stream')) response.writeHead(204).end()
    else answer(response, { data: [], nextCursor: null })
  })
  const koble = createKoble({ baseUrl, apiKey: 'key' })
  const nested = [
    koble.integrations.endpoints('the-id'),
    koble.endpoints.registrations('the-id'),
    koble.connections.logs('the-id'),
    koble.integrations.graphqlOperations('the-id'),
    koble.destinations.deliveries('the-id'),
    koble.destinations.attempts('the-id'),
    koble.messages.attempts('the-id'),
    koble.syncs.runs('the-id'),
    koble.syncs.records('the-id'),
    koble.plugins.versions('the-id'),
    koble.graphql('the-id'),
    koble.operations('the-id'),
  ]
  const makers = [
    'endpoints',
    'logs',
    'graphqlOperations',
    'deliveries',
    'attempts',
    'registrations',
    'runs',
    'records',
    'versions',
  ]
  for (const group of [...Object.values(koble), ...nested]) {
    if (typeof group === 'function') continue
    for (const [name, method] of Object.entries(group)) {
      if (makers.includes(name)) continue
      const result = (method as (...args: unknown[]) => unknown)(...(name.startsWith('list') ? [] : ['the-id', {}]))
      if (name === 'listAll' || name === 'subscribe' || name.startsWith('stream'))
        await (result as AsyncGenerator).next()
      else await result
    }
  }
  const expected = Object.values(routes).map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{id}')}`)
  expect([...called].sort()).toEqual([...new Set(expected)].sort())
})

test('sends the API key, the query without empty parts, and the body as JSON', async () => {
  const seen: { url?: string; headers: IncomingMessage['headers']; body: string }[] = []
  const baseUrl = await startServer(async (request, response) => {
    seen.push({ url: request.url, headers: request.headers, body: await text(request) })
    answer(response, { data: [], nextCursor: null })
  })
  const koble = createKoble({ baseUrl: `${baseUrl}/`, apiKey: 'koble_123' })
  await koble.connections.list({ limit: 10, provider: 'github', externalUserId: undefined, status: 'error' })
  await koble.apiKeys.create({ name: 'CI' }, { idempotencyKey: 'once' })
  expect(seen[0]?.url).toBe('/api/connections?limit=10&provider=github&status=error')
  expect(seen[0]?.headers.authorization).toBe('Bearer koble_123')
  expect(seen[1]?.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'once' })
  expect(seen[1]?.headers['koble-csrf']).toBeUndefined()
  expect(JSON.parse(seen[1]?.body ?? '')).toEqual({ name: 'CI' })
})

test('marks requests that change something as its own when the session cookie is used', async () => {
  const marks: Record<string, unknown> = {}
  const baseUrl = await startServer((request, response) => {
    marks[request.method ?? ''] = request.headers['koble-csrf']
    response.writeHead(204).end()
  })
  const koble = createKoble({ baseUrl })
  await koble.session.get()
  await koble.session.signOut()
  await koble.proxy('c', '/items', { method: 'POST' })
  expect(marks).toEqual({ GET: undefined, DELETE: '1', POST: '1' })
})

test('rejects with the code, the fields and the request id of the problem', async () => {
  const problem = {
    type: 'about:blank',
    title: 'The request is not valid',
    status: 400,
    code: 'invalid_request',
    detail: 'name is empty',
    requestId: 'r-1',
    errors: [{ path: 'name', message: 'Too short' }],
  }
  const baseUrl = await startServer((_, response) => answer(response, problem, 400))
  const error = await createKoble({ baseUrl })
    .apiKeys.create({ name: '' })
    .catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(KobleApiError)
  const { code, status, title, detail, errors, requestId, message } = error as KobleApiError
  expect({ code, status, title, detail, errors, requestId, message }).toEqual({
    code: 'invalid_request',
    status: 400,
    title: 'The request is not valid',
    detail: 'name is empty',
    errors: [{ path: 'name', message: 'Too short' }],
    requestId: 'r-1',
    message: 'name is empty',
  })
})

test('tells an answer of a reverse proxy, and no answer at all, from errors of Koble', async () => {
  const baseUrl = await startServer((_, response) => void response.writeHead(502).end('<h1>Bad gateway</h1>'))
  await expect(createKoble({ baseUrl }).instance.get()).rejects.toMatchObject({
    code: 'unexpected_response',
    status: 502,
  })
  const page = await startServer((_, response) => void response.writeHead(200).end('<h1>Hello</h1>'))
  await expect(createKoble({ baseUrl: page }).instance.get()).rejects.toMatchObject({ code: 'unexpected_response' })
  const nobody = createKoble({ baseUrl: 'http://127.0.0.1:1' })
  await expect(nobody.instance.get()).rejects.toMatchObject({ code: 'network_error', status: 0 })
})

test('lets an aborted call reject with the reason of the abort', async () => {
  const baseUrl = await startServer(() => undefined)
  const signal = AbortSignal.timeout(20)
  await expect(createKoble({ baseUrl }).instance.get({ signal })).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('never sends a request for one thing to the address of the list', async () => {
  const koble = createKoble({ baseUrl: 'http://127.0.0.1:1' })
  await expect(koble.connections.delete('')).rejects.toThrow(TypeError)
  await expect(koble.connections.get('..')).rejects.toThrow(TypeError)
})

test('reads a list to its end, page after page, and no page more than is consumed', async () => {
  const asked: string[] = []
  const baseUrl = await startServer((request, response) => {
    asked.push(request.url ?? '')
    const cursor = Number(new URL(request.url ?? '', 'http://x').searchParams.get('cursor') ?? 0)
    answer(response, { data: [cursor, cursor + 1], nextCursor: cursor < 4 ? String(cursor + 2) : null })
  })
  const koble = createKoble({ baseUrl })
  const rows: unknown[] = []
  for await (const row of koble.events.listAll({ limit: 2 })) rows.push(row)
  expect(rows).toEqual([0, 1, 2, 3, 4, 5])
  expect(asked).toEqual(['/api/events?limit=2', '/api/events?limit=2&cursor=2', '/api/events?limit=2&cursor=4'])
  for await (const row of koble.events.listAll()) if (row) break
  expect(asked).toHaveLength(4)
})

test('hands the answer of a third party over as it is', async () => {
  const baseUrl = await startServer(async (request, response) => {
    response.writeHead(418, { 'x-seen': `${request.method} ${request.url} ${request.headers['koble-connection']}` })
    response.end(await text(request))
  })
  const koble = createKoble({ baseUrl, apiKey: 'k' })
  const response = await koble.proxy('c-1', '/user/repos?page=2&path=../x', { method: 'PUT', body: 'raw' })
  expect(response.status).toBe(418)
  expect(response.headers.get('x-seen')).toBe('PUT /api/proxy/user/repos?page=2&path=../x c-1')
  expect(await response.text()).toBe('raw')
})

test.each(['../session', 'a/../../session', 'a/%2E%2e/b', '..', '\\..\\session'])(
  'does not let the path %s leave the gateway',
  (path) => {
    expect(() => createKoble({ apiKey: 'k' }).proxy('c-1', path)).toThrow(TypeError)
  },
)
