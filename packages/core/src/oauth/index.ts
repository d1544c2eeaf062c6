export { type SigningKey, signAssertion } from './assertion.ts'
export { type AuthorizationRequest, createAuthorizationRequest } from './authorization.ts'
export {
  askDeviceToken,
  type DeviceAuthorization,
  pollDeviceToken,
  startDeviceAuthorization,
} from './device-authorization.ts'
export { type DiscoveredProvider, type Discovery, type DiscoveryOptions, discover } from './discovery.ts'
export { createDPoP, type DPoP, generateDPoPKey } from './dpop.ts'
export { type Introspection, introspectToken } from './introspection.ts'
export { createLogoutUrl, type LogoutOptions } from './logout-url.ts'
export { type OAuth1Credentials, type OAuth1Request, signOAuth1 } from './oauth1.ts'
export { exchangeOAuth1Verifier, type OAuth1Settings, type OAuth1Token, requestOAuth1Token } from './oauth1-sign-in.ts'
export { base64URLEncode, codeChallengeOf, generatePKCE, generateRandomString, type PKCE } from './pkce.ts'
export type { ClientAuthentication, OAuthQuirks, OAuthSettings, Token, TokenSet } from './settings.ts'
export {
  type CodeExchange,
  clientCredentials,
  exchangeCode,
  exchangeToken,
  type JwtGrant,
  jwtBearer,
  refreshToken,
  revokeToken,
  type TokenExchange,
  type TokenTypeName,
} from './token-request.ts'
