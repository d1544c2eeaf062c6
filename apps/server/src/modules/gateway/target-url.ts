import type { ResolvedProvider } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'

/**
 * The third party's URL for a gateway path (with its query). A path cannot leave the API's base: dots that climb out,
 * or a second slash that would name another host, are refused. `origin` may pick one of the provider's other origins.
 */
export function targetUrl(api: ResolvedProvider['api'], path: string, origin: string | undefined): URL {
  if (origin !== undefined && !api.otherOrigins.includes(origin)) {
    throw apiError(
      'invalid_request',
      `Koble-Origin: the provider has no such origin; it has ${api.otherOrigins.join(', ') || 'no other'}.`,
    )
  }
  const base = new URL(origin ?? api.baseUrl)
  const basePath = base.pathname.replace(/\/+$/, '')
  const url = new URL(`${base.origin}${basePath}/${path.replace(/^\/+/, '')}`)
  if (url.origin !== base.origin || !`${url.pathname}/`.startsWith(`${basePath}/`)) {
    throw apiError('invalid_request', 'The path leaves the API of the provider.')
  }
  url.hash = ''
  return url
}
