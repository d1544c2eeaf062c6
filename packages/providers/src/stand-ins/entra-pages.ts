import { type EntraStandInUser, graphError } from './entra-tenant.ts'
import type { StandInReply, StandInRequest } from './stand-in.ts'

type Item = { id: string } & Record<string, unknown>

/** A page of a list, and where the next one is; what searches needs its header. */
export function graphPage(
  origin: string,
  { query, headers, target }: StandInRequest,
  items: readonly Item[],
): StandInReply {
  const isAdvanced = query.has('$search') || query.get('$count') === 'true'
  if (isAdvanced && headers['consistencylevel'] !== 'eventual') {
    throw graphError(
      400,
      'Request_UnsupportedQuery',
      'Request with $search query parameter only works with ConsistencyLevel: eventual',
    )
  }
  const top = Number(query.get('$top') ?? 100)
  if (!(top >= 1 && top <= 999)) throw graphError(400, 'Request_UnsupportedQuery', 'Invalid page size specified.')
  const start = Number(query.get('$skiptoken') ?? 0)
  const found = items.filter(matching(query))
  const end = start + top
  const next = end < found.length && { '@odata.nextLink': withQuery(origin, target, { $skiptoken: String(end) }) }
  const count = query.get('$count') === 'true' && { '@odata.count': found.length }
  return { body: { ...count, ...next, value: found.slice(start, end).map((item) => selected(item, query)) } }
}

/** Users change by change, two on a page. */
export function deltaPage(
  origin: string,
  request: StandInRequest,
  tenant: { users: ReadonlyMap<string, EntraStandInUser>; changes: readonly string[] },
): StandInReply {
  const { query, target } = request
  for (const name of ['$top', '$orderby', '$expand']) {
    if (query.has(name))
      throw graphError(400, 'Request_UnsupportedQuery', `The query parameter ${name} is not supported.`)
  }
  const since = query.get('$deltatoken')
  if (since === 'expired') {
    throw graphError(410, 'syncStateNotFound', 'The sync state generation is not found; resync is needed.')
  }
  // Of a later page: where it begins, and which round it belongs to.
  const [start = '0', from = since ?? '', until = String(tenant.changes.length)] = (
    query.get('$skiptoken') ?? ''
  ).split('_')
  const isFirst = from === ''
  const changed = tenant.changes.slice(Number(from), Number(until))
  const ids = from === 'latest' ? [] : [...new Set(isFirst ? tenant.users.keys() : changed)]
  const at = Number(start || 0)
  const value = ids.slice(at, at + 2).map((id) => {
    const user = tenant.users.get(id)
    return user ? selected(user, query) : { id, '@removed': { reason: 'changed' } }
  })
  const hasMore = at + 2 < ids.length
  const token: Record<string, string> = hasMore ? { $skiptoken: `${at + 2}_${from}_${until}` } : { $deltatoken: until }
  return { body: { [hasMore ? '@odata.nextLink' : '@odata.deltaLink']: withQuery(origin, target, token), value } }
}

function withQuery(origin: string, target: string, parameters: Record<string, string>): string {
  const url = new URL(target, origin)
  for (const name of ['$skiptoken', '$deltatoken']) url.searchParams.delete(name)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** Graph gives what is selected, and always the id. */
export function selected(item: Item, query: URLSearchParams): object {
  const names = query.get('$select')?.split(',')
  if (!names) return item
  return Object.fromEntries(Object.entries(item).filter(([name]) => name === 'id' || names.includes(name)))
}

function matching(query: URLSearchParams): (item: Item) => boolean {
  const [, name = '', literal] = /^(\w+) eq (true|false|'[^']*')$/.exec(query.get('$filter') ?? '') ?? []
  const [, searched = '', word = ''] = /^"(\w+):([^"]*)"$/.exec(query.get('$search') ?? '') ?? []
  return (item) => {
    const isFiltered = literal === undefined || String(item[name]) === literal.replaceAll("'", '')
    const isFound = searched === '' || String(item[searched]).toLowerCase().includes(word.toLowerCase())
    return isFiltered && isFound
  }
}
