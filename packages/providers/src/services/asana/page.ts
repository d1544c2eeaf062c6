import { z } from 'zod'

/** A page of Asana's reference. */
export const reference = (page: string) => `https://developers.asana.com/reference/${page}`

export const gid = z.string().regex(/^\d{1,30}$/)

/** Input of a list. */
export const page = {
  limit: z.int().min(1).max(100).default(100),
  cursor: z.string().max(5_000).optional().describe('The nextCursor of the page before; it is good for some minutes'),
}

export const nextCursor = z.string().nullable()

/** Somebody or something, as it is named in other records. */
export const named = z.object({ id: z.string(), name: z.string().nullable() })

export interface Compact {
  gid: string
  name?: string | null
}

/** What all answers are wrapped in. */
export interface Wrapped<Data> {
  data: Data
  next_page?: { offset: string } | null
}

export function toNamed({ gid, name }: Compact): z.infer<typeof named> {
  return { id: gid, name: name ?? null }
}
