import type { MetricsSummary, MetricsWindow } from '@koble/contract/metrics'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChartColumn } from 'lucide-react'
import { useState } from 'react'
import { formatDuration } from '../format-time.ts'
import { metricsSeriesQuery, metricsSummaryQuery } from '../queries.ts'
import { count } from '../wording.ts'
import { Button, ButtonLink } from './button.tsx'
import { Card } from './card.tsx'
import { EmptyState } from './empty-state.tsx'
import { ErrorNotice } from './notice.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Skeleton } from './skeleton.tsx'
import { Cell, Row, rowLink, Table } from './table.tsx'
import { CallsChart, LatencyChart } from './time-chart.tsx'

const windows: { value: MetricsWindow; label: string }[] = [
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
]

/** Calls, errors, durations and what is left of limits: of one integration, or of all. */
export function Usage({ integrationId }: { integrationId?: string }) {
  const [window, setWindow] = useState<MetricsWindow>('24h')
  const filters = { window, integrationId }
  const summary = useQuery({ ...metricsSummaryQuery(filters), refetchInterval: 30_000 })
  const series = useQuery({ ...metricsSeriesQuery(filters), refetchInterval: 30_000 })
  const failed = summary.error ?? series.error
  return (
    <Card
      title="Usage"
      actions={
        <>
          <select
            aria-label="Time"
            className="control w-auto"
            value={window}
            onChange={(event) => setWindow(event.target.value as MetricsWindow)}
          >
            {windows.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <ButtonLink to="/requests" search={integrationId ? { integrationId } : {}} size="sm">
            All requests
          </ButtonLink>
        </>
      }
    >
      {failed && !summary.data && (
        <ErrorNotice
          error={failed}
          action={
            <Button
              onClick={() => {
                void summary.refetch()
                void series.refetch()
              }}
            >
              Try again
            </Button>
          }
        />
      )}
      {!failed && (summary.isPending || series.isPending) && <Skeleton rows={5} />}
      {summary.data &&
        series.data &&
        (summary.data.count === 0 ? (
          <EmptyState
            icon={ChartColumn}
            title="No calls in this time"
            action={<ButtonLink to="/connections">Make a call from a connection</ButtonLink>}
          >
            Calls through the gateway are counted here within a second.
          </EmptyState>
        ) : (
          <div className="space-y-5">
            <Figures summary={summary.data} />
            <div className="grid gap-5 lg:grid-cols-2">
              <CallsChart series={series.data} />
              <LatencyChart series={series.data} />
            </div>
            {summary.data.topErrors.length > 0 && <TopErrors summary={summary.data} />}
            {integrationId ? (
              <Quotas quotas={summary.data.integrations[0]?.quota ?? []} />
            ) : (
              <ByIntegration summary={summary.data} />
            )}
          </div>
        ))}
    </Card>
  )
}

const percent = (share: number | null) => (share === null ? '–' : `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`)
function duration(milliseconds: number | null): string {
  if (milliseconds === null) return '–'
  return milliseconds < 1 ? '< 1 ms' : formatDuration(milliseconds)
}

function Figures({ summary }: { summary: MetricsSummary }) {
  const figures = [
    { name: 'Calls', value: summary.count.toLocaleString('en') },
    { name: 'Error rate', value: percent(summary.errorRate) },
    { name: 'P50', value: duration(summary.p50) },
    { name: 'P95', value: duration(summary.p95) },
    { name: 'P99', value: duration(summary.p99) },
    { name: 'From cache', value: summary.cacheHits.toLocaleString('en') },
  ]
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
      {figures.map(({ name, value }) => (
        <div key={name}>
          <dt className="text-xs text-ink-faint">{name}</dt>
          <dd className="text-xl font-semibold">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function TopErrors({ summary }: { summary: MetricsSummary }) {
  return (
    <div>
      <h3 className="mb-1.5 font-medium">Most frequent errors</h3>
      <ul className="flex flex-wrap gap-2">
        {summary.topErrors.map(({ error, count: amount }) => (
          <li key={error} className="rounded-md border border-bad/25 bg-bad-soft px-2 py-0.5 text-bad">
            {error.startsWith('http_') ? `HTTP ${error.slice(5)}` : error.replaceAll('_', ' ')}
            <span className="ml-1.5 font-semibold">{amount.toLocaleString('en')}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function ByIntegration({ summary }: { summary: MetricsSummary }) {
  return (
    <div className="-mx-4 -mb-4 border-t border-line">
      <Table
        label="By integration"
        columns={[
          { heading: 'Integration' },
          { heading: 'Calls' },
          { heading: 'Error rate' },
          { heading: 'P95', hidden: 'sm' },
          { heading: 'Least quota left', hidden: 'md' },
        ]}
      >
        {summary.integrations.map((integration) => {
          const [least] = integration.quota.toSorted((a, b) => a.remaining - b.remaining)
          return (
            <Row key={integration.integrationId}>
              <Cell>
                {integration.name === null ? (
                  <span className="text-ink-faint">Removed</span>
                ) : (
                  <Link to="/integrations/$id" params={{ id: integration.integrationId }} {...rowLink}>
                    {integration.name}
                  </Link>
                )}
              </Cell>
              <Cell>{integration.count.toLocaleString('en')}</Cell>
              <Cell>{percent(integration.errorRate)}</Cell>
              <Cell hidden="sm">{duration(integration.p95)}</Cell>
              <Cell hidden="md">{least ? `${least.remaining.toLocaleString('en')} (${least.policy})` : '–'}</Cell>
            </Row>
          )
        })}
      </Table>
    </div>
  )
}

function Quotas({ quotas }: { quotas: MetricsSummary['integrations'][number]['quota'] }) {
  if (quotas.length === 0) return null
  return (
    <div>
      <h3 className="mb-1.5 font-medium">What is left of limits</h3>
      <ul className="space-y-2">
        {quotas.map((quota) => {
          const share = quota.limit ? Math.min(1, quota.remaining / quota.limit) : null
          return (
            <li key={`${quota.scope} ${quota.source} ${quota.policy}`}>
              <p className="flex flex-wrap justify-between gap-x-4">
                <span>
                  {quota.policy}
                  <span className="text-ink-faint">
                    {`, each ${quota.scope}${quota.source === 'learned' ? ', as the provider says' : ''}`}
                  </span>
                </span>
                <span>
                  {count(quota.remaining, 'call')} left{', anew '}
                  <RelativeTime at={quota.resetsAt} />
                </span>
              </p>
              {share !== null && (
                <div className="mt-1 h-1.5 overflow-hidden rounded-full bg-hover" aria-hidden>
                  <div
                    className={`h-full ${share < 0.1 ? 'bg-bad' : share < 0.3 ? 'bg-warn' : 'bg-accent'}`}
                    style={{ width: `${share * 100}%` }}
                  />
                </div>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
