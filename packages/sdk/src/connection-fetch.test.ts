import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { createKoble } from './koble.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

interface Seen {
  method: string
  target: string
  headers: IncomingHttpHeaders
  body: string
}

async function start(answer: (seen: Seen, reply: ServerResponse) => void) {
  const seen: Seen[] = []
  const server = createServer(async (request: IncomingMessage, reply) => {
    const { method = '', url = '', headers } = request
    const one = { method, target: String(headers['koble-url'] ?? url), headers, body: await text(request) }
    seen.push(one)
    answer(one, reply)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { seen, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const redirect = (reply: ServerResponse, status: number, location: string) =>
  reply.writeHead(status, { location }).end()
const refuse = (reply: ServerResponse) => {
  reply.writeHead(400, { 'content-type': 'application/problem+json' })
  reply.end(JSON.stringify({ type: 'about:blank', title: 'No', status: 400, code: 'url_not_of_provider' }))
}
const fetchOf = (baseUrl: string) => createKoble({ baseUrl, apiKey: 'koble-key' }).fetch('connection-1')

test('sends whole addresses to the gateway, with headers and body, under the key of Koble', async () => {
  const { seen, origin } = await start((_seen, reply) => reply.end('answer'))
  const response = await fetchOf(origin)('https://api.example.com/v1/things?a=1', {
    method: 'POST',
    headers: { authorization: 'Bearer mine', 'x-custom': 'kept' },
    body: 'hei på deg',
  })
  expect(await response.text()).toBe('answer')
  expect(seen[0]).toMatchObject({
    method: 'POST',
    target: 'https://api.example.com/v1/things?a=1',
    headers: { authorization: 'Bearer koble-key', 'koble-connection': 'connection-1', 'x-custom': 'kept' },
    body: 'hei på deg',
  })
  const request = new Request('https://api.example.com/put', { method: 'PUT', body: 'from a request' })
  await fetchOf(origin)(request)
  expect(seen[1]).toMatchObject({ method: 'PUT', target: 'https://api.example.com/put', body: 'from a request' })
})

test('follows redirects through the gateway, and turns POST into GET where fetch does', async () => {
  const { seen, origin } = await start((one, reply) => {
    if (one.target.endsWith('/old')) redirect(reply, 307, '/new')
    else if (one.target.endsWith('/new')) redirect(reply, 303, 'https://api.example.com/result')
    else reply.end('result')
  })
  const response = await fetchOf(origin)('https://api.example.com/old', { method: 'POST', body: 'sent' })
  expect(await response.text()).toBe('result')
  expect(seen.map(({ method, target, body }) => [method, target, body])).toEqual([
    ['POST', 'https://api.example.com/old', 'sent'],
    ['POST', 'https://api.example.com/new', 'sent'],
    ['GET', 'https://api.example.com/result', ''],
  ])
})

test('leaves redirects to the caller who wants that, and ends a circle', async () => {
  const { origin } = await start((_one, reply) => redirect(reply, 302, '/again'))
  const call = fetchOf(origin)
  expect((await call('https://api.example.com/', { redirect: 'manual' })).status).toBe(302)
  await expect(call('https://api.example.com/', { redirect: 'error' })).rejects.toThrow(TypeError)
  await expect(call('https://api.example.com/')).rejects.toThrow('too many redirects')
})

test('calls an address that is not of the provider directly, without any credentials', async () => {
  const files = await start((_one, reply) => reply.end('the file'))
  const koble = await start((one, reply) => {
    if (one.target.startsWith(files.origin)) refuse(reply)
    else redirect(reply, 302, `${files.origin}/signed?signature=1`)
  })
  const response = await fetchOf(koble.origin)('https://api.example.com/download', {
    headers: { authorization: 'Bearer mine', cookie: 'a=b', 'x-custom': 'kept' },
  })
  expect(await response.text()).toBe('the file')
  const [direct] = files.seen
  expect(direct?.headers).toMatchObject({ 'x-custom': 'kept' })
  for (const name of ['authorization', 'cookie', 'koble-connection', 'koble-url']) {
    expect(direct?.headers).not.toHaveProperty(name)
  }
})

test('hands out a refusal of Koble as the answer it is, and rejects when Koble is not there', async () => {
  const { origin } = await start((_one, reply) => {
    reply.writeHead(409, { 'content-type': 'application/problem+json' })
    reply.end(JSON.stringify({ title: 'Reconnect', status: 409, code: 'connection_not_usable' }))
  })
  const response = await fetchOf(origin)('https://api.example.com/')
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'connection_not_usable' })
  await expect(fetchOf('http://127.0.0.1:9')('https://api.example.com/')).rejects.toMatchObject({
    code: 'network_error',
  })
})

test('ends when its signal aborts, and streams a body that is a stream', async () => {
  const { seen, origin } = await start((one, reply) => {
    if (one.target.endsWith('/echo')) reply.end(one.body)
  })
  const call = fetchOf(origin)
  await expect(call('https://api.example.com/never', { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/i)
  const body = new Blob(['flows']).stream()
  const response = await call('https://api.example.com/echo', { method: 'POST', body, duplex: 'half' })
  expect(await response.text()).toBe('flows')
  expect(seen.at(-1)?.headers['transfer-encoding']).toBe('chunked')
})
