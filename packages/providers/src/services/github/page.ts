import { z } from 'zod'
import { queryCursor } from '../../query-cursor.ts'

/** A page of GitHub's reference of its REST API. */
export const reference = (page: string) => `https://docs.github.com/rest/${page}`

/** How a list is asked for, page by page. https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
export const page = { limit: z.int().min(1).max(100).default(30), cursor: queryCursor }

export const nextCursor = z.string().nullable()
