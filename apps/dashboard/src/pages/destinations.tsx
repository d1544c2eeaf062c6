import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Plus, Radio } from 'lucide-react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { DestinationTable } from '../components/destination-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { destinationsQuery } from '../outbound-queries.ts'
import { destinationTypeList, destinationTypeNames } from '../outbound-wording.ts'

const route = getRouteApi('/app/destinations')

/** Where messages go. */
export function Destinations() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const destinations = useInfiniteQuery({ ...destinationsQuery(filters), refetchInterval: 15_000 })
  const setFilters = (next: Partial<typeof filters>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  const add = (
    <ButtonLink to="/destinations/new" variant="primary" icon={Plus}>
      New destination
    </ButtonLink>
  )
  return (
    <>
      <PageHeader
        title="Destinations"
        description="Where your messages go: URLs, queues, streams and buckets, your own and those of your customers."
        actions={add}
      />
      <FilterBar>
        <SearchFilter
          label="External user, exactly"
          value={filters.externalUserId}
          onChange={(externalUserId) => setFilters({ externalUserId })}
        />
        <SelectFilter
          label="Status"
          any="On and off"
          value={filters.status}
          onChange={(status) => setFilters({ status })}
          options={[
            { value: 'enabled', label: 'Enabled' },
            { value: 'disabled', label: 'Disabled' },
          ]}
        />
        <SelectFilter
          label="Type"
          any="All types"
          value={filters.type}
          onChange={(type) => setFilters({ type })}
          options={destinationTypeList.map((type) => ({ value: type, label: destinationTypeNames[type] }))}
        />
      </FilterBar>
      <Card flush>
        <PagedList
          query={destinations}
          empty={
            Object.values(filters).some(Boolean) ? (
              <EmptyState
                icon={Radio}
                title="No destination fits"
                action={<Button onClick={() => navigate({ search: {}, replace: true })}>Show all destinations</Button>}
              />
            ) : (
              <EmptyState icon={Radio} title="Messages go nowhere yet" action={add}>
                A destination gets the messages you send and the events your integrations receive, signed and tried
                again until they arrive.
              </EmptyState>
            )
          }
        >
          {(rows) => <DestinationTable destinations={rows} />}
        </PagedList>
      </Card>
    </>
  )
}
