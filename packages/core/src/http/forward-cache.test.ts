import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startLocalServer } from '../testing/local-server.ts'
import { createAgent } from './agent.ts'
import { forward } from './forward.ts'
import { type CacheRule, ForwardCache, type ForwardCacheOptions } from './forward-cache.ts'
import type { HeaderFields } from './headers.ts'

const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
afterAll(() => agent.destroy())

type Listener = (request: IncomingMessage, response: ServerResponse, count: number) => unknown

async function start(listener: Listener, options?: ForwardCacheOptions) {
  const requests: IncomingMessage[] = []
  const server = await startLocalServer((request, response) => listener(request, response, requests.push(request)))
  onTestFinished(() => server.close())
  const cache = new ForwardCache(options)
  const get = async (
    path: string,
    { headers = {}, method = 'GET', ...rule }: Partial<CacheRule> & { headers?: HeaderFields; method?: string } = {},
  ) => {
    const url = new URL(path, server.origin)
    const asked = { url, method, headers, timeoutMs: 5_000 }
    const answer = await cache.fetch(asked, { ...ruleOf('a'), ...rule }, (sent) =>
      forward({ agent, url, method, body: null, ...sent }),
    )
    return { ...answer, text: await text(answer.body) }
  }
  return { cache, get, requests, origin: server.origin }
}

const ruleOf = (partition: string): CacheRule => ({ group: 'g', partition, covers: ['authorization'] })
const fresh: Listener = (_request, response, count) =>
  response.setHeader('cache-control', 'private, max-age=60').end(`answer ${count}`)

describe('the cache before forward', () => {
  it('keeps an answer for its partition through renewed credentials, and for no other partition', async () => {
    const { get, requests } = await start(fresh)
    const as = (token: string) => ({ headers: { authorization: token } })
    expect(await get('/', as('old'))).toMatchObject({ cache: 'miss', text: 'answer 1' })
    expect(await get('/', as('renewed'))).toMatchObject({ cache: 'hit', text: 'answer 1' })
    expect(await get('/', { ...as('old'), partition: 'b' })).toMatchObject({ cache: 'miss', text: 'answer 2' })
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['old', 'old'])
    expect(Object.keys(requests[0]?.headers ?? {}).filter((name) => name.startsWith('koble'))).toEqual([])
  })

  it('tells variants of a request apart, and leaves the answer’s own Vary as it was', async () => {
    const { get } = await start((_request, response, count) => {
      if (count === 1) response.setHeader('vary', 'accept-language')
      response.setHeader('cache-control', 'max-age=60').end(String(count))
    })
    expect((await get('/')).headers.vary).toBe('accept-language')
    expect((await get('/')).headers.vary).toBe('accept-language')
    const other = await get('/', { headers: { 'stripe-account': 'acct_2' } })
    expect(other).toMatchObject({ cache: 'miss', text: '2' })
    expect(other.headers.vary).toBeUndefined()
    expect(await get('/', { headers: { 'stripe-account': 'acct_2' } })).toMatchObject({ cache: 'hit', text: '2' })
    expect(await get('/', { headers: { 'accept-language': 'nb' } })).toMatchObject({ cache: 'miss', text: '3' })
  })

  it('forgets every variant of an address that was written to, and those that the answer names', async () => {
    const { get, cache, origin } = await start(fresh)
    const variant = { headers: { 'stripe-account': 'acct_2' } }
    for (const path of ['/a', '/b', '/c']) await get(path, variant)
    cache.invalidate(ruleOf('b'), new URL('/a', origin), { status: 200, headers: {} })
    cache.invalidate(ruleOf('a'), new URL('/a', origin), { status: 500, headers: {} })
    expect((await get('/a', variant)).cache).toBe('hit')
    cache.invalidate(ruleOf('a'), new URL('/a', origin), { status: 201, headers: { location: '/b' } })
    const states = await Promise.all(['/a', '/b', '/c'].map(async (path) => (await get(path, variant)).cache))
    expect(states).toEqual(['miss', 'miss', 'hit'])
  })

  it('keeps what does not say how long it is fresh for the time that was set, and not at all without one', async () => {
    const { get } = await start((_request, response, count) => response.end(String(count)))
    expect([(await get('/plain')).cache, (await get('/plain')).cache]).toEqual(['miss', 'miss'])
    const rule = { defaultTtlMs: 60_000, group: 'other' }
    expect([(await get('/', rule)).cache, (await get('/', rule)).cache]).toEqual(['miss', 'hit'])
    const short = { defaultTtlMs: 20, group: 'short' }
    expect((await get('/', short)).cache).toBe('miss')
    await sleep(40)
    expect((await get('/', short)).cache).toBe('miss')
  })

  it('asks again when told to refresh, and says when nothing has changed', async () => {
    const { get } = await start((request, response) => {
      response.setHeader('cache-control', 'max-age=60').setHeader('etag', '"1"')
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end()
      else response.end('whole')
    })
    await get('/')
    expect(await get('/', { refresh: true })).toMatchObject({ cache: 'revalidated', status: 200, text: 'whole' })
    expect((await get('/')).cache).toBe('hit')
  })

  it('makes one request of identical ones at the same time, and never across partitions', async () => {
    const { get, requests } = await start(async (_request, response, count) => {
      await sleep(100)
      response.end(String(count))
    })
    const answers = await Promise.all([get('/'), get('/'), get('/'), get('/', { partition: 'b' })])
    expect(requests).toHaveLength(2)
    expect(answers.map(({ cache }) => cache)).toEqual(['miss', 'coalesced', 'coalesced', 'miss'])
    expect(new Set(answers.slice(0, 3).map((answer) => answer.text)).size).toBe(1)
  })

  it('does not hold back answers without an end, even when several ask for them', async () => {
    const { cache, origin } = await start((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      request.socket.on('close', () => response.end())
    })
    const url = new URL('/', origin)
    const open = () =>
      cache.fetch({ url, method: 'GET', headers: {}, timeoutMs: 5_000 }, ruleOf('a'), (sent) =>
        forward({ agent, url, method: 'GET', body: null, ...sent }),
      )
    const answers = await Promise.all([open(), open()])
    for (const { body } of answers) {
      for await (const chunk of body) {
        expect(String(chunk)).toBe('data: 1\n\n')
        break
      }
    }
  })

  it('keeps within its memory over all groups, and lets large answers pass by', async () => {
    const { get, cache } = await start(
      (request, response) =>
        response.setHeader('cache-control', 'max-age=60').end(Buffer.alloc(request.url === '/large' ? 50_000 : 8_000)),
      { maxBytes: 20_000, maxEntryBytes: 10_000 },
    )
    expect((await get('/large')).text).toHaveLength(50_000)
    expect((await get('/large')).cache).toBe('miss')
    for (const group of ['1', '2', '3', '4']) await get('/', { group })
    expect(['1', '4'].map((group) => cache.holds(group))).toEqual([false, true])
    expect((await get('/', { group: '4' })).cache).toBe('hit')
  })

  it('keeps no more answers of a group than it may', async () => {
    const { get, requests } = await start(fresh)
    for (let index = 0; index < 10; index += 1) await get(`/${index}`, { maxEntries: 4 })
    for (let index = 0; index < 10; index += 1) await get(`/${index}`, { maxEntries: 4 })
    expect(requests.length).toBeGreaterThan(14)
  })
})
