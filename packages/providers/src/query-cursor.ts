import { parseLinkHeader } from '@koble/core/client'
import { z } from 'zod'
import type { OperationAnswer, OperationRequest } from './define-operation.ts'

/** The cursor of a list whose provider gives the address of the next page: the query of that address, as it was given. */
export const queryCursor = z
  .string()
  .min(1)
  .max(8_000)
  .regex(/^[!-"$-~]+$/, 'The nextCursor of a page')
  .optional()
  .describe('The nextCursor of the page before; the rest must be the same')

/**
 * Where a page is asked for. The path stays ours, so that a cursor leads nowhere else; the query is not written anew,
 * since whoever made it may have encoded it otherwise.
 */
export function pageAt(
  path: string,
  query: OperationRequest['query'],
  cursor: string | undefined,
): Pick<OperationRequest, 'path' | 'query'> {
  return cursor === undefined ? { path, ...(query && { query }) } : { path: `${path}?${cursor}` }
}

/** The cursor for the page at an address; null when there is none. */
export function cursorTo(address: string | undefined): string | null {
  return URL.parse(address ?? '')?.search.slice(1) || null
}

/** The cursor for the page that `Link: <…>; rel="next"` names (RFC 8288), in one field or several; null without one. */
export function nextCursorOf({ headers }: Pick<OperationAnswer, 'headers'>): string | null {
  return cursorTo(parseLinkHeader([headers['link'] ?? []].flat().join(', '))['next'])
}
