import type { Delivery, SignatureScheme } from './signature-scheme.ts'
import { requestContents } from './verify-request.ts'

/**
 * The bytes that the signature of a delivery has to cover, for whoever looks for a mistake. They are read from the
 * delivery as the scheme says and prove nothing: `verifySignature` judges.
 *
 * @returns undefined where the scheme signs nothing, or where something of what it signs is missing.
 * @throws KobleError `signature_scheme_invalid` as `verifySignature` does.
 */
export function signedBytes(scheme: SignatureScheme, delivery: Delivery): Buffer | undefined {
  switch (scheme.type) {
    case 'hmac':
    case 'public_key':
    case 'certificate': {
      // However old it is, the same bytes were signed.
      const ageless = scheme.timestamp || scheme.pairs ? { ...scheme, toleranceSeconds: 'any' as const } : scheme
      const contents = requestContents(ageless, delivery, new Date(0), '{secret}')
      if ('verified' in contents) return undefined
      return Buffer.concat(contents.at(0).map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
    }
    case 'standard_webhooks': {
      const id = delivery.headers['webhook-id'] ?? delivery.headers['svix-id']
      const timestamp = delivery.headers['webhook-timestamp'] ?? delivery.headers['svix-timestamp']
      if (typeof id !== 'string' || typeof timestamp !== 'string') return undefined
      return Buffer.concat([Buffer.from(`${id}.${timestamp}.`), delivery.body])
    }
    case 'jwt':
      return delivery.body
    case 'all_of':
      return scheme.schemes.map((part) => signedBytes(part, delivery)).find((bytes) => bytes !== undefined)
    default:
      return undefined
  }
}
