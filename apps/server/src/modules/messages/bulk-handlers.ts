import type { DeliveryFilter } from '@koble/contract/messages'
import type { BulkHandlers } from '../bulk/service.ts'
import type { MessageStore, Slice } from './store.ts'

/**
 * A message that was being written when its destination was switched on may be parked behind it: those are looked for
 * once more.
 */
const settleMs = 1_500

/** Sends many deliveries again, or gives them up. What somebody is sending at the moment is left alone. */
export function deliveryOperations(store: MessageStore): BulkHandlers {
  type Work = MessageStore['resendSlice']
  const each = (work: Work, ended: string, otherwise: string) => ({
    finishAfterMs: settleMs,
    async runBatch(
      slices: unknown[],
      { organizationId, input: filter }: { organizationId: string; input: DeliveryFilter },
    ) {
      const outcomes = []
      for (const slice of slices as Slice[]) {
        const count = slice.count === 0 ? 0 : await work(organizationId, filter, slice)
        outcomes.push({ ended, count }, { ended: otherwise, count: slice.count - count })
      }
      return { outcomes }
    },
    async finish({ organizationId, input: filter }: { organizationId: string; input: DeliveryFilter }) {
      if (filter.destinationId === undefined || !filter.status.includes('parked')) return {}
      let late = 0
      for (const slice of await store.slices(organizationId, { ...filter, status: ['parked'] })) {
        late += await work(organizationId, filter, slice)
      }
      return late > 0 ? { counts: { late } } : {}
    },
  })
  return {
    resend: each(store.resendSlice, 'resent', 'skipped'),
    discard: each(store.discardSlice, 'discarded', 'skipped'),
  }
}
