import { useState } from 'react'
import { useKobleContext } from '../koble-provider.tsx'
import { useCached } from './use-cached.ts'

const pageRows = 20
const pageRowsMax = 200

interface Page<Row> {
  data: Row[]
  nextCursor: string | null
}

/** A list of which more can be had. */
export interface List<Row> {
  rows: readonly Row[]
  /** Nothing is known yet. */
  isLoading: boolean
  error: Error | null
  hasMore: boolean
  isLoadingMore: boolean
  loadMore: () => Promise<void>
  reload: () => void
}

/** Reads a list page by page. Asked again, it brings as many rows as are shown. */
export function useList<Row>(
  key: string | null,
  ask: (query: { limit: number; cursor?: string }) => Promise<Page<Row>>,
  options: { everyMs?: (rows: readonly Row[]) => number } = {},
): List<Row> {
  const { cache } = useKobleContext()
  const [isLoadingMore, setLoadingMore] = useState(false)
  const [moreError, setMoreError] = useState<Error | null>(null)
  const { everyMs } = options
  const { value, error, isLoading, reload } = useCached<Page<Row>>(
    key,
    (known) => ask({ limit: Math.min(pageRowsMax, Math.max(pageRows, known?.data.length ?? 0)) }),
    { everyMs: everyMs && ((page) => everyMs(page?.data ?? [])) },
  )

  async function loadMore(): Promise<void> {
    if (key === null || !value?.nextCursor || isLoadingMore) return
    setLoadingMore(true)
    setMoreError(null)
    try {
      const next = await ask({ limit: pageRows, cursor: value.nextCursor })
      const now = cache.read(key).value as Page<Row>
      // Meanwhile the list may have been read anew; the page fits only behind the one it was asked for.
      if (now.nextCursor === value.nextCursor) {
        cache.set(key, { data: [...now.data, ...next.data], nextCursor: next.nextCursor })
      }
    } catch (cause) {
      setMoreError(cause as Error)
    } finally {
      setLoadingMore(false)
    }
  }

  return {
    rows: value?.data ?? [],
    isLoading: isLoading && value === undefined,
    error: error ?? moreError,
    hasMore: Boolean(value?.nextCursor),
    isLoadingMore,
    loadMore,
    reload,
  }
}
