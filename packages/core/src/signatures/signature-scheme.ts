import type { SignaturePlace, SignedContent } from './signed-content.ts'

/**
 * How a provider proves that a delivery is its own, as data.
 *
 * - `hmac`: a keyed hash over the raw body, or over other parts of the request as a template names them.
 * - `public_key`: the same with a public key for a secret (ECDSA, RSA, Ed25519).
 * - `certificate`: the same with a certificate that the delivery names by URL (PayPal).
 * - `jwt`: a signed JSON Web Token with the body's hash among its claims (Vonage).
 * - `standard_webhooks`: {@link https://www.standardwebhooks.com Standard Webhooks} 1.0, with symmetric (`v1`) and
 *   asymmetric (`v1a`) keys; the `svix-*` names of the same headers are accepted too.
 * - `token`, `query_token`, `body_token`, `basic`: the header, the query, the body or the user and password of HTTP Basic
 *   carry the secret itself.
 * - `address`, `client_certificate`: the connection is the proof; the caller says what it saw of it.
 * - `all_of`: several of these, each of which must hold.
 *
 * Use one object per provider and do not change it afterwards: what can be worked out ahead is kept per object.
 */
export type SignatureScheme =
  | HmacScheme
  | PublicKeyScheme
  | CertificateScheme
  | JwtScheme
  | StandardWebhooksScheme
  | TokenScheme
  | QueryTokenScheme
  | BodyTokenScheme
  | BasicScheme
  | AddressScheme
  | ClientCertificateScheme
  | AllOfScheme

/** An HMAC with a shared secret, over the parts of the request that the scheme names. */
export type HmacScheme = SignaturePlace &
  SignedContent & {
    type: 'hmac'
    algorithm: 'sha1' | 'sha256' | 'sha512'
    /** `hex` is lower case, `base64` the standard alphabet with padding, `base64url` without; all else is rejected. */
    encoding: 'hex' | 'base64' | 'base64url'
    /** `any` takes upper-case hex too. Default `lower`. */
    hexCase?: 'lower' | 'any'
    /** How the secret's text becomes the key's bytes. Default `utf8`. */
    secretEncoding?: 'utf8' | 'base64' | 'hex'
    /**
     * `secret_last` is no HMAC but the bare hash of the content and then the secret (Cloudinary). The bare hash of the
     * secret and then the content is not offered: anybody can lengthen such a message. Default `hmac`.
     */
    construction?: 'hmac' | 'secret_last'
  }

/** The secrets are public keys: PEM, or base64 of the SubjectPublicKeyInfo. To sign: PEM, or base64 of PKCS #8. */
export type PublicKeyScheme = SignaturePlace &
  SignedContent & {
    type: 'public_key'
    /** ECDSA signatures are in DER. RSA is PKCS #1 v1.5 with keys of at least 2048 bits. */
    algorithm: 'ecdsa_p256_sha256' | 'rsa_sha256' | 'ed25519'
    encoding: 'hex' | 'base64'
    /** `raw`: the key is the 32 bytes of Ed25519 in hex, to sign too (the seed). Default `spki`. */
    keyFormat?: 'spki' | 'raw'
  }

/**
 * The signature is checked with the certificate behind a URL that the delivery names. Fetching it is the caller's part:
 * `certificateUrl` says which, once it is known to be one of the provider's own; see `VerifyOptions.certificate`.
 * The secrets are our ids at the provider, and stand in the signed content as `{secret}`.
 */
export type CertificateScheme = SignaturePlace &
  SignedContent & {
    type: 'certificate'
    algorithm: 'rsa_sha256'
    encoding: 'hex' | 'base64'
    certificateUrl: {
      /** The header with the URL. */
      header: string
      /** Exact hosts, with the port where it is not 443; the scheme is always https. */
      hosts: readonly string[]
      pathPrefix?: string
    }
    /** Names of which the certificate must carry one; `.paypal.com` stands for every name below that domain. */
    subjectNames: readonly string[]
    /** PEM. The authorities that may vouch for it, in place of those that the caller trusts otherwise. */
    anchors?: readonly string[]
  }

/** https://www.rfc-editor.org/rfc/rfc7519 */
export interface JwtScheme {
  type: 'jwt'
  header: string
  /** What stands before the token: `Bearer `. */
  prefix?: string
  /** The only algorithm taken. With RS256, ES256 and EdDSA the secrets are public keys. */
  algorithm: 'HS256' | 'HS512' | 'RS256' | 'ES256' | 'EdDSA'
  /** What `iss` must be. */
  issuer?: string
  /** The claim with the hash of the raw body. */
  bodyHash: { claim: string; encoding: 'hex' | 'base64' | 'base64url' }
  /** How far `iat` may be from now, in either direction; `exp` and `nbf` count as well. Default 300. */
  toleranceSeconds?: number
}

/** https://www.standardwebhooks.com, with its `webhook-*` header fields or the `svix-*` ones. */
export interface StandardWebhooksScheme {
  type: 'standard_webhooks'
}

/** The secret itself stands in a header field. */
export interface TokenScheme {
  type: 'token'
  header: string
  /** What stands before the token: `Bearer `. */
  prefix?: string
}

/** The URL we gave the provider carries the secret, for those that sign nothing (Klarna, Altinn). */
export interface QueryTokenScheme {
  type: 'query_token'
  query: string
}

/** The secret itself stands in a field of the JSON body. */
export interface BodyTokenScheme {
  type: 'body_token'
  /** Names joined by dots, `[]` for every item of an array: `value[].clientState`. */
  path: string
}

/** HTTP Basic; the secret is `user:password`. https://www.rfc-editor.org/rfc/rfc7617 */
export interface BasicScheme {
  type: 'basic'
}

/** The sender's address is one of the provider's. Good as a second proof; as the only one, it trusts the network. */
export interface AddressScheme {
  type: 'address'
  /** CIDRs or single addresses. */
  networks: readonly string[]
}

/** The TLS server has checked a client certificate, and it is one of those meant here. At least one is needed. */
export interface ClientCertificateScheme {
  type: 'client_certificate'
  /** Names of which it must carry one; `.example.com` stands for every name below that domain. */
  subjectNames?: readonly string[]
  /** The secrets are SHA-256 fingerprints in hex, with or without colons, and one of them must be its own. */
  pinned?: boolean
}

/** Each must hold, with the same secrets. */
export interface AllOfScheme {
  type: 'all_of'
  schemes: readonly SignatureScheme[]
}

/** A request as it came in, before anything parsed it. */
export interface Delivery {
  /** By lower-case name, as node:http gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The exact bytes that were sent. */
  body: Buffer
  /** For schemes that sign it: in upper case. */
  method?: string | undefined
  /**
   * For schemes that sign or read it: the whole URL as the provider was given it, with the query. Built from our own
   * configuration and not from the `Host` header, which the sender chooses and proxies rewrite.
   */
  url?: string | undefined
  /** For `address`: the peer's, or what a proxy that we trust says it is. */
  remoteAddress?: string
  /** For `client_certificate`: absent when the peer showed none. */
  clientCertificate?: {
    /** Whether the TLS server verified it up to an authority it trusts (`socket.authorized`). */
    authorized: boolean
    /** As node gives it: hex pairs with colons. */
    fingerprint256: string
    /** The common name and the alternative names of type DNS. */
    subjectNames: readonly string[]
  }
}

/** What a delivery is judged by. */
export interface VerifyOptions {
  /** Every secret that is valid now; blank ones are ignored. */
  secrets: readonly string[]
  /** The receiver's clock, against which a signed time is measured. */
  now: Date
  /**
   * For `certificate`: the PEM (a certificate, or a public key that the caller judged by itself) behind a URL that
   * `certificateUrl` gave, fetched over https without following redirects, and kept. `undefined`: not fetched yet.
   */
  certificate?: (url: string) => string | undefined
}

/**
 * Why a delivery was rejected.
 *
 * - `secret_missing`: there is no secret, or none that can be a key of this scheme.
 * - `header_missing`: a header, query parameter or field of the scheme is absent or empty.
 * - `header_malformed`: it is there twice, or not in the form that the provider sends.
 * - `timestamp_stale`: the signed time is too far in the past or in the future.
 * - `mismatch`: all is well-formed, but no secret makes this signature.
 * - `body_malformed`: the body is not of the kind that the scheme reads, or carries no token.
 * - `certificate_missing`: the caller has not fetched the certificate. `certificate_refused`: its URL is not the
 *   provider's, or it is expired or in another name.
 * - `peer_refused`: the address or the client certificate is not one of the allowed.
 * - `replayed`: `verifyOnce` has seen it before.
 */
export type SignatureFailure =
  | 'secret_missing'
  | 'header_missing'
  | 'header_malformed'
  | 'timestamp_stale'
  | 'mismatch'
  | 'body_malformed'
  | 'certificate_missing'
  | 'certificate_refused'
  | 'peer_refused'
  | 'replayed'

/** What `verifySignature` found. */
export type SignatureResult = { readonly verified: true } | SignatureRejection

/** A delivery that must not be believed, and why. */
export interface SignatureRejection {
  readonly verified: false
  readonly reason: SignatureFailure
}
