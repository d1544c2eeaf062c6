import type { Verification } from '@koble/contract/webhooks'
import { KobleError } from '@koble/core/errors'
import { createAddressList } from '@koble/core/http'
import { type SignatureScheme, verifySignature } from '@koble/core/signatures'
import type { Webhooks } from '@koble/providers/define-provider'
import { apiError } from '../../http/problems.ts'

/** How deliveries are recognised and read: as the provider's definition says, or as somebody entered it. */
export type DeliveryRules = Pick<
  Webhooks,
  'signature' | 'secretFrom' | 'eventType' | 'eventId' | 'account' | 'handshakes'
>

/** What was entered, as the signatures know it: the contract's schema lets nothing else through. */
export function rulesOf(verification: Verification): DeliveryRules {
  return verification as DeliveryRules
}

/** Throws `invalid_request` when the parts of a scheme do not fit together, or leave the body unsigned. */
export function demandSoundScheme(scheme: SignatureScheme, path: string): void {
  try {
    for (const part of scheme.type === 'all_of' ? scheme.schemes : [scheme]) {
      if (part.type === 'address') createAddressList(part.networks)
      verifySignature(part, { ...probe, headers: {} }, { secrets: ['00'.repeat(32)], now: new Date() })
    }
  } catch (error) {
    if (!(error instanceof KobleError)) throw error
    const errors = [{ path, message: error.message }]
    throw apiError('invalid_request', `${path}: ${error.message}`, { errors })
  }
}

const probe = { method: 'POST', url: 'https://koble.invalid/webhooks', body: Buffer.from('{}') }
