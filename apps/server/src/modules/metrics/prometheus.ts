import { performance } from 'node:perf_hooks'
import type { GuardCounts } from '../gateway/service.ts'
import { callBuckets, type Histogram, type Instruments } from './instruments.ts'

type Labels = Record<string, string>
type Sample = [labels: Labels, value: number, suffix?: string]

interface Metric {
  type: 'counter' | 'gauge' | 'histogram'
  help: string
  samples(known: Known): Sample[]
}

interface Known {
  instruments: Instruments
  guards: GuardCounts
  pools: Record<string, { total: number; idle: number; waiting: number }>
  logWaiting: number
  jobs: { task: string; count: number; oldest_seconds: number }[]
  queuedRequests: { status: string; count: number; oldest_seconds: number }[]
  openDeliveries: { status: string; count: number; oldest_seconds: number }[]
}

const one = (value: number): Sample[] => [[{}, value]]
const named = (counts: ReadonlyMap<string, number>, label: string): Sample[] =>
  [...counts].map(([name, count]) => [{ [label]: name }, count])

/** Every metric by name. The names are an interface: dashboards and alerts are built on them. */
export const metrics: Record<string, Metric> = {
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'Processor time used by this process.',
    samples: () => one((process.cpuUsage().user + process.cpuUsage().system) / 1e6),
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Memory of this process.',
    samples: () => one(process.memoryUsage.rss()),
  },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'When this process started, in seconds since 1970.',
    samples: () => one(performance.timeOrigin / 1000),
  },
  nodejs_heap_used_bytes: {
    type: 'gauge',
    help: 'JavaScript memory in use.',
    samples: () => one(process.memoryUsage().heapUsed),
  },
  nodejs_eventloop_active_seconds_total: {
    type: 'counter',
    help: 'Time in which the event loop was busy; its rate is the utilization.',
    samples: () => one(performance.eventLoopUtilization().active / 1000),
  },
  koble_http_requests_total: {
    type: 'counter',
    help: 'Requests answered, by kind of route and class of status.',
    samples: ({ instruments }) =>
      [...instruments.httpRequests].flatMap(([route, counts]) =>
        counts.flatMap((count, hundreds): Sample[] => (count > 0 ? [[{ route, status: `${hundreds}xx` }, count]] : [])),
      ),
  },
  koble_gateway_call_duration_seconds: {
    type: 'histogram',
    help: 'Calls through the gateway until the end of the answer, by provider and outcome.',
    samples: ({ instruments }) =>
      [...instruments.calls].flatMap(([provider, outcomes]) => histogramsOf(provider, outcomes)),
  },
  koble_gateway_calls_running: {
    type: 'gauge',
    help: 'Calls to third parties under way on this node.',
    samples: ({ guards }) => one(guards.running),
  },
  koble_gateway_calls_waiting: {
    type: 'gauge',
    help: 'Calls that wait for a place on this node, because too many to the same host are under way.',
    samples: ({ guards }) => one(guards.waiting),
  },
  koble_circuit_breakers: {
    type: 'gauge',
    help: 'Circuit breakers of this node, by state.',
    samples: ({ guards }) =>
      Object.entries(guards.breakers).map(([state, count]) => [{ state: state.toLowerCase() }, count]),
  },
  koble_token_refreshes_total: {
    type: 'counter',
    help: 'Renewals of access tokens, by outcome.',
    samples: ({ instruments }) => named(instruments.refreshes, 'outcome'),
  },
  koble_webhook_deliveries_total: {
    type: 'counter',
    help: 'Deliveries to inbound endpoints, by outcome.',
    samples: ({ instruments }) => named(instruments.deliveries, 'outcome'),
  },
  koble_jobs_waiting: {
    type: 'gauge',
    help: 'Jobs that are due and not running, over all nodes, by task.',
    samples: ({ jobs }) => jobs.map(({ task, count }) => [{ task }, count]),
  },
  koble_jobs_oldest_seconds: {
    type: 'gauge',
    help: 'For how long the oldest of them has been due, by task.',
    samples: ({ jobs }) => jobs.map(({ task, oldest_seconds }) => [{ task }, oldest_seconds]),
  },
  koble_queued_requests: {
    type: 'gauge',
    help: 'Failed calls that are tried again, over all nodes, by status.',
    samples: ({ queuedRequests }) => queuedRequests.map(({ status, count }) => [{ status }, count]),
  },
  koble_queued_requests_oldest_seconds: {
    type: 'gauge',
    help: 'The age of the oldest of them, by status.',
    samples: ({ queuedRequests }) => queuedRequests.map(({ status, oldest_seconds }) => [{ status }, oldest_seconds]),
  },
  koble_delivery_attempts_total: {
    type: 'counter',
    help: 'Attempts at deliveries to destinations, by what became of the delivery.',
    samples: ({ instruments }) => named(instruments.sent, 'outcome'),
  },
  koble_delivery_lag_seconds: {
    type: 'histogram',
    help: 'From the beginning of a message to its first attempt at a destination.',
    samples: ({ instruments }) => histogramOf({}, instruments.sendLag),
  },
  koble_deliveries_open: {
    type: 'gauge',
    help: 'Deliveries that are still to be made, over all nodes, by status.',
    samples: ({ openDeliveries }) => openDeliveries.map(({ status, count }) => [{ status }, count]),
  },
  koble_deliveries_oldest_seconds: {
    type: 'gauge',
    help: 'For how long the oldest of them has been due, by status; below 0 when none is.',
    samples: ({ openDeliveries }) => openDeliveries.map(({ status, oldest_seconds }) => [{ status }, oldest_seconds]),
  },
  koble_request_log_waiting: {
    type: 'gauge',
    help: 'Calls that are not written to the log yet.',
    samples: ({ logWaiting }) => one(logWaiting),
  },
  koble_request_log_dropped_total: {
    type: 'counter',
    help: 'Calls that are missing in the log, because it could not be written fast enough.',
    samples: ({ instruments }) => one(instruments.requestsDropped),
  },
  koble_request_bodies_dropped_total: {
    type: 'counter',
    help: 'Calls that were logged without their bodies, because too many bodies waited.',
    samples: ({ instruments }) => one(instruments.bodiesDropped),
  },
  koble_database_connections: {
    type: 'gauge',
    help: 'Connections to the database, by pool and whether they are in use.',
    samples: ({ pools }) =>
      Object.entries(pools).flatMap(([pool, { total, idle }]): Sample[] => [
        [{ pool, state: 'used' }, total - idle],
        [{ pool, state: 'idle' }, idle],
      ]),
  },
  koble_database_waiting: {
    type: 'gauge',
    help: 'Queries that wait for a connection, by pool.',
    samples: ({ pools }) => Object.entries(pools).map(([pool, { waiting }]) => [{ pool }, waiting]),
  },
}

/** Prometheus's text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function renderPrometheus(known: Known): string {
  const lines: string[] = []
  for (const [name, { type, help, samples }] of Object.entries(metrics)) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const [labels, value, suffix = ''] of samples(known)) lines.push(`${name}${suffix}${render(labels)} ${value}`)
  }
  return `${lines.join('\n')}\n`
}

function render(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  )
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

function histogramsOf(provider: string, outcomes: NonNullable<ReturnType<Instruments['calls']['get']>>): Sample[] {
  return Object.entries(outcomes).flatMap(([outcome, histogram]) => histogramOf({ provider, outcome }, histogram))
}

function histogramOf(labels: Labels, { counts, sumSeconds }: Histogram): Sample[] {
  const samples: Sample[] = []
  let passed = 0
  for (const [bucket, count] of counts.entries()) {
    passed += count
    samples.push([{ ...labels, le: String(callBuckets[bucket] ?? '+Inf') }, passed, '_bucket'])
  }
  samples.push([labels, sumSeconds, '_sum'], [labels, passed, '_count'])
  return samples
}
