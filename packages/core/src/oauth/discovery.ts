import { KobleError } from '../errors/errors.ts'
import type { OAuthSettings } from './settings.ts'

/** What a provider says of itself, in the words of `OAuthSettings`, to be spread into them. */
export interface DiscoveredProvider
  extends Pick<
    OAuthSettings,
    | 'revocationUrl'
    | 'pushedAuthorizationUrl'
    | 'deviceAuthorizationUrl'
    | 'introspectionUrl'
    | 'endSessionUrl'
    | 'oidc'
  > {
  authorizationUrl: string
  tokenUrl: string
  pkce: 'S256' | 'none'
}

/** How `discover` reads the metadata of a provider. */
export interface DiscoveryOptions {
  fetch: typeof fetch
  /** `oidc` unless said otherwise; `oauth2` is RFC 8414, which puts its suffix before the path of the issuer. */
  kind?: 'oidc' | 'oauth2'
  /** What the document must name as its issuer, where that is not the address (Entra ID's `…/{tenantid}/v2.0`). */
  issuer?: string
  /** Take the endpoints meant for clients with a certificate (RFC 8705, section 5), where there are any. */
  mtls?: boolean
  timeoutMs?: number
}

/** The provider's own words are beside what they mean. */
export interface Discovery {
  provider: DiscoveredProvider
  metadata: Record<string, unknown>
}

/**
 * Reads a provider's metadata. The issuer in it must be the one asked for, character by character, since id tokens are
 * compared with it; every address must be https, or http on this machine.
 * https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 *
 * Throws `KobleError`: `discovery_refused` with `details.reason` (`issuer_mismatch`, `endpoint_missing`,
 * `endpoint_insecure`, `not_metadata`), `provider_unreachable`, `provider_timeout`, `provider_unavailable`, and what
 * `fetch` throws as `KobleError`.
 */
export async function discover(issuer: string, options: DiscoveryOptions): Promise<Discovery> {
  const kind = options.kind ?? 'oidc'
  const metadata = await read(metadataUrl(issuer, kind), options)
  if (metadata['issuer'] !== (options.issuer ?? issuer)) throw refused('issuer_mismatch')

  const aliases = options.mtls && isObject(metadata['mtls_endpoint_aliases']) ? metadata['mtls_endpoint_aliases'] : {}
  const endpoint = (name: string): string | undefined => {
    const value = aliases[name] ?? metadata[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string' || !isSecure(value)) throw refused('endpoint_insecure', { endpoint: name })
    return value
  }
  const required = (name: string): string => endpoint(name) ?? raise(refused('endpoint_missing', { endpoint: name }))
  const found = {
    revocationUrl: endpoint('revocation_endpoint'),
    pushedAuthorizationUrl: endpoint('pushed_authorization_request_endpoint'),
    deviceAuthorizationUrl: endpoint('device_authorization_endpoint'),
    introspectionUrl: endpoint('introspection_endpoint'),
    endSessionUrl: endpoint('end_session_endpoint'),
  }
  const algorithms = metadata['id_token_signing_alg_values_supported']
  const provider: DiscoveredProvider = {
    authorizationUrl: required('authorization_endpoint'),
    tokenUrl: required('token_endpoint'),
    ...(Object.fromEntries(Object.entries(found).filter(([, url]) => url !== undefined)) as typeof found),
    pkce: includes(metadata['code_challenge_methods_supported'], 'S256') ? 'S256' : 'none',
    ...(kind === 'oidc' && {
      oidc: {
        issuer: (options.issuer ?? issuer).replace('{tenantid}', '{tid}'),
        jwksUri: required('jwks_uri'),
        ...(isStringList(algorithms) && { algorithms }),
        ...(metadata['authorization_response_iss_parameter_supported'] === true && { issuerInCallback: true }),
      },
    }),
  }
  return { provider, metadata }
}

/** OpenID Connect appends its suffix to the issuer, RFC 8414 inserts its own between host and path. */
function metadataUrl(issuer: string, kind: 'oidc' | 'oauth2'): string {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url === undefined || !isSecure(issuer) || url.search !== '' || url.hash !== '') {
    throw new KobleError('invalid_request', 'The issuer must be an https address without query.', { status: 400 })
  }
  const path = url.pathname.replace(/\/$/, '')
  const suffix = kind === 'oidc' ? 'openid-configuration' : 'oauth-authorization-server'
  return `${url.origin}${kind === 'oidc' ? `${path}/.well-known/${suffix}` : `/.well-known/${suffix}${path}`}`
}

async function read(url: string, options: DiscoveryOptions): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? 20_000)
  let status: number
  let text: string
  try {
    const response = await options.fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
    status = response.status
    text = await response.text()
  } catch (error) {
    if (error instanceof KobleError) throw error
    throw signal.aborted
      ? new KobleError('provider_timeout', 'The provider did not answer in time.', { status: 504, retryable: true })
      : new KobleError('provider_unreachable', 'The provider could not be reached.', { status: 502, retryable: true })
  }
  if (status >= 500 || status === 429) {
    throw new KobleError('provider_unavailable', 'The provider is having trouble.', {
      status: 503,
      retryable: true,
      details: { status },
    })
  }
  let metadata: unknown
  try {
    metadata = JSON.parse(text)
  } catch {
    throw refused('not_metadata', { status })
  }
  if (status !== 200 || !isObject(metadata)) throw refused('not_metadata', { status })
  return metadata
}

function isSecure(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(hostname))
}

function includes(list: unknown, value: string): boolean {
  return Array.isArray(list) && list.includes(value)
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function raise(error: KobleError): never {
  throw error
}

function refused(reason: string, details: Record<string, unknown> = {}): KobleError {
  return new KobleError('discovery_refused', 'What the provider publishes about itself cannot be used.', {
    status: 502,
    details: { reason, ...details },
  })
}
