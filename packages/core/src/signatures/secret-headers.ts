import type { SignatureScheme } from './signature-scheme.ts'

/**
 * The headers, in lower case, whose value is the secret itself: they are not to be logged, stored or passed on.
 * Signatures are none: they give nothing away.
 */
export function secretHeaders(scheme: SignatureScheme): string[] {
  if (scheme.type === 'token' || scheme.type === 'jwt') return [scheme.header.toLowerCase()]
  if (scheme.type === 'basic') return ['authorization']
  return scheme.type === 'all_of' ? scheme.schemes.flatMap(secretHeaders) : []
}
