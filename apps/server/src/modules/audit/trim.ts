import type { EncryptionService } from '../encryption/service.ts'
import { type Anchor, readBeginning, sealAnchor } from './anchor.ts'
import type { AuditStore } from './store.ts'
import { findBreak } from './verify-chain.ts'

const batchRows = 1000

/** What a removal did; `broken` is the entry at which it stopped, because the chain does not hold there. */
export interface Trimmed {
  removed: number
  upTo: Anchor | null
  broken: number | null
}

/**
 * Removes the entries of an organization from before that time, oldest first, and seals which one was the last. Each is
 * verified before: what shows that somebody tampered is never removed. The newest entry always stays, as the chain goes
 * on from it.
 */
export async function trimChain(
  store: AuditStore,
  encryption: EncryptionService,
  organizationId: string,
  before: Date,
): Promise<Trimmed> {
  const beginning = await readBeginning(store, encryption, organizationId)
  if (!beginning.isGenuine) return { removed: 0, upTo: null, broken: beginning.sequence }
  let at: Anchor = beginning
  let removed = 0
  const outcome = (broken: number | null): Trimmed => ({ removed, upTo: removed > 0 ? at : null, broken })
  for (;;) {
    const head = await store.findHead(organizationId)
    const rows = await store.listChain(organizationId, at.sequence, batchRows)
    let last = at
    let broken: number | null = null
    for (const row of rows) {
      if (row.at >= before || row.sequence >= (head?.sequence ?? 0)) break
      if (findBreak(row, last)) {
        broken = last.sequence + 1
        break
      }
      last = { sequence: row.sequence, hash: row.hash }
    }
    if (last.sequence === at.sequence) return outcome(broken)
    const seal = await sealAnchor(encryption, organizationId, last)
    const count = last.sequence - at.sequence
    await store.removeUpTo(organizationId, last, { seal, count })
    removed += count
    at = last
    if (broken !== null) return outcome(broken)
  }
}
