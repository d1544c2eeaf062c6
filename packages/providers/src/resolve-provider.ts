import type { OAuthSettings, SigningKey } from '@koble/core/oauth'
import type { MethodOptions } from './auth-method.ts'
import { authMethodOf } from './auth-methods.ts'
import { type ConfigValues, createConfigValues, isAddress, refused, wholeAddress } from './config-values.ts'
import type {
  Account,
  BasicPlacement,
  ErrorFormat,
  GraphqlApi,
  KeyPlacement,
  OAuth2Auth,
  OAuthAddress,
  Provider,
  RateLimits,
  Revocation,
  Webhooks,
} from './define-provider.ts'
import { integrationFields } from './fields.ts'
import { fillTemplate } from './fill-template.ts'
import { type ResolvedMethod, type ResolvedOptions, resolveMethod, resolveOptions } from './resolve-auth.ts'
import { sandboxMethodOf } from './sandbox-methods.ts'

/** Addresses that replace the provider's own: self-hosted and test instances. */
export interface Endpoints {
  authorizationUrl?: string
  tokenUrl?: string
  /** Of a device sign-in. */
  deviceAuthorizationUrl?: string
  /** Of OAuth 1.0a. */
  requestTokenUrl?: string
  pushedAuthorizationUrl?: string
  revocationUrl?: string
  userInfoUrl?: string
  apiUrl?: string
}

/** What an integration adds to its provider. */
export interface ProviderSettings {
  config?: Readonly<Record<string, string>>
  endpoints?: Endpoints
  /** One of those the provider offers; its default unless given. */
  authMethod?: string
  /** Where the local stand-in listens (`http://localhost:24501`); it then replaces every address of the provider. */
  sandboxOrigin?: string
}

/** All but the client itself, which is the integration's. */
export interface ResolvedOAuth2
  extends ResolvedOptions,
    Pick<
      OAuthSettings,
      | OAuthAddress
      | 'authorizationUrl'
      | 'tokenUrl'
      | 'pkce'
      | 'clientAuthentication'
      | 'assertionAudience'
      | 'requestHeaders'
      | 'defaultExpiresInSeconds'
      | 'oidc'
      | 'quirks'
    > {
  type: 'oauth2'
  /** Its paths are whole URLs here, but for `{clientId}`. */
  revocation?: Revocation
  authorizationParams: Record<string, string>
  clientKey?: Pick<SigningKey, 'algorithm' | 'certificateHeader'>
  dpop?: true
  refresh: 'none' | 'stable' | 'rotates'
  refreshTokenLifetimeDays?: number
  incrementalParams?: Record<string, string>
}

export type ResolvedAuth = ResolvedOAuth2 | ResolvedMethod

export interface ResolvedAccount extends Account {
  method: 'GET' | 'POST'
}

/** A provider with every placeholder filled: URLs are whole, lists are there even when empty. */
export interface ResolvedProvider {
  id: string
  name: string
  auth: ResolvedAuth
  api: {
    /** Without a trailing slash. */
    baseUrl: string
    headers: Record<string, string>
    /** Each with a path where only what lies below that belongs to the API. Without a trailing slash. */
    otherOrigins: string[]
    /**
     * The provider's own bases where this integration has others (a self-hosted instance, a stand-in): an address below
     * one of these means the same path below `baseUrl`. Without a trailing slash.
     */
    aliases: string[]
    /** `hosts` by https, or one of `origins`. Where the integration has an API of its own, there are no `hosts`. */
    accountBase?: { answerField: string; hosts: readonly string[]; origins: readonly string[] }
    idempotencyHeader?: string
    rateLimits?: RateLimits
    /** Its `path` is a whole address where GraphQL does not lie below the base. */
    graphql?: Omit<GraphqlApi, 'beside'>
    errors?: ErrorFormat
  }
  /** Absent when there is no call that says whose account it is; its URLs are whole. */
  account?: ResolvedAccount
  webhooks?: Webhooks
}

/**
 * What the server calls instead of looking at the provider: placeholders filled from the integration's config, its
 * endpoints in place, and the stand-in's addresses when it is a sandbox. Pure, and cheap enough to be called per
 * request. A replaced address takes with it what belonged to the old one (revocation, other origins, id-token keys),
 * so that credentials of one installation never reach another.
 *
 * @throws KobleError `invalid_request` naming the field in `details.errors` when one is missing or is no address.
 */
export function resolveProvider(provider: Provider, settings: ProviderSettings = {}): ResolvedProvider {
  const sandbox = settings.sandboxOrigin === undefined ? undefined : provider.sandbox
  const endpoints =
    sandbox && settings.sandboxOrigin !== undefined
      ? sandboxEndpoints(provider, settings.sandboxOrigin, settings.authMethod)
      : (settings.endpoints ?? {})
  const method = authMethodOf(provider, settings.authMethod)
  const isConfig = (field: { key: string; secret?: boolean }) => !field.secret && field.key !== 'clientId'
  const values = createConfigValues(
    integrationFields(provider, method).filter(isConfig),
    settings.config ?? {},
    provider.derived,
  )
  const baseUrl = (address(endpoints, 'apiUrl') ?? values.requiredUrl(provider.api.baseUrl)).replace(/\/+$/, '')
  const beside = graphqlBeside(provider.api.graphql, endpoints.apiUrl)
  const others = values.list(provider.api.otherOrigins ?? [])
  const account = resolveAccount(provider, method, settings, endpoints, baseUrl, values)
  return {
    id: provider.id,
    name: provider.name,
    auth:
      method.type === 'oauth2'
        ? resolveOAuth2(provider, method, settings, endpoints, values, baseUrl)
        : resolveMethod(method, endpoints, values, baseUrl),
    api: {
      ...provider.api,
      baseUrl,
      headers: values.record(provider.api.headers),
      accountBase: resolveAccountBase(provider, endpoints, baseUrl),
      ...(provider.api.graphql && {
        graphql: resolveGraphql(provider.api.graphql, values, beside && `${beside.base}${beside.path}`),
      }),
      otherOrigins: otherOriginsOf(others, endpoints, sandbox && settings.sandboxOrigin, beside?.base),
      aliases:
        endpoints.apiUrl === undefined
          ? []
          : [values.url(provider.api.baseUrl), ...others].flatMap((base) => base?.replace(/\/+$/, '') ?? []),
    },
    ...(account && { account }),
    ...(provider.webhooks && { webhooks: { ...provider.webhooks, ...sandbox?.webhooks } }),
  }
}

/** Accounts of another installation are called there, and nowhere else. */
function resolveAccountBase(
  { api }: Provider,
  endpoints: Endpoints,
  baseUrl: string,
): ResolvedProvider['api']['accountBase'] {
  if (!api.accountBase) return undefined
  const hosts = endpoints.apiUrl === undefined ? api.accountBase.hosts : []
  return { ...api.accountBase, hosts, origins: [new URL(baseUrl).origin] }
}

/** A stand-in has all of the provider's origins at its own. */
function otherOriginsOf(
  others: string[],
  endpoints: Endpoints,
  sandboxOrigin: string | undefined,
  besideBase: string | undefined,
): string[] {
  if (sandboxOrigin !== undefined) return others.length > 0 ? [sandboxOrigin] : []
  if (endpoints.apiUrl === undefined) return others
  return besideBase === undefined ? [] : [besideBase]
}

/** The addresses of a provider's stand-in that listens at `origin`, as one method has them. */
function sandboxEndpoints(provider: Provider, origin: string, authMethod: string | undefined): Endpoints {
  const own = sandboxMethodOf(provider, authMethod)?.endpoints
  const paths = Object.entries({ ...provider.sandbox?.endpoints, ...own })
  return Object.fromEntries(paths.map(([name, path]) => [name, at(origin, path)]))
}

/** The header, query parameter or field that carries a connection's key. Missing credentials are refused by name. */
export function placeKey(
  placement: KeyPlacement | BasicPlacement,
  credentials: Readonly<Record<string, string | null | undefined>>,
): KeyPlacement {
  if (placement.in === 'basic') {
    // Of a user name and a password one may be empty by design.
    const [username, password] = [placement.username, placement.password].map((part) =>
      part === '' ? '' : fillTemplate(part, credentials),
    )
    const basic = Buffer.from(`${username}:${password}`).toString('base64')
    return { in: 'header', name: 'authorization', value: `Basic ${basic}` }
  }
  return { in: placement.in, name: placement.name, value: fillTemplate(placement.value, credentials) }
}

/** Where GraphQL lies beside an API that the integration placed elsewhere: a base, and the path below it. */
function graphqlBeside(graphql: GraphqlApi | undefined, apiUrl: string | undefined) {
  if (!graphql?.beside || apiUrl === undefined) return null
  const { basePath, path } = graphql.beside
  const base = apiUrl.replace(/\/+$/, '')
  if (!base.endsWith(basePath)) return null
  const folder = path.slice(0, path.indexOf('/', 1))
  return { base: base.slice(0, -basePath.length) + folder, path: path.slice(folder.length) }
}

function resolveGraphql(
  { beside: _beside, ...graphql }: GraphqlApi,
  values: ConfigValues,
  address: string | null,
): Omit<GraphqlApi, 'beside'> {
  const { subscriptionPath } = graphql
  const filled = subscriptionPath === undefined ? undefined : values.path(subscriptionPath)
  return {
    ...graphql,
    path: address ?? values.path(graphql.path) ?? graphql.path,
    ...(filled !== undefined && { subscriptionPath: filled }),
  }
}

function resolveOAuth2(
  provider: Provider,
  auth: OAuth2Auth & MethodOptions,
  settings: ProviderSettings,
  endpoints: Endpoints,
  values: ConfigValues,
  baseUrl: string,
): ResolvedOAuth2 {
  const tokenUrl = address(endpoints, 'tokenUrl') ?? values.requiredUrl(auth.tokenUrl)
  const inSandbox = settings.sandboxOrigin === undefined ? undefined : provider.sandbox?.quirks
  const quirks = (auth.quirks || inSandbox) && { ...(auth.quirks && values.choice(auth.quirks)), ...inSandbox }
  return {
    type: 'oauth2',
    authorizationUrl: address(endpoints, 'authorizationUrl') ?? values.requiredUrl(auth.authorizationUrl),
    tokenUrl,
    ...resolveAddresses(auth, endpoints, values),
    ...(auth.revocation && { revocation: resolveRevocation(auth.revocation, baseUrl) }),
    pkce: values.choice(auth.pkce),
    clientAuthentication: values.choice(auth.clientAuthentication),
    ...(auth.clientKey && {
      clientKey: { ...auth.clientKey, algorithm: values.choice(auth.clientKey.algorithm) },
    }),
    authorizationParams: values.record(auth.authorizationParams),
    ...(auth.requestHeaders && { requestHeaders: values.record(auth.requestHeaders) }),
    ...(auth.dpop && { dpop: auth.dpop }),
    refresh: auth.refresh,
    ...(auth.refreshTokenLifetimeDays !== undefined && { refreshTokenLifetimeDays: auth.refreshTokenLifetimeDays }),
    ...(auth.incrementalParams && { incrementalParams: auth.incrementalParams }),
    ...(auth.defaultExpiresInSeconds !== undefined && { defaultExpiresInSeconds: auth.defaultExpiresInSeconds }),
    ...resolveOidc(provider, auth, settings, endpoints, values),
    ...(quirks && { quirks }),
    ...resolveOptions(auth, values),
    scopes: auth.scopes,
  }
}

const oauthAddresses = [
  'revocationUrl',
  'pushedAuthorizationUrl',
  'deviceAuthorizationUrl',
  'introspectionUrl',
  'endSessionUrl',
] as const satisfies OAuthAddress[]

/** What else belongs to the token endpoint, unless that is replaced. */
function resolveAddresses(
  auth: OAuth2Auth,
  endpoints: Endpoints,
  values: ConfigValues,
): Pick<ResolvedOAuth2, OAuthAddress | 'assertionAudience'> {
  const found: Pick<ResolvedOAuth2, OAuthAddress | 'assertionAudience'> = {}
  for (const name of oauthAddresses) {
    const own = endpoints.tokenUrl === undefined ? values.url(auth[name]) : undefined
    const isReplaceable = name === 'revocationUrl' || name === 'pushedAuthorizationUrl'
    const url = (isReplaceable ? address(endpoints, name) : undefined) ?? own
    if (url !== undefined) found[name] = url
  }
  const audience = endpoints.tokenUrl === undefined && auth.assertionAudience && values.text(auth.assertionAudience)
  return audience ? { ...found, assertionAudience: audience } : found
}

function resolveRevocation(revocation: Revocation, baseUrl: string): Revocation {
  const { path, tokenPath } = revocation
  return {
    ...revocation,
    path: join(baseUrl, path),
    ...(tokenPath !== undefined && { tokenPath: join(baseUrl, tokenPath) }),
  }
}

function resolveOidc(
  provider: Provider,
  auth: OAuth2Auth,
  settings: ProviderSettings,
  endpoints: Endpoints,
  values: ConfigValues,
): Pick<ResolvedOAuth2, 'oidc'> {
  if (!auth.oidc) return {}
  const { algorithms, issuerInCallback } = auth.oidc
  const acr = auth.oidc.acrValues && { acrValues: values.choice(auth.oidc.acrValues) }
  if (settings.sandboxOrigin !== undefined && provider.sandbox) {
    const paths = provider.sandbox.oidc
    if (!paths) return {}
    const { sandboxOrigin: origin } = settings
    // The provider's own says whether a slash belongs to it (Auth0), and issuers are compared as they stand.
    const issuer = at(origin, paths.issuer) + (paths.issuer === '/' && auth.oidc.issuer.endsWith('/') ? '/' : '')
    return { oidc: { issuer, jwksUri: at(origin, paths.jwksUri), algorithms, ...acr } }
  }
  // Another token endpoint means another issuer, which nobody told us: its id tokens cannot be checked.
  if (endpoints.tokenUrl !== undefined && !sameOrigin(endpoints.tokenUrl, values.requiredUrl(auth.tokenUrl))) return {}
  const issuer = values.requiredText(auth.oidc.issuer)
  const jwksUri = values.requiredUrl(auth.oidc.jwksUri)
  return { oidc: { issuer, jwksUri, algorithms, ...(issuerInCallback && { issuerInCallback }), ...acr } }
}

function resolveAccount(
  provider: Provider,
  method: MethodOptions,
  settings: ProviderSettings,
  endpoints: Endpoints,
  baseUrl: string,
  values: ConfigValues,
): ResolvedAccount | undefined {
  if (!provider.account) return undefined
  const inSandbox = settings.sandboxOrigin === undefined ? undefined : provider.sandbox?.account
  const account: Account = { ...provider.account, ...inSandbox, ...method.account }
  const whole = (template: string): string | undefined => {
    const filled = values.path(template)
    if (filled === undefined) return undefined
    if (!/^https?:/i.test(filled)) return wholeAddress(join(baseUrl, filled), template)
    // The provider's own address is not where an account of another installation is asked for.
    const moved = endpoints.apiUrl !== undefined && !template.startsWith('{')
    return moved ? undefined : wholeAddress(filled, template)
  }
  const ownUrl = method.account?.url === undefined ? address(endpoints, 'userInfoUrl') : undefined
  const url = ownUrl ?? whole(account.url)
  if (url === undefined) return undefined
  const fallback = account.fallback && resolveFallback(account.fallback, whole, values)
  return {
    method: account.method ?? 'GET',
    url,
    id: values.list(account.id),
    label: values.list(account.label),
    ...(account.idField !== undefined && { idField: account.idField }),
    ...(account.okField !== undefined && { okField: account.okField }),
    ...(account.format && { format: account.format }),
    ...(fallback && { fallback }),
  }
}

function resolveFallback(
  { url, id: idTemplate, ...account }: NonNullable<Account['fallback']>,
  whole: (template: string) => string | undefined,
  values: ConfigValues,
): Account['fallback'] {
  const id = idTemplate === undefined ? undefined : values.text(idTemplate)
  const label = values.text(account.label) ?? account.label
  const fallback = { ...account, label, ...(id !== undefined && { id }) }
  if (url === undefined) return fallback
  const found = whole(url)
  return found === undefined ? undefined : { ...fallback, url: found }
}

function address(endpoints: Endpoints, name: keyof Endpoints): string | undefined {
  const given = endpoints[name]
  if (given !== undefined && !isAddress(given)) throw refused(`endpoints.${name}`, 'must be an http or https address')
  return given
}

function sameOrigin(one: string, other: string): boolean {
  return new URL(one).origin === new URL(other).origin
}

function at(origin: string, path: string): string {
  return path === '/' ? origin : origin + path
}

function join(baseUrl: string, path: string): string {
  return path.startsWith('/') ? baseUrl + path : `${baseUrl}/${path}`
}
