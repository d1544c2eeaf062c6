import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { createAgent } from './agent.ts'
import { type ForwardOptions, forward } from './forward.ts'
import { requestHeaders } from './headers.ts'

const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
afterAll(() => agent.destroy())

type Listener = (request: IncomingMessage, response: ServerResponse, count: number) => void

/** A third party that knows how often it was asked. */
async function thirdParty(listener: Listener): Promise<LocalServer & { count: number }> {
  const upstream = await startLocalServer((request, response) => {
    counted.count += 1
    listener(request, response, counted.count)
  })
  const counted = Object.assign(upstream, { count: 0 })
  onTestFinished(() => upstream.close())
  return counted
}

function call(upstream: LocalServer, options: Partial<ForwardOptions> & { path?: string } = {}) {
  const { path = '/', ...rest } = options
  const url = new URL(path, upstream.origin)
  return forward({ agent, url, method: 'GET', headers: {}, body: null, timeoutMs: 3_000, ...rest })
}

async function text(body: Readable): Promise<string> {
  let result = ''
  for await (const chunk of body) result += chunk
  return result
}

/** Fails the given number of times, then answers `done`. */
const failing =
  (times: number, fail: Listener): Listener =>
  (request, response, count) => {
    if (count <= times) fail(request, response, count)
    else response.end('done')
  }

const unavailable: Listener = (_request, response) => response.writeHead(503, { 'retry-after': '0' }).end('busy')

describe('forward', () => {
  it('passes on method, path, query, headers and body, and hands back status, headers and body', async () => {
    const upstream = await thirdParty(async (request, response) => {
      response.writeHead(418, { 'x-answer': ['a', 'b'], 'content-type': 'text/plain' })
      response.end(`${request.method} ${request.url} ${request.headers['x-ask']} ${await text(request)}`)
    })
    const answer = await call(upstream, {
      path: '/a%20b?c=d&e',
      method: 'PATCH',
      headers: { 'x-ask': 'yes' },
      body: Buffer.from('body'),
    })
    expect(answer).toMatchObject({ status: 418, attempts: 1, headers: { 'x-answer': ['a', 'b'] } })
    expect(await text(answer.body)).toBe('PATCH /a%20b?c=d&e yes body')
  })

  it('hands back a body as it is encoded', async () => {
    const bytes = randomBytes(64)
    const upstream = await thirdParty((_request, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(bytes)
    })
    const { body } = await call(upstream)
    expect(Buffer.concat(await body.toArray())).toEqual(bytes)
  })

  it('does not follow redirects', async () => {
    const upstream = await thirdParty((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    )
    expect(await call(upstream)).toMatchObject({ status: 302, attempts: 1 })
  })

  it('refuses private addresses, other schemes, credentials in the URL and CONNECT', async () => {
    const strict = createAgent({ allowedPrivateNetworks: [] })
    onTestFinished(() => strict.destroy())
    const upstream = await thirdParty((_request, response) => response.end())
    await expect(call(upstream, { agent: strict })).rejects.toMatchObject({ code: 'private_address', status: 400 })
    for (const url of ['ftp://127.0.0.1', 'http://user:pass@127.0.0.1']) {
      await expect(call(upstream, { url: new URL(url) }), url).rejects.toMatchObject({ code: 'invalid_request' })
    }
    await expect(call(upstream, { method: 'CONNECT' })).rejects.toMatchObject({ code: 'invalid_request' })
    expect(upstream.count).toBe(0)
  })

  it('refuses header fields that cannot be sent', async () => {
    const upstream = await thirdParty((_request, response) => response.end())
    await expect(call(upstream, { headers: { 'x-a': 'b\r\nx-injected: 1' } })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    expect(upstream.count).toBe(0)
  })
})

describe('forward streams', () => {
  it('64 MB up and down unchanged, and holds the sender back while the receiver rests', async () => {
    const upstream = await thirdParty((request, response) => void pipeline(request, response))
    const chunk = randomBytes(65_536)
    const chunks = 1_024
    let produced = 0
    const source = Readable.from(
      (async function* () {
        for (; produced < chunks; produced += 1) yield chunk
      })(),
      { objectMode: false },
    )
    const { body } = await call(upstream, { method: 'POST', body: source })
    await once(body, 'readable')
    await wait(300)
    // What is under way lies in the kernel's socket buffers: some megabytes on four sockets.
    expect(produced).toBeLessThan(chunks / 2)

    const received = createHash('sha256')
    let bytes = 0
    for await (const part of body) {
      received.update(part)
      bytes += part.length
    }
    const sent = createHash('sha256')
    for (let index = 0; index < chunks; index += 1) sent.update(chunk)
    expect(bytes).toBe(chunk.length * chunks)
    expect(received.digest('hex')).toBe(sent.digest('hex'))
  }, 20_000)

  it('keeps a length that the caller gave', async () => {
    const upstream = await thirdParty(async (request, response) => {
      const length = request.headers['content-length']
      response.end(`${length} ${request.headers['transfer-encoding']} ${await text(request)}`)
    })
    const { body } = await call(upstream, {
      method: 'PUT',
      headers: { 'content-length': '5' },
      body: Readable.from([Buffer.from('hel'), Buffer.from('lo')]),
    })
    expect(await text(body)).toBe('5 undefined hello')
  })

  it('lets a slow upload go on for longer than the timeout as long as it goes on', async () => {
    const upstream = await thirdParty(async (request, response) => response.end(await text(request)))
    const body = Readable.from(
      (async function* () {
        for (let index = 0; index < 6; index += 1) {
          await wait(60)
          yield Buffer.from(String(index))
        }
      })(),
    )
    const answer = await call(upstream, { method: 'POST', body, timeoutMs: 200 })
    expect(await text(answer.body)).toBe('012345')
  })
})

describe('forward ends the call', () => {
  it('at the third party when the caller goes away before the headers', async () => {
    const closed = Promise.withResolvers<void>()
    const upstream = await thirdParty((request) => request.socket.on('close', () => closed.resolve()))
    const abort = new AbortController()
    const run = call(upstream, { signal: abort.signal })
    await expect.poll(() => upstream.count).toBe(1)
    abort.abort()
    await expect(run).rejects.toMatchObject({ code: 'client_closed', status: 499 })
    await closed.promise
    expect(upstream.count).toBe(1)
  })

  it('at the third party when the caller goes away within the body', async () => {
    const closed = Promise.withResolvers<void>()
    const upstream = await thirdParty((request, response) => {
      response.write('begin')
      request.socket.on('close', () => closed.resolve())
    })
    const abort = new AbortController()
    const { body } = await call(upstream, { signal: abort.signal })
    abort.abort()
    await expect(text(body)).rejects.toMatchObject({ code: 'client_closed' })
    await closed.promise
  })

  it('at the third party when the body is given up', async () => {
    const closed = Promise.withResolvers<void>()
    const upstream = await thirdParty((request, response) => {
      response.write('begin')
      request.socket.on('close', () => closed.resolve())
    })
    const { body } = await call(upstream)
    body.destroy()
    await closed.promise
  })

  it('without asking anybody when the caller is gone already, and leaves no listener on its signal', async () => {
    const upstream = await thirdParty((_request, response) => response.end('x'))
    await expect(call(upstream, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'client_closed' })
    expect(upstream.count).toBe(0)

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
    await text((await call(upstream, { signal })).body)
    expect(listeners).toBe(0)
  })

  it('when it still waits for a connection', async () => {
    const narrow = createAgent({ allowedPrivateNetworks: ['127.0.0.1'], connectionsPerOrigin: 1 })
    onTestFinished(() => narrow.destroy())
    const upstream = await thirdParty(() => {})
    const first = call(upstream, { agent: narrow, timeoutMs: 400 })
    await expect(call(upstream, { agent: narrow, timeoutMs: 100 })).rejects.toMatchObject({ code: 'provider_timeout' })
    await expect(first).rejects.toMatchObject({ code: 'provider_timeout' })
    expect(upstream.count).toBe(1)
  })

  it('when the caller breaks off its upload, and the caller is told from the third party', async () => {
    const closed = Promise.withResolvers<void>()
    const upstream = await thirdParty((request) => request.resume().on('close', () => closed.resolve()))
    const outcome = Promise.withResolvers<unknown>()
    const gateway = await thirdParty((request) => {
      call(upstream, { method: 'POST', headers: requestHeaders(request.headers), body: request }).catch(outcome.resolve)
    })
    const client = httpRequest(gateway.origin, { method: 'POST' })
    client.on('error', () => {})
    client.write('begin')
    await expect.poll(() => upstream.count).toBe(1)
    client.destroy()
    expect(await outcome.promise).toMatchObject({ code: 'client_closed' })
    await closed.promise
  })
})

describe('forward reports', () => {
  it('a refused connection, after three attempts', async () => {
    const gone = await startLocalServer(() => {})
    await gone.close()
    const reasons: string[] = []
    const run = call(gone, { onRetry: (attempt, reason) => reasons.push(`${attempt} ${reason}`) })
    await expect(run).rejects.toMatchObject({
      code: 'provider_unreachable',
      status: 502,
      retryable: true,
      details: { reason: 'ECONNREFUSED' },
    })
    expect(reasons).toEqual(['1 ECONNREFUSED', '2 ECONNREFUSED'])
  })

  it('headers that do not come in time, once', async () => {
    const upstream = await thirdParty(() => {})
    const started = performance.now()
    await expect(call(upstream, { timeoutMs: 150 })).rejects.toMatchObject({ code: 'provider_timeout', status: 504 })
    expect(performance.now() - started).toBeLessThan(600)
    expect(upstream.count).toBe(1)
  })

  it('a body that stalls', async () => {
    const upstream = await thirdParty((_request, response) => void response.write('begin'))
    const { body } = await call(upstream, { timeoutMs: 200 })
    await expect(text(body)).rejects.toMatchObject({ code: 'provider_timeout' })
  })

  it('a reset within the body, without a second attempt', async () => {
    const upstream = await thirdParty((request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half')
      setTimeout(() => request.socket.resetAndDestroy(), 30)
    })
    const { body } = await call(upstream)
    await expect(text(body)).rejects.toMatchObject({ code: 'provider_unreachable' })
    expect(upstream.count).toBe(1)
  })

  it('a reset within a body nobody reads yet, without an uncaught error', async () => {
    const upstream = await thirdParty((request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half')
      setTimeout(() => request.socket.resetAndDestroy(), 10)
    })
    const { body } = await call(upstream)
    await expect.poll(() => body.destroyed).toBe(true)
    expect(body.errored).toMatchObject({ code: 'provider_unreachable' })
  })

  it('a third party that breaks off an upload, on a connection that can still be answered', async () => {
    const upstream = await thirdParty((request) => void request.once('data', () => request.socket.resetAndDestroy()))
    const gateway = await thirdParty((request, response) => {
      call(upstream, { method: 'POST', headers: requestHeaders(request.headers), body: request }).catch((error) =>
        response.writeHead(error.status).end(error.code),
      )
    })
    const client = httpRequest(gateway.origin, { method: 'POST' })
    client.write('begin')
    const [response] = (await once(client, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(502)
    expect(await text(response)).toBe('provider_unreachable')
    client.destroy()
  })

  it('an answer that is no HTTP', async () => {
    const upstream = await thirdParty((request) => void request.socket.end('SSH-2.0-OpenSSH\r\n'))
    await expect(call(upstream)).rejects.toMatchObject({ code: 'provider_unreachable' })
  })
})

describe('forward tries again', () => {
  it('after 429, 502, 503, 504 and a reset, for every idempotent method', async () => {
    for (const status of [429, 502, 503, 504]) {
      const upstream = await thirdParty(failing(2, (_request, response) => response.writeHead(status).end('no')))
      const reasons: string[] = []
      const answer = await call(upstream, { onRetry: (_attempt, reason) => reasons.push(reason) })
      expect(answer).toMatchObject({ status: 200, attempts: 3 })
      expect(await text(answer.body)).toBe('done')
      expect(reasons).toEqual([`status ${status}`, `status ${status}`])
    }
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
      const upstream = await thirdParty(failing(1, (request) => request.socket.resetAndDestroy()))
      expect(await call(upstream, { method, body: method === 'PUT' ? Buffer.from('b') : null }), method).toMatchObject({
        status: 200,
        attempts: 2,
      })
    }
  })

  it('never for a POST or PATCH, unless it carries the third party’s idempotency key', async () => {
    for (const method of ['POST', 'PATCH']) {
      const body = Buffer.from('charge')
      const busy = await thirdParty(failing(1, unavailable))
      expect(await call(busy, { method, body })).toMatchObject({ status: 503, attempts: 1 })
      const idempotencyHeader = 'Idempotency-Key'
      const without = await thirdParty(failing(1, unavailable))
      expect(await call(without, { method, body, idempotencyHeader })).toMatchObject({ status: 503, attempts: 1 })
      const broken = await thirdParty(failing(1, (request) => request.socket.resetAndDestroy()))
      await expect(call(broken, { method, body })).rejects.toMatchObject({ code: 'provider_unreachable' })
      expect(broken.count).toBe(1)
      const keyed = await thirdParty(failing(1, unavailable))
      const headers = { 'idempotency-key': 'k' }
      expect(await call(keyed, { method, body, headers, idempotencyHeader })).toMatchObject({
        status: 200,
        attempts: 2,
      })
    }
  })

  it('for a POST that its caller calls repeatable', async () => {
    const busy = await thirdParty(failing(1, unavailable))
    const query = { method: 'POST', body: Buffer.from('query'), repeatable: true }
    expect(await call(busy, query)).toMatchObject({ status: 200, attempts: 2 })
  })

  it('sends a Buffer again in full, and a stream never', async () => {
    const bodies: string[] = []
    const listener = failing(1, unavailable)
    const upstream = await thirdParty(async (request, response, count) => {
      bodies.push(await text(request))
      listener(request, response, count)
    })
    expect(await call(upstream, { method: 'PUT', body: Buffer.from('whole') })).toMatchObject({ attempts: 2 })
    expect(bodies).toEqual(['whole', 'whole'])

    const once = await thirdParty(failing(1, unavailable))
    const body = Readable.from([Buffer.from('stream')])
    expect(await call(once, { method: 'PUT', body })).toMatchObject({ status: 503, attempts: 1 })
  })

  it('at most three times, and then passes on what it got', async () => {
    const upstream = await thirdParty((_request, response, count) => response.writeHead(503).end(`no ${count}`))
    const answer = await call(upstream)
    expect(answer).toMatchObject({ status: 503, attempts: 3 })
    expect(await text(answer.body)).toBe('no 3')
  })

  it('after as long as Retry-After says, in seconds or as a date', async () => {
    const seconds = await thirdParty(failing(1, (_, response) => response.writeHead(429, { 'retry-after': '1' }).end()))
    let started = performance.now()
    expect(await call(seconds)).toMatchObject({ status: 200 })
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)

    const date = await thirdParty(
      failing(1, (_, response) => {
        // A date has whole seconds: two ahead are more than one away.
        response.writeHead(503, { 'retry-after': new Date(Date.now() + 2_000).toUTCString() }).end()
      }),
    )
    started = performance.now()
    expect(await call(date, { timeoutMs: 5_000 })).toMatchObject({ status: 200 })
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  }, 10_000)

  it('not when Retry-After is longer than ten seconds, or than the time that is left', async () => {
    for (const [retryAfter, timeoutMs] of [
      ['11', 30_000],
      ['3', 1_000],
    ] as const) {
      const upstream = await thirdParty((_, response) => response.writeHead(429, { 'retry-after': retryAfter }).end())
      const answer = await call(upstream, { timeoutMs })
      expect(answer).toMatchObject({ status: 429, attempts: 1, headers: { 'retry-after': retryAfter } })
    }
  })

  it('not after other statuses', async () => {
    for (const status of [400, 401, 408, 500, 501]) {
      const upstream = await thirdParty(failing(1, (_, response) => response.writeHead(status).end()))
      expect(await call(upstream)).toMatchObject({ status, attempts: 1 })
    }
  })

  it('not once the caller is gone', async () => {
    const upstream = await thirdParty(failing(1, unavailable))
    const abort = new AbortController()
    await expect(call(upstream, { signal: abort.signal, onRetry: () => abort.abort() })).rejects.toMatchObject({
      code: 'client_closed',
    })
    await wait(300)
    expect(upstream.count).toBe(1)
  })

  it('on the same connection after a small answer, and closes it under a large one', async () => {
    for (const [bytes, sameConnection] of [
      [10_000, true],
      [5_000_000, false],
    ] as const) {
      const ports = new Set<number | undefined>()
      const listener = failing(1, (_, response) => response.writeHead(503).end(Buffer.alloc(bytes)))
      const upstream = await thirdParty((request, response, count) => {
        ports.add(request.socket.remotePort)
        listener(request, response, count)
      })
      const narrow = createAgent({ allowedPrivateNetworks: ['127.0.0.1'], connectionsPerOrigin: 1 })
      onTestFinished(() => narrow.destroy())
      expect(await call(upstream, { agent: narrow })).toMatchObject({ status: 200, attempts: 2 })
      expect(ports.size).toBe(sameConnection ? 1 : 2)
    }
  })
})
