import { type SignatureScheme, signDelivery } from '@koble/core/signatures'
import type { OpenDestination } from './destination.ts'

const hexHmac = (header: string): SignatureScheme => ({
  type: 'hmac',
  algorithm: 'sha256',
  encoding: 'hex',
  header,
})

const hexHmacHeaders = ['x-webhook-signature', 'x-webhook-signature-previous']

/**
 * The headers, by lower-case name, that prove a body is ours. A retry keeps the id and gets a new time. While a secret
 * is being replaced, Standard Webhooks carries a signature by either, and `hex_hmac`, whose header holds just one, that
 * of the previous secret in `x-webhook-signature-previous`.
 *
 * Throws `KobleError('signature_secret_invalid')` for a secret that is no such secret, or missing.
 */
export function signedHeaders(
  destination: Pick<OpenDestination, 'signing' | 'svixHeaders' | 'signingSecret' | 'previousSigningSecret'>,
  message: { id: string; body: Buffer },
  now: Date,
): Record<string, string> {
  const { signing, signingSecret, previousSigningSecret: previous } = destination
  if (signing === 'none') return { 'webhook-id': message.id, 'webhook-timestamp': secondsOf(now) }
  const { id, body } = message
  const secrets = [signingSecret ?? '']
  if (previous !== null && previous.until.getTime() > now.getTime()) secrets.push(previous.secret)
  if (signing === 'hex_hmac') {
    const signatures = secrets.map((secret, index) =>
      signDelivery(hexHmac(hexHmacHeaders[index] as string), { body, secret, now }),
    )
    return Object.assign({ 'x-webhook-id': id }, ...signatures)
  }
  const headers = signDelivery({ type: 'standard_webhooks' }, { body, secret: secrets, now, id })
  if (!destination.svixHeaders) return headers
  const aliases = Object.entries(headers).map(([name, value]) => [name.replace('webhook-', 'svix-'), value])
  return { ...headers, ...Object.fromEntries(aliases) }
}

const secondsOf = (now: Date) => String(Math.floor(now.getTime() / 1000))
