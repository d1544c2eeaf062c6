import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpClient, type HttpClient, type HttpRequest } from '../http/http-client.ts'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { type PaginateOptions, paginate } from './paginate.ts'

/** A list of ten items, in pages of three, under every way of naming the next page. */
const all = Array.from({ length: 10 }, (_, id) => ({ id }))
let upstream: LocalServer
let http: HttpClient
let requests = 0

beforeAll(async () => {
  upstream = await startLocalServer((request, response) => {
    requests += 1
    const url = new URL(request.url ?? '/', upstream.origin)
    const number = (name: string, otherwise: number) => Number(url.searchParams.get(name) ?? otherwise)
    const json = (data: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(data))
    const from = number('from', 0)
    const next = from + 3 < all.length ? `${upstream.origin}${url.pathname}?filter=x&from=${from + 3}` : undefined
    const slice = all.slice(from, from + 3)
    switch (url.pathname) {
      case '/link':
        if (next !== undefined)
          response.setHeader('link', `<${next}>; rel="next", <${upstream.origin}/link>; rel="first"`)
        return json(slice)
      case '/odata':
        return json({ value: slice, '@odata.nextLink': next })
      case '/cursor':
        return json({ data: slice, meta: { cursor: next === undefined ? null : String(from + 3) } })
      case '/offset':
        return json({ items: all.slice(number('skip', -1), number('skip', -1) + number('top', -1)) })
      case '/page': {
        const size = number('size', -1)
        return json(all.slice((number('page', -1) - 1) * size, number('page', -1) * size))
      }
      case '/loop':
        return json({ value: slice, '@odata.nextLink': `${upstream.origin}/loop` })
      case '/endless':
        return json({ value: slice, '@odata.nextLink': `${upstream.origin}/endless?from=0&n=${requests}` })
      case '/elsewhere':
        return json({ value: slice, '@odata.nextLink': 'https://evil.example/' })
      default:
        return json({ oops: true })
    }
  })
  http = createHttpClient({ baseURL: upstream.origin, allowedPrivateNetworks: ['127.0.0.1'], retryConfig: false })
})
afterAll(() => upstream.close())

async function collect(request: HttpRequest, options: PaginateOptions): Promise<unknown[]> {
  requests = 0
  const items: unknown[] = []
  for await (const item of paginate(http, request, options)) items.push(item)
  return items
}

describe('pagination', () => {
  it('goes through all pages, by link header, next link, cursor, offset and page number', async () => {
    const ways: [string, PaginateOptions][] = [
      ['/link', { pagination: { type: 'link' } }],
      ['/odata', { pagination: { type: 'next_link' }, items: 'value' }],
      ['/cursor', { pagination: { type: 'cursor', cursor: 'meta.cursor', parameter: 'from' }, items: 'data' }],
      [
        '/offset',
        { pagination: { type: 'offset', parameter: 'skip', limitParameter: 'top', limit: 3 }, items: 'items' },
      ],
      ['/page', { pagination: { type: 'page', parameter: 'page', sizeParameter: 'size', size: 3 } }],
    ]
    for (const [url, options] of ways) {
      expect(await collect({ url, params: { filter: 'x' } }, options), url).toEqual(all)
      expect(requests, url).toBe(4)
    }
    expect(
      await collect(
        { url: '/page' },
        { pagination: { type: 'page', parameter: 'page', sizeParameter: 'size', size: 5 } },
      ),
    ).toEqual(all)
  })

  it('asks for no page that nobody wants', async () => {
    expect(await collect({ url: '/link' }, { pagination: { type: 'link' }, maxItems: 3 })).toHaveLength(3)
    expect(requests).toBe(1)
    requests = 0
    for await (const _ of paginate(http, { url: '/link' }, { pagination: { type: 'link' } })) break
    expect(requests).toBe(1)
  })

  it('fails rather than go on for ever, in circles, to another origin, or past a page that is none', async () => {
    for (const [url, reason] of [
      ['/loop', 'page_repeated'],
      ['/endless', 'too_many_pages'],
      ['/elsewhere', 'next_page_elsewhere'],
      ['/nothing', 'page_without_items'],
    ]) {
      const run = collect({ url: url as string }, { pagination: { type: 'next_link' }, items: 'value', maxPages: 20 })
      await expect(run, url).rejects.toMatchObject({ code: 'provider_malformed', details: { reason } })
    }
  })
})
