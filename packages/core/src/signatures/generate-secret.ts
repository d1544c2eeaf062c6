import { randomBytes } from 'node:crypto'
import type { SignatureScheme } from './signature-scheme.ts'

/**
 * A new secret of 256 random bits in the form the scheme takes: `whsec_` and base64 for Standard Webhooks, the encoding
 * that an `hmac` scheme decodes its secret from, else base64url, which survives every form, header and shell.
 */
export function generateSecret(scheme: SignatureScheme): string {
  const bytes = randomBytes(32)
  if (scheme.type === 'standard_webhooks') return `whsec_${bytes.toString('base64')}`
  if (scheme.type === 'hmac' && scheme.secretEncoding && scheme.secretEncoding !== 'utf8') {
    return bytes.toString(scheme.secretEncoding)
  }
  return bytes.toString('base64url')
}
