import type { ConnectionHealth, HealthCheck } from '@koble/contract/connections'
import { formatAbsoluteTime, formatDuration } from '../format-time.ts'
import { Badge } from './badge.tsx'
import { RelativeTime } from './relative-time.tsx'

/** How the last check went, in a word. */
export function HealthBadge({ health }: { health: HealthCheck | null }) {
  if (health === null) return <span className="text-ink-faint">Not checked yet</span>
  return (
    <Badge tone={health.ok ? 'ok' : 'bad'} dot>
      {health.ok ? formatDuration(health.latencyMs) : 'Failed'}
    </Badge>
  )
}

/** The last checks as bars from old to new, as high as they took long. */
export function HealthHistory({ health }: { health: ConnectionHealth }) {
  const checks = health.history.toReversed()
  const slowest = Math.max(1, ...checks.map(({ latencyMs }) => latencyMs))
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-3">
      <div>
        <p className="flex items-center gap-2">
          <HealthBadge health={health.latest} />
          {health.latest && (
            <span className="text-ink-soft">
              <RelativeTime at={health.latest.checkedAt} />
              {health.latest.code && <code className="ml-2 font-mono text-xs">{health.latest.code}</code>}
            </span>
          )}
        </p>
        <p className="mt-1 text-xs text-ink-faint">
          {health.nextCheckAt ? (
            <>
              Next check <RelativeTime at={health.nextCheckAt} />; calls that get through count as one.
            </>
          ) : (
            'No checks are due.'
          )}
        </p>
      </div>
      {checks.length > 1 && (
        <ol aria-label="The last checks" className="flex h-10 items-end gap-0.5">
          {checks.map((check) => (
            <li
              key={check.checkedAt}
              title={`${formatAbsoluteTime(check.checkedAt)}: ${check.ok ? 'well' : check.code}, ${formatDuration(check.latencyMs)}`}
              style={{ height: `${Math.max(12, (check.latencyMs / slowest) * 100)}%` }}
              className={`w-2 rounded-sm ${check.ok ? 'bg-ok' : 'bg-bad'}`}
            >
              <span className="sr-only">
                {check.ok ? 'well' : 'failed'}, {formatDuration(check.latencyMs)}
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
