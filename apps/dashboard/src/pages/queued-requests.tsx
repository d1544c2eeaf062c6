import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Clock } from 'lucide-react'
import { StatusBadge } from '../components/badge.tsx'
import { Button, ButtonAnchor } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { queuedRequestsQuery } from '../queries.ts'
import { capitalize } from '../wording.ts'

const route = getRouteApi('/app/queued-requests')
const statuses = ['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'] as const

/** Calls that failed and are tried again, since their callers asked for it. */
export function QueuedRequests() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const requests = useInfiniteQuery({ ...queuedRequestsQuery(filters), refetchInterval: 5_000 })
  const setStatus = (status: typeof filters.status) => navigate({ search: status ? { status } : {}, replace: true })
  return (
    <>
      <PageHeader
        title="Queued requests"
        description="Calls that failed and are tried again, because their callers sent Koble-On-Failure: queue."
      />
      <FilterBar>
        <SelectFilter
          label="Status"
          any="Any status"
          value={filters.status}
          onChange={setStatus}
          options={statuses.map((status) => ({ value: status, label: capitalize(status) }))}
        />
      </FilterBar>
      <Card flush>
        <PagedList
          query={requests}
          empty={
            filters.status ? (
              <EmptyState
                icon={Clock}
                title={`Nothing is ${filters.status}`}
                action={<Button onClick={() => setStatus(undefined)}>Show all</Button>}
              />
            ) : (
              <EmptyState
                icon={Clock}
                title="No call has had to be queued"
                action={
                  <ButtonAnchor href="/docs" target="_blank" rel="noopener">
                    Open the API reference
                  </ButtonAnchor>
                }
              >
                Send the header <code className="font-mono text-xs">Koble-On-Failure: queue</code> with a call, and it
                is kept and tried again when the service cannot take it.
              </EmptyState>
            )
          }
        >
          {(rows) => (
            <Table
              label="Queued requests"
              columns={[
                { heading: 'Call' },
                { heading: 'Status' },
                { heading: 'Attempts', hidden: 'md' },
                { heading: 'Next attempt', hidden: 'md' },
                { heading: 'Queued', hidden: 'sm' },
              ]}
            >
              {rows.map((request) => (
                <Row key={request.id}>
                  <Cell>
                    <span className="flex items-center gap-2.5">
                      <ProviderLogo provider={request.provider} size={20} />
                      <Link
                        to="/queued-requests/$id"
                        params={{ id: request.id }}
                        {...rowLink}
                        className={`${rowLink.className} font-mono text-xs break-all`}
                      >
                        <span className="mr-1.5 text-ink-faint">{request.method}</span>
                        {request.path}
                      </Link>
                    </span>
                  </Cell>
                  <Cell>
                    <StatusBadge status={request.status} />
                  </Cell>
                  <Cell hidden="md">{request.attempts}</Cell>
                  <Cell hidden="md">
                    <RelativeTime at={request.nextAttemptAt} none="None" />
                  </Cell>
                  <Cell hidden="sm">
                    <RelativeTime at={request.createdAt} />
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
    </>
  )
}
