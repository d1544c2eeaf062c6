import type { ResolvedProvider } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'
import type { OpenIntegration } from '../integrations/service.ts'
import { placeOf, targetUrl } from './target-url.ts'

/** Where a GraphQL endpoint lies: a path below the API's base, or a whole address. Throws what `targetUrl` does. */
function graphqlUrl(api: ResolvedProvider['api'], endpoint: string): URL {
  const place = /^https?:\/\//i.test(endpoint) ? placeOf(api, endpoint) : { path: endpoint }
  return targetUrl(api, place.path, place.origin)
}

/**
 * Where only operations kept with the integration may be called, a plain call to its GraphQL endpoint would be a way
 * around that. Throws `graphql_not_persisted`.
 */
export function demandFreeDocuments({ graphql }: OpenIntegration, api: ResolvedProvider['api'], url: URL): void {
  if (graphql.mode !== 'persisted_only') return
  for (const endpoint of [graphql.endpoint, graphql.subscriptionEndpoint]) {
    if (endpoint !== undefined && sameTarget(graphqlUrl(api, endpoint), url)) throw notPersisted()
  }
}

/** The refusal of a free document. */
export const notPersisted = () =>
  apiError('graphql_not_persisted', 'This integration calls only the GraphQL operations that are kept with it.')

function sameTarget(one: URL, other: URL): boolean {
  return one.origin === other.origin && spelled(one.pathname) === spelled(other.pathname)
}

/** Servers are lenient about case, slashes and needless encodings, so what reads alike counts as the same. */
function spelled(pathname: string): string {
  let text = pathname
  try {
    text = decodeURIComponent(pathname)
  } catch {
    // It is no encoding, and then it is what it says.
  }
  return text.toLowerCase().replace(/\/+/g, '/').replace(/\/$/, '')
}
