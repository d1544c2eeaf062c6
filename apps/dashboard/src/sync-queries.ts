import type { Query } from '@koble/sdk'
import { queryOptions } from '@tanstack/react-query'
import { koble } from './koble.ts'
import { paged } from './queries.ts'

type SyncFilters = Pick<Query<'GET /api/syncs'>, 'connectionId' | 'integrationId' | 'status'>

/** The datasets kept up to date. */
export const syncsQuery = (filters: SyncFilters = {}) =>
  paged(['syncs', 'list', filters], (page, options) => koble.syncs.list({ ...filters, ...page }, options))

/** One of them; looked at more often while it runs. */
export const syncQuery = (id: string) =>
  queryOptions({
    queryKey: ['syncs', id],
    queryFn: ({ signal }) => koble.syncs.get(id, { signal }),
    refetchInterval: ({ state }) => (state.data?.currentRun ? 1_500 : 10_000),
  })

/** Its runs. */
export const syncRunsQuery = (id: string) =>
  paged(['syncs', id, 'runs'], (page, options) => koble.syncs.runs(id).list(page, options))

/** What narrows the list of records. */
export interface RecordFilters {
  search?: string
  deleted?: 'true' | 'false'
}

/** Its records. */
export const syncRecordsQuery = (id: string, { search, deleted }: RecordFilters) =>
  paged(['syncs', id, 'records', { search, deleted }], (page, options) =>
    koble.syncs.records(id).list({ search, ...(deleted && { deleted: deleted === 'true' }), ...page }, options),
  )
