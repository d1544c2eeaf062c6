import type { AuditBreak, AuditVerification } from '@koble/contract/activity'
import type { EncryptionService } from '../encryption/service.ts'
import { type Anchor, type Beginning, readBeginning } from './anchor.ts'
import { type AuditStore, auditHash } from './store.ts'

const batchRows = 1000

type Row = Awaited<ReturnType<AuditStore['listChain']>>[number]

/**
 * Walks the chain from its first entry, a batch at a time, while others may be adding to it. The head, which is kept in
 * a table of its own and written in the same transaction as each entry, tells what is missing at the end, and what was
 * put there by somebody who did not know of it. Where retention removed the oldest entries, the sealed anchor says with
 * which hash the rest begins.
 */
export async function verifyChain(
  store: AuditStore,
  encryption: EncryptionService,
  organizationId: string,
): Promise<AuditVerification> {
  for (;;) {
    const beginning = await readBeginning(store, encryption, organizationId)
    const verification = await verifyFrom(store, organizationId, beginning)
    if (verification.ok) return verification
    // What was removed by retention meanwhile is not missing.
    const anchor = await store.findAnchor(organizationId)
    if ((anchor?.sequence ?? 0) === beginning.sequence) return verification
  }
}

/** Why an entry does not belong where it stands; null when it does. */
export function findBreak({ hash: stored, ...row }: Row, before: Anchor): AuditBreak | null {
  if (row.sequence !== before.sequence + 1) return 'missing'
  if (auditHash(row) !== stored) return 'content'
  return row.previous_hash === before.hash ? null : 'order'
}

async function verifyFrom(store: AuditStore, organizationId: string, beginning: Beginning): Promise<AuditVerification> {
  const { sequence: removed, removedAt, isGenuine } = beginning
  let { sequence, hash }: Anchor = beginning
  const verdict = (broken: AuditVerification['firstBroken']): AuditVerification => ({
    ok: broken === null,
    entries: sequence - removed,
    removed: removedAt ? { entries: removed, at: removedAt.toISOString() } : null,
    firstBroken: broken,
    checkedAt: new Date().toISOString(),
  })
  const brokenNext = (reason: AuditBreak, id: string | null = null) => verdict({ sequence: sequence + 1, id, reason })

  if (!isGenuine) return verdict({ sequence: removed, id: null, reason: 'anchor' })
  const [slippedIn] = removed > 0 ? await store.listChain(organizationId, -1, 1) : []
  if (slippedIn && slippedIn.sequence <= removed) {
    return verdict({ sequence: slippedIn.sequence, id: slippedIn.id, reason: 'not_recorded' })
  }
  for (;;) {
    // Read before the entries: all of them up to here must be there.
    const before = await store.findHead(organizationId)
    const rows = await store.listChain(organizationId, sequence, batchRows)
    // Read after them: none of them may be beyond.
    const after = await store.findHead(organizationId)
    for (const row of rows) {
      const found = findBreak(row, { sequence, hash })
      if (found === 'missing') return brokenNext('missing')
      if (row.sequence > (after?.sequence ?? 0)) return brokenNext('not_recorded', row.id)
      if (found) return brokenNext(found, row.id)
      for (const head of [before, after]) {
        if (head?.sequence === row.sequence && head.hash !== row.hash) return brokenNext('not_recorded', row.id)
      }
      sequence = row.sequence
      hash = row.hash
    }
    if (rows.length < batchRows) return sequence < (before?.sequence ?? 0) ? brokenNext('missing') : verdict(null)
  }
}
