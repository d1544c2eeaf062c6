import { KobleError } from '@koble/core/errors'
import type { AuthMethod, AuthType } from './auth-method.ts'
import type { Provider } from './define-provider.ts'

/** The ways in which a provider's accounts are authorised, the default first. */
export function authMethodsOf(provider: Provider): readonly AuthMethod[] {
  return 'type' in provider.auth ? [provider.auth] : provider.auth
}

/** The method of that type, or the default one. Throws `invalid_request` when the provider does not offer it. */
export function authMethodOf(provider: Provider, type?: AuthType | (string & {})): AuthMethod {
  const methods = authMethodsOf(provider)
  const found = type === undefined ? methods[0] : methods.find((method) => method.type === type)
  if (found) return found
  const offered = methods.map((method) => method.type).join(', ')
  throw new KobleError('invalid_request', `authMethod: ${provider.name} offers ${offered}.`, { status: 400 })
}

const interactive: ReadonlySet<AuthType> = new Set(['oauth2', 'oauth1', 'device'])

/** Whether an account is connected by its owner signing in at the provider, and not by credentials entered here. */
export function needsSignIn(type: AuthType): boolean {
  return interactive.has(type)
}

/** Whether the provider sends a browser back to us, so that our address has to be registered there. */
export function needsCallback(type: AuthType): boolean {
  return type === 'oauth2' || type === 'oauth1'
}

/** What the methods are called unless a provider calls them otherwise. */
const authLabels: Readonly<Record<AuthType, string>> = {
  oauth2: 'OAuth 2.0',
  client_credentials: 'Client credentials',
  jwt_bearer: 'Service account',
  device: 'Device code',
  oauth1: 'OAuth 1.0a',
  api_key: 'API key',
  basic: 'User name and password',
  jwt: 'Signed token',
  two_step: 'Login',
  mtls: 'Client certificate',
  aws_sigv4: 'AWS access key',
  custom: 'Several keys',
}

/** What a method is called. */
export function labelOf({ type, label }: AuthMethod): string {
  return label ?? authLabels[type]
}
