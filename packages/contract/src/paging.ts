import { z } from 'zod'

/** The query of every list: at most `limit` rows (1–200), from where `cursor` left off. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
})

/** A page of rows, newest first; `nextCursor` is null on the last page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() })
}

export interface Page<Item> {
  data: Item[]
  nextCursor: string | null
}

export const id = z.uuid()
export const time = z.iso.datetime()
export const idParams = z.strictObject({ id })
