import { z } from 'zod'

/** How a list is asked for, page by page. https://docs.stripe.com/api/pagination */
export const page = {
  limit: z.int().min(1).max(100).default(10),
  cursor: z.string().min(1).max(255).optional().describe('The nextCursor of the page before'),
}

/** As Stripe sends a list. */
export interface StripeList<Item> {
  data: Item[]
  has_more: boolean
}

/** Where the next page begins: after the last of this one. */
export function nextCursor({ data, has_more }: StripeList<{ id: string }>): string | null {
  return has_more ? (data.at(-1)?.id ?? null) : null
}
