import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Inbox } from 'lucide-react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { EventTable } from '../components/event-table.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList, rowsOf } from '../components/paged-list.tsx'
import { endpointsQuery, eventsQuery, integrationsQuery } from '../queries.ts'
import { capitalize } from '../wording.ts'

const route = getRouteApi('/app/events')
const statuses = ['pending', 'processing', 'completed', 'retrying', 'failed'] as const

/** The webhook events received. */
export function Events() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const events = useInfiniteQuery({ ...eventsQuery(filters), refetchInterval: 10_000 })
  const endpoints = rowsOf(useInfiniteQuery(endpointsQuery()).data)
  const integrations = rowsOf(useInfiniteQuery(integrationsQuery()).data)
  const setFilters = (next: Partial<typeof filters>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  const nameOf = (integrationId: string, url: string) =>
    `${integrations.find(({ id }) => id === integrationId)?.name ?? 'Endpoint'} …${url.slice(-6)}`
  return (
    <>
      <PageHeader
        title="Events"
        description="What arrived at the webhook endpoints. A delivery repeated by the provider is one event."
      />
      <FilterBar>
        <SearchFilter
          label="Event type, exactly"
          value={filters.eventType}
          onChange={(eventType) => setFilters({ eventType })}
        />
        <SelectFilter
          label="Status"
          any="Any status"
          value={filters.status}
          onChange={(status) => setFilters({ status })}
          options={statuses.map((status) => ({ value: status, label: capitalize(status) }))}
        />
        <SelectFilter
          label="Endpoint"
          any="All endpoints"
          value={filters.endpointId}
          onChange={(endpointId) => setFilters({ endpointId })}
          options={endpoints.map(({ id, integrationId, url }) => ({ value: id, label: nameOf(integrationId, url) }))}
        />
      </FilterBar>
      <Card flush>
        <PagedList
          query={events}
          empty={
            Object.values(filters).some(Boolean) ? (
              <EmptyState
                icon={Inbox}
                title="No event fits"
                action={
                  <Button
                    onClick={() => setFilters({ endpointId: undefined, status: undefined, eventType: undefined })}
                  >
                    Show all events
                  </Button>
                }
              />
            ) : (
              <EmptyState
                icon={Inbox}
                title="No event has arrived yet"
                action={
                  <ButtonLink to="/endpoints" search={{}} variant="primary">
                    {endpoints.length > 0 ? 'Send a test event' : 'Open an endpoint'}
                  </ButtonLink>
                }
              >
                Events appear here once a provider has sent one to an endpoint.
              </EmptyState>
            )
          }
        >
          {(rows) => <EventTable events={rows} />}
        </PagedList>
      </Card>
    </>
  )
}
