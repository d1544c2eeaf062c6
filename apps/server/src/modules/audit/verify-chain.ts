import type { AuditBreak, AuditVerification } from '@koble/contract/activity'
import { type AuditStore, auditHash, genesis } from './store.ts'

const batchRows = 1000

/**
 * Walks the chain from its first entry, a batch at a time, while others may be adding to it. The head, which is kept in
 * a table of its own and written in the same transaction as each entry, tells what is missing at the end, and what was
 * put there by somebody who did not know of it.
 */
export async function verifyChain(store: AuditStore, organizationId: string): Promise<AuditVerification> {
  let entries = 0
  let hash = genesis
  const verdict = (broken: AuditVerification['firstBroken']): AuditVerification => ({
    ok: broken === null,
    entries,
    firstBroken: broken,
    checkedAt: new Date().toISOString(),
  })
  const brokenNext = (reason: AuditBreak, id: string | null = null) => verdict({ sequence: entries + 1, id, reason })

  for (;;) {
    // Read before the entries: all of them up to here must be there.
    const before = await store.findHead(organizationId)
    const rows = await store.listChain(organizationId, entries, batchRows)
    // Read after them: none of them may be beyond.
    const after = await store.findHead(organizationId)
    for (const { hash: stored, ...row } of rows) {
      if (row.sequence !== entries + 1) return brokenNext('missing')
      if (row.sequence > (after?.sequence ?? 0)) return brokenNext('not_recorded', row.id)
      if (auditHash(row) !== stored) return brokenNext('content', row.id)
      if (row.previous_hash !== hash) return brokenNext('order', row.id)
      for (const head of [before, after]) {
        if (head?.sequence === row.sequence && head.hash !== stored) return brokenNext('not_recorded', row.id)
      }
      entries = row.sequence
      hash = stored
    }
    if (rows.length < batchRows) return entries < (before?.sequence ?? 0) ? brokenNext('missing') : verdict(null)
  }
}
