import { z } from 'zod'
import type { OperationAnswer } from '../../define-operation.ts'
import { cursorTo, queryCursor } from '../../query-cursor.ts'

/** A page of GitHub's reference of its REST API. */
export const reference = (page: string) => `https://docs.github.com/rest/${page}`

/** How a list is asked for, page by page. https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
export const page = { limit: z.int().min(1).max(100).default(30), cursor: queryCursor }

export const nextCursor = z.string().nullable()

/** Of the page that the `Link` header says comes next: some lists count pages, others go on after an item. */
export function nextCursorOf({ headers }: Pick<OperationAnswer, 'headers'>): string | null {
  const link = [headers['link'] ?? []].flat().join(', ')
  return cursorTo(/<([^<>]*)>\s*;[^<]*\brel="?next\b/.exec(link)?.[1])
}
