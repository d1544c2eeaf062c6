import { KobleError } from '@koble/core/errors'
import type { EncryptionService } from '../encryption/service.ts'
import type { AuditStore } from './store.ts'

/** The last entry of a log that retention removed. The chain begins after it. */
export interface Anchor {
  sequence: number
  hash: string
}

/** What stands for the beginning of a log: its anchor, checked. `isGenuine` is false for one that Koble did not write. */
export interface Beginning extends Anchor {
  removedAt: Date | null
  isGenuine: boolean
}

/** What the first row of an organization names as the hash before it. */
export const genesis = '0'.repeat(64)

const contextOf = (organizationId: string) => ({
  organizationId,
  table: 'audit_anchors',
  row: organizationId,
  column: 'seal',
})

/** The seal of an anchor: nobody who has only the database can make one. */
export async function sealAnchor(
  encryption: EncryptionService,
  organizationId: string,
  { sequence, hash }: Anchor,
): Promise<string> {
  return await encryption.encrypt(contextOf(organizationId), JSON.stringify({ sequence, hash }))
}

/** Where the log of an organization begins. */
export async function readBeginning(
  store: AuditStore,
  encryption: EncryptionService,
  organizationId: string,
): Promise<Beginning> {
  const row = await store.findAnchor(organizationId)
  if (!row) return { sequence: 0, hash: genesis, removedAt: null, isGenuine: true }
  const { sequence, hash, seal, removed_at: removedAt } = row
  const isGenuine = await opensTo(encryption, organizationId, seal, JSON.stringify({ sequence, hash }))
  return { sequence, hash, removedAt, isGenuine }
}

async function opensTo(
  encryption: EncryptionService,
  organizationId: string,
  seal: string,
  expected: string,
): Promise<boolean> {
  try {
    return (await encryption.decrypt(contextOf(organizationId), seal)) === expected
  } catch (error) {
    if (error instanceof KobleError && error.code === 'ciphertext_invalid') return false
    throw error
  }
}
