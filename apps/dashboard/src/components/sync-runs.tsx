import type { Sync, SyncRun } from '@koble/contract/syncs'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { History } from 'lucide-react'
import { syncRunsQuery } from '../sync-queries.ts'
import { StatusBadge } from './badge.tsx'
import { Card } from './card.tsx'
import { EmptyState } from './empty-state.tsx'
import { PagedList } from './paged-list.tsx'
import { RelativeTime } from './relative-time.tsx'
import { RunSync } from './run-sync.tsx'
import { Cell, Row, Table } from './table.tsx'

const triggers = { manual: 'By hand', schedule: 'By the clock', webhook: 'By webhook' }

/** The runs of a sync, and what each brought. */
export function SyncRuns({ sync }: { sync: Sync }) {
  const runs = useInfiniteQuery({
    ...syncRunsQuery(sync.id),
    // A run may have ended between the one answer and the other.
    refetchInterval: ({ state }) =>
      sync.currentRun || state.data?.pages[0]?.data.some(({ finishedAt }) => finishedAt === null) ? 1_500 : 10_000,
  })
  return (
    <Card flush>
      <PagedList
        query={runs}
        empty={
          <EmptyState icon={History} title="It has not run yet" action={<RunSync sync={sync} />}>
            A run reads every page, and tells what is new, what changed and what is gone.
          </EmptyState>
        }
      >
        {(rows) => (
          <Table
            label="Runs"
            columns={[
              { heading: 'Status' },
              { heading: 'Brought' },
              { heading: 'Begun', hidden: 'sm' },
              { heading: 'Took', hidden: 'md' },
              { heading: 'Asked for', hidden: 'md' },
            ]}
          >
            {rows.map((run) => (
              <RunRow key={run.id} run={run} />
            ))}
          </Table>
        )}
      </PagedList>
    </Card>
  )
}

function RunRow({ run }: { run: SyncRun }) {
  const { created, updated, deleted, unchanged } = run
  return (
    <Row>
      <Cell>
        <StatusBadge status={run.status} />
      </Cell>
      <Cell>
        <span className="tabular-nums">
          {created} new, {updated} changed, {deleted} deleted
        </span>
        <span className="block text-xs text-ink-faint">
          {unchanged} unchanged, {run.pages} {run.pages === 1 ? 'page' : 'pages'}
        </span>
        {run.errorMessage && (
          <span className={`block max-w-md break-words ${run.status === 'failed' ? 'text-bad' : 'text-warn'}`}>
            {run.errorMessage}
            {run.nextAttemptAt && (
              <>
                {' '}
                Again <RelativeTime at={run.nextAttemptAt} />.
              </>
            )}
          </span>
        )}
      </Cell>
      <Cell hidden="sm">
        <RelativeTime at={run.startedAt} none="Not yet" />
      </Cell>
      <Cell hidden="md">{durationOf(run)}</Cell>
      <Cell hidden="md">
        {run.eventId === null ? (
          triggers[run.trigger]
        ) : (
          <Link
            to="/events/$id"
            params={{ id: run.eventId }}
            className="rounded text-accent-ink underline underline-offset-2"
          >
            {triggers[run.trigger]}
          </Link>
        )}
      </Cell>
    </Row>
  )
}

function durationOf({ startedAt, finishedAt }: SyncRun): string {
  if (startedAt === null || finishedAt === null) return ''
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  return `${Math.round(seconds / 60)} min`
}
