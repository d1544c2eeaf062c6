import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Plus, RefreshCw } from 'lucide-react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { SyncTable } from '../components/sync-table.tsx'
import { syncsQuery } from '../sync-queries.ts'

const route = getRouteApi('/app/syncs')

/** Datasets that are kept up to date from providers. */
export function Syncs() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const syncs = useInfiniteQuery({ ...syncsQuery(filters), refetchInterval: 5_000 })
  const add = (
    <ButtonLink to="/syncs/new" search={{ connectionId: filters.connectionId }} variant="primary" icon={Plus}>
      New sync
    </ButtonLink>
  )
  return (
    <>
      <PageHeader
        title="Syncs"
        description="Datasets of connected accounts, kept up to date here: by the clock, by webhook or by hand."
        actions={add}
      />
      <FilterBar>
        <SelectFilter
          label="Status"
          any="Active and paused"
          value={filters.status}
          onChange={(status) => navigate({ search: (now) => ({ ...now, status }), replace: true })}
          options={[
            { value: 'active', label: 'Active' },
            { value: 'paused', label: 'Paused' },
          ]}
        />
      </FilterBar>
      <Card flush>
        <PagedList
          query={syncs}
          empty={
            filters.status || filters.connectionId ? (
              <EmptyState
                icon={RefreshCw}
                title="No sync fits"
                action={<Button onClick={() => navigate({ search: {}, replace: true })}>Show all syncs</Button>}
              />
            ) : (
              <EmptyState icon={RefreshCw} title="Nothing is kept up to date yet" action={add}>
                A sync reads everything that one operation lists, such as contacts or tasks, and keeps it as records:
                what is new, what changed and what is gone.
              </EmptyState>
            )
          }
        >
          {(rows) => <SyncTable syncs={rows} />}
        </PagedList>
      </Card>
    </>
  )
}
