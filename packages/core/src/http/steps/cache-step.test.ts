import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startLocalServer } from '../../testing/local-server.ts'
import { createAgent } from '../agent.ts'
import { createFetch } from '../create-fetch.ts'
import type { HttpEvent } from '../http-event.ts'

const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
afterAll(() => agent.destroy())

async function start(listener: (request: IncomingMessage, response: ServerResponse, count: number) => unknown) {
  const requests: IncomingMessage[] = []
  const server = await startLocalServer((request, response) => {
    // node keeps the text of the date for a second, by the true clock.
    response.sendDate = false
    listener(request, response, requests.push(request))
  })
  onTestFinished(() => server.close())
  const seen: string[] = []
  const onEvent = (event: HttpEvent) => event.type === 'response' && seen.push(event.cache ?? 'none')
  const cached = createFetch({ agent, cache: true, coalesce: false, retryConfig: false, onEvent })
  const text = async (path = '/', init?: RequestInit) => (await cached(server.origin + path, init)).text()
  return { text, cached, requests, seen, origin: server.origin }
}

/** Only the date: undici's cache and our server go by it, their timers by the true clock. */
function turnTheDate(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  return (ms) => vi.setSystemTime(Date.now() + ms)
}

describe('the cache', () => {
  it('answers while the answer is fresh, and asks whether it has changed when it is not', async () => {
    const pass = turnTheDate()
    const upstream = await start((request, response, count) => {
      response.setHeader('cache-control', 'max-age=60').setHeader('etag', '"1"')
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end()
      else response.end(`answer ${count}`)
    })
    for (let call = 0; call < 3; call += 1) expect(await upstream.text()).toBe('answer 1')
    expect(upstream.requests).toHaveLength(1)
    pass(61_000)
    expect(await upstream.text()).toBe('answer 1')
    expect(upstream.requests).toHaveLength(2)
    expect(upstream.seen).toEqual(['miss', 'hit', 'hit', 'revalidated'])
  })

  it('never hands anything from one set of credentials to another, in whatever field they travel', async () => {
    const upstream = await start((_request, response, count) =>
      response.setHeader('cache-control', 'public, max-age=60').end(`for ${count}`),
    )
    const variants: Record<string, string>[] = [
      {},
      { authorization: 'Bearer a' },
      { authorization: 'Bearer b' },
      { cookie: 'session=a' },
      { cookie: 'session=b' },
      { 'x-api-key': 'a' },
      { 'private-token': 'a' },
      { 'x-unheard-of': 'a' },
    ]
    for (let round = 0; round < 2; round += 1) {
      for (const [index, headers] of variants.entries()) {
        expect(await upstream.text('/', { headers }), JSON.stringify(headers)).toBe(`for ${index + 1}`)
      }
    }
    expect(upstream.requests).toHaveLength(variants.length)
    expect(upstream.requests.some(({ headers }) => 'koble-partition' in headers)).toBe(false)
    expect(upstream.requests[1]?.headers.authorization).toBe('Bearer a')
  })

  it('keeps answers apart that vary, keeps none that must not be kept, and none of a failure', async () => {
    const upstream = await start((request, response, count) => {
      if (request.url === '/vary')
        response.setHeader('vary', 'accept-language').setHeader('cache-control', 'max-age=60')
      if (request.url === '/no-store') response.setHeader('cache-control', 'no-store')
      if (request.url === '/failure') response.statusCode = 500
      response.end(String(count))
    })
    const language = (name: string) => upstream.text('/vary', { headers: { 'accept-language': name } })
    expect([await language('nb'), await language('nn'), await language('nb'), await language('nn')]).toEqual([
      '1',
      '2',
      '1',
      '2',
    ])
    for (const path of ['/no-store', '/failure', '/']) {
      expect(await upstream.text(path)).not.toBe(await upstream.text(path))
    }
  })

  it('forgets an answer when the same caller writes to its address', async () => {
    const upstream = await start((_request, response, count) =>
      response.setHeader('cache-control', 'max-age=60').end(String(count)),
    )
    expect(await upstream.text()).toBe('1')
    expect(await upstream.text('/', { method: 'PUT', body: 'new' })).toBe('2')
    expect(await upstream.text()).toBe('3')
  })

  it('hands out a stale answer while it asks for a new one, where the third party allows it', async () => {
    const pass = turnTheDate()
    const upstream = await start((_request, response, count) =>
      response.setHeader('cache-control', 'max-age=60, stale-while-revalidate=60').end(`answer ${count}`),
    )
    expect(await upstream.text()).toBe('answer 1')
    pass(90_000)
    expect(await upstream.text()).toBe('answer 1')
    await expect.poll(() => upstream.requests.length).toBe(2)
    await expect.poll(() => upstream.text()).toMatch(/answer [23]/)
  })

  it('keeps what is compressed as it came, and large answers flow past it whole', async () => {
    const large = Buffer.alloc(4_000_000, 'large')
    const upstream = await start((request, response) => {
      response.setHeader('cache-control', 'max-age=60')
      if (request.url === '/large') response.end(large)
      else response.setHeader('content-encoding', 'gzip').end(gzipSync('text'))
    })
    expect(await upstream.text()).toBe('text')
    expect(await upstream.text()).toBe('text')
    expect(upstream.requests).toHaveLength(1)
    for (let call = 0; call < 2; call += 1) expect((await upstream.text('/large')).length).toBe(large.length)
    expect(upstream.requests).toHaveLength(3)
  })

  it('passes on a failure, an abort and a body that flows', async () => {
    const upstream = await start((request, response) => {
      if (request.url === '/reset') request.socket.resetAndDestroy()
      else if (request.url !== '/never') request.pipe(response)
    })
    await expect(upstream.text('/reset')).rejects.toMatchObject({ code: 'provider_unreachable' })
    await expect(upstream.text('/never', { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/i)
    const init = { method: 'POST', body: new Blob(['flows']).stream(), duplex: 'half' } as RequestInit
    expect(await upstream.text('/', init)).toBe('flows')
  })
})
