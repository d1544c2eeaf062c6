import { findProvider } from '@koble/providers/catalogue'
import { readUpkeep } from '@koble/providers/read-source'
import type { Ingest } from '../webhooks-in/service.ts'
import type { RegistrationStore } from './store.ts'

/**
 * An ingest that also hears what providers say of registrations themselves (that one ends, or was removed). It is written
 * down before the delivery is acknowledged, whether or not the endpoint takes such events.
 */
export function watchUpkeep(ingest: Ingest, store: Pick<RegistrationStore, 'askFor'>): Ingest {
  return {
    ...ingest,
    async receive(incoming) {
      const receipt = await ingest.receive(incoming)
      const upkeep = findProvider(incoming.provider)?.webhooks?.registration?.upkeep
      // Only what was verified and taken is believed; a handshake has no items.
      if (!upkeep || receipt.status !== 200) return receipt
      const { headers, body, endpointToken } = incoming
      for (const { externalId, action } of readUpkeep(upkeep, { headers, body })) {
        await store.askFor(endpointToken, [externalId], action)
      }
      return receipt
    },
  }
}
