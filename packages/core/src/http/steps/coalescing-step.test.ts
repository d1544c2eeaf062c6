import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startLocalServer } from '../../testing/local-server.ts'
import { createAgent } from '../agent.ts'
import { createFetch } from '../create-fetch.ts'

const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
afterAll(() => agent.destroy())

async function start(listener: (request: IncomingMessage, response: ServerResponse) => unknown) {
  let count = 0
  const server = await startLocalServer(async (request, response) => {
    count += 1
    await wait(50)
    listener(request, response)
  })
  onTestFinished(() => server.close())
  return { origin: server.origin, count: () => count }
}

const coalescing = () => createFetch({ agent, coalesce: true, retryConfig: false })

describe('coalescing', () => {
  it('makes one request of identical GETs under way at once; each caller has an answer of its own', async () => {
    const upstream = await start((_request, response) => response.setHeader('x-a', '1').end('{"n":1}'))
    const ours = coalescing()
    const responses = await Promise.all(Array.from({ length: 5 }, () => ours(upstream.origin)))
    expect(upstream.count()).toBe(1)
    responses[0]?.headers.set('x-a', 'changed')
    for (const [index, response] of responses.entries()) {
      expect(await response.json()).toEqual({ n: 1 })
      if (index > 0) expect(response.headers.get('x-a')).toBe('1')
    }
    expect(await (await ours(upstream.origin)).json()).toEqual({ n: 1 })
    expect(upstream.count()).toBe(2)
  })

  it('never across credentials, in whatever field they travel, nor across methods or bodies', async () => {
    const upstream = await start((request, response) => response.end(JSON.stringify(request.headers)))
    const ours = coalescing()
    const variants: RequestInit[] = [
      {},
      { headers: { authorization: 'Bearer a' } },
      { headers: { authorization: 'Bearer b' } },
      { headers: { cookie: 'a' } },
      { headers: { 'x-api-key': 'a' } },
      { headers: { 'x-api-key': 'b' } },
      { headers: { 'private-token': 'a' } },
      { headers: { 'x-unheard-of': 'a' } },
      { method: 'POST', body: 'a' },
      { method: 'POST', body: 'a' },
    ]
    await Promise.all(variants.map((init) => ours(upstream.origin, init)))
    expect(upstream.count()).toBe(variants.length)
  })

  it('lets a caller leave without taking the answer from the others, and ends when all have left', async () => {
    let closed = 0
    const upstream = await start((request, response) => {
      request.socket.once('close', () => {
        closed += 1
      })
      if (request.url === '/never') return
      response.end('answer')
    })
    const ours = coalescing()
    const first = new AbortController()
    const leaving = ours(upstream.origin, { signal: first.signal })
    const staying = ours(upstream.origin)
    first.abort(new Error('left'))
    await expect(leaving).rejects.toThrow('left')
    expect(await (await staying).text()).toBe('answer')
    expect(upstream.count()).toBe(1)

    const both = new AbortController()
    const gone = [1, 2].map(() => ours(`${upstream.origin}/never`, { signal: both.signal }))
    await wait(80)
    both.abort(new Error('left'))
    for (const run of gone) await expect(run).rejects.toThrow('left')
    await expect.poll(() => closed).toBe(1)
  })

  it('shares a failure, and asks anew for an answer that is too large to keep', async () => {
    const upstream = await start((request, response) => {
      if (request.url === '/reset') request.socket.resetAndDestroy()
      else response.end(Buffer.alloc(3_000_000, 'x'))
    })
    const ours = coalescing()
    const failed = await Promise.allSettled([1, 2, 3].map(() => ours(`${upstream.origin}/reset`)))
    for (const outcome of failed) expect(outcome).toMatchObject({ reason: { code: 'provider_unreachable' } })
    expect(upstream.count()).toBe(1)
    const large = await Promise.all([1, 2, 3].map(() => ours(upstream.origin)))
    for (const response of large) expect((await response.text()).length).toBe(3_000_000)
    expect(upstream.count()).toBe(4)
  })
})
