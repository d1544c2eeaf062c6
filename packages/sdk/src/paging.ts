import type { CallOptions, Transport } from './transport.ts'
import type { Answer, Item, PagedKey, Params, Query } from './wire.ts'

/** Both ways to read a list: a page at a time, or every row in turn. */
export interface Pages<Key extends PagedKey> {
  /** One page, newest first; `nextCursor` leads to the next and is null on the last. */
  list(query?: Query<Key>, options?: CallOptions): Promise<Answer<Key>>
  /** Every row, fetching pages as they are needed: `for await (const row of …)`. `limit` is the size of a page. */
  listAll(query?: Query<Key>, options?: CallOptions): AsyncGenerator<Item<Key>, void, undefined>
}

/** The two readers of one paged route. */
export function createPages<Key extends PagedKey>(transport: Transport, key: Key, params?: Params<Key>): Pages<Key> {
  const list: Pages<Key>['list'] = (query, options) => transport.call(key, { ...options, params, query })
  return {
    list,
    async *listAll(query, options) {
      let cursor: string | null = null
      do {
        const asked = (cursor ? Object.assign({}, query, { cursor }) : query) as Query<Key>
        const page = (await list(asked, options)) as { data: Item<Key>[]; nextCursor: string | null }
        yield* page.data
        cursor = page.nextCursor
      } while (cursor)
    },
  }
}
