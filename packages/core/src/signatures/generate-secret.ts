import { randomBytes } from 'node:crypto'
import { schemeError } from './scheme-error.ts'
import type { SignatureScheme } from './signature-scheme.ts'

/**
 * A new secret of 256 random bits in the form the scheme takes: `whsec_` and base64 for Standard Webhooks, the encoding
 * that an `hmac` scheme decodes its secret from, user and password for `basic`, else base64url, which survives every
 * form, header and shell.
 *
 * @throws KobleError `signature_scheme_invalid` when nobody can make one up: keys and ids that the provider gives, and
 * schemes without a secret.
 */
export function generateSecret(scheme: SignatureScheme): string {
  const bytes = randomBytes(32)
  switch (scheme.type) {
    case 'standard_webhooks':
      return `whsec_${bytes.toString('base64')}`
    case 'hmac':
      if (!scheme.secretEncoding || scheme.secretEncoding === 'utf8') return bytes.toString('base64url')
      return bytes.toString(scheme.secretEncoding)
    case 'basic':
      return `koble:${bytes.toString('base64url')}`
    case 'jwt':
      if (scheme.algorithm.startsWith('HS')) return bytes.toString('base64url')
      break
    case 'token':
    case 'query_token':
    case 'body_token':
      return bytes.toString('base64url')
    case 'all_of': {
      const secret = scheme.schemes.find(({ type }) => type !== 'address' && type !== 'client_certificate')
      if (secret) return generateSecret(secret)
    }
  }
  throw schemeError('takes no secret of ours')
}
