import { z } from 'zod'
import type { OperationAnswer, OperationRequest } from '../../define-operation.ts'

/** A page of GitHub's reference of its REST API. */
export const reference = (page: string) => `https://docs.github.com/rest/${page}`

/** How a list is asked for, page by page. https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
export const page = {
  limit: z.int().min(1).max(100).default(30),
  cursor: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .describe('The nextCursor of the page before; the rest must be the same'),
}

export const nextCursor = z.string().nullable()

/**
 * The query of a page. What GitHub gave with the page before is taken as it is, since some lists count pages and others
 * go on after an item; the path stays ours, so a cursor leads nowhere else.
 */
export function pageQuery(
  query: NonNullable<OperationRequest['query']>,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): OperationRequest['query'] {
  if (cursor === undefined) return { ...query, per_page: limit }
  const given = new URLSearchParams(cursor)
  return Object.fromEntries([...new Set(given.keys())].map((name) => [name, given.getAll(name)]))
}

/** The query of the page that the `Link` header says comes next. */
export function nextCursorOf({ headers }: Pick<OperationAnswer, 'headers'>): string | null {
  const link = [headers['link'] ?? []].flat().join(', ')
  const address = /<([^<>]*)>\s*;[^<]*\brel="?next\b/.exec(link)?.[1]
  return URL.parse(address ?? '')?.search.slice(1) || null
}
