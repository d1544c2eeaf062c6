import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { RetryNotice } from './retry-notice.tsx'
import { Skeleton } from './skeleton.tsx'

interface Page<Row> {
  data: Row[]
  nextCursor: string | null
}

/** The rows of all pages read so far. */
export function rowsOf<Row>(data: InfiniteData<Page<Row>> | undefined): Row[] {
  return data?.pages.flatMap((page) => page.data) ?? []
}

/** A list read page by page: bars while it loads, a way to try again when that fails, a next step when it is empty. */
export function PagedList<Row>({
  query,
  empty,
  children,
}: {
  query: UseInfiniteQueryResult<InfiniteData<Page<Row>>>
  empty: ReactNode
  children: (rows: Row[]) => ReactNode
}) {
  if (query.isPending) return <Skeleton rows={5} />
  if (query.isError && !query.data) {
    return (
      <div className="p-4">
        <RetryNotice query={query} />
      </div>
    )
  }
  const rows = rowsOf(query.data)
  if (rows.length === 0 && !query.hasNextPage) return empty
  return (
    <>
      {rows.length > 0 ? children(rows) : <p className="p-6 text-center text-ink-soft">Nothing was found so far.</p>}
      {query.hasNextPage && (
        <div className="border-t border-line p-2 text-center">
          <Button variant="ghost" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {rows.length > 0 ? 'Load more' : 'Look further back'}
          </Button>
        </div>
      )}
    </>
  )
}
