import type { DestinationStats } from '@koble/contract/destinations'
import type { Attempt, DeliveryStatus } from '@koble/contract/messages'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { formatAbsoluteTime, formatDuration } from '../format-time.ts'
import { attemptsQuery, destinationStatsQuery } from '../outbound-queries.ts'
import { deliveryStatuses } from '../outbound-wording.ts'
import { capitalize, count } from '../wording.ts'
import { Card, Fact, Facts } from './card.tsx'
import { percent } from './destination-table.tsx'
import { rowsOf } from './paged-list.tsx'
import { Skeleton } from './skeleton.tsx'

const colours: Record<DeliveryStatus, { bar: string; mark: string }> = {
  delivered: { bar: 'fill-ok', mark: 'bg-ok' },
  pending: { bar: 'fill-accent', mark: 'bg-accent' },
  retrying: { bar: 'fill-info', mark: 'bg-info' },
  parked: { bar: 'fill-warn', mark: 'bg-warn' },
  filtered: { bar: 'fill-control', mark: 'bg-control' },
  dead: { bar: 'fill-bad', mark: 'bg-bad' },
}
const refreshMs = 5_000

/** How the last 24 hours of a destination went, and its last attempts one by one. */
export function DestinationStatsCard({ id }: { id: string }) {
  const { data: stats } = useQuery({ ...destinationStatsQuery(id), refetchInterval: refreshMs })
  const attempts = rowsOf(useInfiniteQuery({ ...attemptsQuery(id), refetchInterval: refreshMs }).data)
  if (!stats) return <Skeleton rows={3} />
  return (
    <Card title="Last 24 hours">
      <div className="space-y-5">
        <Facts>
          <Fact name="Attempts that succeeded">
            <span className="text-lg font-semibold tabular-nums">
              {stats.successRate === null ? '–' : percent(stats.successRate)}
            </span>
          </Fact>
          <Fact name="Attempts">
            <span className="text-lg font-semibold tabular-nums">{stats.attempts.toLocaleString('en')}</span>
          </Fact>
          <Fact name="Time to answer, P50 and P95">
            <span className="text-lg font-semibold tabular-nums">
              {stats.p50Ms === null
                ? '–'
                : `${formatDuration(stats.p50Ms)}, ${formatDuration(stats.p95Ms ?? stats.p50Ms)}`}
            </span>
          </Fact>
        </Facts>
        <Shares stats={stats} />
        <AttemptBars attempts={attempts} />
      </div>
    </Card>
  )
}

/** How many messages stand how, as parts of one bar. */
function Shares({ stats }: { stats: DestinationStats }) {
  const shares = deliveryStatuses.map((status) => ({ status, amount: stats[status] }))
  const total = shares.reduce((sum, { amount }) => sum + amount, 0)
  let begun = 0
  return (
    <div>
      <p className="mb-1.5 font-medium">{total === 0 ? 'No messages' : count(total, 'message')}</p>
      <svg
        aria-hidden="true"
        viewBox="0 0 100 10"
        preserveAspectRatio="none"
        className="h-2.5 w-full rounded-sm bg-sunken"
      >
        {shares.map(({ status, amount }) => {
          const from = begun
          const width = total === 0 ? 0 : (amount / total) * 100
          begun += width
          return <rect key={status} x={from} width={width} height={10} className={colours[status].bar} />
        })}
      </svg>
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-soft">
        {shares
          .filter(({ amount }) => amount > 0)
          .map(({ status, amount }) => (
            <li key={status} className="inline-flex items-center gap-1.5">
              <span aria-hidden className={`size-2 rounded-full ${colours[status].mark}`} />
              {`${capitalize(status)} ${amount.toLocaleString('en')}`}
            </li>
          ))}
      </ul>
    </div>
  )
}

const barsMax = 50

/** The newest attempts, oldest first: how long each took, and the failed ones in their own colour. */
function AttemptBars({ attempts }: { attempts: readonly Attempt[] }) {
  const shown = attempts.slice(0, barsMax).reverse()
  if (shown.length === 0) return null
  const longest = Math.max(1, ...shown.map(({ durationMs }) => durationMs))
  const failed = shown.filter(({ succeeded }) => !succeeded).length
  const words = `The last ${count(shown.length, 'attempt')}, ${failed} failed, at most ${formatDuration(longest)} long`
  return (
    <figure>
      <figcaption className="mb-1.5 flex flex-wrap justify-between gap-x-4">
        <span className="font-medium">
          {shown.length === 1 ? 'The last attempt' : `The last ${shown.length} attempts`}
        </span>
        <span className="text-xs text-ink-faint">{`The longest took ${formatDuration(longest)}`}</span>
      </figcaption>
      <div role="img" aria-label={words} className="flex h-12 items-end gap-px border-b border-line">
        {shown.map((attempt) => (
          <span
            key={attempt.id}
            title={`${formatAbsoluteTime(attempt.at)}: ${attempt.responseStatus ?? attempt.errorCode ?? 'taken'}, ${formatDuration(attempt.durationMs)}`}
            className="flex h-full min-w-0 max-w-3 flex-1 items-end"
          >
            <svg aria-hidden="true" viewBox="0 0 1 100" preserveAspectRatio="none" className="size-full">
              <rect
                y={100 - Math.max(6, (attempt.durationMs / longest) * 100)}
                width={1}
                height={100}
                className={attempt.succeeded ? 'fill-ok' : 'fill-bad'}
              />
            </svg>
          </span>
        ))}
      </div>
    </figure>
  )
}
