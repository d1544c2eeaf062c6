import type { SigningKey } from './assertion.ts'
import type { DPoP } from './dpop.ts'

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
  /**
   * How a token request is written: `form` unless said otherwise. With `headers` the body is empty, and client id and
   * secret are headers of the names `client_id` and `client_secret` (Vipps MobilePay).
   */
  tokenRequestFormat?: 'form' | 'json' | 'headers'
  /**
   * `raw` sends client id and secret by HTTP Basic as they are, to a provider that does not undo the form-encoding that
   * RFC 6749, section 2.3.1, asks for.
   */
  basicCredentials?: 'encoded' | 'raw'
  /** What the fields of the token answer are called where they are called otherwise; `expiresAt` is a time, not a span. */
  answerFields?: Partial<
    Record<'accessToken' | 'refreshToken' | 'tokenType' | 'expiresIn' | 'expiresAt' | 'scope', string>
  >
  /** Other fields of the token answer that calls need later, such as Salesforce's `instance_url`. No secrets. */
  keepFields?: string[]
}

/**
 * How the client proves itself at the token endpoint and its siblings: HTTP Basic or the body (RFC 6749, section 2.3.1),
 * the secret as a bearer token (Vipps' partners), a signed assertion (`private_key_jwt`, RFC 7523), or the certificate
 * of the TLS connection (`tls`, RFC 8705: `tls_client_auth` and `self_signed_tls_client_auth`).
 */
export type ClientAuthentication = 'basic' | 'body' | 'bearer' | 'private_key_jwt' | 'tls'

/** All that the OAuth functions need to know of one client at one provider. */
export interface OAuthSettings {
  authorizationUrl: string
  tokenUrl: string
  /** RFC 7009. */
  revocationUrl?: string
  /** RFC 9126. When given, an authorization request is pushed there and the browser carries only a reference to it. */
  pushedAuthorizationUrl?: string
  /** RFC 8628. */
  deviceAuthorizationUrl?: string
  /** RFC 7662. */
  introspectionUrl?: string
  /** OpenID Connect RP-Initiated Logout. */
  endSessionUrl?: string
  clientId: string
  /** Absent for a public client. */
  clientSecret?: string
  /** With `tls`, `fetch` must present the client's certificate. */
  clientAuthentication: ClientAuthentication
  /** Signs the assertions of `private_key_jwt` and of the JWT bearer grant. */
  clientKey?: SigningKey
  /** Whom these assertions are for; the issuer of `oidc` or else the token endpoint unless said otherwise. */
  assertionAudience?: string
  /** Sent with every request to the token endpoint and its siblings (Vipps' `Ocp-Apim-Subscription-Key`). */
  requestHeaders?: Record<string, string>
  /** Binds the tokens to a key (RFC 9449); a token that comes unbound is then refused. */
  dpop?: DPoP
  pkce: 'S256' | 'none'
  redirectUri: string
  /** What is asked for. At a refresh, what was granted: it stands when the answer names no scopes. */
  scopes: string[]
  /** Extra query parameters of the authorization request; they cannot replace what this module sets. */
  authorizationParams?: Record<string, string>
  /**
   * OpenID Connect: an id token is then checked in full. `{tid}` in the issuer is the token's own tenant. With
   * `issuerInCallback` a callback without `iss` is refused (RFC 9207, where the provider says that it sends one). With
   * `acrValues` the token must say one of these of how the user proved who they are.
   */
  oidc?: {
    issuer: string
    jwksUri: string
    algorithms?: string[]
    issuerInCallback?: boolean
    acrValues?: string[]
  }
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
  /** What `keepFields` names, as far as the answer has it. */
  fields?: Record<string, unknown>
  /** The provider's answer. */
  raw: Record<string, unknown>
}
