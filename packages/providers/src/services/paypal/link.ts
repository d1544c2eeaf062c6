import { z } from 'zod'

/** Where one can go from here (HATEOAS). https://developer.paypal.com/api/rest/responses/#link-hateoaslinks */
export const link = z.object({ rel: z.string(), href: z.string(), method: z.string().nullable() })

/** As PayPal sends it. */
export interface PaypalLink {
  rel: string
  href: string
  method?: string
}

/** Links that PayPal sends, in the form that operations give. */
export function toLinks(links: readonly PaypalLink[] = []): z.infer<typeof link>[] {
  return links.map(({ rel, href, method }) => ({ rel, href, method: method ?? null }))
}

/** The address of the first of these relations that is there. */
export function hrefOf(links: readonly PaypalLink[] = [], ...relations: string[]): string | null {
  for (const relation of relations) {
    const found = links.find(({ rel }) => rel === relation)
    if (found) return found.href
  }
  return null
}

/** Path and query of the page that comes after this one. */
export function nextPage(links: readonly PaypalLink[] | undefined): string | null {
  const href = hrefOf(links, 'next')
  const url = href === null ? null : URL.parse(href)
  return url === null ? null : url.pathname + url.search
}
