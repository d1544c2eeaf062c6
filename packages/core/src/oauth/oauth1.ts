import { createHmac, createSign } from 'node:crypto'
import { generateRandomString } from './pkce.ts'

/** What is about to be sent. */
export interface OAuth1Request {
  method: string
  /** With its query; a fragment is not signed. */
  url: string | URL
  /** The body, when it is a form; any other body is not signed. */
  form?: URLSearchParams
}

/** Who signs an OAuth 1.0a request, and how. */
export interface OAuth1Credentials {
  consumerKey: string
  /** Not needed with RSA. */
  consumerSecret?: string
  /** Absent while asking for a request token. */
  token?: string
  tokenSecret?: string
  /** `HMAC-SHA1` unless said otherwise. */
  signatureMethod?: 'HMAC-SHA1' | 'HMAC-SHA256' | 'RSA-SHA1' | 'RSA-SHA256' | 'PLAINTEXT'
  /** PEM, for RSA. */
  privateKey?: string
  realm?: string
}

/**
 * Signs a request as OAuth 1.0a asks for, and returns the value of its `Authorization` header. A request that is sent
 * again must be signed again. https://www.rfc-editor.org/rfc/rfc5849#section-3
 *
 * @param options `parameters`: others of the protocol, such as `oauth_callback` and `oauth_verifier`; `now` and `nonce`
 * are for tests.
 */
export function signOAuth1(
  request: OAuth1Request,
  credentials: OAuth1Credentials,
  options: { parameters?: Record<string, string>; now?: Date; nonce?: string } = {},
): string {
  const signatureMethod = credentials.signatureMethod ?? 'HMAC-SHA1'
  const protocol: Record<string, string> = {
    oauth_consumer_key: credentials.consumerKey,
    ...(credentials.token !== undefined && { oauth_token: credentials.token }),
    oauth_signature_method: signatureMethod,
    oauth_timestamp: String(Math.floor((options.now ?? new Date()).getTime() / 1000)),
    oauth_nonce: options.nonce ?? generateRandomString(32),
    oauth_version: '1.0',
    ...options.parameters,
  }
  const signature = signatureOf(signatureBaseString(request, protocol), credentials)
  const fields = Object.entries({ ...protocol, oauth_signature: signature })
  const realm = credentials.realm === undefined ? [] : [`realm="${credentials.realm.replace(/["\\]/g, '\\$&')}"`]
  return `OAuth ${[...realm, ...fields.map(([name, value]) => `${encode(name)}="${encode(value)}"`)].join(', ')}`
}

/** Method, address and all parameters in one text. https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1 */
export function signatureBaseString(request: OAuth1Request, protocol: Record<string, string>): string {
  const url = new URL(request.url)
  // A name may come several times, in the query and in the body, and each time counts.
  const parameters = [...url.searchParams, ...(request.form ?? []), ...Object.entries(protocol)]
  const sorted = parameters
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return [request.method.toUpperCase(), url.origin + url.pathname, sorted].map(encode).join('&')
}

/** The base string under both secrets, or under the private key. https://www.rfc-editor.org/rfc/rfc5849#section-3.4.2 */
export function signatureOf(baseString: string, credentials: OAuth1Credentials): string {
  const method = credentials.signatureMethod ?? 'HMAC-SHA1'
  const secret = [credentials.consumerSecret ?? '', credentials.tokenSecret ?? ''].map(encode).join('&')
  if (method === 'PLAINTEXT') return secret
  const algorithm = method.endsWith('SHA1') ? 'sha1' : 'sha256'
  if (method.startsWith('RSA')) {
    return createSign(algorithm)
      .update(baseString)
      .sign(credentials.privateKey ?? '', 'base64')
  }
  return createHmac(algorithm, secret).update(baseString).digest('base64')
}

/** Everything but letters, digits and `-._~`. https://www.rfc-editor.org/rfc/rfc5849#section-3.6 */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** By bytes, which after encoding is by characters. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
