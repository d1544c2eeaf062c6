import { sha256Hex } from '@koble/core/crypto'
import { apiError } from '../../http/problems.ts'

/** An item of a page, ready to be stored. */
export interface PageRecord {
  /** The provider's. */
  externalId: string
  /** As JSON. */
  payload: string
  /** SHA-256 of the payload with its keys in order, in hexadecimal. */
  hash: string
}

export interface RecordPage {
  records: PageRecord[]
  /** Null after the last page; an empty page may lead on. */
  nextCursor: string | null
}

const itemsMax = 10_000
const recordCharactersMax = 256 * 1024
const idCharactersMax = 500

/**
 * Reads the items from what an operation gave. An id that comes twice in a page counts as it comes last. Throws
 * `sync_record_invalid` or `sync_too_large`.
 */
export function readPage(output: unknown, { items, recordId }: { items: string; recordId: string }): RecordPage {
  const { [items]: list, nextCursor } = output as Record<string, unknown>
  if (!Array.isArray(list)) throw apiError('provider_malformed', `The output has no list "${items}".`)
  if (list.length > itemsMax) {
    throw apiError(
      'sync_too_large',
      `A page has ${list.length} items; ${itemsMax} are possible: ask for smaller pages.`,
    )
  }
  const records = new Map<string, PageRecord>()
  for (const [index, item] of list.entries()) {
    const externalId = idAt(item, recordId)
    if (externalId === null) {
      const what = `has no text of at most ${idCharactersMax} characters, and no number, at "${recordId}"`
      throw apiError('sync_record_invalid', `Item ${index + 1} of the page ${what}.`)
    }
    const payload = JSON.stringify(item)
    if (payload.length > recordCharactersMax) {
      throw apiError('sync_record_invalid', `The item ${externalId.slice(0, 100)} is larger than 256 KiB.`)
    }
    records.set(externalId, { externalId, payload, hash: sha256Hex(JSON.stringify(withKeysInOrder(item))) })
  }
  const isOver = nextCursor === undefined || nextCursor === null || nextCursor === ''
  return { records: [...records.values()], nextCursor: isOver ? null : String(nextCursor) }
}

/** PostgreSQL has no place for U+0000, and would take halves of a surrogate pair for one another. */
function idAt(item: unknown, path: string): string | null {
  let value = item
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
    value = (value as Record<string, unknown>)[name]
  }
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string' || value === '' || value.length > idCharactersMax) return null
  return value.includes('\0') || !value.isWellFormed() ? null : value
}

/** The same whatever order the provider gives the fields in. */
function withKeysInOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withKeysInOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.keys(value)
    .sort()
    .map((key) => [key, withKeysInOrder((value as Record<string, unknown>)[key])])
  return Object.fromEntries(entries)
}
