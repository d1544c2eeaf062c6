import type { Signing } from '@koble/contract/destinations'
import { randomToken } from '@koble/core/crypto'
import { generateSecret, generateSigningKeys } from '@koble/core/signatures'
import { apiError } from '../../http/problems.ts'

const publicKeyBytes = 32

/**
 * A secret to sign with, made up or the caller's own; null where nothing is signed. Throws `invalid_request` for one that
 * the kind of signature cannot use.
 */
export function signingSecretFor(signing: Signing, given?: string): string | null {
  if (given !== undefined) return demandUsable(signing, given)
  if (signing === 'none') return null
  if (signing === 'ed25519') return generateSigningKeys().secret
  return signing === 'standard' ? generateSecret({ type: 'standard_webhooks' }) : randomToken('')
}

/** What receivers check with: the secret itself, or of a key pair the public half alone. */
export function shownSecret(
  signing: Signing,
  secret: string | null,
): { secret: string | null; publicKey: string | null } {
  if (secret === null || signing === 'none') return { secret: null, publicKey: null }
  if (signing !== 'ed25519') return { secret, publicKey: null }
  // The seed, and behind it the public key.
  const bytes = Buffer.from(secret.slice('whsk_'.length), 'base64').subarray(-publicKeyBytes)
  return { secret: null, publicKey: `whpk_${bytes.toString('base64')}` }
}

function demandUsable(signing: Signing, given: string): string {
  if (signing === 'hex_hmac') return given
  if (signing !== 'standard') return refuse(`With "${signing}" no secret can be given.`)
  const encoded = given.replace(/^whsec_/, '')
  const bytes = Buffer.from(encoded, 'base64')
  const isBase64 = bytes.toString('base64').replaceAll('=', '') === encoded.replaceAll('=', '')
  if (isBase64 && bytes.length >= 24 && bytes.length <= 64) return `whsec_${bytes.toString('base64')}`
  return refuse('It is "whsec_" and 24 to 64 bytes in base64.')
}

function refuse(message: string): never {
  throw apiError('invalid_request', `signingSecret: ${message}`, { errors: [{ path: 'signingSecret', message }] })
}
