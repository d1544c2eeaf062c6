export { type AuthorizationRequest, createAuthorizationRequest } from './authorization.ts'
export { base64URLEncode, generatePKCE, generateRandomString, type PKCE } from './pkce.ts'
export type { OAuthQuirks, OAuthSettings, Token, TokenSet } from './settings.ts'
export { type CodeExchange, clientCredentials, exchangeCode, refreshToken, revokeToken } from './token-request.ts'
