import type { Item } from '@koble/sdk'
import { useCallback } from 'react'
import { useKobleContext } from '../koble-provider.tsx'
import { useList } from './use-list.ts'

/** A message on its way to a destination. */
export type Delivery = Item<'GET /api/destinations/{id}/deliveries'>
export type DeliveryStatus = Delivery['status']
/** One try. */
export type Attempt = Item<'GET /api/destinations/{id}/attempts'>

const slowMs = 5_000
const fastMs = 1_500
const isUnderWay = ({ status, nextAttemptAt }: Delivery) =>
  status === 'pending' ||
  (status === 'retrying' && nextAttemptAt !== null && Date.parse(nextAttemptAt) < Date.now() + 10_000)

/** The messages of a destination, newest first and kept up to date, and a way to send one again. */
export function useDeliveries(destinationId: string, filter: { status?: DeliveryStatus; eventType?: string } = {}) {
  const { koble, cache } = useKobleContext()
  const { status, eventType } = filter
  const { rows, ...list } = useList(
    `deliveries/${destinationId}/${status ?? ''}/${eventType ?? ''}`,
    (query) => koble.destinations.deliveries(destinationId).list({ ...query, status, eventType }),
    { everyMs: (known) => (known.some(isUnderWay) ? fastMs : slowMs) },
  )
  const resend = useCallback(
    async (messageId: string) => {
      await koble.messages.resend(messageId, { destinationIds: [destinationId] })
      cache.invalidate(`deliveries/${destinationId}/`)
      cache.invalidate(`attempts/${destinationId}/`)
    },
    [koble, cache, destinationId],
  )
  return { deliveries: rows, ...list, resend }
}

/** Every try to deliver to a destination, or those for one message, newest first. */
export function useAttempts(destinationId: string, messageId?: string) {
  const { koble } = useKobleContext()
  const { rows, ...list } = useList(
    `attempts/${destinationId}/${messageId ?? ''}`,
    (query) => koble.destinations.attempts(destinationId).list({ ...query, messageId }),
    { everyMs: () => 3_000 },
  )
  return { attempts: rows, ...list }
}
