import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Download, FlaskConical, Link2, Plus, RefreshCw, Unplug, Upload } from 'lucide-react'
import { useState } from 'react'
import { SandboxBadge, StatusBadge } from '../components/badge.tsx'
import { BulkActions } from '../components/bulk-actions.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { ExportDialog } from '../components/export-dialog.tsx'
import { FilterBar, SelectFilter } from '../components/filter-bar.tsx'
import { HealthBadge } from '../components/health-history.tsx'
import { ImportDialog } from '../components/import-dialog.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { MenuAction, RowMenu } from '../components/popup-menu.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { connectionsQuery, integrationQuery, marketplaceQuery } from '../queries.ts'
import { useConnectionActions } from '../use-connection-actions.tsx'
import { capitalize } from '../wording.ts'

const route = getRouteApi('/app/connections')
const statuses = ['connected', 'warning', 'error', 'disconnected'] as const

/** The connected accounts. */
export function Connections() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const connections = useInfiniteQuery(connectionsQuery(filters))
  const { data: providers } = useQuery(marketplaceQuery)
  const { data: integration } = useQuery({
    ...integrationQuery(filters.integrationId ?? ''),
    enabled: filters.integrationId !== undefined,
  })
  const actions = useConnectionActions()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [moving, setMoving] = useState<'import' | 'export' | null>(null)
  const choose = (ids: string[], on: boolean) =>
    setChosen((now) => (on ? new Set([...now, ...ids]) : new Set([...now].filter((id) => !ids.includes(id)))))
  const setFilters = (next: Partial<typeof filters>) => {
    setChosen(new Set())
    return navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  }
  const isFiltered = Object.values(filters).some(Boolean)
  return (
    <>
      <PageHeader
        title="Connections"
        description="Accounts of your users at the providers, with their credentials and their health."
        actions={
          <>
            <Button icon={Upload} needs="admin" onClick={() => setMoving('import')}>
              Import
            </Button>
            <Button icon={Download} needs="admin" onClick={() => setMoving('export')}>
              Export
            </Button>
            <ButtonLink to="/marketplace" variant="primary" icon={Plus}>
              Connect an account
            </ButtonLink>
          </>
        }
      />
      <FilterBar>
        <SelectFilter
          label="Provider"
          any="All providers"
          value={filters.provider}
          onChange={(provider) => setFilters({ provider })}
          options={(providers ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        />
        <SelectFilter
          label="Status"
          any="Any status"
          value={filters.status}
          onChange={(status) => setFilters({ status })}
          options={statuses.map((status) => ({ value: status, label: capitalize(status) }))}
        />
        {filters.integrationId && (
          <Button onClick={() => setFilters({ integrationId: undefined })}>
            {`Only of ${integration?.name ?? 'one integration'} ✕`}
          </Button>
        )}
        {filters.externalUserId && (
          <Button
            onClick={() => setFilters({ externalUserId: undefined })}
          >{`Only of ${filters.externalUserId} ✕`}</Button>
        )}
      </FilterBar>
      <BulkActions ids={[...chosen]} onClear={() => setChosen(new Set())} />
      <Card flush>
        <PagedList
          query={connections}
          empty={
            isFiltered ? (
              <EmptyState
                icon={Link2}
                title="No connection fits"
                action={
                  <Button
                    onClick={() =>
                      setFilters({
                        provider: undefined,
                        status: undefined,
                        integrationId: undefined,
                        externalUserId: undefined,
                      })
                    }
                  >
                    Show all connections
                  </Button>
                }
              />
            ) : (
              <EmptyState
                icon={Link2}
                title="No account is connected yet"
                action={
                  <ButtonLink to="/marketplace" variant="primary">
                    Open the marketplace
                  </ButtonLink>
                }
              >
                Choose a provider, set it up, and connect an account of yours or of a user.
              </EmptyState>
            )
          }
        >
          {(rows) => (
            <Table
              label="Connections"
              columns={[
                {
                  heading: 'Choose',
                  content: (
                    <input
                      type="checkbox"
                      aria-label="Choose all that are shown"
                      checked={rows.every(({ id }) => chosen.has(id))}
                      onChange={(event) =>
                        choose(
                          rows.map(({ id }) => id),
                          event.target.checked,
                        )
                      }
                    />
                  ),
                },
                { heading: 'Account' },
                { heading: 'Status' },
                { heading: 'Health', hidden: 'sm' },
                { heading: 'External user', hidden: 'md' },
                { heading: 'Last used', hidden: 'sm' },
                { heading: 'Connected', hidden: 'lg' },
                { heading: 'Actions', quiet: true },
              ]}
            >
              {rows.map((connection) => (
                <Row key={connection.id}>
                  <Cell above className="w-0">
                    <input
                      type="checkbox"
                      aria-label={`Choose ${connection.accountLabel ?? connection.externalUserId}`}
                      checked={chosen.has(connection.id)}
                      onChange={(event) => choose([connection.id], event.target.checked)}
                    />
                  </Cell>
                  <Cell>
                    <span className="flex items-center gap-3">
                      <ProviderLogo provider={connection.provider} name={connection.providerName} size={28} />
                      <span className="min-w-0">
                        <Link to="/connections/$id" params={{ id: connection.id }} {...rowLink}>
                          {connection.accountLabel ?? connection.accountId ?? 'Account'}
                        </Link>{' '}
                        {connection.sandbox && <SandboxBadge />}
                        <span className="block text-xs text-ink-faint">{connection.integrationName}</span>
                      </span>
                    </span>
                  </Cell>
                  <Cell>
                    <StatusBadge status={connection.status} />
                    {connection.errorMessage && (
                      <span
                        className="mt-1 hidden max-w-64 truncate text-xs text-ink-faint lg:block"
                        title={connection.errorMessage}
                      >
                        {connection.errorMessage}
                      </span>
                    )}
                  </Cell>
                  <Cell hidden="sm">
                    <HealthBadge health={connection.health} />
                  </Cell>
                  <Cell hidden="md" className="max-w-52 truncate">
                    {connection.externalUserId}
                  </Cell>
                  <Cell hidden="sm">
                    <RelativeTime at={connection.lastUsedAt} />
                  </Cell>
                  <Cell hidden="lg">
                    <RelativeTime at={connection.connectedAt} />
                  </Cell>
                  <Cell above className="w-0">
                    <RowMenu label={`Actions for ${connection.accountLabel ?? connection.externalUserId}`}>
                      <MenuAction
                        icon={FlaskConical}
                        needs="developer"
                        onSelect={() => actions.test.mutate(connection)}
                      >
                        Test
                      </MenuAction>
                      <MenuAction
                        icon={RefreshCw}
                        needs="developer"
                        onSelect={() => actions.reconnect.mutate(connection)}
                      >
                        Reconnect
                      </MenuAction>
                      <MenuAction
                        icon={Unplug}
                        danger
                        needs="developer"
                        onSelect={() => actions.askToDisconnect(connection)}
                      >
                        Disconnect
                      </MenuAction>
                    </RowMenu>
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      <ImportDialog open={moving === 'import'} onClose={() => setMoving(null)} />
      <ExportDialog open={moving === 'export'} onClose={() => setMoving(null)} integrationId={filters.integrationId} />
      {actions.dialogs}
    </>
  )
}
