import { graphError } from './graph-error.ts'
import type { StandInReply, StandInRequest } from './stand-in.ts'

/** Something of Graph's, with all of its properties. */
export type GraphItem = { id: string } & Record<string, unknown>

/** What may be asked of a list. */
export interface GraphList {
  topDefault?: number
  topMax?: number
  /** The code of the refusal of a page that is too large. */
  topRefusal?: string
  type?: GraphType
}

/** A resource and its properties: no other may be selected. */
export interface GraphType {
  name: string
  properties: readonly string[]
}

/** A page of a list, and where the next one is; what searches needs its header. */
export function graphPage(
  origin: string,
  { query, headers, target }: StandInRequest,
  items: readonly GraphItem[],
  { topDefault = 100, topMax = 999, topRefusal = 'Request_UnsupportedQuery', type }: GraphList = {},
): StandInReply {
  const isAdvanced = query.has('$search') || query.get('$count') === 'true'
  if (isAdvanced && headers['consistencylevel'] !== 'eventual') {
    throw graphError(
      400,
      'Request_UnsupportedQuery',
      'Request with $search query parameter only works with ConsistencyLevel: eventual',
    )
  }
  const top = Number(query.get('$top') ?? topDefault)
  if (!(Number.isInteger(top) && top >= 1 && top <= topMax)) {
    throw graphError(400, topRefusal, `The limit of '${topMax}' for Top query has been exceeded, or there is no limit.`)
  }
  const start = Number(query.get('$skiptoken') ?? 0)
  const found = items.filter(matching(query))
  const end = start + top
  const next = end < found.length && { '@odata.nextLink': withQuery(origin, target, { $skiptoken: String(end) }) }
  const count = query.get('$count') === 'true' && { '@odata.count': found.length }
  return { body: { ...count, ...next, value: found.slice(start, end).map((item) => selected(item, query, type)) } }
}

/** The address of a request, at another place of the list. */
export function withQuery(origin: string, target: string, parameters: Record<string, string>): string {
  const url = new URL(target, origin)
  for (const name of ['$skiptoken', '$deltatoken']) url.searchParams.delete(name)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** Graph gives what is selected, and always the id; of a known resource nothing else can be selected. */
export function selected(item: GraphItem, query: URLSearchParams, type?: GraphType): object {
  const names = query.get('$select')?.split(',')
  const unknown = names?.find((name) => type && !type.properties.includes(name))
  if (unknown !== undefined) {
    const message = `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type 'microsoft.graph.${type?.name}'.`
    throw graphError(400, 'BadRequest', message)
  }
  if (!names) return item
  return Object.fromEntries(Object.entries(item).filter(([name]) => name === 'id' || names.includes(name)))
}

/** What a list is narrowed to: `property eq literal`, and words of which one has to be found; refuses anything else. */
function matching(query: URLSearchParams): (item: GraphItem) => boolean {
  const filter = query.get('$filter')
  const [, name = '', literal] = /^(\w+) eq (true|false|'[^']*')$/.exec(filter ?? '') ?? []
  if (filter !== null && literal === undefined) throw graphError(400, 'BadRequest', 'Invalid filter clause')
  const searched = (query.get('$search')?.split(' OR ') ?? []).map((term) => {
    const [, property, word = ''] = /^"(\w+):([^"]*)"$/.exec(term) ?? []
    if (property === undefined) throw graphError(400, 'BadRequest', `Syntax error in '${term}'.`)
    return { property, word: word.toLowerCase() }
  })
  return (item) => {
    const isFiltered = literal === undefined || String(item[name]) === literal.replaceAll("'", '')
    const holds = ({ property, word }: { property: string; word: string }) =>
      String(item[property]).toLowerCase().includes(word)
    return isFiltered && (searched.length === 0 || searched.some(holds))
  }
}
