import type { Endpoint } from '@koble/contract/webhooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Inbox, Pause, Play, Plus, Power, Send, Trash2, Webhook } from 'lucide-react'
import { useState } from 'react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CopyButton } from '../components/copy-button.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { EndpointDialog } from '../components/endpoint-form.tsx'
import { EndpointStatus, formatShare } from '../components/endpoint-status.tsx'
import { EventTags } from '../components/event-tags.tsx'
import { FilterBar, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList, rowsOf } from '../components/paged-list.tsx'
import { MenuAction, RowMenu } from '../components/popup-menu.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { connectionCountsQuery, endpointsQuery, integrationsQuery } from '../queries.ts'
import { useEndpointActions } from '../use-endpoint-actions.tsx'

const route = getRouteApi('/app/endpoints')

/** The addresses that providers send their events to. */
export function Endpoints() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const endpoints = useInfiniteQuery({ ...endpointsQuery(filters), refetchInterval: 15_000 })
  const integrations = rowsOf(useInfiniteQuery(integrationsQuery()).data)
  const { data: connections } = useQuery(connectionCountsQuery)
  const actions = useEndpointActions()
  const [creating, setCreating] = useState(false)
  const newButton = (
    <Button variant="primary" icon={Plus} needs="developer" onClick={() => setCreating(true)}>
      New endpoint
    </Button>
  )
  const integrationName = (endpoint: Endpoint) =>
    integrations.find(({ id }) => id === endpoint.integrationId)?.name ?? endpoint.provider
  const connectionName = (id: string) => {
    const connection = connections?.data.find((one) => one.id === id)
    return connection ? (connection.accountLabel ?? connection.externalUserId) : 'One connection'
  }
  const setFilters = (next: Partial<typeof filters>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  return (
    <>
      <PageHeader
        title="Webhook endpoints"
        description="Addresses that providers send their events to. What arrives is verified, then stored before it is acknowledged."
        actions={
          <>
            <ButtonLink to="/events" icon={Inbox}>
              All events
            </ButtonLink>
            {newButton}
          </>
        }
      />
      {(integrations.length > 1 || filters.integrationId || filters.connectionId) && (
        <FilterBar>
          <SelectFilter
            label="Integration"
            any="All integrations"
            value={filters.integrationId}
            onChange={(integrationId) => setFilters({ integrationId })}
            options={integrations.map(({ id, name }) => ({ value: id, label: name }))}
          />
          {filters.connectionId && (
            <Button onClick={() => setFilters({ connectionId: undefined })}>
              {`Only of ${connectionName(filters.connectionId)} ✕`}
            </Button>
          )}
        </FilterBar>
      )}
      <Card flush>
        <PagedList
          query={endpoints}
          empty={
            Object.values(filters).some(Boolean) ? (
              <EmptyState
                icon={Webhook}
                title="No endpoint fits"
                action={
                  <>
                    <Button onClick={() => setFilters({ integrationId: undefined, connectionId: undefined })}>
                      Show all endpoints
                    </Button>
                    {newButton}
                  </>
                }
              />
            ) : (
              <EmptyState icon={Webhook} title="No endpoint is open yet" action={newButton}>
                Open one, enter its URL and secret at the provider, or just send it a test event.
              </EmptyState>
            )
          }
        >
          {(rows) => (
            <Table
              label="Webhook endpoints"
              columns={[
                { heading: 'Endpoint' },
                { heading: 'Status' },
                { heading: 'Last 24 hours', hidden: 'sm' },
                { heading: 'Connection', hidden: 'lg' },
                { heading: 'Takes', hidden: 'lg' },
                { heading: 'Last delivery', hidden: 'md' },
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
                          {endpoint.name || integrationName(endpoint)}
                        </Link>
                        <span className="block max-w-28 truncate text-xs text-ink-faint sm:max-w-52">
                          {endpoint.name && `${integrationName(endpoint)} · `}
                          <span className="font-mono">{endpoint.url.replace(/^https?:\/\//, '')}</span>
                        </span>
                      </span>
                    </span>
                  </Cell>
                  <Cell>
                    <EndpointStatus endpoint={endpoint} />
                    {endpoint.waiting > 0 && endpoint.processing !== 'running' && (
                      <span className="mt-0.5 block text-xs text-ink-faint">{`${endpoint.waiting.toLocaleString('en')} waiting`}</span>
                    )}
                  </Cell>
                  <Cell hidden="sm">
                    <span className="whitespace-nowrap">{`${endpoint.received24h.toLocaleString('en')} received`}</span>
                    <span
                      className={`block text-xs whitespace-nowrap ${(endpoint.successRate24h ?? 1) < 1 ? 'text-bad' : 'text-ink-faint'}`}
                    >
                      {endpoint.successRate24h === null
                        ? 'None ended'
                        : `${formatShare(endpoint.successRate24h)} ended well`}
                    </span>
                    {endpoint.rejected24h > 0 && (
                      <span className="block text-xs whitespace-nowrap text-warn">{`${endpoint.rejected24h.toLocaleString('en')} refused`}</span>
                    )}
                  </Cell>
                  <Cell hidden="lg" className="max-w-40 truncate">
                    {endpoint.connectionId ? (
                      connectionName(endpoint.connectionId)
                    ) : (
                      <span className="text-ink-faint">By account</span>
                    )}
                  </Cell>
                  <Cell hidden="lg">
                    <EventTags events={endpoint.events} most={2} />
                  </Cell>
                  <Cell hidden="md">
                    <RelativeTime at={endpoint.lastEventAt} />
                  </Cell>
                  <Cell above className="w-0">
                    <span className="flex items-center">
                      <span className="hidden sm:block">
                        <CopyButton text={endpoint.url} label="Copy the URL" />
                      </span>
                      <RowMenu label={`Actions for ${endpoint.name || integrationName(endpoint)}`}>
                        <MenuAction icon={Send} needs="developer" onSelect={() => actions.test.mutate(endpoint)}>
                          Send a test event
                        </MenuAction>
                        <MenuAction
                          icon={endpoint.processing === 'paused' ? Play : Pause}
                          needs="developer"
                          onSelect={() => actions.pause.mutate(endpoint)}
                        >
                          {endpoint.processing === 'paused' ? 'Resume' : 'Pause'}
                        </MenuAction>
                        <MenuAction
                          icon={Power}
                          needs="developer"
                          onSelect={() => actions.change.mutate({ id: endpoint.id, enabled: !endpoint.enabled })}
                        >
                          {endpoint.enabled ? 'Disable' : 'Enable'}
                        </MenuAction>
                        <MenuAction
                          icon={Trash2}
                          danger
                          needs="developer"
                          onSelect={() => actions.askToRemove(endpoint)}
                        >
                          Delete
                        </MenuAction>
                      </RowMenu>
                    </span>
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      <EndpointDialog open={creating} onClose={() => setCreating(false)} integrationId={filters.integrationId} />
      {actions.dialogs}
    </>
  )
}
