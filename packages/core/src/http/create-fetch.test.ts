import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { createAgent } from './agent.ts'
import { createFetch, type FetchOptions } from './create-fetch.ts'

const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
afterAll(() => agent.destroy())

const quick = { maxAttempts: 3, baseDelayMs: 1, maxDelayMs: 2, retryAfterMaxMs: 2_000 }

type Listener = (request: IncomingMessage, response: ServerResponse, count: number) => unknown

/** A third party that knows how often it was asked, and with what. */
async function thirdParty(
  listener: Listener,
): Promise<LocalServer & { requests: IncomingMessage[]; bodies: string[] }> {
  const requests: IncomingMessage[] = []
  const bodies: string[] = []
  const server = await startLocalServer(async (request, response) => {
    const count = requests.push(request)
    let body = ''
    for await (const chunk of request) body += chunk
    bodies.push(body)
    await listener(request, response, count)
  })
  onTestFinished(() => server.close())
  return { ...server, requests, bodies }
}

function fetchWith(options: FetchOptions = {}): typeof fetch {
  return createFetch({ agent, retryConfig: quick, ...options })
}

const failing =
  (times: number, fail: Listener): Listener =>
  (request, response, count) =>
    count <= times ? fail(request, response, count) : response.end('done')

const busy: Listener = (_request, response) => response.writeHead(503).end('busy')

describe('createFetch is a fetch', () => {
  it('takes what fetch takes and answers as fetch answers, in every way of reading', async () => {
    const upstream = await thirdParty((request, response) => {
      response.writeHead(201, 'Made', { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
      response.end('\ufeff{"ok":true}')
      return request
    })
    const ours = fetchWith()
    const input: Parameters<typeof fetch> = [
      `${upstream.origin}/path?x=1#fragment`,
      {
        method: 'post',
        body: new URLSearchParams({ a: 'b c' }),
        headers: [
          ['X-One', '1'],
          ['x-one', '2'],
        ],
      },
    ]
    for (const call of [ours, fetch]) {
      const response = await call(...input)
      expect(response).toBeInstanceOf(Response)
      expect(response).toMatchObject({ status: 201, statusText: 'Made', ok: true, redirected: false, bodyUsed: false })
      expect(response.url).toBe(`${upstream.origin}/path?x=1`)
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      expect(await response.json()).toEqual({ ok: true })
      expect(response.bodyUsed).toBe(true)
      await expect(response.text()).rejects.toThrow(TypeError)
    }
    const [first, second] = upstream.requests
    for (const name of ['content-type', 'x-one', 'accept', 'content-length']) {
      expect(first?.headers[name], name).toBe(second?.headers[name])
    }
    expect(upstream.bodies).toEqual(['a=b+c', 'a=b+c'])

    expect(await (await ours(...input)).text()).toBe('{"ok":true}')
    expect(Buffer.from(await (await ours(...input)).arrayBuffer()).toString()).toBe('\ufeff{"ok":true}')
    expect(await (await (await ours(...input)).blob()).text()).toContain('ok')
    const response = await ours(...input)
    const copy = response.clone()
    expect(copy.url).toBe(response.url)
    expect(await copy.text()).toBe(await response.text())
    const streamed = await ours(...input)
    expect(streamed.body).toBeInstanceOf(ReadableStream)
    expect(await new Response(streamed.body, streamed).json()).toEqual({ ok: true })
  })

  it('decodes gzip, deflate in both forms and brotli, read at once or as a stream', async () => {
    const text = 'x'.repeat(200_000)
    const encodings = { gzip: gzipSync(text), deflate: deflateSync(text), br: brotliCompressSync(text) }
    const upstream = await thirdParty((request, response) => {
      const encoding = (request.url ?? '').slice(1)
      if (encoding === 'raw')
        return response.writeHead(200, { 'content-encoding': 'deflate' }).end(deflateRawSync(text))
      if (encoding === 'twice')
        return response.writeHead(200, { 'content-encoding': 'gzip, br' }).end(brotliCompressSync(encodings.gzip))
      if (encoding === 'broken') return response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip')
      if (encoding === 'empty') return response.writeHead(200, { 'content-encoding': 'gzip' }).end()
      return response.writeHead(200, { 'content-encoding': encoding }).end(encodings[encoding as 'gzip'])
    })
    const ours = fetchWith()
    for (const path of ['gzip', 'deflate', 'br', 'raw', 'twice']) {
      expect(await (await ours(`${upstream.origin}/${path}`)).text(), path).toBe(text)
      const { body } = await ours(`${upstream.origin}/${path}`)
      expect(await new Response(body).text(), path).toBe(text)
    }
    expect(await (await ours(`${upstream.origin}/empty`)).text()).toBe('')
    await expect((await ours(`${upstream.origin}/broken`)).text()).rejects.toMatchObject({
      code: 'provider_malformed',
      details: { reason: 'content_encoding' },
    })
  })

  it('resolves with the head of the answer, streams the rest, and holds the sender back', async () => {
    let sent = 0
    const chunk = randomBytes(65_536)
    const upstream = await thirdParty(async (_request, response) => {
      for (; sent < 600 && !response.destroyed; sent += 1) {
        if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve))
      }
      response.end()
    })
    const response = await fetchWith({ maxResponseBytes: Number.POSITIVE_INFINITY })(upstream.origin)
    await wait(200)
    expect(sent).toBeLessThan(400)
    let bytes = 0
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) bytes += part.byteLength
    expect(bytes).toBe(600 * chunk.length)
  })

  it('closes the connection under a body that is cancelled, and under a large one that nobody reads', async () => {
    const closed: number[] = []
    const upstream = await thirdParty((request, response, count) => {
      request.socket.once('close', () => closed.push(count))
      response.end(Buffer.alloc(8_000_000))
    })
    const ours = fetchWith({ timeout: 200 })
    await (await ours(upstream.origin)).body?.cancel()
    await expect.poll(() => closed).toEqual([1])
    const unread = await ours(upstream.origin)
    await expect.poll(() => closed).toEqual([1, 2])
    await expect(unread.text()).rejects.toMatchObject({ code: 'provider_timeout' })
  })

  it('has no body where there is none by definition, and follows redirects', async () => {
    const upstream = await thirdParty((request, response) => {
      if (request.url === '/from') return response.writeHead(302, { location: '/to' }).end()
      return response.writeHead(request.url === '/none' ? 204 : 200, { 'x-path': request.url }).end(request.method)
    })
    const ours = fetchWith()
    const none = await ours(`${upstream.origin}/none`)
    expect(none.body).toBeNull()
    expect(await none.text()).toBe('')
    expect((await ours(upstream.origin, { method: 'HEAD' })).body).toBeNull()
    const followed = await ours(`${upstream.origin}/from`)
    expect(followed).toMatchObject({ redirected: true, url: `${upstream.origin}/to` })
    expect(followed.headers.get('x-path')).toBe('/to')
  })

  it('names a timeout before the answer, and lets a body take its time as long as it moves', async () => {
    const upstream = await thirdParty(async (request, response) => {
      if (request.url === '/silent') return
      for (let part = 0; part < 6; part += 1) {
        response.write(String(part))
        await wait(60)
      }
      response.end()
    })
    const hasty = fetchWith({ timeout: 200 })
    await expect(hasty(`${upstream.origin}/silent`)).rejects.toMatchObject({ code: 'provider_timeout' })
    expect(await (await hasty(upstream.origin)).text()).toBe('012345')
  })

  it('ends with the caller’s signal, before and within the body, and leaves no listener on it', async () => {
    const closed = Promise.withResolvers<void>()
    const upstream = await thirdParty((request, response) => {
      if (request.url === '/whole') return response.end('x')
      request.socket.once('close', () => closed.resolve())
      return response.write('begin')
    })
    const abort = new AbortController()
    const response = await fetchWith()(upstream.origin, { signal: abort.signal })
    abort.abort(new Error('mine'))
    await expect(response.text()).rejects.toThrow('mine')
    await closed.promise
    await expect(fetchWith()(upstream.origin, { signal: abort.signal })).rejects.toThrow('mine')
    expect(upstream.requests).toHaveLength(1)

    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...rest: Parameters<typeof add>) => {
      listeners += 1
      add(...rest)
    }
    signal.removeEventListener = (...rest: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...rest)
    }
    await (await fetchWith()(`${upstream.origin}/whole`, { signal })).text()
    expect(listeners).toBeLessThanOrEqual(0)
  })

  it('tells of a failure in the caller’s own stream as it is', async () => {
    const upstream = await thirdParty((_request, response) => response.end())
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error('the file is gone')),
    })
    const run = fetchWith()(upstream.origin, { method: 'PUT', body, duplex: 'half' } as RequestInit)
    await expect(run).rejects.toThrow('the file is gone')
  })

  it('reaches no private address, neither at first nor by a redirect', async () => {
    const metadata = await thirdParty((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    )
    await expect(fetchWith()(metadata.origin)).rejects.toMatchObject({ code: 'private_address' })
    await expect(createFetch()(metadata.origin)).rejects.toMatchObject({ code: 'private_address' })
    expect(metadata.requests).toHaveLength(1)
  })
})

describe('createFetch tries again', () => {
  it('what can do no harm: idempotent methods, on 429, 502, 503, 504 and broken connections', async () => {
    for (const fail of [
      (_: unknown, response: ServerResponse) => response.writeHead(429, { 'retry-after': '0' }).end(),
      (_: unknown, response: ServerResponse) => response.writeHead(502).end(),
      busy,
      (request: IncomingMessage) => request.socket.resetAndDestroy(),
    ]) {
      const upstream = await thirdParty(failing(2, fail as Listener))
      expect(await (await fetchWith()(upstream.origin, { method: 'PUT', body: 'whole' })).text()).toBe('done')
      expect(upstream.bodies).toEqual(['whole', 'whole', 'whole'])
    }
  })

  it('never a POST, nor a body that flows', async () => {
    const posted = await thirdParty(failing(1, busy))
    expect((await fetchWith()(posted.origin, { method: 'POST', body: 'charge' })).status).toBe(503)
    const reset = await thirdParty(failing(1, (request) => request.socket.resetAndDestroy()))
    await expect(fetchWith()(reset.origin, { method: 'POST' })).rejects.toMatchObject({ code: 'provider_unreachable' })
    const streamed = await thirdParty(failing(1, busy))
    const body = new Blob(['flows']).stream()
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit
    expect((await fetchWith({ idempotencyHeader: 'Idempotency-Key' })(streamed.origin, init)).status).toBe(503)
    for (const { requests } of [posted, reset, streamed]) expect(requests).toHaveLength(1)
  })

  it('a POST with an idempotency key, the same in all attempts and another in the next call', async () => {
    const upstream = await thirdParty((request, response, count) =>
      count === 3 || count === 4 ? response.end() : busy(request, response, count),
    )
    const ours = fetchWith({ idempotencyHeader: 'Idempotency-Key' })
    expect((await ours(upstream.origin, { method: 'POST', body: 'a' })).status).toBe(200)
    expect(
      (await ours(upstream.origin, { method: 'POST', body: 'b', headers: { 'idempotency-key': 'mine' } })).status,
    ).toBe(200)
    const keys = upstream.requests.map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys.slice(0, 3)).size).toBe(1)
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(keys[3]).toBe('mine')
    await ours(upstream.origin)
    expect(upstream.requests[4]?.headers).not.toHaveProperty('idempotency-key')
  })

  it('with one request id and one trace for all attempts, those of the caller if it has them', async () => {
    const upstream = await thirdParty(failing(1, busy))
    await fetchWith()(upstream.origin)
    const [first, second] = upstream.requests.map(({ headers }) => headers)
    expect(first?.['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(first?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
    for (const name of ['x-request-id', 'traceparent']) expect(second?.[name]).toBe(first?.[name])

    const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    await fetchWith({ trace: () => parent })(upstream.origin, { headers: { 'X-Request-Id': 'mine' } })
    const third = upstream.requests.at(-1)?.headers
    expect(third?.['x-request-id']).toBe('mine')
    expect(third?.['traceparent']).toMatch(/^00-a{32}-(?!b{16})[0-9a-f]{16}-01$/)
    await fetchWith({ trace: false })(upstream.origin)
    expect(upstream.requests.at(-1)?.headers).not.toHaveProperty('traceparent')
  })

  it('not when the third party asks for a longer wait than there is', async () => {
    const upstream = await thirdParty((_request, response) => response.writeHead(429, { 'retry-after': '2' }).end())
    expect((await fetchWith({ timeout: 500 })(upstream.origin)).status).toBe(429)
    expect(upstream.requests).toHaveLength(1)
  })
})

describe('createFetch holds calls back', () => {
  it('opens a breaker for an origin that fails, for that one only, and closes it when it is well', async () => {
    let well = false
    const upstream = await thirdParty((_request, response) => response.writeHead(well ? 200 : 500).end())
    const other = await thirdParty((_request, response) => response.end())
    const clock = createManualClock()
    const states: string[] = []
    const ours = fetchWith({
      clock,
      circuitBreakerConfig: { threshold: 3, timeout: 60_000 },
      onEvent: (event) => event.type === 'circuit' && states.push(event.state),
    })
    for (let call = 0; call < 3; call += 1) expect((await ours(upstream.origin)).status).toBe(500)
    await expect(ours(upstream.origin)).rejects.toMatchObject({ code: 'circuit_open' })
    expect((await ours(other.origin)).status).toBe(200)
    expect(upstream.requests).toHaveLength(3)
    well = true
    await clock.advance(60_000)
    expect((await ours(upstream.origin)).status).toBe(200)
    expect(states).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED'])
  })

  it('takes 4xx for an answer and an abort for nothing', async () => {
    const upstream = await thirdParty((request, response) =>
      request.url === '/wait' ? undefined : response.writeHead(404).end(),
    )
    const ours = fetchWith({ circuitBreakerConfig: { threshold: 1, timeout: 60_000 } })
    for (let call = 0; call < 3; call += 1) expect((await ours(upstream.origin)).status).toBe(404)
    await expect(ours(`${upstream.origin}/wait`, { signal: AbortSignal.timeout(50) })).rejects.toThrow()
    expect((await ours(upstream.origin)).status).toBe(404)
  })

  it('keeps to its limit, attempts that are repeated included, and to what the third party says of it', async () => {
    const arrivals: number[] = []
    const upstream = await thirdParty((request, response, count) => {
      arrivals.push(performance.now())
      if (request.url === '/learn') response.setHeader('ratelimit', '"d";r=0;t=1')
      return count === 1 ? busy(request, response, count) : response.end()
    })
    const ours = fetchWith({ rateLimit: { requestsPerSecond: 5, burstSize: 1 } })
    await Promise.all([ours(upstream.origin), ours(upstream.origin)])
    expect(arrivals).toHaveLength(3)
    expect((arrivals[2] as number) - (arrivals[0] as number)).toBeGreaterThanOrEqual(300)

    const heeding = fetchWith({ rateLimit: {} })
    await heeding(`${upstream.origin}/learn`)
    const started = performance.now()
    await heeding(upstream.origin)
    expect(performance.now() - started).toBeGreaterThanOrEqual(900)
    const impatient = fetchWith({ rateLimit: { maxWaitMs: 100 } })
    await impatient(`${upstream.origin}/learn`)
    await expect(impatient(upstream.origin)).rejects.toMatchObject({ code: 'rate_limited' })
  })

  it('does not blame the third party for waiting in a queue of its own', async () => {
    const upstream = await thirdParty((_request, response) => response.end())
    const ours = fetchWith({
      timeout: 100,
      rateLimit: { requestsPerSecond: 0.1, burstSize: 1 },
      circuitBreakerConfig: { threshold: 1, timeout: 60_000 },
    })
    await ours(upstream.origin)
    for (let call = 0; call < 2; call += 1) {
      await expect(ours(upstream.origin)).rejects.toMatchObject({ code: 'provider_timeout' })
    }
  })

  it('keeps within its bulkhead', async () => {
    let running = 0
    let most = 0
    const upstream = await thirdParty(async (_request, response) => {
      running += 1
      most = Math.max(most, running)
      await wait(30)
      running -= 1
      response.end()
    })
    const ours = fetchWith({ bulkhead: { maxConcurrent: 2, maxQueue: 2 } })
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => ours(upstream.origin)))
    expect(most).toBe(2)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'bulkhead_full' } })
  })
})
