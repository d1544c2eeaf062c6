import type { Activity } from '@koble/contract/activity'
import { Link } from '@tanstack/react-router'
import { ArrowUpRight, Cog, Link2, type LucideIcon, Pause, Play, Webhook } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatAbsoluteTime, formatDuration } from '../format-time.ts'
import type { useLiveActivity } from '../use-live-activity.ts'
import { Badge, StatusBadge } from './badge.tsx'
import { Button } from './button.tsx'
import { CodeBlock } from './code-block.tsx'
import { LogLine } from './log-line.tsx'
import { ProviderLogo } from './provider-logo.tsx'
import { RetryNotice } from './retry-notice.tsx'
import { Skeleton } from './skeleton.tsx'

const icons: Record<Activity['type'], LucideIcon> = {
  request: ArrowUpRight,
  webhook: Webhook,
  connection: Link2,
  system: Cog,
}

interface ActivityLogProps {
  log: ReturnType<typeof useLiveActivity>
  empty: ReactNode
  /** Show only so many lines, without a way to more. */
  limit?: number
}

/** The lines of the activity log, newest first; each opens to its details. */
export function ActivityLog({ log: { history, lines }, empty, limit }: ActivityLogProps) {
  if (history.isPending) return <Skeleton rows={5} />
  if (history.isError && lines.length === 0) {
    return (
      <div className="p-4">
        <RetryNotice query={history} />
      </div>
    )
  }
  if (lines.length === 0) return empty
  return (
    <>
      <ol className="divide-y divide-line" aria-label="Activity">
        {lines.slice(0, limit).map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ol>
      {history.hasNextPage && limit === undefined && (
        <div className="border-t border-line p-2 text-center">
          <Button variant="ghost" busy={history.isFetchingNextPage} onClick={() => history.fetchNextPage()}>
            Load older lines
          </Button>
        </div>
      )}
    </>
  )
}

function Line({ line }: { line: Activity }) {
  const Icon = icons[line.type]
  return (
    <li className="animate-appear">
      <LogLine
        at={line.at}
        summary={
          <>
            {line.provider ? (
              <ProviderLogo provider={line.provider} size={20} />
            ) : (
              <Icon size={15} aria-hidden className="w-5 shrink-0 text-ink-faint" />
            )}
            <span
              className={`min-w-0 flex-1 truncate group-open:whitespace-normal ${line.status === 'failure' ? 'text-bad' : ''}`}
            >
              {line.summary}
            </span>
            {line.durationMs !== null && (
              <span className="hidden shrink-0 text-xs text-ink-faint sm:inline">
                {formatDuration(line.durationMs)}
              </span>
            )}
            {line.status !== 'info' && (
              // On narrow screens only a failure is worth the room.
              <span className={line.status === 'success' ? 'hidden sm:inline' : ''}>
                <Outcome line={line} />
              </span>
            )}
          </>
        }
      >
        <div className="border-t border-line bg-canvas px-4 py-3">
          <p className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-ink-soft">
            <code className="font-mono text-xs leading-5">{line.action}</code>
            <span>{formatAbsoluteTime(line.at)}</span>
            {line.connectionId && (
              <Link
                to="/connections/$id"
                params={{ id: line.connectionId }}
                className="text-accent-ink underline underline-offset-2"
              >
                Connection
              </Link>
            )}
            {typeof line.details['eventId'] === 'string' && (
              <Link
                to="/events/$id"
                params={{ id: line.details['eventId'] }}
                className="text-accent-ink underline underline-offset-2"
              >
                Event
              </Link>
            )}
          </p>
          <CodeBlock
            text={JSON.stringify({ id: line.id, durationMs: line.durationMs, ...line.details })}
            label="Details"
          />
        </div>
      </LogLine>
    </li>
  )
}

/** How it went: the HTTP status of a call, else success or failure. */
function Outcome({ line }: { line: Activity }) {
  const code = line.details['statusCode']
  if (typeof code !== 'number') return <StatusBadge status={line.status} />
  return (
    <Badge tone={line.status === 'success' ? 'ok' : 'bad'} dot>
      <span className="sr-only">HTTP </span>
      {code}
    </Badge>
  )
}

/** Whether the log is live, with the switch that holds it still. */
export function LiveSwitch({ log }: { log: ReturnType<typeof useLiveActivity> }) {
  const words = log.paused
    ? 'Paused'
    : { connecting: 'Connecting', open: 'Live', reconnecting: 'Reconnecting', off: 'Not live' }[log.state]
  const dot = log.paused ? 'bg-control' : log.state === 'open' ? 'bg-ok animate-pulse-soft' : 'bg-warn'
  return (
    <>
      <span role="status" className="inline-flex items-center gap-1.5 text-ink-soft">
        <span aria-hidden className={`size-2 rounded-full ${dot}`} />
        {words}
      </span>
      <Button size="sm" icon={log.paused ? Play : Pause} onClick={log.paused ? log.resume : log.pause}>
        {log.paused ? (log.waiting > 0 ? `Resume (${log.waiting} new)` : 'Resume') : 'Pause'}
      </Button>
    </>
  )
}
