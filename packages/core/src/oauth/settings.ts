/** The named ways in which providers depart from RFC 6749. What is absent means: as the RFC says. */
export interface OAuthQuirks {
  /** A failure may come with status 200 and an `error` field (GitHub). */
  errorsWithStatus200?: boolean
  /** A field of the token answer that is `true` on success only (Slack's `ok`). */
  okField?: string
  /** Between the scopes of the authorization request. */
  scopeSeparator?: ' ' | ','
  /** Between the scopes that the token answer says were granted. */
  grantedScopeSeparator?: ' ' | ','
  /**
   * The answer may carry a second token, the user's own, in the object `path` (Slack's `authed_user`). With
   * `scopeParam`, scopes written `user:<scope>` are asked for under that parameter, without the prefix.
   */
  userToken?: { path: string; scopeParam?: string }
  /** How the body of a token request is written; `form` unless said otherwise. */
  tokenRequestFormat?: 'form' | 'json'
}

/** All that the OAuth functions need to know of one client at one provider. */
export interface OAuthSettings {
  authorizationUrl: string
  tokenUrl: string
  /** RFC 7009. */
  revocationUrl?: string
  clientId: string
  /** Absent for a public client. */
  clientSecret?: string
  /** How the client proves itself at the token endpoint: HTTP Basic (RFC 6749, section 2.3.1) or in the body. */
  clientAuthentication: 'basic' | 'body'
  pkce: 'S256' | 'none'
  redirectUri: string
  /** What is asked for. At a refresh, what was granted: it stands when the answer names no scopes. */
  scopes: string[]
  /** Extra query parameters of the authorization request; they cannot replace what this module sets. */
  authorizationParams?: Record<string, string>
  /** OpenID Connect: an id token is then checked in full. `{tid}` in the issuer is the token's own tenant. */
  oidc?: { issuer: string; jwksUri: string; algorithms?: string[] }
  quirks?: OAuthQuirks
  /** The lifetime of an access token when the answer names none. */
  defaultExpiresInSeconds?: number
  /** Decides which addresses may be called (`createGuardedFetch`); plain http is therefore not refused here. */
  fetch: typeof fetch
  /** The clock, for tests. */
  now?: () => Date
  /** For one request to the provider. 20,000 unless said otherwise. */
  timeoutMs?: number
}

/** One access token and what belongs to it. */
export interface Token {
  accessToken: string
  /** At a refresh without a new one, the one that was used. */
  refreshToken?: string
  /** From the answer, from the token itself (a JWT's `exp`) or from the settings, in this order. */
  expiresAt?: Date
  scopes: string[]
  /** As the provider writes it, `bearer` in lower case; `bearer` when it writes nothing. */
  tokenType: string
}

/** What a token request brought. Everything in it is secret except the scopes and the types. */
export interface TokenSet {
  /** `default`, and `user` where the provider hands out a token of the user's own beside it. */
  slots: Record<string, Token>
  /** The claims of a checked id token. */
  idTokenClaims?: Record<string, unknown>
  /** The provider's answer. */
  raw: Record<string, unknown>
}
