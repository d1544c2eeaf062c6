import { type SignOptions, signRequest, type UnsignedRequest } from './sign-request.ts'
import type { SignatureScheme } from './signature-scheme.ts'

/**
 * The headers, by lower-case name, with which the provider would send this body: for test deliveries, and for what we
 * send ourselves. A scheme whose proof stands elsewhere adds none (`body_token`, a signature in the query or the body):
 * `signRequest` gives the whole request.
 *
 * @throws KobleError as `signRequest` does.
 */
export function signDelivery(scheme: SignatureScheme, delivery: UnsignedRequest & SignOptions): Record<string, string> {
  if (scheme.type === 'body_token') return {}
  const { headers: given = {}, method, url, body, ...options } = delivery
  const { headers } = signRequest(scheme, { method, url, headers: given, body }, options)
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => given[name] !== value))
}
