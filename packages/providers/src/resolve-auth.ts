import type { AuthMethod, MethodOptions } from './auth-method.ts'
import { type ConfigValues, isAddress, isFromConfig, refused } from './config-values.ts'
import type { FromConfig, OAuth2Auth, Scope } from './define-provider.ts'
import type { Endpoints } from './resolve-provider.ts'

/** A method with what the config says in place. What names credentials is still to be filled (`fillTemplate`). */
export type Resolved<T> =
  T extends FromConfig<infer Chosen>
    ? Chosen
    : T extends readonly unknown[] | string | number | boolean | undefined
      ? T
      : { [Key in keyof T]: Resolved<T[Key]> }

/** What is the same for all resolved methods. */
export interface ResolvedOptions extends Pick<MethodOptions, 'clientCertificate'> {
  headers?: Record<string, string>
  query?: Record<string, string>
  scopes: Scope[]
}

/** Every method but `oauth2`, which `resolveProvider` resolves by itself. */
export type ResolvedMethod = ResolvedEach<Exclude<AuthMethod, OAuth2Auth>>
type ResolvedEach<Method> = Method extends AuthMethod
  ? Omit<Resolved<Method>, keyof MethodOptions> & ResolvedOptions
  : never

const forOthers = new Set(['label', 'fields', 'credentialsOn', 'scopes', 'account'])

/**
 * Fills the config into a method's templates; an address the integration replaces is that one, and a path lies below the
 * API's base.
 */
export function resolveMethod(
  method: Exclude<AuthMethod, OAuth2Auth>,
  endpoints: Endpoints,
  values: ConfigValues,
  baseUrl: string,
): ResolvedMethod {
  const parts = Object.entries(method).filter(([key]) => !forOthers.has(key))
  const filled = fill(Object.fromEntries(parts), endpoints, values, baseUrl)
  return { ...(filled as object), scopes: method.scopes ?? [] } as unknown as ResolvedMethod
}

/** The further headers and query parameters of any method, resolved. */
export function resolveOptions(method: MethodOptions, values: ConfigValues): Omit<ResolvedOptions, 'scopes'> {
  return {
    ...(method.headers && { headers: values.record(method.headers) }),
    ...(method.query && { query: values.record(method.query) }),
    ...(method.clientCertificate && { clientCertificate: method.clientCertificate }),
  }
}

function fill(given: unknown, endpoints: Endpoints, values: ConfigValues, baseUrl: string): unknown {
  const value = isFromConfig(given) ? values.choice(given) : given
  if (typeof value === 'string') return values.text(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const filled = Object.entries(value).map(([key, part]): [string, unknown] => {
    if (key.endsWith('Url') && typeof part === 'string' && part.startsWith('/')) {
      return [key, values.url(`${baseUrl}${part}`)]
    }
    if (key.endsWith('Url') && typeof part === 'string') return [key, replaced(endpoints, key) ?? values.url(part)]
    return [values.text(key) ?? '', fill(part, endpoints, values, baseUrl)]
  })
  return Object.fromEntries(filled.filter(([key, part]) => key !== '' && part !== undefined))
}

function replaced(endpoints: Endpoints, key: string): string | undefined {
  const given = endpoints[key as keyof Endpoints]
  if (given !== undefined && !isAddress(given)) throw refused(`endpoints.${key}`, 'must be an http or https address')
  return given
}
