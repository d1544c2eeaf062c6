import type { Connection } from '@koble/contract/connections'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Blocks, Link2 } from 'lucide-react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { SelectField } from '../components/field.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { rowsOf } from '../components/paged-list.tsx'
import { RetryNotice } from '../components/retry-notice.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { SyncForm, type SyncSettings } from '../components/sync-form.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { operationsQuery } from '../operation-queries.ts'
import { connectionQuery, connectionsQuery } from '../queries.ts'

const route = getRouteApi('/app/syncs/new')
const back = { to: '/syncs', label: 'Syncs' }

/** Makes a sync: whose data, which of it, and how often. */
export function NewSync() {
  const { connectionId, operation } = route.useSearch()
  const navigate = route.useNavigate()
  const connections = useInfiniteQuery(connectionsQuery())
  const chosen = useQuery({ ...connectionQuery(connectionId ?? ''), enabled: connectionId !== undefined })
  if (connections.isPending) return <Skeleton rows={6} />
  const rows = rowsOf(connections.data)
  const listed = rows.some(({ id }) => id === connectionId) || !chosen.data ? rows : [chosen.data, ...rows]
  return (
    <div className="max-w-3xl">
      <PageHeader
        title="New sync"
        description="Everything that one operation lists, as one account, kept as records."
        back={back}
      />
      {connections.isError && <RetryNotice query={connections} />}
      {listed.length === 0 && connections.data ? (
        <Card flush>
          <EmptyState
            icon={Link2}
            title="No account is connected yet"
            action={
              <ButtonLink to="/marketplace" search={{}} variant="primary">
                Open the marketplace
              </ButtonLink>
            }
          >
            A sync reads as a connected account. Connect one first.
          </EmptyState>
        </Card>
      ) : (
        <div className="space-y-5">
          <Card title="Whose data">
            <div className="space-y-4">
              <SelectField
                label="Connection"
                value={connectionId ?? ''}
                onChange={(id) => navigate({ search: id ? { connectionId: id } : {}, replace: true })}
                options={[
                  { value: '', label: 'Choose one' },
                  ...listed.map((one) => ({ value: one.id, label: nameOf(one) })),
                ]}
              />
              {connections.hasNextPage && (
                <Button
                  variant="ghost"
                  busy={connections.isFetchingNextPage}
                  onClick={() => connections.fetchNextPage()}
                >
                  Load more
                </Button>
              )}
              {chosen.isError && <RetryNotice query={chosen} />}
              {chosen.data && <Source connection={chosen.data} chosen={operation} />}
            </div>
          </Card>
          {chosen.data && operation && <Settings connection={chosen.data} name={operation} />}
        </div>
      )}
    </div>
  )
}

function nameOf({ integrationName, accountLabel, externalUserId }: Connection): string {
  return `${integrationName}: ${accountLabel ?? externalUserId}`
}

/** The operations of an account that give lists. */
function Source({ connection, chosen }: { connection: Connection; chosen: string | undefined }) {
  const navigate = route.useNavigate()
  const operations = useQuery(operationsQuery(connection))
  if (operations.isPending) return <Skeleton rows={1} />
  if (operations.isError) return <RetryNotice query={operations} />
  const fitting = operations.data.filter(({ lists }) => lists.length > 0)
  if (fitting.length === 0) {
    return (
      <EmptyState
        icon={Blocks}
        title={`${connection.providerName} lists nothing that can be kept up to date`}
        action={
          <ButtonLink to="/connections/$id" params={{ id: connection.id }} search={{}}>
            Open the connection
          </ButtonLink>
        }
      >
        Its API can be called by requests.
      </EmptyState>
    )
  }
  return (
    <SelectField
      label="Operation"
      value={chosen ?? ''}
      onChange={(operation) =>
        navigate({
          search: { connectionId: connection.id, ...(operation && { operation }) },
          replace: true,
          resetScroll: false,
        })
      }
      options={[
        { value: '', label: 'Choose one' },
        ...fitting.map(({ name, title }) => ({ value: name, label: title })),
      ]}
    />
  )
}

function Settings({ connection, name }: { connection: Connection; name: string }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const operations = useQuery(operationsQuery(connection))
  const create = useMutation({
    mutationFn: async (settings: SyncSettings) => {
      const sync = await koble.syncs.create({ ...settings, connectionId: connection.id, operation: name })
      // One with an interval begins by itself.
      if (settings.everyMinutes === null) await koble.syncs.run(sync.id)
      return sync
    },
    onSuccess: async ({ id }) => {
      void queryClient.invalidateQueries({ queryKey: ['syncs'] })
      notify.success('The sync is made, and runs')
      await navigate({ to: '/syncs/$id', params: { id }, search: {} })
    },
  })
  const operation = operations.data?.find((one) => one.name === name && one.lists.length > 0)
  if (!operation) return null
  return (
    <SyncForm
      key={`${connection.id} ${name}`}
      operation={operation}
      submitLabel="Create and run"
      busy={create.isPending}
      error={create.error}
      onSubmit={(settings) => create.mutate(settings)}
      secondary={
        <ButtonLink to="/syncs" search={{}}>
          Cancel
        </ButtonLink>
      }
    />
  )
}
