import { answerHandshake } from '@koble/core/signatures'
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
      const { registration, handshakes = [] } = findProvider(incoming.provider)?.webhooks ?? {}
      if (!registration?.upkeep || receipt.status >= 300) return receipt
      const { method, headers, body, search: url, endpointToken } = incoming
      const delivery = { method, headers, body, url }
      // Only what was verified is believed: anybody may send a handshake, and whatever else in its body.
      if (answerHandshake(handshakes, delivery, { secrets: [] })) return receipt
      const asked = readUpkeep(registration.upkeep, delivery)
      for (const todo of ['renew', 'recreate'] as const) {
        const ids = asked.filter(({ action }) => action === todo).map(({ externalId }) => externalId)
        if (ids.length > 0) await store.askFor(endpointToken, ids, todo)
      }
      return receipt
    },
  }
}
