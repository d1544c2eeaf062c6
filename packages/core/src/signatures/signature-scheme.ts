/**
 * How a provider proves that a delivery is its own, as data.
 *
 * - `hmac`: a keyed hash over the raw body, optionally with a signed timestamp.
 * - `standard_webhooks`: {@link https://www.standardwebhooks.com Standard Webhooks} 1.0 with symmetric secrets (`v1`);
 *   the `svix-*` names of the same headers are accepted too.
 * - `token`: the header is the secret itself (Google's channel token).
 * - `body_token`: the body carries the secret (`clientState` of Microsoft Graph).
 *
 * Use one object per provider and do not change it afterwards: what can be worked out ahead is kept per object.
 */
export type SignatureScheme = HmacScheme | StandardWebhooksScheme | TokenScheme | BodyTokenScheme

export interface HmacScheme {
  type: 'hmac'
  algorithm: 'sha1' | 'sha256' | 'sha512'
  /** The header with the signature; its case does not matter. */
  header: string
  /** `hex` is lower case, `base64` the standard alphabet with padding; any other spelling is rejected. */
  encoding: 'hex' | 'base64'
  /** What stands before the signature: `sha256=`, `v0=`. */
  prefix?: string
  /** What is signed, with `{body}` exactly once and any number of `{timestamp}`. Default `{body}`. */
  signedContent?: string
  /** How the secret's text becomes the key's bytes. Default `utf8`. */
  secretEncoding?: 'utf8' | 'base64' | 'hex'
  /** The header with the signed time in Unix seconds. */
  timestamp?: { header: string }
  /** Time and signatures share the header as `t=…,v1=…,v1=…`; pairs with other keys are ignored. */
  pairs?: { timestampKey: string; signatureKey: string }
  /** How far the signed time may be from now, in either direction. Default 300. */
  toleranceSeconds?: number
}

export interface StandardWebhooksScheme {
  type: 'standard_webhooks'
}

export interface TokenScheme {
  type: 'token'
  header: string
}

export interface BodyTokenScheme {
  type: 'body_token'
  /** Names joined by dots, `[]` for every item of an array: `value[].clientState`. */
  path: string
}

/** A request as it came in, before anything parsed it. */
export interface Delivery {
  /** By lower-case name, as node:http gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The exact bytes that were sent. */
  body: Buffer
}

/**
 * Why a delivery was rejected.
 *
 * - `secret_missing`: there is no secret, or none that can be a key of this scheme.
 * - `header_missing`: a header of the scheme is absent or empty.
 * - `header_malformed`: it is there twice, or not in the form that the provider sends.
 * - `timestamp_stale`: the signed time is too far in the past or in the future.
 * - `mismatch`: all is well-formed, but no secret makes this signature.
 * - `body_malformed`: the body that should carry the token is not JSON, or carries none.
 */
export type SignatureFailure =
  | 'secret_missing'
  | 'header_missing'
  | 'header_malformed'
  | 'timestamp_stale'
  | 'mismatch'
  | 'body_malformed'

export type SignatureResult = { readonly verified: true } | SignatureRejection

export interface SignatureRejection {
  readonly verified: false
  readonly reason: SignatureFailure
}
