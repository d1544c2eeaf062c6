import type { AuthMethod, AuthType, MarketplaceDetail } from '@koble/contract/integrations'

/** How an account is connected: in a window of the provider's, by a code on another device, or by what one enters. */
export type ConnectWay = 'window' | 'device' | 'fields'

/** The way in which accounts of a method are connected. */
export function connectWay(type: AuthType): ConnectWay {
  if (type === 'device') return 'device'
  return type === 'oauth2' || type === 'oauth1' ? 'window' : 'fields'
}

/** Whether tokens of a method are asked for with scopes. */
export function asksForScopes(type: AuthType): boolean {
  return type === 'oauth2' || type === 'device' || type === 'client_credentials' || type === 'jwt_bearer'
}

/** The method of that type, or the default of the provider. */
export function methodOf(provider: MarketplaceDetail, type: AuthType | undefined): AuthMethod {
  const { authMethods, auth, integrationFields, connectionFields, scopes, sandbox, sandboxCredentials } = provider
  const found = authMethods.find((method) => method.type === type) ?? authMethods[0]
  return found ?? { type: auth, label: '', integrationFields, connectionFields, scopes, sandbox, sandboxCredentials }
}
