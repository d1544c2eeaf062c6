import type { ResolvedProvider } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'

/** Some servers decode a separator before they resolve the dots beside it. */
const hiddenSeparator = /%2f|%5c/i

/**
 * The third party's URL for a gateway path (with its query). A path cannot leave the API's base: dots that climb out,
 * in whatever encoding, or a second slash that would name another host, are refused. `origin` may pick one of the
 * provider's other origins.
 */
export function targetUrl(api: ResolvedProvider['api'], path: string, origin: string | undefined): URL {
  if (origin !== undefined && !api.otherOrigins.includes(origin)) {
    throw apiError(
      'invalid_request',
      `Koble-Origin: the provider has no such origin; it has ${api.otherOrigins.join(', ') || 'no other'}.`,
    )
  }
  const base = origin === undefined ? baseOf(api) : parseBase(origin)
  const url = new URL(`${base.origin}${base.path}/${path.replace(/^\/+/, '')}`)
  const isBelow = `${url.pathname}/`.startsWith(`${base.path}/`)
  if (url.origin !== base.origin || !isBelow || hidesDots(url.pathname)) {
    throw apiError('invalid_request', 'The path leaves the API of the provider.')
  }
  if (url.hash !== '') url.hash = ''
  return url
}

/**
 * Where a whole address of the provider's lies in the words of the gateway: the path below the API's base with its query,
 * and the origin when it is one of the others. Vendors' own packages call such addresses. Throws `url_not_of_provider`.
 */
export function placeOf(api: ResolvedProvider['api'], address: string): { path: string; origin?: string } {
  const url = URL.parse(address)
  const notOurs = () =>
    apiError('url_not_of_provider', `Koble-Url: it is not below ${[api.baseUrl, ...api.otherOrigins].join(' or ')}.`)
  if (url === null || url.username !== '' || url.password !== '') throw notOurs()
  for (const base of [baseOf(api), ...api.aliases.map(parseBase)]) {
    if (url.origin !== base.origin || !`${url.pathname}/`.startsWith(`${base.path}/`)) continue
    return { path: url.pathname.slice(base.path.length) + url.search }
  }
  for (const origin of api.otherOrigins) {
    const base = parseBase(origin)
    if (url.origin !== base.origin || !`${url.pathname}/`.startsWith(`${base.path}/`)) continue
    return { path: url.pathname.slice(base.path.length) + url.search, origin }
  }
  throw notOurs()
}

interface Base {
  origin: string
  /** Without a slash at its end. */
  path: string
}

/** Parsed once for as long as the integration stays in memory. */
const bases = new WeakMap<ResolvedProvider['api'], Base>()

function baseOf(api: ResolvedProvider['api']): Base {
  const known = bases.get(api)
  if (known) return known
  const base = parseBase(api.baseUrl)
  bases.set(api, base)
  return base
}

function parseBase(address: string): Base {
  const { origin, pathname } = new URL(address)
  return { origin, path: pathname.replace(/\/+$/, '') }
}

function hidesDots(pathname: string): boolean {
  if (!hiddenSeparator.test(pathname)) return false
  return pathname
    .replaceAll(/%2e/gi, '.')
    .split(/\/|%2f|%5c/i)
    .includes('..')
}
