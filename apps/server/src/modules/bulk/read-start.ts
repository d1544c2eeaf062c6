import type { BulkFilter, BulkKind, startBulkOperation } from '@koble/contract/bulk'
import type { z } from 'zod'
import { type Actor, hasRole } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'
import type { BulkItems } from './service.ts'

/** What an operation is to do, from what was sent; throws `invalid_request` when the parts do not fit together. */
export function readStart(
  body: z.output<typeof startBulkOperation>,
  actor: Actor,
): {
  kind: BulkKind
  filter?: BulkFilter
  input?: unknown
  items: BulkItems
} {
  const { kind, ids, filter, metadata, passphrase, recipientPublicKey, includeIntegrations } = body
  if ((ids === undefined) === (filter === undefined)) {
    throw apiError('invalid_request', 'Give either ids or a filter; an empty filter means all connections.')
  }
  if ((kind === 'update-metadata') !== (metadata !== undefined)) {
    throw apiError('invalid_request', 'metadata: it belongs to update-metadata, which needs it.')
  }
  const locks = [passphrase, recipientPublicKey].filter((lock) => lock !== undefined).length
  if (locks !== (kind === 'export' ? 1 : 0)) {
    throw apiError(
      'invalid_request',
      'An export needs a passphrase or a recipientPublicKey, and nothing else takes one.',
    )
  }
  const items = ids ? { ids } : { filter: filter ?? {} }
  const includeRestricted = hasRole(actor.role, 'owner')
  const lock = { passphrase, recipientPublicKey, includeIntegrations, includeRestricted }
  const input = kind === 'export' ? lock : metadata && { metadata }
  return { kind, filter, input, items }
}
