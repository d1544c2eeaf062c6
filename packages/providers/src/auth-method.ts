import type { OAuthQuirks, SigningKey } from '@koble/core/oauth'
import type {
  Account,
  ApiKeyAuth,
  BasicPlacement,
  Field,
  FromConfig,
  KeyPlacement,
  OAuth2Auth,
  Scope,
} from './define-provider.ts'

/**
 * One way in which accounts of a service are authorised. A provider offers one or several, the first being the default;
 * an integration is set up with one of them.
 *
 * Strings are templates. `{field}` of the integration's config is filled in when the provider is resolved; what names a
 * credential (`{clientId}`, `{apiKey}`, a field of the method's own) when a call is authorised. An entry of a record
 * that names an optional field left empty is left out as a whole.
 */
export type AuthMethod =
  | (OAuth2Auth & MethodOptions)
  | (ApiKeyAuth & MethodOptions)
  | ClientCredentialsAuth
  | JwtBearerAuth
  | DeviceAuth
  | OAuth1Auth
  | BasicAuth
  | JwtAuth
  | TwoStepAuth
  | MtlsAuth
  | AwsSigV4Auth
  | CustomAuth

export type AuthType = AuthMethod['type']

/** What every method may say. */
export interface MethodOptions {
  /** What it is called where a provider offers several. */
  label?: string
  /** Who has the credentials: the organization, once for all accounts, or each account's owner. */
  credentialsOn?: 'integration' | 'connection'
  /** Fields of the method's own, and other words for those it implies (by the same key). */
  fields?: MethodField[]
  /** Beside what the method itself puts into a call (Vipps' `Ocp-Apim-Subscription-Key`). */
  headers?: Record<string, string>
  query?: Record<string, string>
  /** Where the provider's `account` is another for accounts that are authorised in this way. */
  account?: Partial<Account>
  /**
   * The calls, and all requests to the token endpoint and its siblings, are made with a client certificate, whose fields
   * are then implied; `optional` where only some services ask for one.
   */
  clientCertificate?: true | 'optional'
  scopes?: Scope[]
}

/** A field of one method. `on` overrides the method's `credentialsOn`. */
export type MethodField = Partial<Field> & { key: string; on?: 'integration' | 'connection' }

/** Where a token goes in a call: `{token}` in the value. `Authorization: Bearer {token}` unless said otherwise. */
export type TokenPlacement = KeyPlacement | BasicPlacement

interface TokenEndpoint extends MethodOptions {
  /** Its path may name a field that the connection has (a customer's tenant, in Entra ID). */
  tokenUrl: string
  /** Sent with the token request beside the standard (Auth0's `audience`). */
  parameters?: Record<string, string>
  requestHeaders?: Record<string, string>
  quirks?: OAuthQuirks | FromConfig<OAuthQuirks>
  /** When the answer names no lifetime. */
  defaultExpiresInSeconds?: number
}

/**
 * OAuth 2.0 client credentials (RFC 6749, section 4.4). Implies `clientId` and `clientSecret`; `privateKey` and `keyId` in
 * place of the secret where the client signs assertions.
 */
export interface ClientCredentialsAuth extends TokenEndpoint {
  type: 'client_credentials'
  /**
   * With `tls` the client proves itself by its certificate (RFC 8705); `clientCertificate` is then needed. With
   * `private_key_jwt` it signs an assertion for the token endpoint (RFC 7523, section 2.2); `clientKey` is then needed.
   */
  clientAuthentication: TokenClientAuthentication | FromConfig<TokenClientAuthentication>
  clientKey?: { algorithm: Algorithm }
}

type TokenClientAuthentication = 'basic' | 'body' | 'tls' | 'private_key_jwt'

type Algorithm = SigningKey['algorithm']

/**
 * An assertion signed by us is exchanged for a token (RFC 7523, section 2.1): Google's service accounts, Maskinporten,
 * Salesforce. Implies `clientId`, `privateKey` and `keyId`.
 */
export interface JwtBearerAuth extends TokenEndpoint {
  type: 'jwt_bearer'
  algorithm: Algorithm | FromConfig<Algorithm>
  /** `iss` is the client id and `aud` the token endpoint unless given here. */
  claims?: Record<string, ClaimTemplate>
  /**
   * The token is then exchanged for the one that calls are made with: a GET with the token as a bearer, answered with the
   * other as a JSON string or as plain text (Altinn). The path lies below the API's base.
   */
  exchange?: { path: string }
  /** `claims` puts the scopes into the assertion (Google, Maskinporten). */
  scopesIn?: 'request' | 'claims' | FromConfig<'request' | 'claims'>
  /** Of the assertion. 60 unless said otherwise. */
  lifetimeSeconds?: number
}

/**
 * A claim: a template, or an object or a list of such (RFC 9396). What names an optional field left empty leaves the claim
 * out as a whole, unless it stands under a name that ends in `?`: then it is left out alone.
 */
export type ClaimTemplate = string | readonly ClaimTemplate[] | { readonly [name: string]: ClaimTemplate }

/** The sign-in is confirmed on another device (RFC 8628). Implies `clientId` and an optional `clientSecret`. */
export interface DeviceAuth extends TokenEndpoint {
  type: 'device'
  deviceAuthorizationUrl: string
  revocationUrl?: string
  clientAuthentication: 'basic' | 'body' | FromConfig<'basic' | 'body'>
}

/** OAuth 1.0a (RFC 5849). Implies `clientId` and `clientSecret`, the consumer's key and secret. */
export interface OAuth1Auth extends MethodOptions {
  type: 'oauth1'
  requestTokenUrl: string
  authorizationUrl: string
  tokenUrl: string
  signatureMethod?: OAuth1SignatureMethod | FromConfig<OAuth1SignatureMethod>
  realm?: string
}

export type OAuth1SignatureMethod = 'HMAC-SHA1' | 'HMAC-SHA256' | 'PLAINTEXT'

/** HTTP Basic (RFC 7617). Implies `username` and `password`, as far as its templates name them. */
export interface BasicAuth extends MethodOptions {
  type: 'basic'
  /** `{username}` and `{password}` unless said otherwise; a key may stand alone in one of them. */
  username?: string
  password?: string
}

/** A bearer token that we sign ourselves: App Store Connect, GitHub Apps. Implies `clientId`, `privateKey`, `keyId`. */
export interface JwtAuth extends MethodOptions {
  type: 'jwt'
  algorithm: Algorithm | FromConfig<Algorithm>
  /** `iss` is the client id unless given here. */
  claims?: Record<string, string>
  /** A token serves all calls of this time. 600 unless said otherwise. */
  lifetimeSeconds?: number
  /** A token for each call, good for `lifetimeSeconds`. */
  perCall?: true
  placement?: TokenPlacement | FromConfig<TokenPlacement>
}

/**
 * A login endpoint that is no OAuth: a request made of the credentials brings a token. Implies no fields, but for those of
 * an `assertion`.
 */
export interface TwoStepAuth extends MethodOptions {
  type: 'two_step'
  /** May name credentials, each of which is one segment. With a leading slash it lies below the API's base. */
  tokenUrl: string
  /**
   * A token that we sign ourselves, as `{assertion}` in the request (GitHub Apps). Implies `clientId`, which is `iss`, and
   * `privateKey`.
   */
  assertion?: {
    algorithm: Algorithm | FromConfig<Algorithm>
    claims?: Record<string, string>
    /** From now on. 60 unless said otherwise. */
    lifetimeSeconds?: number
    /** `iat` lies so long ago, for a provider that refuses one from a clock ahead of its own. */
    backdateSeconds?: number
  }
  /** Statuses that refuse the credentials, beside 400, 401, 403 and 422. */
  refusals?: number[]
  request: {
    /** POST unless said otherwise. */
    method?: 'GET' | 'POST' | 'PUT'
    /** How the body is written. */
    format?: 'form' | 'json' | FromConfig<'form' | 'json'>
    headers?: Record<string, string>
    query?: Record<string, string>
    body?: Record<string, string>
    basic?: { username: string; password: string }
  }
  /** JSON paths into the answer. Neither time means that `defaultExpiresInSeconds` counts, or that it stays good. */
  answer: {
    token: string
    /** Seconds. */
    expiresIn?: string
    /** ISO 8601, or seconds since the epoch. */
    expiresAt?: string
  }
  defaultExpiresInSeconds?: number
  placement?: TokenPlacement | FromConfig<TokenPlacement>
}

/** A client certificate and nothing else. Implies `certificate`, `privateKey`, `passphrase` and `caCertificate`. */
export interface MtlsAuth extends MethodOptions {
  type: 'mtls'
}

/** AWS Signature Version 4. Implies `accessKeyId`, `secretAccessKey` and `sessionToken`. */
export interface AwsSigV4Auth extends MethodOptions {
  type: 'aws_sigv4'
  service: string
  region: string
}

/** Several headers and query parameters made of the fields. */
export interface CustomAuth extends MethodOptions {
  type: 'custom'
  fields: MethodField[]
}
