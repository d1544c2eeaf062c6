import type { EntraStandInUser } from './entra-tenant.ts'
import { graphError } from './graph-error.ts'
import { selected, withQuery } from './graph-page.ts'
import type { StandInReply, StandInRequest } from './stand-in.ts'

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
