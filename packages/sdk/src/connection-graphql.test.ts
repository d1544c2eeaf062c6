import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { createKoble, GraphqlPageError, KobleApiError } from './koble.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

interface Asked {
  url: string | undefined
  body: { query?: string; operation?: string; variables?: Record<string, unknown>; transport?: string }
}

/** Koble's GraphQL routes, as far as a test needs them. */
async function start(reply: (asked: Asked, response: ServerResponse) => void) {
  const asked: Asked[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const call = { url: request.url, body: (await json(request)) as Asked['body'] }
    asked.push(call)
    reply(call, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { asked, graphql: createKoble({ baseUrl, apiKey: 'key' }).graphql('the-id') }
}

function send(response: ServerResponse, data: unknown, errors: object[] = []): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ data, errors, extensions: null, status: 200, duration: 1, validated: true }))
}

const page = (nodes: unknown, endCursor: string | null) => ({
  viewer: { things: { nodes, pageInfo: { hasNextPage: endCursor !== null, endCursor } } },
})

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

test('sends a document, or the name of one that is kept, with its variables and options', async () => {
  const { asked, graphql } = await start((_asked, response) => send(response, { a: 1 }))
  const answer = await graphql.request<{ a: number }>(
    'query ($b: Int) { a }',
    { b: 2 },
    { timeout: 5, validate: false },
  )
  expect(answer.data?.a).toBe(1)
  await graphql.operation('Kept', { b: 3 })
  expect(asked).toEqual([
    {
      url: '/api/connections/the-id/graphql',
      body: { query: 'query ($b: Int) { a }', variables: { b: 2 }, timeout: 5, validate: false },
    },
    { url: '/api/connections/the-id/graphql', body: { operation: 'Kept', variables: { b: 3 } } },
  ])
})

describe('a list', () => {
  const path = 'viewer.things'

  test('is read to its end, page by page', async () => {
    const pages = [page([1, 2], 'x'), page([3], 'y'), page([], null)]
    const { asked, graphql } = await start((_asked, response) => send(response, pages.shift()))
    expect(await collect(graphql.paginate('q', { path, pageSize: 2, variables: { of: 'me' } }))).toEqual([1, 2, 3])
    expect(asked.map(({ body }) => body.variables)).toEqual([
      { of: 'me', first: 2, after: null },
      { of: 'me', first: 2, after: 'x' },
      { of: 'me', first: 2, after: 'y' },
    ])
  })

  test('may have edges in place of nodes', async () => {
    const things = { edges: [{ node: 1 }, { node: 2 }], pageInfo: { hasNextPage: false } }
    const { graphql } = await start((_asked, response) => send(response, { viewer: { things } }))
    expect(await collect(graphql.paginate('q', { path }))).toEqual([1, 2])
  })

  test.each([
    ['a cursor that does not move', [page([1], 'x'), page([2], 'x'), page([3], 'x')], 2],
    ['a next page without a cursor', [{ viewer: { things: { nodes: [1], pageInfo: { hasNextPage: true } } } }], 1],
    ['no list where one was named', [{ viewer: null }], 1],
    ['more pages than allowed', [page([1], 'a'), page([2], 'b'), page([3], 'c'), page([4], 'd')], 3],
  ])('fails on %s', async (_title, pages, calls) => {
    const { asked, graphql } = await start((_asked, response) => send(response, pages.shift()))
    await expect(collect(graphql.paginate('q', { path, maxPages: 3 }))).rejects.toThrow(GraphqlPageError)
    expect(asked).toHaveLength(calls)
  })

  test('does not take a page with errors for a whole one', async () => {
    const { graphql } = await start((_asked, response) => send(response, page([1], null), [{ message: 'Half of it' }]))
    await expect(collect(graphql.paginate('q', { path }))).rejects.toMatchObject({
      message: 'Half of it',
      answer: { data: page([1], null) },
    })
  })
})

describe('a subscription', () => {
  const next = (tick: number) => `event: next\ndata: {"data":{"tick":${tick}}}\n\n`

  test('gives each result until it is complete, and tells of gaps', async () => {
    const { asked, graphql } = await start((_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`: subscribed\n\n${next(1)}event: reconnected\ndata: {}\n\n${next(2)}event: complete\ndata: {}\n\n`)
    })
    let gaps = 0
    const onReconnected = () => {
      gaps += 1
    }
    const results = await collect(graphql.subscribe('s', { variables: { a: 1 }, transport: 'sse', onReconnected }))
    expect(results).toEqual([{ data: { tick: 1 } }, { data: { tick: 2 } }])
    expect(gaps).toBe(1)
    expect(asked[0]).toEqual({
      url: '/api/connections/the-id/graphql/subscriptions',
      body: { query: 's', variables: { a: 1 }, transport: 'sse' },
    })
  })

  test('that cannot go on, or breaks off, rejects', async () => {
    const problem = JSON.stringify({ type: 't', title: 'No', status: 502, code: 'provider_unreachable' })
    const failing = await start((_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`${next(1)}event: error\ndata: ${problem}\n\n`)
    })
    await expect(collect(failing.graphql.subscribe('s'))).rejects.toMatchObject({ code: 'provider_unreachable' })
    const broken = await start((_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(next(1))
    })
    await expect(collect(broken.graphql.subscribe('s'))).rejects.toBeInstanceOf(KobleApiError)
  })

  test('ends at Koble when the loop is left, and without an error when the signal aborts', async () => {
    let closed = 0
    const { graphql } = await start((_asked, response) => {
      response.on('close', () => {
        closed += 1
      })
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(next(1))
    })
    for await (const _result of graphql.subscribe('s')) break
    await expect.poll(() => closed).toBe(1)
    const stop = new AbortController()
    for await (const _result of graphql.subscribe('s', { signal: stop.signal })) stop.abort()
    await expect.poll(() => closed).toBe(2)
  })
})
