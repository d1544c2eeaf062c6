import type { LoggedRequest } from '@koble/contract/requests'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ArrowUpRight, Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../components/badge.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList, rowsOf } from '../components/paged-list.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { formatDuration } from '../format-time.ts'
import { integrationsQuery, requestsQuery } from '../queries.ts'

const route = getRouteApi('/app/requests')
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const
const slow = [100, 500, 1_000, 5_000].map((ms) => ({ value: String(ms), label: `${formatDuration(ms)} or more` }))
const liveEveryMs = 1_500

const toStatus = (text: string) => (text === 'success' || text === 'failure' ? text : Number(text))

/** The calls made through the gateway. */
export function Requests() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const [live, setLive] = useState(true)
  const requests = useInfiniteQuery({
    ...requestsQuery(filters),
    // Once one has gone further back, the pages are left as they are.
    refetchInterval: (query) => (live && (query.state.data?.pages.length ?? 0) < 2 ? liveEveryMs : false),
  })
  const integrations = rowsOf(useInfiniteQuery(integrationsQuery()).data)
  const setFilters = (next: Partial<typeof filters>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  const isPaging = (requests.data?.pages.length ?? 0) > 1
  return (
    <>
      <PageHeader
        title="Requests"
        description="Every call through the gateway, with its outcome and where its time went."
      />
      <FilterBar>
        <SearchFilter
          label="Part of a path, or a request id"
          value={filters.search}
          onChange={(search) => setFilters({ search })}
        />
        <SelectFilter
          label="Outcome"
          any="Any outcome"
          value={filters.status === undefined ? undefined : String(filters.status)}
          onChange={(status) => setFilters({ status: status === undefined ? undefined : toStatus(status) })}
          options={[
            { value: 'success', label: 'Success' },
            { value: 'failure', label: 'Failed' },
            ...[401, 403, 404, 429, 500, 503].map((code) => ({ value: String(code), label: `HTTP ${code}` })),
          ]}
        />
        <SelectFilter
          label="Method"
          any="Any method"
          value={filters.method}
          onChange={(method) => setFilters({ method })}
          options={methods.map((method) => ({ value: method, label: method }))}
        />
        <SelectFilter
          label="Duration"
          any="Any duration"
          value={filters.minDurationMs === undefined ? undefined : String(filters.minDurationMs)}
          onChange={(ms) => setFilters({ minDurationMs: ms === undefined ? undefined : Number(ms) })}
          options={slow}
        />
        <SelectFilter
          label="Integration"
          any="All integrations"
          value={filters.integrationId}
          onChange={(integrationId) => setFilters({ integrationId })}
          options={integrations.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <span className="ml-auto flex items-center gap-2">
          <span role="status" className="inline-flex items-center gap-1.5 text-ink-soft">
            <span
              aria-hidden
              className={`size-2 rounded-full ${live && !isPaging ? 'animate-pulse-soft bg-ok' : 'bg-control'}`}
            />
            {live && !isPaging ? 'Live' : 'Paused'}
          </span>
          <Button size="sm" icon={live ? Pause : Play} aria-pressed={live} onClick={() => setLive(!live)}>
            {live ? 'Pause' : 'Follow live'}
          </Button>
        </span>
      </FilterBar>
      <Card flush>
        <PagedList
          query={requests}
          empty={
            Object.values(filters).some((value) => value !== undefined) ? (
              <EmptyState
                icon={ArrowUpRight}
                title="No call fits"
                action={<Button onClick={() => navigate({ search: {}, replace: true })}>Show all calls</Button>}
              />
            ) : (
              <EmptyState
                icon={ArrowUpRight}
                title="No call has been made yet"
                action={
                  <ButtonLink to="/connections" search={{}} variant="primary">
                    Make one from a connection
                  </ButtonLink>
                }
              >
                Calls through the gateway appear here a moment after they end.
              </EmptyState>
            )
          }
        >
          {(rows) => <RequestTable requests={rows} />}
        </PagedList>
      </Card>
    </>
  )
}

function RequestTable({ requests }: { requests: readonly LoggedRequest[] }) {
  return (
    <Table
      label="Requests"
      columns={[
        { heading: 'Call' },
        { heading: 'Status' },
        { heading: 'Duration' },
        { heading: 'Attempts', hidden: 'lg' },
        { heading: 'When', hidden: 'sm' },
      ]}
    >
      {requests.map((request) => (
        <Row key={request.id}>
          <Cell className="py-1.5!">
            <span className="flex items-center gap-2.5">
              <ProviderLogo provider={request.provider} size={20} />
              <Link
                to="/requests/$id"
                params={{ id: request.id }}
                {...rowLink}
                className={`${rowLink.className} font-mono text-xs break-all`}
              >
                <span className="mr-1.5 text-ink-faint">{request.method}</span>
                {request.path}
              </Link>
            </span>
          </Cell>
          <Cell className="py-1.5!">
            <RequestOutcome request={request} />
          </Cell>
          <Cell className="py-1.5! whitespace-nowrap">{formatDuration(request.durationMs)}</Cell>
          <Cell hidden="lg" className="py-1.5!">
            {request.attempts}
          </Cell>
          <Cell hidden="sm" className="py-1.5!">
            <RelativeTime at={request.at} />
          </Cell>
        </Row>
      ))}
    </Table>
  )
}

/** The HTTP status of a call, or why there was none. */
function RequestOutcome({ request }: { request: LoggedRequest }) {
  return (
    <span className="flex flex-wrap gap-1">
      <Badge tone={request.outcome === 'success' ? 'ok' : 'bad'} dot>
        {request.errorCode === null ? `${request.status}` : request.errorCode.replaceAll('_', ' ')}
      </Badge>
      {request.cacheHit && <Badge>cache</Badge>}
    </span>
  )
}
