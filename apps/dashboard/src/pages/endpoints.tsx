import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Plus, Webhook } from 'lucide-react'
import { useState } from 'react'
import { StatusBadge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CopyButton } from '../components/copy-button.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { EndpointDialog } from '../components/endpoint-form.tsx'
import { FilterBar } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList, rowsOf } from '../components/paged-list.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { endpointsQuery, integrationQuery, integrationsQuery } from '../queries.ts'
import { count } from '../wording.ts'

const route = getRouteApi('/app/endpoints')

/** The addresses that providers send their events to. */
export function Endpoints() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const endpoints = useInfiniteQuery(endpointsQuery(filters))
  const integrations = rowsOf(useInfiniteQuery(integrationsQuery()).data)
  const { data: integration } = useQuery({
    ...integrationQuery(filters.integrationId ?? ''),
    enabled: filters.integrationId !== undefined,
  })
  const [creating, setCreating] = useState(false)
  const newButton = (
    <Button variant="primary" icon={Plus} needs="developer" onClick={() => setCreating(true)}>
      New endpoint
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Webhook endpoints"
        description="Addresses that providers send their events to. What arrives is verified, then stored before it is acknowledged."
        actions={newButton}
      />
      {filters.integrationId && (
        <FilterBar>
          <Button onClick={() => navigate({ search: {}, replace: true })}>
            {`Only of ${integration?.name ?? 'one integration'} ✕`}
          </Button>
        </FilterBar>
      )}
      <Card flush>
        <PagedList
          query={endpoints}
          empty={
            <EmptyState icon={Webhook} title="No endpoint is open yet" action={newButton}>
              Open one, enter its URL and secret at the provider, or just send it a test event.
            </EmptyState>
          }
        >
          {(rows) => (
            <Table
              label="Webhook endpoints"
              columns={[
                { heading: 'Endpoint' },
                { heading: 'Status' },
                { heading: 'Last 24 hours', hidden: 'sm' },
                { heading: 'Events', hidden: 'md' },
                { heading: 'Last event', hidden: 'md' },
                { heading: 'Actions', quiet: true },
              ]}
            >
              {rows.map((endpoint) => (
                <Row key={endpoint.id}>
                  <Cell>
                    <span className="flex items-center gap-3">
                      <ProviderLogo provider={endpoint.provider} size={28} />
                      <span className="min-w-0">
                        <Link to="/endpoints/$id" params={{ id: endpoint.id }} {...rowLink}>
                          {integrations.find(({ id }) => id === endpoint.integrationId)?.name ?? endpoint.provider}
                        </Link>
                        <span className="block max-w-28 truncate font-mono text-xs text-ink-faint sm:max-w-72">
                          {endpoint.url.replace(/^https?:\/\//, '')}
                        </span>
                      </span>
                    </span>
                  </Cell>
                  <Cell>
                    <StatusBadge status={endpoint.enabled ? 'enabled' : 'disabled'} />
                  </Cell>
                  <Cell hidden="sm">
                    {`${endpoint.received24h.toLocaleString('en')} received`}
                    {endpoint.failed24h > 0 && (
                      <span className="block text-xs text-bad">{`${endpoint.failed24h.toLocaleString('en')} failed`}</span>
                    )}
                  </Cell>
                  <Cell hidden="md">
                    {endpoint.events.length === 0 ? 'All' : count(endpoint.events.length, 'kind')}
                  </Cell>
                  <Cell hidden="md">
                    <RelativeTime at={endpoint.lastEventAt} />
                  </Cell>
                  <Cell above className="w-0">
                    <CopyButton text={endpoint.url} label="Copy the URL" />
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      <EndpointDialog open={creating} onClose={() => setCreating(false)} integrationId={filters.integrationId} />
    </>
  )
}
