import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { OperationContext } from '../../define-operation.ts'

/** A page of Graph's reference. */
export const reference = (page: string) => `https://learn.microsoft.com/graph/api/${page}`

export const nextCursor = z.string().nullable()

/** A team, a channel, a chat, a person or the like, as Graph names it. */
export const graphId = z.string().regex(/^[\w@:.!=+#-]{1,500}$/, 'An id as Graph gives it')

/** As Graph sends a list; where there is more, it names the address of the next page. */
export interface GraphList<Item> {
  value: Item[]
  '@odata.nextLink'?: string
}

/** The same GUID for a repetition of the same wish. */
export function guidOf({ idempotencyKey }: Pick<OperationContext, 'idempotencyKey'>): string {
  const hash = createHash('sha256').update(idempotencyKey).digest('hex')
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-')
}
