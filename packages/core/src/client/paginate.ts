import { malformedFailure } from '../http/call-failure.ts'
import type { HttpClient, HttpRequest, HttpResult } from '../http/http-client.ts'
import { parseLinkHeader } from './parse-link-header.ts'

/** How a third party names the next page. Paths are names with dots between: `meta.next_cursor`. */
export type Pagination =
  /** `Link: <…>; rel="next"` (RFC 8288), as GitHub and many others have it. */
  | { type: 'link' }
  /** The answer holds the address of the next page: OData's `@odata.nextLink` unless `next` says where. */
  | { type: 'next_link'; next?: string }
  /** The answer holds a cursor at the path `cursor`, to be sent as the parameter `parameter`. */
  | { type: 'cursor'; cursor: string; parameter: string }
  /** The position of the first item is sent; a page that is not full is the last. */
  | { type: 'offset'; parameter: string; limitParameter: string; limit: number }
  /** The number of the page is sent, from `first` (1 unless said otherwise) on; a page that is not full is the last. */
  | { type: 'page'; parameter: string; first?: number; sizeParameter: string; size: number }

/** How `paginate` goes through the pages, and when it stops. */
export interface PaginateOptions {
  pagination: Pagination
  /** Where the items are in an answer; without it the answer is the list. */
  items?: string
  /** Ends the iteration after so many items. */
  maxItems?: number
  /** A third party that names more pages than this goes on for ever: 1,000 unless said otherwise. */
  maxPages?: number
}

/**
 * Goes through all pages of a list, one request at a time and only as fast as its items are taken. Rejects as the
 * client does, and with `KobleError('provider_malformed')` when a page has no list, names itself or an earlier page as
 * the next one, names another origin (which must not see the credentials), or when there are too many pages: an end
 * that is silently too early would be a loss.
 */
export async function* paginate<Item = unknown>(
  http: Pick<HttpClient, 'request'>,
  request: HttpRequest,
  options: PaginateOptions,
): AsyncGenerator<Item, void, undefined> {
  const { pagination, maxPages = 1_000, maxItems = Number.POSITIVE_INFINITY } = options
  const seen = new Set<string>()
  let next: HttpRequest | undefined = firstPage(request, pagination)
  let taken = 0
  for (let page = 1; next !== undefined; page += 1) {
    if (page > maxPages) throw malformedFailure('too_many_pages')
    const current: HttpRequest = next
    const result: HttpResult<unknown> = await http.request(current)
    const items = itemsOf<Item>(result.data, options.items)
    for (const item of items) {
      if (taken === maxItems) return
      taken += 1
      yield item
    }
    if (taken === maxItems) return
    next = nextPage(current, result, items.length, pagination)
    if (next === undefined) return
    const mark = JSON.stringify([next.url, next.params])
    if (seen.has(mark)) throw malformedFailure('page_repeated')
    seen.add(mark)
  }
}

function firstPage(request: HttpRequest, pagination: Pagination): HttpRequest {
  if (pagination.type === 'offset') {
    const { parameter, limitParameter, limit } = pagination
    return withParams(request, { [parameter]: 0, [limitParameter]: limit })
  }
  if (pagination.type === 'page') {
    const { parameter, first = 1, sizeParameter, size } = pagination
    return withParams(request, { [parameter]: first, [sizeParameter]: size })
  }
  return request
}

function nextPage(
  current: HttpRequest,
  result: HttpResult<unknown>,
  count: number,
  pagination: Pagination,
): HttpRequest | undefined {
  switch (pagination.type) {
    case 'link':
      return follow(current, result, parseLinkHeader(result.headers.get('link') ?? '')['next'])
    case 'next_link': {
      const data = result.data as Record<string, unknown> | null
      return follow(
        current,
        result,
        pagination.next === undefined ? data?.['@odata.nextLink'] : at(data, pagination.next),
      )
    }
    case 'cursor': {
      const cursor = at(result.data, pagination.cursor)
      if (cursor === undefined || cursor === null || cursor === '' || cursor === false) return undefined
      return withParams(current, { [pagination.parameter]: String(cursor) })
    }
    case 'offset': {
      if (count < pagination.limit) return undefined
      return withParams(current, { [pagination.parameter]: Number(current.params?.[pagination.parameter]) + count })
    }
    case 'page':
      if (count < pagination.size) return undefined
      return withParams(current, { [pagination.parameter]: Number(current.params?.[pagination.parameter]) + 1 })
  }
}

/** The address of the next page has all its parameters in it. */
function follow(current: HttpRequest, result: HttpResult<unknown>, next: unknown): HttpRequest | undefined {
  if (next === undefined || next === null || next === '') return undefined
  if (typeof next !== 'string' || !URL.canParse(next, result.url)) throw malformedFailure('next_page_invalid')
  const url = new URL(next, result.url)
  if (url.origin !== new URL(result.url).origin) throw malformedFailure('next_page_elsewhere')
  return { ...current, url: url.href, params: undefined }
}

function withParams(request: HttpRequest, params: Record<string, string | number>): HttpRequest {
  return { ...request, params: { ...request.params, ...params } }
}

function itemsOf<Item>(data: unknown, path: string | undefined): Item[] {
  const items = path === undefined ? data : at(data, path)
  if (!Array.isArray(items)) throw malformedFailure('page_without_items')
  return items
}

function at(data: unknown, path: string): unknown {
  let value = data
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
