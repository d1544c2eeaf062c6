import type { Destination } from '@koble/contract/destinations'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { destinationStatsQuery } from '../outbound-queries.ts'
import { destinationTypeNames, targetOf } from '../outbound-wording.ts'
import { Badge, StatusBadge } from './badge.tsx'
import { Cell, Row, rowLink, Table } from './table.tsx'

/** Destinations, a row each, with how their last 24 hours went. */
export function DestinationTable({ destinations }: { destinations: readonly Destination[] }) {
  return (
    <Table
      label="Destinations"
      columns={[
        { heading: 'Destination' },
        { heading: 'Status' },
        { heading: 'Whose', hidden: 'md' },
        { heading: 'Last 24 hours', hidden: 'sm' },
        { heading: 'Not delivered', hidden: 'lg' },
      ]}
    >
      {destinations.map((destination) => (
        <DestinationRow key={destination.id} destination={destination} />
      ))}
    </Table>
  )
}

function DestinationRow({ destination }: { destination: Destination }) {
  const { data: stats } = useQuery({ ...destinationStatsQuery(destination.id), staleTime: 30_000 })
  return (
    <Row>
      <Cell>
        <Link to="/destinations/$id" params={{ id: destination.id }} {...rowLink}>
          {destination.name}
        </Link>
        <span className="flex flex-wrap items-center gap-x-1.5 text-xs text-ink-faint">
          {destinationTypeNames[destination.type]}
          <span className="max-w-52 truncate font-mono lg:max-w-80" title={targetOf(destination)}>
            {targetOf(destination)}
          </span>
        </span>
      </Cell>
      <Cell>
        <DestinationStatus destination={destination} />
      </Cell>
      <Cell hidden="md" className="max-w-44 truncate">
        {destination.externalUserId ?? <span className="text-ink-faint">Everybody</span>}
      </Cell>
      <Cell hidden="sm" className="whitespace-nowrap tabular-nums">
        {stats === undefined ? (
          <span className="text-ink-faint">…</span>
        ) : stats.successRate === null ? (
          <span className="text-ink-faint">No attempts</span>
        ) : (
          <SuccessRate rate={stats.successRate} attempts={stats.attempts} />
        )}
      </Cell>
      <Cell hidden="lg" className="whitespace-nowrap">
        <span className="flex gap-1">
          {stats && stats.dead > 0 && <Badge tone="bad">{`${stats.dead.toLocaleString('en')} dead`}</Badge>}
          {stats && stats.parked > 0 && <Badge tone="warn">{`${stats.parked.toLocaleString('en')} parked`}</Badge>}
          {stats && stats.dead + stats.parked === 0 && <span className="text-ink-faint">None</span>}
        </span>
      </Cell>
    </Row>
  )
}

/** On, off, or on while nothing gets through. */
export function DestinationStatus({ destination }: { destination: Destination }) {
  if (destination.status === 'enabled' && destination.failingSince !== null) {
    return (
      <Badge tone="bad" dot>
        Failing
      </Badge>
    )
  }
  return <StatusBadge status={destination.status} />
}

function SuccessRate({ rate, attempts }: { rate: number; attempts: number }) {
  const tone = rate >= 0.99 ? 'bg-ok' : rate >= 0.9 ? 'bg-warn' : 'bg-bad'
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className={`size-2 rounded-full ${tone}`} />
      {percent(rate)}
      <span className="text-xs text-ink-faint">{`of ${attempts.toLocaleString('en')}`}</span>
    </span>
  )
}

/** A share in percent; only a whole is shown as 100. */
export function percent(share: number): string {
  return share === 1 ? '100 %' : `${(Math.floor(share * 1_000) / 10).toLocaleString('en')} %`
}
