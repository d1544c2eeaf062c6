import type { Clock } from '@koble/core/resilience'
import type { LeasedRow, OutboundStore } from './store.ts'

/** So long what was just leased may take to come into a node's hands: a transaction, and the reading of its messages. */
const secondLookMs = 5_000

/**
 * Finds what is leased to this node and not in its hands, and gives it back. That comes of a database that went away: it
 * may have forgotten how an attempt ended, or leased something and not been able to say so. Nobody would look at such a
 * delivery before its lease runs out, minutes later. It is looked for twice, because what was leased a moment ago is in
 * nobody's hands yet. Rejects never; what fails is found by the next call, or by the end of the lease.
 */
export function createStrayFinder(parts: {
  node: number
  store: Pick<OutboundStore, 'listLeased' | 'giveBack'>
  holds(delivery: LeasedRow): boolean
  clock: Clock
  log: { warn(details: object, message: string): void }
}): () => void {
  const { node, store, holds, clock } = parts
  const onError = (error: unknown) => parts.log.warn({ err: error }, 'leases without a holder cannot be looked for')

  async function look(): Promise<void> {
    const suspects = (await store.listLeased(node)).filter((row) => !holds(row))
    if (suspects.length === 0) return
    clock.after(secondLookMs, () => {
      const strays = suspects.filter((row) => !holds(row))
      if (strays.length > 0) store.giveBack(node, strays).catch(onError)
    })
  }
  return () => void look().catch(onError)
}
