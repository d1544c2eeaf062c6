import { KobleError } from '@koble/core/errors'
import { z } from 'zod'
import type { OperationRequest } from '../../define-operation.ts'

/** PayPal says where the next page is; that address, without its host, is the cursor. */
export const cursor = z.string().max(2_000).optional().describe('The nextCursor of the page before')

/** The request of a page: the first of a list, or the one that the cursor says. It leads nowhere but to the list. */
export function pageOf(
  list: string,
  given: string | undefined,
  query: NonNullable<OperationRequest['query']>,
): Pick<OperationRequest, 'path' | 'query'> {
  if (given === undefined) return { path: list, query }
  if (given.startsWith(`${list}?`)) return { path: given }
  throw new KobleError('invalid_request', 'The cursor is not of this list.', { status: 400 })
}
