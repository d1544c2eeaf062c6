import type { Page } from '@koble/contract/paging'
import { validate } from 'uuid'
import { apiError } from './problems.ts'

/** The id after which a page begins. Cursors are ids, newest first: UUIDv7 sorts by time. */
export function readCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null
  if (!validate(cursor)) throw apiError('invalid_request', 'cursor: it comes from an earlier page and is not made up.')
  return cursor
}

/** Cuts a page out of `limit + 1` rows and says where the next begins. */
export function toPage<Row extends { id: string }, Item>(
  rows: Row[],
  limit: number,
  map: (row: Row) => Item,
): Page<Item> {
  const page = rows.slice(0, limit)
  return { data: page.map(map), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
}
