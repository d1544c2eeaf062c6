import type { Sync } from '@koble/contract/syncs'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { connectionQuery } from '../queries.ts'
import { StatusBadge } from './badge.tsx'
import { ProviderLogo } from './provider-logo.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Cell, Row, rowLink, Table } from './table.tsx'

/** What a sync is doing: that it runs, else that it is paused or how its last run ended. */
export function SyncStatus({ sync }: { sync: Sync }) {
  const last = sync.lastRunStatus === 'failed' ? 'failed' : sync.status
  return <StatusBadge status={sync.currentRun ?? (sync.status === 'paused' ? 'paused' : last)} />
}

/** How often a sync runs by itself, in words. */
export function intervalText(everyMinutes: number | null): string {
  if (everyMinutes === null) return 'By hand or webhook'
  if (everyMinutes === 1) return 'Every minute'
  if (everyMinutes % 1440 === 0) return everyMinutes === 1440 ? 'Every day' : `Every ${everyMinutes / 1440} days`
  if (everyMinutes % 60 === 0) return everyMinutes === 60 ? 'Every hour' : `Every ${everyMinutes / 60} hours`
  return `Every ${everyMinutes} minutes`
}

/** Datasets that are kept up to date. */
export function SyncTable({ syncs }: { syncs: readonly Sync[] }) {
  return (
    <Table
      label="Syncs"
      columns={[
        { heading: 'Sync' },
        { heading: 'Status' },
        { heading: 'Records' },
        { heading: 'Last run', hidden: 'sm' },
        { heading: 'Next run', hidden: 'md' },
        { heading: 'Connection', hidden: 'lg' },
      ]}
    >
      {syncs.map((sync) => (
        <Row key={sync.id}>
          <Cell>
            <span className="flex items-center gap-2.5">
              <ProviderLogo provider={sync.provider} size={20} />
              <span className="min-w-0">
                <Link
                  to="/syncs/$id"
                  params={{ id: sync.id }}
                  {...rowLink}
                  className={`${rowLink.className} break-words`}
                >
                  {sync.name}
                </Link>
                <span className="block font-mono text-xs break-all text-ink-faint">{sync.operation}</span>
              </span>
            </span>
          </Cell>
          <Cell>
            <SyncStatus sync={sync} />
          </Cell>
          <Cell className="tabular-nums">{sync.records.toLocaleString('en')}</Cell>
          <Cell hidden="sm">
            <RelativeTime at={sync.lastRunAt} />
          </Cell>
          <Cell hidden="md">
            <RelativeTime at={sync.nextRunAt} none={intervalText(sync.everyMinutes)} />
          </Cell>
          <Cell hidden="lg">
            <ConnectionName id={sync.connectionId} />
          </Cell>
        </Row>
      ))}
    </Table>
  )
}

/** An account by what it is called at its provider. */
export function ConnectionName({ id }: { id: string }) {
  const { data } = useQuery({ ...connectionQuery(id), staleTime: 60_000 })
  return <span className="break-words text-ink-soft">{data ? (data.accountLabel ?? data.externalUserId) : '…'}</span>
}
