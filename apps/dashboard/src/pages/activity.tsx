import { getRouteApi } from '@tanstack/react-router'
import { ActivityIcon } from 'lucide-react'
import { ActivityLog, LiveSwitch } from '../components/activity-log.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { useLiveActivity } from '../use-live-activity.ts'

const route = getRouteApi('/app/activity')

/** Everything that happens in the organization, as it happens. */
export function ActivityPage() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const log = useLiveActivity(filters)
  const setFilters = (next: Partial<typeof filters>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  return (
    <>
      <PageHeader
        title="Activity"
        description="Calls out, webhooks in, and everything that happens to connections, live."
      />
      <FilterBar>
        <SearchFilter label="Search the log" value={filters.search} onChange={(search) => setFilters({ search })} />
        <SelectFilter
          label="Kind"
          any="All kinds"
          value={filters.type}
          onChange={(type) => setFilters({ type })}
          options={[
            { value: 'request', label: 'Calls' },
            { value: 'webhook', label: 'Webhooks' },
            { value: 'connection', label: 'Connections' },
            { value: 'system', label: 'System' },
          ]}
        />
        <SelectFilter
          label="Outcome"
          any="Any outcome"
          value={filters.status}
          onChange={(status) => setFilters({ status })}
          options={[
            { value: 'success', label: 'Success' },
            { value: 'failure', label: 'Failed' },
            { value: 'info', label: 'Information' },
          ]}
        />
        <span className="ml-auto flex items-center gap-2">
          <LiveSwitch log={log} />
        </span>
      </FilterBar>
      <Card flush>
        <ActivityLog
          log={log}
          empty={
            Object.values(filters).some(Boolean) ? (
              <EmptyState
                icon={ActivityIcon}
                title="No line fits"
                action={
                  <Button onClick={() => setFilters({ type: undefined, status: undefined, search: undefined })}>
                    Show everything
                  </Button>
                }
              />
            ) : (
              <EmptyState
                icon={ActivityIcon}
                title="Nothing has happened yet"
                action={
                  <ButtonLink to="/marketplace" variant="primary">
                    Connect an account
                  </ButtonLink>
                }
              >
                The first call or webhook appears here without a reload.
              </EmptyState>
            )
          }
        />
      </Card>
    </>
  )
}
