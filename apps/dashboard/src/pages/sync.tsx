import type { Sync } from '@koble/contract/syncs'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { CircleX, Pause, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { Confirm } from '../components/modal.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { RetryNotice } from '../components/retry-notice.tsx'
import { RunSync } from '../components/run-sync.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { SyncForm, type SyncSettings } from '../components/sync-form.tsx'
import { SyncRecords } from '../components/sync-records.tsx'
import { SyncRuns } from '../components/sync-runs.tsx'
import { ConnectionName, intervalText, SyncStatus } from '../components/sync-table.tsx'
import { Tab, Tabs } from '../components/tabs.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { operationsQuery } from '../operation-queries.ts'
import { connectionQuery } from '../queries.ts'
import { syncQuery } from '../sync-queries.ts'

const route = getRouteApi('/app/syncs/$id')
const back = { to: '/syncs', label: 'Syncs' }

/** One sync: its runs, its records and its settings. */
export function SyncPage() {
  const { id } = route.useParams()
  const sync = useQuery(syncQuery(id))
  return (
    <DetailPage query={sync} title="Sync" back={back}>
      {(sync) => <Detail key={id} sync={sync} />}
    </DetailPage>
  )
}

function Detail({ sync }: { sync: Sync }) {
  const { id, name } = sync
  const { tab, ...filters } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <>
      <PageHeader
        title={name}
        back={back}
        heading={
          <div className="flex items-center gap-3.5">
            <ProviderLogo provider={sync.provider} size={44} />
            <div className="min-w-0">
              <h1 className="text-xl font-semibold tracking-tight break-words">{name}</h1>
              <p className="mt-1 flex flex-wrap items-center gap-2 text-ink-soft">
                <SyncStatus sync={sync} />
                <code className="font-mono text-xs break-all">{sync.operation}</code>
              </p>
            </div>
          </div>
        }
        actions={<Actions sync={sync} />}
      />
      <div className="mb-5">
        <Card>
          <Facts>
            <Fact name="Records">{sync.records.toLocaleString('en')}</Fact>
            <Fact name="Last run">
              <RelativeTime at={sync.lastRunAt} />
            </Fact>
            <Fact name="Next run">
              <RelativeTime at={sync.nextRunAt} none={sync.status === 'paused' ? 'Paused' : 'Not by the clock'} />
            </Fact>
            <Fact name="How often">{intervalText(sync.everyMinutes)}</Fact>
            <Fact name="Connection">
              <Link
                to="/connections/$id"
                params={{ id: sync.connectionId }}
                search={{}}
                className="rounded underline underline-offset-2"
              >
                <ConnectionName id={sync.connectionId} />
              </Link>
            </Fact>
            <Fact name="What is gone">{sync.deletes === 'mark' ? 'Is marked as deleted' : 'Stays as it is'}</Fact>
          </Facts>
        </Card>
      </div>
      <Tabs label="Parts of the sync">
        <Tab to="/syncs/$id" params={{ id }} search={{}} current={tab === undefined}>
          Runs
        </Tab>
        <Tab to="/syncs/$id" params={{ id }} search={{ tab: 'records' }} current={tab === 'records'}>
          Records
        </Tab>
        <Tab to="/syncs/$id" params={{ id }} search={{ tab: 'settings' }} current={tab === 'settings'}>
          Edit
        </Tab>
      </Tabs>
      {tab === undefined && <SyncRuns sync={sync} />}
      {tab === 'records' && (
        <SyncRecords
          sync={sync}
          filters={filters}
          onFilter={(next) => navigate({ search: (now) => ({ ...now, ...next }), replace: true })}
        />
      )}
      {tab === 'settings' && <Edit sync={sync} />}
    </>
  )
}

function Actions({ sync: { id, name, status, currentRun }, sync }: { sync: Sync }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['syncs'] })
  const isPaused = status === 'paused'
  const toggle = useMutation({
    mutationFn: () => (isPaused ? koble.syncs.resume(id) : koble.syncs.pause(id)),
    onSuccess: () => notify.success(isPaused ? 'It runs by itself again' : 'It does not run by itself any more'),
    onError: (error) => notify.failure('Nothing was changed', error),
    onSettled: refresh,
  })
  const cancel = useMutation({
    mutationFn: () => koble.syncs.cancel(id),
    onSuccess: () => notify.success('The run was given up'),
    onError: (error) => notify.failure('It was not given up', error),
    onSettled: refresh,
  })
  const remove = useMutation({
    mutationFn: () => koble.syncs.delete(id),
    onSuccess: async () => {
      await navigate({ to: '/syncs', search: {} })
      queryClient.removeQueries({ queryKey: ['syncs', id] })
      void refresh()
      notify.success('The sync is deleted')
    },
    onError: (error) => notify.failure('Not deleted', error),
  })
  return (
    <>
      <Button icon={Trash2} variant="danger" needs="developer" onClick={() => setAsking(true)}>
        Delete
      </Button>
      {currentRun && (
        <Button icon={CircleX} needs="developer" busy={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel the run
        </Button>
      )}
      <Button
        icon={isPaused ? RotateCcw : Pause}
        needs="developer"
        busy={toggle.isPending}
        onClick={() => toggle.mutate()}
      >
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
      <RunSync sync={sync} />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        title={`Delete ${name}?`}
        action="Delete"
      >
        Its records and runs are deleted with it. Nothing happens at the provider.
      </Confirm>
    </>
  )
}

function Edit({ sync }: { sync: Sync }) {
  const queryClient = useQueryClient()
  const connection = useQuery(connectionQuery(sync.connectionId))
  const operations = useQuery({
    ...operationsQuery(connection.data ?? { id: sync.connectionId, scopes: [] }),
    enabled: connection.data !== undefined,
  })
  const save = useMutation({
    mutationFn: ({ name, input, everyMinutes, deletes }: SyncSettings) =>
      koble.syncs.update(sync.id, { name, input, everyMinutes, deletes }),
    onSuccess: (saved) => {
      queryClient.setQueryData(syncQuery(saved.id).queryKey, saved)
      void queryClient.invalidateQueries({ queryKey: ['syncs'] })
      notify.success('Saved')
    },
  })
  if (connection.isError) return <RetryNotice query={connection} />
  if (operations.isError) return <RetryNotice query={operations} />
  const operation = operations.data?.find(({ name }) => name === sync.operation)
  if (!operation) return <Skeleton rows={5} />
  return (
    <div className="max-w-3xl">
      <SyncForm
        operation={operation}
        sync={sync}
        submitLabel="Save changes"
        busy={save.isPending}
        error={save.error}
        onSubmit={(settings) => save.mutate(settings)}
      />
    </div>
  )
}
