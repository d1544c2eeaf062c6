import type { ResolvedProvider } from './resolve-provider.ts'

type Api = ResolvedProvider['api']

/**
 * The base of the API for one account, as the answer of a token endpoint names it, without a trailing slash. Undefined
 * where it names none, or one that is no address of the provider's: whoever could name another would be sent the token.
 */
export function readAccountBase(api: Api, answer: Readonly<Record<string, unknown>>): string | undefined {
  const named = api.accountBase && answer[api.accountBase.answerField]
  return typeof named === 'string' ? accountBase(api, named) : undefined
}

/** An address as the base of the API for one account; undefined where it is none of the provider's. */
export function accountBase({ accountBase: allowed }: Api, address: string): string | undefined {
  const url = URL.parse(address)
  if (!allowed || !url || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return undefined
  }
  const isNamed = allowed.hosts.some((host) =>
    host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host,
  )
  const isSafe = url.protocol === 'https:' && url.port === ''
  if (!(isNamed && isSafe) && !allowed.origins.includes(url.origin)) return undefined
  return url.origin + url.pathname.replace(/\/+$/, '')
}
