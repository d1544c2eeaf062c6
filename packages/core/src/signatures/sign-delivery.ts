import { randomBytes } from 'node:crypto'
import { KobleError } from '../errors/errors.ts'
import { hmacPlan } from './hmac-plan.ts'
import { hmacKey, mac, standardWebhooksKey } from './mac.ts'
import type { SignatureScheme } from './signature-scheme.ts'

/**
 * The headers, by lower-case name, with which the provider would send this body: for test deliveries, and for what we
 * send ourselves. A `body_token` scheme has none, since its body carries the secret.
 *
 * @param delivery.id The delivery's id, for schemes that sign one; a new one when absent. A retry keeps the id.
 * @throws KobleError `signature_secret_invalid` when the secret is blank or not in the scheme's encoding,
 * `delivery_id_invalid` when the id holds a dot or anything but visible ASCII, `signature_scheme_invalid`.
 */
export function signDelivery(
  scheme: SignatureScheme,
  delivery: { body: Buffer; secret: string; now: Date; id?: string },
): Record<string, string> {
  const { body, secret } = delivery
  const timestamp = String(Math.floor(delivery.now.getTime() / 1000))
  switch (scheme.type) {
    case 'hmac': {
      const plan = hmacPlan(scheme)
      const key = required(hmacKey(secret, plan.secretEncoding))
      const before = plan.before.join(timestamp)
      const signature = plan.prefix + mac(plan.algorithm, key, plan.encoding, before, body, plan.after.join(timestamp))
      if (plan.pairs) {
        const { timestampKey, signatureKey } = plan.pairs
        return { [plan.header]: `${timestampKey}=${timestamp},${signatureKey}=${signature}` }
      }
      if (plan.timestampHeader === null) return { [plan.header]: signature }
      return { [plan.timestampHeader]: timestamp, [plan.header]: signature }
    }
    case 'standard_webhooks': {
      const id = delivery.id ?? `msg_${randomBytes(16).toString('hex')}`
      if (!/^[!-~]+$/.test(id) || id.includes('.')) {
        throw new KobleError('delivery_id_invalid', 'The id of a delivery is visible ASCII without dots.', {
          status: 400,
        })
      }
      const signature = mac('sha256', required(standardWebhooksKey(secret)), 'base64', `${id}.${timestamp}.`, body)
      return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
    }
    case 'token':
      return { [scheme.header.toLowerCase()]: required(hmacKey(secret, 'utf8')) as string }
    case 'body_token':
      return {}
    default:
      throw new KobleError('signature_scheme_invalid', 'The signature scheme is of an unknown type.')
  }
}

function required<Key>(key: Key | null): Key {
  if (key !== null) return key
  throw new KobleError('signature_secret_invalid', 'The webhook secret is blank or not in the form its scheme needs.', {
    status: 400,
  })
}
