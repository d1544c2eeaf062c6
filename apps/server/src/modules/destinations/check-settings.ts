import type { DestinationType } from '@koble/contract/destination-types'
import type { UpdateDestination } from '@koble/contract/destinations'
import { type Actor, ownerSeenBy } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'
import type { OutboundService } from '../webhooks-out/service.ts'

/**
 * Refuses what cannot be sent by: an address that must not be called, a filter or a transform that cannot be read, a
 * header that is not the caller's to set, event types that are not the caller's business. Without a type the configuration
 * is not looked at. Throws `invalid_request` that names the fields.
 */
export async function checkSettings(
  outbound: Pick<OutboundService, 'checkDestination'>,
  actor: Actor,
  type: DestinationType | null,
  settings: Pick<UpdateDestination, 'filter' | 'transform' | 'eventTypes' | 'headers'>,
  config: Record<string, unknown>,
): Promise<void> {
  const { filter, transform, eventTypes, headers } = settings
  const errors = await outbound.checkDestination({
    type,
    // The credentials for the receiver are looked at elsewhere.
    config: type === 'https' ? { url: config['url'] } : config,
    ...(filter !== undefined && { filter }),
    ...(transform !== undefined && { transform }),
    ...(eventTypes !== undefined && { eventTypes }),
    ...(headers !== undefined && { headers }),
  })
  if (ownerSeenBy(actor) !== null && eventTypes?.some((pattern) => /^koble(\.|$)/.test(pattern))) {
    errors.push({ path: 'eventTypes', message: 'What happens inside Koble is not for end users.' })
  }
  if (errors.length === 0) return
  throw apiError('invalid_request', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), { errors })
}
